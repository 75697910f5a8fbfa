// Package insist is what happens when a customer wants something that the rules
// do not allow (FL14): the head of the agent's department is told and decides
// with the agent, for this customer and one setting or class of settings, until
// a day that is at most 90 days off. The agent asks and the head decides, so
// that it always takes two. Both stand in the customer's book.
package insist

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Longest is how long an exception lasts at most.
const Longest = 90 * 24 * time.Hour

// State is how far an exception has come.
type State string

// The states.
const (
	Asked   State = "asked" // by the agent, waits for the head of department
	Allowed State = "allowed"
	Refused State = "refused"
	Ended   State = "ended" // taken back before its time
)

// Exception lets support do for one customer what the rules do not allow.
type Exception struct {
	ID      id.Exception
	Request id.Request
	Scope   string // key of a setting, or a class: "class:high", "class:medium"
	Why     string

	AskedBy   id.Staff
	AskedName string
	Asked     time.Time

	Department actor.Department // of the agent

	State    State
	Head     id.Staff
	HeadName string
	Words    string // the head's
	Decided  time.Time
	Until    time.Time
	Ended    time.Time
}

// Holds tells whether it is in force. Time passes also while nothing is
// written.
func (e Exception) Holds(now time.Time) bool {
	return e.State == Allowed && now.Before(e.Until)
}

// Covers tells whether it is about a setting of this class.
func (e Exception) Covers(setting, class string) bool {
	return e.Scope == setting || e.Scope == classScope+class
}

const classScope = "class:"

// classes that an exception can be about: what is neither needs none.
func classes() []string { return []string{"high", "medium"} }

// decide is the head's yes, until a time, or no.
func (e Exception) decide(yes bool, words string, until, now time.Time, head id.Staff, name string) (Exception, error) {
	switch {
	case e.State != Asked:
		return e, fault.New(fault.Conflict, "already_done")
	case head == e.AskedBy:
		return e, fault.New(fault.Forbidden, "insist_own")
	case yes && !until.After(now):
		return e, fault.New(fault.Invalid, "in_the_past").At("until")
	case yes && until.Sub(now) > Longest:
		return e, fault.New(fault.Invalid, "insist_too_long").At("until").With("Max", int(Longest/(24*time.Hour)))
	}
	if err := said(words, "words"); err != nil {
		return e, err
	}
	e.State, e.Words, e.Decided, e.Head, e.HeadName = Refused, strings.TrimSpace(words), now, head, name
	if yes {
		e.State, e.Until = Allowed, until
	}
	return e, nil
}

// end takes it back.
func (e Exception) end(now time.Time) (Exception, error) {
	if !e.Holds(now) {
		return e, fault.New(fault.Conflict, "already_done")
	}
	e.State, e.Ended = Ended, now
	return e, nil
}

// said holds what people write to its limits.
func said(words, field string) error {
	const fewest, most = 10, 1000
	switch n := utf8.RuneCountInString(strings.TrimSpace(words)); {
	case n == 0:
		return fault.New(fault.Invalid, "required").At(field)
	case n < fewest || strings.Trim(words, ". -") == "":
		return fault.New(fault.Invalid, "say_more").At(field)
	case n > most:
		return fault.New(fault.Invalid, "too_long").At(field).With("Max", most)
	}
	return nil
}

// scope sees to it that an exception is about something that there is.
func scope(s string, settings []string) error {
	if class, ok := strings.CutPrefix(s, classScope); ok && slices.Contains(classes(), class) || slices.Contains(settings, s) {
		return nil
	}
	return fault.New(fault.Invalid, "not_one_of").At("scope")
}
