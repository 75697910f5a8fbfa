package demo_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"muster/actor"
	"muster/demo"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/desk/insist"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/letin/visit"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

// The demonstration shows support at work from its first minute: customers in
// each phase, requests by each way, leave to enter at each stage, somebody
// inside. It is made once, and quickly.
func TestTheDemonstrationBeginsWithSupportAtWork(t *testing.T) {
	s := mustertest.Store(t)
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(t.Context(), s, keys)
	if err != nil {
		t.Fatal(err)
	}
	gate := identity.New(s, identity.Config{URL: "http://muster.test", Keys: keys, Staff: visit.Vouch})
	t.Cleanup(gate.Close)
	w, err := demo.Open(t.Context(), s, keys)
	if err != nil {
		t.Fatal(err)
	}
	grants := grant.Office{Store: s, Book: book, Known: desk.Known}
	for range 2 { // the second time it is there already
		began := time.Now()
		if err := w.LetIn(t.Context(), gate, grants, "http://muster.test"); err != nil {
			t.Fatal(err)
		}
		t.Logf("set to work in %v", time.Since(began))
	}
	reader := actor.Actor{Kind: actor.Staff, Staff: w.Staff[0].ID, Support: actor.Support{Stands: true, Department: actor.SecondLine, Positions: staff.Positions()}}
	live, over, err := grants.Queue(t.Context(), reader, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	lacks := map[string]int{}
	for _, g := range live {
		lacks[string(g.Stage)]++
		for _, what := range g.Lacks() {
			lacks[what]++
		}
	}
	if lacks["consent"] != 1 || lacks["other"] != 1 || lacks["open"] != 3 {
		t.Errorf("of the leave that was asked for: %v", lacks)
	}
	ended := map[grant.Stage]int{}
	for _, g := range over {
		ended[g.Stage]++
		if g.Emergency && !g.Reviewed.IsZero() {
			t.Error("the emergency is reviewed already")
		}
	}
	if ended[grant.Revoked] != 1 || ended[grant.Left] != 1 {
		t.Errorf("ended: %v", ended)
	}
	phases, channels, doubts := map[account.Stage]int{}, map[desk.Channel]int{}, map[desk.Doubt]int{}
	excepted, insideNow := 0, 0
	queued, _, err := desk.Desk{Store: s, Keys: keys}.Queue(t.Context(), reader, "", true)
	for _, q := range queued {
		channels[q.Channel]++
		doubts[q.Doubt]++
	}
	err = errors.Join(err, s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
		all, _, err := account.List(tx, actor.Actor{Kind: actor.Staff, Staff: w.Staff[4].ID, Support: actor.Support{Stands: true, Positions: []actor.Position{actor.Director}}}, account.Filter{})
		for _, a := range all {
			if a.Complete() {
				phases[a.Phase]++
			}
			err = errors.Join(err, tx.For(a.Org, func(tx *store.Tx) error {
				exceptions, err := insist.Latest(tx)
				excepted += len(slices.DeleteFunc(exceptions, func(e insist.Exception) bool { return !e.Holds(tx.Now()) }))
				who, err2 := visit.Open(tx)
				insideNow += len(who)
				return errors.Join(err, err2)
			}))
		}
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range account.Stages()[1:] { // before that there is no account
		if phases[p] == 0 {
			t.Errorf("no customer is %s", p)
		}
	}
	for _, c := range []desk.Channel{desk.Mail, desk.Console, desk.API, desk.Chat, desk.Phone} {
		if channels[c] == 0 {
			t.Errorf("no request by %s", c)
		}
	}
	for _, d := range []desk.Doubt{"", desk.Unproved, desk.Stranger, desk.ByPhone, desk.ByChat, desk.ByProgram, desk.NoSuchRole} {
		if doubts[d] == 0 {
			t.Errorf("no request with the doubt %q", d)
		}
	}
	if excepted != 1 || insideNow != 1 {
		t.Errorf("%d exceptions, %d inside", excepted, insideNow)
	}
}
