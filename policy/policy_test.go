package policy

import (
	"math/bits"
	"testing"
	"testing/fstest"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"pgregory.net/rapid"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

const (
	ours   = id.Org("org_ours")
	theirs = id.Org("org_theirs")
	north  = id.Workspace("wsp_north")
	south  = id.Workspace("wsp_south")
	aino   = id.Person("per_aino")
	bo     = id.Person("per_bo")
)

var alarm = Resource{Type: "Alarm", ID: "alm_1", Org: ours, Workspace: north, Person: aino}

func monitorOf(ws id.Workspace) actor.Actor {
	return asPerson(actor.Membership{Workspace: ws, Role: actor.Monitor})
}

// A token that stands for a person may do what the person may, and no more.
func TestAPersonsTokenIsThatPerson(t *testing.T) {
	who := asProgram(actor.Membership{Role: actor.Administrator})
	who.Person = aino
	_, err := Check(who, "resolve", alarm)
	if f := fault.From(err); f.Code != "refused" || f.Args["rule"] != "call-not-own-alarm" || f.Args["why"] != "policy.call-not-own-alarm" {
		t.Errorf("got %v %v", err, f.Args)
	}
}

func TestNobodyMayDoNothing(t *testing.T) {
	if _, err := Check(actor.Actor{}, "seeBoard", Resource{Type: "Board", Org: ours}); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("got %v", err)
	}
	// Without an organisation on both sides, nobody is at home.
	who := actor.Actor{Kind: actor.Person, Person: bo, Roles: []actor.Membership{{Role: actor.Administrator}}}
	if _, err := Check(who, "seeBoard", Resource{Type: "Board"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownActionIsOurOwnMistake(t *testing.T) {
	for _, on := range []Resource{{Type: "Board", Org: ours}, {Type: "Nothing", Org: ours}, {Org: ours}} {
		if _, err := Check(monitorOf(north), "resolve", on); fault.KindOf(err) != fault.Internal {
			t.Errorf("%q: got %v", on.Type, err)
		}
	}
}

// A rule that cannot be evaluated is skipped by Cedar: a forbid would be lost.
func TestARuleThatFailsMeansNo(t *testing.T) {
	fsys := ownFiles(t)
	fsys["zz.cedar"] = &fstest.MapFile{Data: []byte(`@id("zz") @why("Never.")
		forbid (principal, action == Action::"acknowledge", resource)
		when { 9223372036854775807 + (if context.self then 0 else 1) == 0 };`)}
	rs, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	before := Failures()
	_, err = rs.check(monitorOf(north), "acknowledge", alarm)
	if fault.From(err).Code != "refused" || Failures() != before+1 {
		t.Errorf("got %v, %d failures counted", err, Failures()-before)
	}
}

// Whatever roles somebody holds and wherever, another organisation's things
// look as if they did not exist, and nobody closes their own alarm.
func TestNoRoleLeadsAroundTheWalls(t *testing.T) {
	asked := questions()
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom(asked).Draw(t, "question")
		var held []actor.Membership
		for range rapid.IntRange(0, 5).Draw(t, "roles") {
			held = append(held, actor.Membership{
				Workspace: rapid.SampledFrom([]id.Workspace{"", north, south}).Draw(t, "workspace"),
				Role:      rapid.SampledFrom([]actor.Role{actor.Worker, actor.Monitor, actor.Administrator, "king"}).Draw(t, "role"),
			})
		}
		who := rapid.SampledFrom([]actor.Actor{asPerson(held...), asProgram(held...)}).Draw(t, "who")
		on := Resource{
			Type: string(q.resource), Org: theirs,
			Workspace: rapid.SampledFrom([]id.Workspace{"", north, south}).Draw(t, "in"),
			Person:    rapid.SampledFrom([]id.Person{"", aino, bo}).Draw(t, "about"),
		}
		if _, err := Check(who, q.action, on); fault.KindOf(err) != fault.NotFound {
			t.Fatalf("%s: %v", q.action, err)
		}
		own := Resource{Type: "Alarm", Org: ours, Workspace: on.Workspace, Person: bo}
		for _, action := range []string{"acknowledge", "resolve"} {
			if _, err := Check(asPerson(held...), action, own); fault.KindOf(err) != fault.Forbidden {
				t.Fatalf("%s one's own alarm: %v", action, err)
			}
		}
	})
}

// Leaving rules out of a decision must never change it. No rule asks about more
// than three facts, so those combinations are enough in which at most three
// differ from none and from all.
func TestTheShortlistDecidesAsAllRulesDo(t *testing.T) {
	for _, q := range questions() {
		for _, as := range []types.EntityType{"Person", "Program", "Staff", "System"} {
			q.principal = as
			for f := facts(0); f <= allFacts; f++ {
				if n := bits.OnesCount16(uint16(f)); n > 3 && n < bits.Len16(uint16(allFacts))-3 {
					continue
				}
				q.facts = f
				short, why := rules.ask(q, "a", "b")
				all, whyAll := cedar.Authorize(rules.policies, rules.actions, request(q, "a", "b"))
				if short != all || len(why.Reasons) != len(whyAll.Reasons) || len(whyAll.Errors) > 0 {
					t.Fatalf("%+v: %v %v, with all rules %v %v", q, short, why, all, whyAll)
				}
			}
		}
	}
}

// The design allows 20 µs for a decision.
func BenchmarkAllowed(b *testing.B) {
	who := monitorOf(north)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(who, "acknowledge", alarm); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefused(b *testing.B) {
	who := monitorOf(south)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(who, "acknowledge", alarm); err == nil {
			b.Fatal("allowed")
		}
	}
}

// An operator who works inside a connected organisation handles the alarm that
// was handed over, and finds nothing else there, whatever they are at home.
func TestSS1AnOperatorInsideHandlesAlarmsAndNothingElse(t *testing.T) {
	inside := actor.Actor{
		Kind: actor.Partner, Org: ours, Person: bo,
		Roles: []actor.Membership{{Role: actor.Administrator}, {Role: actor.Monitor}, {Role: actor.Operator}},
	}
	mine := map[string]bool{
		"seeAlarm": true, "acknowledge": true, "resolve": true, "note": true, "checkSafeWord": true, "seeSafeWord": true,
	}
	for _, q := range questions() {
		on := Resource{Type: string(q.resource), ID: "x", Org: ours, Workspace: north, Person: aino}
		_, err := Check(inside, q.action, on)
		if mine[q.action] != (err == nil) {
			t.Errorf("%s %s: %v", q.action, q.resource, err)
		}
		if on.Org = theirs; mine[q.action] {
			if _, err := Check(inside, q.action, on); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s %s elsewhere: %v", q.action, q.resource, err)
			}
		}
	}
}
