package policy

import (
	"fmt"
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Resource is the thing that somebody wants to act on.
type Resource struct {
	Type      string // as in the schema: "Alarm", "Shift", "Board" …
	ID        string // may be empty for what does not exist yet
	Org       id.Org // empty only for the Installation
	Workspace id.Workspace
	Person    id.Person // whom it is about
	Wide      bool      // everybody was called to it, of whatever workspace
	Called    bool      // a step of its procedure called the actor to it
	Facts     Fact      // what else is known of it
}

const (
	wall    = "floor-wall"    // the rule whose refusal must look like absence
	nothing = "floor-nothing" // stands for a rule when none comes near
)

var failed atomic.Int64

// Failures counts questions that could not be evaluated and were therefore
// answered with no. Anything but 0 is a mistake in the rules.
func Failures() int64 { return failed.Load() }

// Check asks whether who may do action to the resource. If so it returns the
// identifier of the rule that says so, which belongs in the book. If not, the
// error is Forbidden "refused" with Args "rule" (the rule that forbids, or the
// nearest one that would have permitted) and "why" (its catalogue key).
// Another organisation's resource is NotFound "not_found", an unknown actor
// Unauthenticated. An action that the schema does not know for this kind of
// thing is our own mistake: Internal.
func Check(who actor.Actor, action string, on Resource) (rule string, err error) {
	return rules.check(who, action, on)
}

func (rs *ruleSet) check(who actor.Actor, action string, on Resource) (string, error) {
	as := principalType(who)
	if as == "" {
		return "", fault.New(fault.Unauthenticated, "unauthenticated")
	}
	q := question{cell{as, action, types.EntityType(on.Type)}, seenBy(who, action, factsOf(who, action, on))}
	if _, ok := rs.cells[q.cell]; !ok {
		return "", fault.New(fault.Internal, "internal").
			Wrap(fmt.Errorf("policy: no rule speaks of %s on a %s", action, on.Type))
	}
	decision, diag := rs.ask(q, who.ID(), on.ID)
	switch {
	case len(diag.Errors) > 0:
		failed.Add(1)
		return "", refused(nothing)
	case decision == cedar.Allow:
		return rs.first(diag), nil
	case len(diag.Reasons) == 0:
		return "", refused(rs.nearest(q))
	}
	return "", refused(rs.first(diag))
}

// owners are the looks that are not a guest's, whoever's eyes they have: what
// they show lets somebody in, or is the organisation's to take along.
var owners = map[string]bool{
	"seeTokens": true, "seeSessions": true, "seeSafeWord": true, "checkSafeWord": true, "exportBook": true, "exportRoster": true,
}

// seenBy leaves out that a guest asks where a page is only shown: it offers what
// the person could do whose eyes they have, so that it is that person's page
// (FL4). Doing it is asked anew, and whatever such a request would write, the
// book does not take.
func seenBy(who actor.Actor, action string, f facts) facts {
	if !who.Guest() || !who.Looking || owners[action] {
		return f
	}
	return f & allFacts &^ guest
}

func refused(rule string) error {
	if rule == wall {
		return fault.New(fault.NotFound, "not_found")
	}
	return fault.New(fault.Forbidden, "refused").With("rule", rule).With("why", "policy."+rule)
}

// question is all that a decision rests on besides the two identifiers.
type question struct {
	cell
	facts facts
}

func (rs *ruleSet) ask(q question, who, on string) (cedar.Decision, cedar.Diagnostic) {
	return cedar.Authorize(rs.cells[q.cell].all, rs.actions, request(q, who, on))
}

func request(q question, who, on string) cedar.Request {
	return cedar.Request{
		Principal: cedar.EntityUID{Type: q.principal, ID: cedar.String(who)},
		Action:    cedar.EntityUID{Type: "Action", ID: cedar.String(q.action)},
		Resource:  cedar.EntityUID{Type: q.resource, ID: cedar.String(on)},
		Context:   q.facts.context(),
	}
}

// first is the determining rule that is written first, so that the same act
// always names the same rule. The wall goes before all: what another
// organisation has must look as if it did not exist.
func (rs *ruleSet) first(diag cedar.Diagnostic) string {
	best := diag.Reasons[0].PolicyID
	for _, r := range diag.Reasons {
		if r.PolicyID == wall {
			return wall
		}
		if rs.order[r.PolicyID] < rs.order[best] {
			best = r.PolicyID
		}
	}
	return string(best)
}

// nearest names the permit that came nearest to a question which none
// permitted: one that a single different fact would have satisfied, else the
// first that is about this kind of act at all. The answer is kept, since both
// the rules and the number of questions are fixed.
func (rs *ruleSet) nearest(q question) string {
	if known, ok := rs.near.Load(q); ok {
		return known.(string)
	}
	rule := rs.search(q)
	rs.near.Store(q, rule)
	return rule
}

func (rs *ruleSet) search(q question) string {
	for _, other := range nearby {
		if q.facts&other != 0 || q.principal == "Staff" && other&inhabitant != 0 {
			continue
		}
		flipped := question{q.cell, q.facts | other}
		if decision, diag := rs.ask(flipped, "", ""); decision == cedar.Allow {
			return rs.first(diag)
		}
	}
	if permits := rs.cells[q.cell].permits; len(permits) > 0 {
		return string(permits[0])
	}
	return nothing
}
