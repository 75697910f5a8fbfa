// Package presence knows whether somebody of the customer's is there while
// support works: on a call during onboarding, later in a remote session. A
// staff member asks for it, an administrator joins on their own page and proves
// now and then to be there still; without that, what asks for presence is
// closed again.
package presence

import (
	"strings"
	"time"
	"unicode/utf8"

	"muster/fault"
	"muster/id"
	"muster/letin/account"
)

// Kind is what somebody joins.
type Kind string

// The kinds.
const (
	Call    Kind = "call"    // during onboarding
	Session Kind = "session" // a supervised remote session, once the customer is live
)

// How a presence ended.
type How string

// The ways to end.
const (
	Left       How = "left"       // the administrator went
	Stopped    How = "stopped"    // the staff member ended it
	Lost       How = "lost"       // not proved in time
	Unanswered How = "unanswered" // nobody joined
	Again      How = "again"      // asked for anew
)

// Limits of a presence. Every is how often a page proves it by itself.
const (
	Every    = 20 * time.Second
	answerIn = 30 * time.Minute
	most     = 300 // characters of what it is about
)

// Presence is one call or remote session, asked for or joined.
type Presence struct {
	ID        id.Presence
	Staff     id.Staff
	StaffName string
	Kind      Kind
	Words     string // what it is about
	Asked     time.Time
	Person    id.Person // who joined
	Name      string
	Joined    time.Time
	Proved    time.Time // when the person last was there
	Ended     time.Time
	How       How
}

// Open tells whether it can still be joined or goes on.
func (p Presence) Open() bool { return p.Ended.IsZero() }

// Holds tells whether somebody of the customer's is there at an instant
// (access A8): they joined, and proved it within a minute.
func (p Presence) Holds(now time.Time) bool {
	return p.Open() && !p.Joined.IsZero() && now.Sub(p.Proved) <= account.Proof
}

// next is when time does something to it, if nobody does.
func (p Presence) next() time.Time {
	if p.Joined.IsZero() {
		return p.Asked.Add(answerIn)
	}
	return p.Proved.Add(account.Proof)
}

// expire is what time does to it.
func (p Presence) expire(now time.Time) (next Presence, over bool) {
	if !p.Open() || now.Before(p.next()) {
		return p, false
	}
	p.Ended, p.How = now, Lost
	if p.Joined.IsZero() {
		p.How = Unanswered
	}
	return p, true
}

// kindIn is what can be asked for in a phase of the customer's life.
func kindIn(p account.Stage) (Kind, error) {
	switch p {
	case account.Onboarding:
		return Call, nil
	case account.Live:
		return Session, nil
	case account.Ended:
		return "", fault.New(fault.Conflict, "account_over")
	}
	return "", fault.New(fault.Conflict, "account_waits")
}

func tidy(words string) (string, error) {
	words = strings.Join(strings.Fields(words), " ")
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		return "", fault.New(fault.Invalid, "required").At("words")
	case n > most:
		return "", fault.New(fault.Invalid, "too_long").At("words").With("Max", most)
	}
	return words, nil
}
