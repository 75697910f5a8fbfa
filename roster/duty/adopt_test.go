package duty_test

import (
	"testing"
	"time"

	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
)

// before gives a duty as a program without a ladder did.
var before = store.Query("duty_test.before", `insert into duty (org, duty, person, deputy, since) values ($1, 'technical', $2, $3, $4)`)

// BS6: whoever was given a duty before there was a ladder is asked to confirm
// it too, counted from then on.
func TestBS6WhoHadADutyBeforeTheLadderClimbsIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		o, other := tw.Organisation("North"), tw.Organisation("South")
		mikko, maija := o.Monitor("Mikko").Person.Person, o.Monitor("Maija").Person.Person
		var since time.Time
		if err := s.Across().Do(t.Context(), func(all *store.AcrossTx) error {
			return all.For(o.ID, func(tx *store.Tx) error {
				since = tx.Now().Add(-100 * 24 * time.Hour).Truncate(time.Microsecond)
				tx.Booked()
				return tx.Write(before, mikko, maija, since)
			})
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := duty.Adopt(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		for org, want := range map[id.Org]int{o.ID: 2, other.ID: 0} {
			err := s.View(t.Context(), org, func(tx *store.Tx) error {
				all, err := duty.Members(tx)
				if len(all) != want {
					t.Errorf("%d contact persons, want %d", len(all), want)
				}
				for _, m := range all {
					if !m.Confirmed.Equal(since) {
						t.Errorf("confirmed %v, want %v", m.Confirmed, since)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// BS5: what the provider can count on is counted customer by customer.
func TestBS5WhomTheProviderCouldTellIsCounted(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		o, silent := tw.Organisation("North"), tw.Organisation("South")
		mikko, maija := o.Monitor("Mikko"), o.Monitor("Maija")
		if err := duty.Assign(t.Context(), s, o.Admin.Actor, duty.Technical, mikko.Person.Person, maija.Person.Person); err != nil {
			t.Fatal(err)
		}
		look := func() (out map[id.Org]duty.Reach) {
			err := s.Across().View(t.Context(), func(tx *store.AcrossTx) (err error) {
				out, err = duty.Reaches(tx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		r := look()[o.ID]
		if r.Contacts != 2 || r.Told() || r.Trouble(duty.Technical) != duty.Unverified || r.Trouble(duty.Administrative) != duty.Empty {
			t.Errorf("%+v", r)
		}
		prove(t, s, mikko)
		if err := duty.Assign(t.Context(), s, o.Admin.Actor, duty.Administrative, mikko.Person.Person, ""); err != nil {
			t.Fatal(err)
		}
		if r := look()[o.ID]; r.Valid != 1 || !r.Fine() {
			t.Errorf("%+v", r)
		}
		if r := look()[silent.ID]; r.Told() || r.Fine() || r.Trouble(duty.Technical) != duty.Empty {
			t.Errorf("nobody was named: %+v", r)
		}
		held := holders(t, s, o)
		for _, d := range duty.Duties() {
			if got, want := look()[o.ID].Trouble(d), held[d].Trouble(); got != want {
				t.Errorf("%s: counted %q, shown %q", d, got, want)
			}
		}
	})
}

func prove(t *testing.T, s *store.Store, m town.Member) {
	t.Helper()
	if err := contact.Proved(t.Context(), s, m.Actor, m.First(roster.Email)); err != nil {
		t.Fatal(err)
	}
}
