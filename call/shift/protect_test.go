package shift_test

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/shift"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// A shift starts although too few people can be called, but visibly; and what
// changes while it runs is seen at the next look, both ways. Administrators are
// told once.
func TestAShiftIsUnprotectedWhileTooFewCanBeCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, mustertest.Store(t))
		o := w.Organisation("Harbour Works")
		bo, cai, aino, dora := o.Monitor("Bo"), o.Monitor("Cai"), o.Worker("Aino"), o.Worker("Dora")
		start := func(m town.Member) shift.Shift {
			s, err := w.Desk.Start(t.Context(), m.Actor, m.Person.Person, o.Workspace, shift.Terms{Every: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		look := func(s shift.Shift, protected bool, when string) {
			t.Helper()
			if err := shift.Protect(t.Context(), w.Store); err != nil {
				t.Fatal(err)
			}
			got, err := shift.Get(t.Context(), w.Store, bo.Actor, s.ID)
			if err != nil || got.Unprotected.IsZero() != protected {
				t.Errorf("%s: unprotected since %v, %v; want protected %t", when, got.Unprotected, err, protected)
			}
		}
		first := start(aino)
		if first.Unprotected.IsZero() {
			t.Error("nobody is verified, and the shift says nothing")
		}
		second := start(dora)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		told := 0
		for _, out := range w.Mail.Sent() {
			if out.To == o.Admin.First(roster.Email) {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the administrator was told %d times, want once", told)
		}
		confirm(t, w, o, bo)
		look(first, false, "with one verified")
		confirm(t, w, o, cai)
		look(first, true, "with two verified")
		look(second, true, "with two verified")
		err := w.Store.Do(t.Context(), o.ID, func(tx *store.Tx) error {
			return contact.Bounced(tx, deliver.Attempt{Channel: roster.Email, Address: cai.First(roster.Email), At: tx.Now()}, dead.Unknown)
		})
		if err != nil {
			t.Fatal(err)
		}
		look(first, false, "after a carrier called one of the addresses dead")
		confirm(t, w, o, cai)
		look(first, true, "after it was confirmed again")
		err = w.Store.Do(t.Context(), o.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, o.Admin.Actor, cai.Person.Person) })
		if err != nil {
			t.Fatal(err)
		}
		look(first, false, "after one has left")
		look(second, false, "after one has left")
		var kinds []string
		err = w.Store.View(t.Context(), o.ID, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Subject: string(first.ID), Limit: 10})
			for _, e := range slices.Backward(all) {
				kinds = append(kinds, e.Kind)
			}
			return err
		})
		if want := []string{"shift.started", "shift.unprotected", "shift.protected", "shift.unprotected", "shift.protected", "shift.unprotected"}; err != nil || !slices.Equal(kinds, want) {
			t.Errorf("the book says %v, want %v (%v)", kinds, want, err)
		}
	})
}

// confirm lets somebody confirm their addresses, by the links that are sent to
// them.
func confirm(t *testing.T, w *town.Town, o *town.Organisation, m town.Member) {
	t.Helper()
	err := contact.StartVerification(t.Context(), w.Store, w.Keys, o.Admin.Actor, m.Person.Person, m.Points[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var sent []deliver.Message
	err = w.Store.View(t.Context(), o.ID, func(tx *store.Tx) (err error) {
		sent, err = deliver.Latest(tx, 1)
		return err
	})
	if err == nil {
		err = contact.ConfirmByLink(t.Context(), w.Store, o.ID, sent[0].ID, netip.Addr{})
	}
	if err != nil {
		t.Fatal(err)
	}
}
