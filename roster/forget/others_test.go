package forget

import (
	"bytes"
	"slices"
	"testing"

	"muster/actor"
	"muster/call/shift"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// A name that somebody bore for a day may be a colleague's, one of support, or
// one of a partner's: erasing the one takes nothing of the other from the book.
func TestAccessN5ANameBorneForADayErasesNobodyElse(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org, house := tw.Organisation("North"), tw.Partner("Northern Watch")
		maija, olga := org.Monitor("Maija Makinen"), house.Operator("Olga Ek")
		dummy := org.Worker("Maija MAKINEN")
		for _, name := range []string{"Olga Ek", "Foo Barson"} {
			if err := roster.UpdatePerson(t.Context(), s, tw.Keys, org.Admin.Actor, dummy.Person.Person, roster.Change{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		if err := shift.RemovePerson(t.Context(), s, org.Admin.Actor, dummy.Person.Person); err != nil {
			t.Fatal(err)
		}
		plan, err := Look(t.Context(), s, org.Admin.Actor, dummy.Person.Person)
		if err != nil || slices.Contains(plan.words, "Maija MAKINEN") || !slices.Contains(plan.words, "Foo Barson") {
			t.Errorf("%q %v", plan.words, err)
		}
		err = s.View(t.Context(), house.ID, func(tx *store.Tx) error {
			own, err := alone(tx, dummy.Person.Person, []string{"Olga Ek", "olga ek", olga.First("email"), "Foo Barson"})
			if !slices.Equal(own, []string{"Foo Barson"}) {
				t.Errorf("at the partner: %q", own)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := Forget(t.Context(), s, org.Admin.Actor, dummy.Person.Person, Wrong, "Foo Barson"); err != nil {
			t.Fatal(err)
		}
		book, err := ledger.Open(t.Context(), s, tw.Keys)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := book.Export(t.Context(), actor.Engine(), org.ID, "floor-daily-export", &file); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(file.Bytes(), []byte(maija.Name)) || bytes.Contains(file.Bytes(), []byte("Foo Barson")) {
			t.Error("a colleague's name went, or the person's own stayed")
		}
	})
}

// Nor is a name of the provider's staff looked for.
func TestAccessN5StaffStayInTheBook(t *testing.T) {
	s := mustertest.Store(t)
	tw := town.New(t, s)
	member := tw.Staff("Oliver Onni", actor.FirstLine)
	err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
		own, err := notStaff(tx, []string{"OLIVER ONNI", member.Email, "Foo Barson"})
		if !slices.Equal(own, []string{"Foo Barson"}) {
			t.Errorf("%q", own)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
