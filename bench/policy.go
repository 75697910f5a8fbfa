package bench

import (
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/policy"
)

const decisions = 50_000

// policyRow asks whether a monitor may acknowledge an alarm, and whether one
// of another organisation may.
func policyRow(r *run) error {
	org, other := id.New[id.Org](), id.New[id.Org]()
	about := policy.Resource{Type: "Alarm", ID: string(id.New[id.Alarm]()), Org: org, Workspace: id.New[id.Workspace](), Person: id.New[id.Person]()}
	monitor := func(of id.Org) actor.Actor {
		return actor.Actor{Kind: actor.Person, Org: of, Person: id.New[id.Person](), Roles: []actor.Membership{{Role: actor.Monitor}}}
	}
	yes, no := monitor(org), monitor(other)
	n := r.n(decisions)
	var allowed, refused spread
	for range 5 {
		allowed = append(allowed, each(n, func() { _, _ = policy.Check(yes, "acknowledge", about) }))
		refused = append(refused, each(n, func() { _, _ = policy.Check(no, "acknowledge", about) }))
	}
	if _, err := policy.Check(yes, "acknowledge", about); err != nil {
		return fmt.Errorf("the monitor was refused: %w", err)
	}
	if _, err := policy.Check(no, "acknowledge", about); err == nil {
		return fmt.Errorf("a stranger was allowed")
	}
	worst := max(allowed.median(), refused.median())
	r.report(line{
		what: "policy: one decision", raw: "–", goal: "≤ 20 µs",
		got: fmt.Sprintf("allowed %s, refused %s µs", allowed.rounds("%.1f"), refused.rounds("%.1f")),
		met: judge(worst <= 20, 20/worst),
	})
	return nil
}

// each is how many microseconds one of n takes.
func each(n int, do func()) float64 {
	began := time.Now()
	for range n {
		do()
	}
	return float64(time.Since(began).Microseconds()) / float64(n)
}
