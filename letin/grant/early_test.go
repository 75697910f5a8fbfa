package grant_test

import (
	"testing"
	"time"

	"muster/actor"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// WK2: before onboarding begins exactly those who look after a customer have
// access, whatever list they are on; whoever did so before has none any more.
func TestWK2BeforeOnboardingOnlyTwoBreakGlass(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		delegate := w.Staff("Della Delegate", actor.CustomerSuccess, actor.Delegate)
		project := w.Staff("Pekka Project", actor.Onboarding, actor.OnboardingManager)
		other := w.Staff("Sini Success", actor.CustomerSuccess, actor.SuccessManager)
		for _, c := range []town.Colleague{w.agent, w.manager, w.success, project} {
			if err := w.office.PutBreaker(ctx, delegate.Actor, c.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		fresh := w.Town.Organisation("Quay Works")
		accounts := account.Office{Store: s, Keys: w.Keys}
		deal := account.Deal{Reference: "C-1", Signed: time.Date(2026, 1, 8, 0, 0, 0, 0, time.UTC), Manager: w.success.ID, Project: project.ID}
		if err := accounts.Name(ctx, w.manager.Actor, fresh.ID, deal); err != nil {
			t.Fatal(err)
		}
		e := grant.Emergency{Org: fresh.ID, Words: "Nobody is called when help is pressed"}
		for _, c := range []town.Colleague{w.agent, w.manager} {
			_, err := w.office.Break(ctx, c.Actor, e)
			refusedBy(t, c.Name, err, "letin-first-two")
		}
		var last grant.Grant
		for _, c := range []town.Colleague{project, w.success} {
			var err error
			if last, err = w.office.Break(ctx, c.Actor, e); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
		if err := w.enter(w.success.Actor, last.ID); err != nil {
			t.Error(err)
		}
		deal.Manager = other.ID
		if err := accounts.Name(ctx, w.manager.Actor, fresh.ID, deal); err != nil {
			t.Fatal(err)
		}
		refusedBy(t, "by whoever looked after them before", w.enter(w.success.Actor, last.ID), "letin-first-two")
		e.Org = w.ID
		if _, err := w.office.Break(ctx, w.agent.Actor, e); err != nil {
			t.Errorf("once a customer is live: %v", err)
		}
	})
}
