package partner

import (
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/policy"
)

// State is how far the partner has come with a case.
type State string

// The states.
const (
	Open     State = "open"     // nobody at the desk has taken it
	Accepted State = "accepted" // a named operator is on it
	Closed   State = "closed"
)

// Case is one alarm of one customer at a partner's desk.
type Case struct {
	Org          id.Org // the partner
	ID           id.Case
	Link         id.Link
	Customer     id.Org
	CustomerName string
	Alarm        id.Alarm
	WorkerName   string
	Kind         alarm.Kind
	Drill        bool // nobody needs help: the ladder is tried
	State        State
	Warning      string    // state of the enrolment that the operator must know of, empty when all is well
	Raised       time.Time // at the customer
	Opened       time.Time // at the desk
	Round        int       // how often the desk was told
	FirstAct     time.Time // when an operator first did something about it; zero: not yet
	Accepted     Act
	Closed       Act // Person is empty where the customer ended the alarm
	Outcome      alarm.Outcome
	Closing      string
	Guesses      int // safe words that were tried in vain
}

// Act is which operator did something, and when.
type Act struct {
	Person id.Person
	Name   string
	At     time.Time // zero: not done
}

// Working tells whether the case waits for an end.
func (c Case) Working() bool { return c.State != Closed }

// acted notes the first thing that an operator did.
func (c Case) acted(at time.Time) Case {
	if c.FirstAct.IsZero() {
		c.FirstAct = at
	}
	return c
}

// accept is an operator taking charge. The same one may say so again.
func (c Case) accept(by Act) (Case, error) {
	switch {
	case c.State == Closed:
		return c, c.over()
	case c.State == Accepted && c.Accepted.Person != by.Person:
		return c, fault.New(fault.Conflict, "already_acknowledged").With("By", c.Accepted.Name).With("At", c.Accepted.At)
	case c.State == Open:
		c.State, c.Accepted = Accepted, by
	}
	return c.acted(by.At), nil
}

// close ends the case.
func (c Case) close(by Act, outcome alarm.Outcome, closing string) (Case, error) {
	if c.State == Closed {
		return c, c.over()
	}
	if c.Drill && outcome != "" {
		outcome = alarm.Drill
	}
	c.State, c.Closed, c.Outcome, c.Closing = Closed, by, outcome, closing
	if by.Person != "" {
		c = c.acted(by.At)
	}
	return c, nil
}

// handling refuses whoever is not at work on the case: a safe word is shown to
// the operator who handles the alarm and to nobody else (SS8).
func (c Case) handling(who actor.Actor) error {
	if c.State == Closed {
		return c.over()
	}
	if c.State != Accepted || c.Accepted.Person != who.Person || who.Person == "" {
		return fault.New(fault.Forbidden, "case_not_yours")
	}
	return nil
}

func (c Case) over() error {
	return fault.New(fault.Conflict, "already_resolved").With("By", c.Closed.Name).With("At", c.Closed.At)
}

func (c Case) resource() policy.Resource {
	return policy.Resource{Type: "Case", ID: string(c.ID), Org: c.Org}
}

// How often an unanswered case is told again: first each minute, then more and
// more rarely, without an end. One that was accepted and not closed asks again.
const (
	tellAgain = time.Minute
	patience  = 10
	maxPause  = 10 * time.Minute
	askAgain  = 15 * time.Minute
)

// pause is how long after round n the desk is told again.
func pause(round int) time.Duration {
	p := tellAgain
	for n := patience; n < round && p < maxPause; n++ {
		p *= 2
	}
	return min(p, maxPause)
}

// maxGuesses is how many wrong safe words one case bears.
const maxGuesses = 10
