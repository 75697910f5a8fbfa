package policy

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cedar-policy/cedar-go"

	"muster/actor"
	"muster/fault"
)

// asked is a question as somebody really asks it.
type asked struct {
	who    actor.Actor
	action string
	on     Resource
}

// asRandom is staff of whom anything may be true, outside or let in.
func asRandom(r *rand.Rand) actor.Actor {
	maybe := func() bool { return r.IntN(2) == 0 }
	who := asStaff()
	if maybe() {
		who = asGuest(actor.Membership{Role: actor.Administrator})
	}
	departments := []actor.Department{
		actor.Onboarding, actor.Accounting, actor.FirstLine, actor.SecondLine, actor.Sales, actor.Development, actor.CustomerSuccess,
	}
	positions := []actor.Position{actor.SuccessManager, actor.Director, actor.Delegate, actor.ServicesManager, actor.OnboardingManager, actor.Head}
	some := func() []string { // of what support was asked to do, or may by an exception
		return slices.DeleteFunc(Grouped("configure"), func(string) bool { return maybe() })
	}
	who.Support = actor.Support{
		Department: departments[r.IntN(len(departments))], Positions: positions[:r.IntN(2)], Stands: r.IntN(4) > 0,
		Configure: maybe(), Starting: maybe(), Requested: some(), Online: maybe(), Supervised: maybe(), Excepted: some(),
	}
	return who
}

// everything asks each action of each kind of actor, and 200 times of staff with
// anything true of them and of the thing.
func everything() (all []asked) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, q := range questions() {
		on := Resource{Type: string(q.resource), ID: "x", Org: ours, Workspace: north, Person: aino}
		if on.Type == "Installation" {
			on.Org, on.Workspace = "", ""
		}
		for _, c := range columns() {
			all = append(all, asked{c.who(actor.Membership{Workspace: north, Role: c.role}), q.action, on})
		}
		if _, staffed := rules.cells[cell{"Staff", q.action, q.resource}]; !staffed {
			continue
		}
		for range 200 {
			on.Facts = Fact(r.Uint64()) & outward & (Employed<<1 - 1)
			all = append(all, asked{asRandom(r), q.action, on})
		}
	}
	return all
}

// Access N1: every decision, yes or no, names a rule that has its sentence in
// each language; a no that no rule forbids names one that would have permitted
// the same act. It costs 50 µs at most beyond the decision itself.
func TestAccessN1EveryDecisionExplainsItself(t *testing.T) {
	sentences := map[string]map[string]string{}
	for _, tag := range []string{"en", "fi", "fr"} {
		sentences[tag] = catalogue(t, tag)
	}
	forbids := map[string]bool{}
	for _, r := range Rules() {
		forbids[r.ID] = r.Forbids
	}
	yes, no, near := 0, 0, 0
	all := everything()
	for _, a := range all {
		rule, err := Check(a.who, a.action, a.on)
		f := fault.From(err)
		switch {
		case err == nil:
			yes++
		case f.Code == "not_found" || f.Code == "internal":
			continue // another organisation's is not there at all; or nobody of this kind can ask it
		default:
			no++
			rule, _ = f.Args["rule"].(string)
			if f.Code != "refused" || f.Args["why"] != "policy."+rule {
				t.Fatalf("%s on %s: %v", a.action, a.on.Type, err)
			}
		}
		permits := rules.cells[cell{principalType(a.who), a.action, cedar.EntityType(a.on.Type)}].permits
		switch {
		case rule == nothing && len(permits) > 0:
			t.Fatalf("%s on %s is refused and no rule is named: %+v", a.action, a.on.Type, a.who)
		case err != nil && rule != nothing && !forbids[rule]:
			if near++; !slices.Contains(permits, cedar.PolicyID(rule)) {
				t.Fatalf("%s on %s is refused and names %s, which is about something else", a.action, a.on.Type, rule)
			}
		case err == nil && forbids[rule] || err != nil && rule == "":
			t.Fatalf("%s on %s: %v, by %q", a.action, a.on.Type, err, rule)
		}
		for tag, texts := range sentences {
			if texts["policy."+rule] == "" {
				t.Fatalf("%s on %s: %q has no sentence in %s", a.action, a.on.Type, rule, tag)
			}
		}
	}
	if yes < 1000 || no < 1000 || near < 1000 {
		t.Errorf("%d yes, %d no, %d of them by the nearest rule: this test looks in the wrong place", yes, no, near)
	}
	bare, whole := lasts(all)
	if extra := whole - bare; extra > 50*time.Microsecond {
		t.Errorf("a decision takes %v, and with its explanation %v", bare, whole)
	}
	t.Logf("%d yes, %d no, %d of them by the nearest rule; %v for a decision, %v with its explanation", yes, no, near, bare, whole)
}

// lasts measures a decision by itself and with its explanation: the best of
// three rounds, since others use the machine too.
func lasts(all []asked) (bare, whole time.Duration) {
	bare, whole = time.Hour, time.Hour
	for range 3 {
		began := time.Now()
		for _, a := range all {
			as := principalType(a.who)
			rules.ask(question{cell{as, a.action, cedar.EntityType(a.on.Type)}, seenBy(a.who, a.action, factsOf(a.who, a.action, a.on))}, a.who.ID(), a.on.ID)
		}
		bare = min(bare, time.Since(began)/time.Duration(len(all)))
		began = time.Now()
		for _, a := range all {
			_, _ = Check(a.who, a.action, a.on)
		}
		whole = min(whole, time.Since(began)/time.Duration(len(all)))
	}
	return bare, whole
}
