package deliver_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/store"
)

// What a carrier has when an alarm ends can still be taken from it where it can
// let be; and that it failed, because of that or by itself, leads nowhere.
func TestWhatACarrierHasIsTakenBackToo(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		first := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, About: "alm_1"})
		last := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}, About: "alm_1"})
		other := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}, About: "alm_2"})
		time.Sleep(time.Second)
		synctest.Wait()
		stopped := make(chan string, 10)
		for _, out := range o.phone.Sent() {
			forget := out.Recalled.Watch(func() { stopped <- string(out.Message) })
			if out.Message == last {
				forget()
			}
		}
		cancel := func() {
			if err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") }); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		cancel()
		cancel()
		if len(stopped) != 1 || <-stopped != string(first) {
			t.Errorf("%d were stopped", len(stopped))
		}
		// A channel may ask when it is over already.
		for _, out := range o.phone.Sent() {
			out.Recalled.Watch(func() { stopped <- string(out.Message) })
		}
		synctest.Wait()
		if len(stopped) != 2 {
			t.Errorf("%d of two were stopped late", len(stopped))
		}
		carriers := func(m id.Message) string { // the carrier's name for it: they leave side by side
			return strconv.Itoa(1 + slices.IndexFunc(o.phone.Sent(), func(out deliver.Outgoing) bool { return out.Message == m }))
		}
		o.report("sms", carriers(first), deliver.Cancelled)
		o.report("sms", carriers(last), deliver.Failed)
		o.report("sms", carriers(other), deliver.Cancelled) // by somebody else
		time.Sleep(time.Hour)
		synctest.Wait()
		if a, b, c := o.state(first).State, o.state(last).State, o.state(other).State; a != deliver.Cancelled || b != deliver.Failed || c != deliver.Failed {
			t.Errorf("the messages are %s and %s, the other %s", a, b, c)
		}
		if len(o.failed) != 2 || o.failed[1].ID != other || len(o.mail.Sent()) != 0 {
			t.Errorf("told of %d failures, %d mails", len(o.failed), len(o.mail.Sent()))
		}
	})
}
