package duty_test

import (
	"errors"
	"sync"
	"testing"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

func holders(t *testing.T, s *store.Store, o *town.Organisation) (out map[duty.Duty]duty.Holder) {
	t.Helper()
	out = map[duty.Duty]duty.Holder{}
	err := s.View(t.Context(), o.ID, func(tx *store.Tx) error {
		all, err := duty.Holders(tx)
		for _, h := range all {
			out[h.Duty] = h
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// BS4: 200 try at once, and one holds it.
func TestBS4ExactlyOneHoldsADutyHoweverManyTry(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := town.New(t, s).Organisation("North")
		people := []id.Person{o.Admin.Person.Person, o.Monitor("Mikko").Person.Person, o.Monitor("Maija").Person.Person}
		var wg sync.WaitGroup
		failed := make(chan error, 200)
		for n := range 200 {
			wg.Go(func() {
				failed <- duty.Assign(t.Context(), s, o.Admin.Actor, duty.Technical, people[n%3], people[(n+1)%3])
			})
		}
		wg.Wait()
		close(failed)
		for err := range failed {
			if err != nil {
				t.Fatal(err)
			}
		}
		held := holders(t, s, o)
		if held[duty.Technical].Person.Person == "" || held[duty.Administrative].Trouble() != duty.Empty {
			t.Errorf("%+v", held)
		}
	})
}

// A duty is handed over and never given up: whoever leaves needs a deputy.
func TestBS4WhoeverHasADutyHandsItOver(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := town.New(t, s).Organisation("North")
		mikko, maija := o.Monitor("Mikko"), o.Monitor("Maija")
		assign := func(as town.Member, person, deputy id.Person) error {
			return duty.Assign(t.Context(), s, as.Actor, duty.Administrative, person, deputy)
		}
		if err := assign(mikko, mikko.Person.Person, ""); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor takes a duty: %v", err)
		}
		if err := assign(o.Admin, mikko.Person.Person, ""); err != nil {
			t.Fatal(err)
		}
		leave := func(p town.Member) error {
			return s.Do(t.Context(), o.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, o.Admin.Actor, p.Person.Person) })
		}
		if err := leave(mikko); fault.From(err).Code != "holds_duty" {
			t.Errorf("left with a duty: %v", err)
		}
		if err := assign(mikko, mikko.Person.Person, maija.Person.Person); err != nil {
			t.Errorf("the holder names a deputy: %v", err)
		}
		if err := leave(mikko); err != nil {
			t.Fatal(err)
		}
		if h := holders(t, s, o)[duty.Administrative]; h.Person.Person != maija.Person.Person || h.Deputy.Person != "" {
			t.Errorf("%+v", h)
		}
		for _, wrong := range []struct {
			person, deputy id.Person
			code           string
		}{
			{"", "", "required"},
			{maija.Person.Person, maija.Person.Person, "deputy_same"},
			{mikko.Person.Person, "", "not_on_roster"},
			{"per_00000000000000000000000000000000", "", "not_on_roster"},
		} {
			var f *fault.Fault
			if err := assign(o.Admin, wrong.person, wrong.deputy); !errors.As(err, &f) || f.Code != wrong.code {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}
