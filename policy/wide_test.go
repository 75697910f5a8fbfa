package policy_test

import (
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/policy"
)

func TestWhoeverAStepCalledMayAnswer(t *testing.T) {
	neighbour := actor.Actor{
		Kind: actor.Person, Org: "org_a", Person: "per_n",
		Roles: []actor.Membership{{Role: actor.Worker, Workspace: "wsp_2"}},
	}
	alarm := policy.Resource{Type: "Alarm", Org: "org_a", Workspace: "wsp_1", Person: "per_x"}
	called := alarm
	called.Called = true
	own := called
	own.Person = neighbour.Person
	for _, action := range []string{"seeAlarm", "acknowledge", "resolve", "note"} {
		if _, err := policy.Check(neighbour, action, alarm); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s before a step called them: %v, want forbidden", action, err)
		}
		if rule, err := policy.Check(neighbour, action, called); err != nil || rule != "call-called" {
			t.Errorf("%s once a step called them: %s, %v; want call-called", action, rule, err)
		}
	}
	if _, err := policy.Check(neighbour, "acknowledge", own); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("their own alarm: %v, want forbidden", err)
	}
}

func TestWhoeverIsCalledToAWidenedAlarmMayAnswerIt(t *testing.T) {
	monitor := actor.Actor{
		Kind: actor.Person, Org: "org_a", Person: "per_m",
		Roles: []actor.Membership{{Role: actor.Monitor, Workspace: "wsp_2"}},
	}
	worker := actor.Actor{
		Kind: actor.Person, Org: "org_a", Person: "per_w",
		Roles: []actor.Membership{{Role: actor.Worker, Workspace: "wsp_1"}},
	}
	own := monitor
	own.Person = "per_x"
	alarm := policy.Resource{Type: "Alarm", Org: "org_a", Workspace: "wsp_1", Person: "per_x"}
	wide := alarm
	wide.Wide = true
	for _, action := range []string{"seeAlarm", "acknowledge", "resolve", "note"} {
		if _, err := policy.Check(monitor, action, alarm); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s before it was widened: %v, want forbidden", action, err)
		}
		if rule, err := policy.Check(monitor, action, wide); err != nil || rule != "call-wide" {
			t.Errorf("%s once it was widened: %s, %v; want call-wide", action, rule, err)
		}
		if _, err := policy.Check(worker, action, wide); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s by a worker: %v, want forbidden", action, err)
		}
	}
	for _, action := range []string{"acknowledge", "resolve"} {
		if _, err := policy.Check(own, action, wide); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s of one's own alarm: %v, want forbidden", action, err)
		}
	}
}
