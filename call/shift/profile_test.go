package shift_test

import (
	"slices"
	"testing"

	"muster/call/shift"
	"muster/fault"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

func TestOA8ProfileSaysWhoIsToldFirstAndWhoWhenNobodyAnswers(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newTeam(t, s)
		sh := c.start()
		p, err := shift.ProfileOf(t.Context(), s, c.as("Mika"), c.worker.Person)
		if err != nil || p.Current == nil || p.Current.ID != sh.ID || p.Person.PIN != c.worker.PIN {
			t.Fatalf("%+v, %v", p.Current, err)
		}
		if got := names(p.Watch); !slices.Equal(got, []string{"Mika", "Sari"}) {
			t.Errorf("told first: %v, want the monitors of the workspace", got)
		}
		if got := names(p.Wide); !slices.Equal(got, []string{"Jukka", "Mika", "Päivi", "Sari"}) {
			t.Errorf("told when nobody answers: %v, want every monitor and administrator", got)
		}
		if _, err := shift.ProfileOf(t.Context(), s, c.as("Jukka"), c.worker.Person); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor of another workspace: %v", err)
		}
	})
}

func names(people []roster.Recipient) (all []string) {
	for _, p := range people {
		all = append(all, p.Name)
	}
	slices.Sort(all)
	return all
}
