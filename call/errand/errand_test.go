package errand

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// More errands fail than one look takes: the others are done all the same.
func TestThoseThatFailHoldUpNoOthers(t *testing.T) {
	const batch, bad, all = 5, 12, 20
	var p Pauses[int]
	waiting := make([]int, all) // the bad ones first, as the oldest are
	for i := range waiting {
		waiting[i] = i
	}
	now := time.Unix(0, 0)
	tried := map[int]int{}
	for range 100 {
		read := waiting[:min(p.Room(batch), len(waiting))]
		for _, e := range p.Ready(read, batch, now) {
			tried[e]++
			if e < bad {
				p.Done(e, errors.New("it fails"), now)
				continue
			}
			p.Done(e, nil, now)
			waiting = slices.DeleteFunc(slices.Clone(waiting), func(w int) bool { return w == e })
		}
		now = now.Add(20 * time.Millisecond)
	}
	if len(waiting) != bad {
		t.Errorf("after two seconds %d wait, want the %d that fail", len(waiting), bad)
	}
	for e := range bad {
		if tried[e] != 1 {
			t.Errorf("%d was tried %d times within its pause", e, tried[e])
		}
	}
	for range 600 { // ten minutes
		for _, e := range p.Ready(waiting, batch, now) {
			tried[e]++
			p.Done(e, errors.New("it fails"), now)
		}
		now = now.Add(time.Second)
	}
	for e := range bad {
		if n := tried[e]; n < 10 || n > 16 {
			t.Errorf("%d was tried %d times in ten minutes", e, n)
		}
	}
	if p.Ready(nil, batch, now.Add(time.Hour)); p.Room(batch) != batch {
		t.Error("what never came again is still known")
	}
}
