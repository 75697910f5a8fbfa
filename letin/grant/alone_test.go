package grant_test

import (
	"testing"
	"time"

	"muster/actor"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// keeps is a change of a member by somebody who keeps the staff.
func (w *works) keeps(by, who town.Colleague, change func(d *staff.Draft)) {
	w.t.Helper()
	d := staff.Draft{Name: who.Name, Email: who.Email, Department: who.Department, Positions: who.Positions}
	change(&d)
	if err := (staff.Office{Store: w.Store}).Change(w.t.Context(), by.Actor, who.ID, d); err != nil {
		w.t.Fatal(err)
	}
}

// WK9: a director who is alone makes no second person of anybody: not by a new
// address, not by a position, not before and not after the yes, and not by way of
// somebody else.
func TestWK9ALoneDirectorMakesNoSecondApprover(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		approve := func(by town.Colleague, g grant.Grant) error {
			_, err := w.office.Approve(ctx, by.Actor, g.ID)
			return err
		}
		d := w.draft()
		d.Staff = w.lead.ID
		other, err := w.office.Ask(ctx, w.agent.Actor, d)
		if err != nil {
			t.Fatal(err)
		}
		// The director asks, and has somebody else's mail.
		g, err := w.office.Ask(ctx, w.manager.Actor, w.draft())
		if err != nil {
			t.Fatal(err)
		}
		if err := approve(w.success, g); err != nil {
			t.Fatal(err)
		}
		w.keeps(w.manager, w.success, func(d *staff.Draft) { d.Email = "director-again@provider.test" })
		if err := approve(w.head, g); err != nil {
			t.Fatal(err)
		}
		if g, err = w.consent(g.ID); err != nil || g.Stage != grant.Asked || len(g.Lacks()) != 1 {
			t.Errorf("a yes counts whose giver was replaced: %s, lacks %v, %v", g.Stage, g.Lacks(), err)
		}
		if _, err = w.office.Withdraw(ctx, w.success.Actor, g.ID); err != nil {
			t.Errorf("saying no takes more than saying yes: %v", err)
		}
		refusedBy(t, "approve for whoever gave one a new address", approve(w.success, g), "staff-arranged")
		refusedBy(t, "approve by a new address", approve(w.success, other), "staff-young")
		// The director makes an approver of somebody.
		lena := w.Staff("Nora New", actor.FirstLine)
		w.keeps(w.manager, lena, func(d *staff.Draft) { d.Positions = []actor.Position{actor.ServicesManager} })
		lena.Actor.Support.Positions = []actor.Position{actor.ServicesManager}
		refusedBy(t, "approve for whoever made one an approver", approve(lena, g), "staff-arranged")
		// And by way of a third, who is made director for it.
		third, fourth := w.Staff("Tove Third", actor.Sales), w.Staff("Frans Fourth", actor.Sales)
		w.keeps(w.manager, third, func(d *staff.Draft) { d.Positions = []actor.Position{actor.Director} })
		third.Actor.Support.Positions = []actor.Position{actor.Director}
		w.keeps(third, fourth, func(d *staff.Draft) { d.Positions = []actor.Position{actor.ServicesManager} })
		fourth.Actor.Support.Positions = []actor.Position{actor.ServicesManager}
		refusedBy(t, "approve by way of a third", approve(fourth, g), "staff-arranged")
		// Nor do two decide together of whom one has made the other.
		if err := approve(lena, other); err != nil {
			t.Errorf("for somebody else it is a second person: %v", err)
		}
		refusedBy(t, "approve beside whom one has made", approve(w.manager, other), "staff-arranged")
		if err := approve(w.head, other); err != nil {
			t.Fatal(err)
		}
		if g, err = w.consent(other.ID); err != nil || g.Stage != grant.Open {
			t.Errorf("two who have nothing to do with each other: %s, lacks %v, %v", g.Stage, g.Lacks(), err)
		}
		// Whoever reads the mail of the one who is to enter is not who was meant.
		w.keeps(w.manager, w.lead, func(d *staff.Draft) { d.Email = "director-once-more@provider.test" })
		refusedBy(t, "enter by a new address", w.enter(w.lead.Actor, g.ID), "staff-moved")
	})
}

// WK9, access A10: nor does a lone director make somebody who enters in an
// emergency, and whom the list means stays who was meant.
func TestWK9ALoneDirectorBreaksNoGlass(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		nora := w.Staff("Nora New", actor.Sales)
		w.keeps(w.manager, nora, func(d *staff.Draft) { d.Department = actor.FirstLine })
		refusedBy(t, "list whom one has made support", w.office.PutBreaker(ctx, w.manager.Actor, nora.ID, true), "staff-arranged")
		if err := w.office.PutBreaker(ctx, w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		w.keeps(w.manager, w.agent, func(d *staff.Draft) { d.Email = "director-again@provider.test" })
		_, err := w.office.Break(ctx, w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody can sign in since noon", For: time.Hour})
		refusedBy(t, "break glass by a new address", err, "letin-break-glass")
	})
}
