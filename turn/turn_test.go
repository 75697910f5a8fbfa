package turn_test

import (
	"errors"
	"testing"

	"muster/id"
	"muster/turn"
)

// One organisation in which it fails is tried once a round, and holds up nobody
// behind it, on its page or on the next.
func TestOneThatFailsStopsNobodyBehindIt(t *testing.T) {
	type piece struct {
		n   int
		org id.Org
	}
	var all []piece
	for n := 1; n <= 2*turn.Batch+7; n++ {
		org := id.Org("bad")
		if n%50 == 0 {
			org = "good"
		}
		all = append(all, piece{n, org})
	}
	tried := map[id.Org]int{}
	reads := 0
	wrong := errors.New("wrong")
	err := turn.Each(t.Context(), func(after piece) ([]piece, error) {
		reads++
		rest := all[after.n:]
		return rest[:min(len(rest), turn.Batch)], nil
	}, func(p piece) id.Org { return p.org }, func(p piece) error {
		tried[p.org]++
		if p.org == "bad" {
			return wrong
		}
		return nil
	})
	if !errors.Is(err, wrong) || tried["bad"] != 1 || tried["good"] != 4 || reads != 3 {
		t.Errorf("%v: %v in %d pages", err, tried, reads)
	}
}
