package sip

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/voice"
)

// button takes a call back when it is pressed.
type button struct{ stop func() }

func (b *button) Watch(stop func()) (forget func()) {
	b.stop = stop
	return func() {}
}

// placeAndRecall places a call and takes it back when it rings.
func (l *line) placeAndRecall(t *testing.T) (deliver.Outgoing, time.Time) {
	t.Helper()
	b := &button{}
	out := outgoing()
	out.Recalled = b
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := l.trunk.Send(ctx, out); err != nil {
		t.Fatal(err)
	}
	b.stop()
	return out, time.Now()
}

func TestACallThatRingsIsWithdrawn(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	t.Run("before anybody answers", func(t *testing.T) {
		t.Parallel()
		port := free()
		l := dial(t, port, "")
		wait := sipp(t, "rings", []string{"-p", fmt.Sprint(port)})
		listening(t, "udp", port)
		out, at := l.placeAndRecall(t)
		l.ends(deliver.Cancelled, voice.Withdrawn)
		if took := l.times[0].Sub(at); took > 2*time.Second {
			t.Errorf("it rang for %v more", took)
		}
		wait() // which ends well only if the call was cancelled
		l.gone(out)
	})
	t.Run("and is answered in that moment", func(t *testing.T) {
		t.Parallel()
		port := free()
		l := dial(t, port, "")
		wait := sipp(t, "late", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)})
		listening(t, "udp", port)
		out, _ := l.placeAndRecall(t)
		l.ends(deliver.Cancelled, voice.Withdrawn)
		wait() // until we hang up
		l.gone(out)
		l.mu.Lock()
		defer l.mu.Unlock()
		if said := l.said[len(l.said)-2]; said != "Nothing needs to be done any more: the alarm is being taken care of, or is over." || len(l.reports) != 1 || len(l.answers) != 0 {
			t.Errorf("said %q, reports %+v", l.said, l.reports)
		}
		if slices.Contains(l.said, "Nothing was confirmed. Goodbye.") {
			t.Errorf("said %q", l.said)
		}
	})
}
