package insist_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/letin/desk"
	"muster/letin/desk/insist"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

func code(err error) string {
	if err == nil {
		return ""
	}
	f := fault.From(err)
	if f.Code == "refused" {
		return f.Args["rule"].(string)
	}
	return f.Code
}

func TestFL14TheHeadOfDepartmentDecidesWithTheAgent(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := town.New(t, s)
		w.Stop()
		o := insist.Office{Desk: desk.Desk{Store: s, Keys: w.Keys}}
		org, ctx := w.Organisation("Harbour Works"), t.Context()
		agent, head := w.Staff("Olga", actor.FirstLine), w.Staff("Heli", actor.FirstLine, actor.Head)
		stranger := w.Staff("Seppo", actor.SecondLine, actor.Head)
		q, err := o.Desk.Ask(ctx, org.Admin.Actor, desk.Wanted{Kind: desk.Setting, Setting: "Muster/addPerson", Subject: "A new user", Words: "Please add Pekka."})
		if err != nil {
			t.Fatal(err)
		}
		why := "They cannot do it themselves until Tuesday."
		ask := func(who actor.Actor, about string) string {
			return code(o.Ask(ctx, who, q.ID, about, why, []string{"Muster/addPerson"}))
		}
		if got := ask(agent.Actor, "class:high"); got != "request_not_taken" {
			t.Error(got)
		}
		if err := errors.Join(o.Take(ctx, agent.Actor, q.ID), o.Insist(ctx, org.Admin.Actor, q.ID, "We need it.")); err != nil {
			t.Fatal(err)
		}
		for about, want := range map[string]string{"elsewhere": "not_one_of", "class:high": ""} {
			if got := ask(agent.Actor, about); got != want {
				t.Errorf("%s: %q", about, got)
			}
		}
		if got := ask(agent.Actor, "Muster/addPerson"); got != "already_done" {
			t.Error(got)
		}
		var e insist.Exception
		excepted := func() (is bool) {
			t.Helper()
			err := s.View(ctx, org.ID, func(tx *store.Tx) error {
				all, err := insist.Of(tx, q.ID)
				if err != nil {
					return err
				}
				e = all[0]
				held, err := insist.InForce(tx)
				is = slices.ContainsFunc(held, func(e insist.Exception) bool { return e.Covers("Muster/addPerson", "high") })
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return is
		}
		if excepted() {
			t.Error("in force before anybody decided")
		}
		decide := func(who actor.Actor, until time.Duration) string {
			return code(o.Decide(ctx, who, q.ID, e.ID, true, s.Now().Add(until), "This once, they signed for it."))
		}
		week := 7 * 24 * time.Hour
		for name, c := range map[string]struct{ got, want string }{
			"the agent":            {decide(agent.Actor, week), "request-two-people"},
			"another department's": {decide(stranger.Actor, week), "request-head-decides"},
			"for too long":         {decide(head.Actor, insist.Longest+time.Hour), "insist_too_long"},
			"the customer":         {decide(org.Admin.Actor, week), "floor-nothing"},
		} {
			if c.got != c.want && (name != "the customer" || c.got == "") {
				t.Errorf("%s: %q, want %q", name, c.got, c.want)
			}
		}
		if got := decide(head.Actor, week); got != "" || !excepted() {
			t.Errorf("%q, %+v", got, e)
		}
		err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
			if _, err := insist.Every(tx, agent.Actor); code(err) != "request-every-exception" {
				t.Errorf("an agent lists them: %v", err)
			}
			all, err := insist.Every(tx, head.Actor)
			if len(all) != 1 || all[0].Org != org.ID || all[0].ID != e.ID || !all[0].Holds(s.Now()) {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// The customer gives it back.
		if err := o.End(ctx, org.Admin.Actor, q.ID, e.ID); err != nil || excepted() {
			t.Errorf("%v %+v", err, e)
		}
		told := map[string]string{}
		err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
			all, err := deliver.About(tx, string(q.ID), 100)
			for _, m := range all {
				told[m.Purpose] += m.Route[0].Address + " "
			}
			return err
		})
		if err != nil || told["request_insisted"] != head.Email+" " || told["request_exception"] != head.Email+" " || told["request_decided"] != agent.Email+" " {
			t.Errorf("%v %v", told, err)
		}
	})
}

// The head alone cannot: nothing was asked, so nothing is there to decide.
func TestFL14AHeadAloneAllowsNothing(t *testing.T) {
	s := mustertest.Store(t)
	w := town.New(t, s)
	w.Stop()
	o, ctx := insist.Office{Desk: desk.Desk{Store: s, Keys: w.Keys}}, t.Context()
	org, head := w.Organisation("Harbour Works"), w.Staff("Heli", actor.FirstLine, actor.Head)
	q, err := o.Desk.Ask(ctx, org.Admin.Actor, desk.Wanted{Kind: desk.Look, Subject: "Odd", Words: "Please look."})
	if err == nil {
		err = o.Take(ctx, head.Actor, q.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := code(o.Ask(ctx, head.Actor, q.ID, "class:high", "They want it very much.", nil)); got != "insist_nobody" {
		t.Error(got)
	}
	if got := code(o.Decide(ctx, head.Actor, q.ID, id.New[id.Exception](), true, s.Now().Add(time.Hour), "They want it very much.")); got != "not_found" {
		t.Error(got)
	}
}

// FL14: an exception is for what a customer wants against the rules: somebody
// who may say so has, and it still stands when the head decides.
func TestFL14NoExceptionThatNoAdministratorWanted(t *testing.T) {
	w := town.New(t, mustertest.Store(t))
	w.Stop()
	o := insist.Office{Desk: desk.Desk{Store: w.Store, Keys: w.Keys}}
	org, ctx := w.Organisation("Harbour Works"), t.Context()
	olga, heli, mika := w.Staff("Olga", actor.FirstLine), w.Staff("Heli", actor.FirstLine, actor.Head), org.Monitor("Mika")
	asked := func(who actor.Actor) id.Request {
		q, err := o.Desk.Ask(ctx, who, desk.Wanted{Kind: desk.Look, Subject: "Odd", Words: "Please look."})
		if err = errors.Join(err, o.Desk.Take(ctx, olga.Actor, q.ID)); err != nil {
			t.Fatal(err)
		}
		return q.ID
	}
	const why = "They want it very much."
	q := asked(mika.Actor)
	if got := code(o.Ask(ctx, olga.Actor, q, "class:high", why, nil)); got != "insist_unasked" {
		t.Errorf("for a monitor who wants a look: %q", got)
	}
	if err := errors.Join(o.Insist(ctx, org.Admin.Actor, q, "We want it, whatever the rules say."), o.Ask(ctx, olga.Actor, q, "class:high", why, nil)); err != nil {
		t.Errorf("an administrator insists: %v", err)
	}
	q = asked(org.Admin.Actor)
	if err := errors.Join(o.Ask(ctx, olga.Actor, q, "class:high", why, nil), o.Desk.Close(ctx, olga.Actor, q, desk.Done, "It is solved.")); err != nil {
		t.Fatal(err)
	}
	var all []insist.Exception
	err := w.Store.View(ctx, org.ID, func(tx *store.Tx) (err error) {
		all, err = insist.Of(tx, q)
		return err
	})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	if got := code(o.Decide(ctx, heli.Actor, q, all[0].ID, true, w.Store.Now().Add(time.Hour), "Let them have it.")); got != "request_closed" {
		t.Errorf("of a request that is over: %q", got)
	}
	if got := code(o.Ask(ctx, olga.Actor, q, "class:medium", why, nil)); got != "request_closed" {
		t.Errorf("asked for when it is over: %q", got)
	}
	if got := code(o.Decide(ctx, heli.Actor, q, all[0].ID, false, time.Time{}, "It is over and done with.")); got != "" {
		t.Errorf("no can be said at any time: %q", got)
	}
}
