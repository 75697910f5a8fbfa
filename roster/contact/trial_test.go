package contact_test

import (
	"net/netip"
	"testing"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/mustertest"
	"muster/roster/contact"
	"muster/store"
)

func TestBS6TestMessageIsSeenOrNot(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		point := w.aino.Points[1]
		last := func() (m deliver.Message, err error) {
			err = s.View(t.Context(), w.org, func(tx *store.Tx) (err error) {
				m, err = contact.LastTest(tx, point.ID)
				return err
			})
			return m, err
		}
		if _, err := last(); fault.KindOf(err) != fault.NotFound {
			t.Fatalf("before the first test: %v", err)
		}
		other := actor.Actor{Kind: actor.Person, Org: w.org, Person: "per_other"}
		if err := contact.SendTest(t.Context(), s, other, w.aino.Person, point.ID); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("to somebody else's address: %v", err)
		}
		if err := contact.SendTest(t.Context(), s, w.self, w.aino.Person, point.ID); err != nil {
			t.Fatal(err)
		}
		if err := contact.SendTest(t.Context(), s, w.self, w.aino.Person, point.ID); fault.KindOf(err) != fault.Limited {
			t.Errorf("a second one at once: %v", err)
		}
		m, err := last()
		if err != nil || m.State != deliver.Queued || m.Purpose != "test" || m.Route[0].Address != point.Address {
			t.Fatalf("%+v, %v", m, err)
		}
		from := netip.MustParseAddr("203.0.113.5")
		for range 2 { // twice is the same as once
			if err := contact.Seen(t.Context(), s, w.org, m.ID, from); err != nil {
				t.Fatal(err)
			}
		}
		if m, err = last(); err != nil || m.State != deliver.Answered {
			t.Errorf("after it was seen: %+v, %v", m.State, err)
		}
		if w.refresh(); w.aino.Points[1].Verified() {
			t.Error("to see a test message confirms nothing")
		}
		if err := contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID); err != nil {
			t.Fatal(err)
		}
		verify, _ := w.sent()
		if err := contact.Seen(t.Context(), s, w.org, verify.ID, from); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another message's link: %v", err)
		}
	})
}
