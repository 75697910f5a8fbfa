package grant_test

import (
	"testing"

	"muster/actor"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// Which customers are entered, and by whom, is for those whom it concerns: a
// colleague of another department reads neither the list nor the file.
func TestStaffSeeTheAccessThatConcernsThem(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		waits, open := w.ask(), w.opened2()
		services := w.Staff("Sauli Services", actor.SecondLine, actor.ServicesManager)
		peer, away := w.Staff("Petra Peer", actor.FirstLine), w.Staff("Heidi Head", actor.Sales, actor.Head)
		for _, c := range []struct {
			who   town.Colleague
			sees  []grant.Grant
			other []grant.Grant
		}{
			{w.lead, []grant.Grant{waits, open}, nil},
			{w.agent, []grant.Grant{waits}, []grant.Grant{open}},
			{w.head, []grant.Grant{waits, open}, nil},
			{w.success, []grant.Grant{waits, open}, nil},
			{services, []grant.Grant{waits, open}, nil},
			{w.manager, []grant.Grant{waits, open}, nil},
			{peer, nil, []grant.Grant{waits, open}},
			{away, nil, []grant.Grant{waits, open}},
		} {
			live, _, err := w.office.Queue(t.Context(), c.who.Actor, w.Store.Now().Add(1))
			if err != nil || len(live) != len(c.sees) {
				t.Errorf("%s sees %d, %v; want %d", c.who.Name, len(live), err, len(c.sees))
			}
			for _, g := range c.sees {
				if _, err := w.office.File(t.Context(), c.who.Actor, g.ID); err != nil {
					t.Errorf("%s: %v", c.who.Name, err)
				}
			}
			for _, g := range c.other {
				_, err := w.office.File(t.Context(), c.who.Actor, g.ID)
				refusedBy(t, c.who.Name, err, "letin-see-staff")
			}
		}
		if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, open.ID, ""); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			who town.Colleague
			n   int
		}{{w.success, 1}, {w.manager, 1}, {w.head, 1}, {w.agent, 0}, {peer, 0}} {
			if _, over, err := w.office.Queue(t.Context(), c.who.Actor, w.Store.Now().Add(1)); err != nil || len(over) != c.n {
				t.Errorf("%s sees %d that are over, %v; want %d", c.who.Name, len(over), err, c.n)
			}
		}
	})
}

// opened2 is an open grant for somebody else.
func (w *works) opened2() grant.Grant {
	w.t.Helper()
	d := w.draft()
	d.Staff = w.Staff("Otso Other", actor.FirstLine).ID
	g, err := w.office.Ask(w.t.Context(), w.lead.Actor, d)
	if err == nil {
		_, err = w.consent(g.ID)
	}
	for _, by := range []town.Colleague{w.head, w.success} {
		if err == nil {
			g, err = w.office.Approve(w.t.Context(), by.Actor, g.ID)
		}
	}
	if err != nil || g.Stage != grant.Open {
		w.t.Fatalf("%s, %v", g.Stage, err)
	}
	return g
}
