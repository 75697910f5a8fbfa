package twiml

import (
	"strings"
	"testing"

	"muster/deliver"
	"muster/deliver/voice"
	"muster/mustertest"
)

// button takes a call back when it is pressed.
type button struct{ stop func() }

func (b *button) Watch(stop func()) (forget func()) {
	b.stop = stop
	return func() {}
}

// The orders to call and to stop calling, and what the carrier of the tests
// answers, pass npm Prism, which holds them to Twilio's own description.
func TestACallThatRingsIsWithdrawn(t *testing.T) {
	carrier := mustertest.NewTwilio()
	t.Cleanup(carrier.Close)
	w := newWorldOf(t, carrier, carrier.Described(t))
	carrier.Hold = true
	b := &button{}
	out := outgoing()
	out.Recalled = b
	if _, err := w.channel.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	call := w.carrier.Calls()[0]
	if said, err := w.carrier.Pick(call); err != nil || !strings.Contains(said, "This is an alarm") {
		t.Errorf("%v, said %q", err, said)
	}
	b.stop()
	if call = w.carrier.Calls()[0]; !call.Withdrawn {
		t.Error("it goes on ringing")
	}
	if said, err := w.carrier.Pick(call); err != nil || !strings.HasPrefix(said, "Nothing needs to be done any more") {
		t.Errorf("%v, whoever answers in that moment hears %q", err, said)
	}
	if err := w.carrier.Status(call, "canceled"); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.reports); n == 0 || w.reports[n-1].State != deliver.Cancelled || w.reports[n-1].Code != voice.Withdrawn {
		t.Errorf("%+v", w.reports)
	}
}
