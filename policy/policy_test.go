package policy

import (
	"errors"
	"testing"

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

func person(who id.Person, roles ...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: ours, Person: who, Roles: roles}
}

func TestFirstDecision(t *testing.T) {
	bob := person(bo, actor.Membership{Workspace: north, Role: actor.Monitor})
	alarm := Resource{Type: "Alarm", ID: "alm_1", Org: ours, Workspace: north, Person: aino}
	rule, err := Check(bob, "acknowledge", alarm)
	if err != nil || rule != "call-handle" {
		t.Fatalf("got %q, %v", rule, err)
	}
	alarm.Person = bo
	_, err = Check(bob, "acknowledge", alarm)
	if f := fault.From(err); f.Code != "refused" || f.Args["rule"] != "call-not-own-alarm" {
		t.Fatalf("got %v %v", err, f.Args)
	}
	alarm.Org = theirs
	if _, err = Check(bob, "acknowledge", alarm); !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		t.Fatal(err)
	}
}

func BenchmarkCheckAllowed(b *testing.B) {
	bob := person(bo, actor.Membership{Workspace: north, Role: actor.Monitor})
	alarm := Resource{Type: "Alarm", ID: "alm_1", Org: ours, Workspace: north, Person: aino}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(bob, "acknowledge", alarm); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckRefused(b *testing.B) {
	bob := person(bo, actor.Membership{Workspace: south, Role: actor.Monitor})
	alarm := Resource{Type: "Alarm", ID: "alm_1", Org: ours, Workspace: north, Person: aino}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(bob, "acknowledge", alarm); err == nil {
			b.Fatal("allowed")
		}
	}
}
