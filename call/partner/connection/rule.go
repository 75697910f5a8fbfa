package connection

import (
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Side is one of the two that a connection has.
type Side string

// The sides.
const (
	Customer Side = "customer"
	Partner  Side = "partner"
)

// State is how far the two sides have come.
type State string

// The states. What has ended stays ended: whoever wants it again asks again.
const (
	Proposed State = "proposed" // one side has asked, the other has not answered
	Active   State = "active"
	Ended    State = "ended"
)

// Connection is one organisation and one monitoring partner, as the side whose
// row it is sees it.
type Connection struct {
	ID         id.Link
	Org        id.Org // whose row this is
	Side       Side   // which side that is
	Other      id.Org
	OtherName  string
	State      State
	AskedBy    Side
	AskedAt    time.Time
	AgreedAt   time.Time // zero until both agree
	EndedAt    time.Time
	EndedBy    Side
	Every      bool   // every alarm goes to the partner at once, whatever the procedure says
	Phones     string // out-of-hours numbers of the customer (SS13)
	Wishes     string // special wishes of the customer (SS13)
	Changes    int64  // number of the latest change of enrolments
	Reminded   int64  // of changes that wait: 0 nobody, 1 the partner, 2 the administrators of both
	RemindedAt time.Time
}

// Customer is the organisation whose workers are watched.
func (c Connection) Customer() id.Org {
	if c.Side == Customer {
		return c.Org
	}
	return c.Other
}

// Partner is the organisation whose operators watch.
func (c Connection) Partner() id.Org {
	if c.Side == Partner {
		return c.Org
	}
	return c.Other
}

// Asks tells whether this side still has to agree.
func (c Connection) Asks() bool { return c.State == Proposed && c.AskedBy != c.Side }

// agree is the second side's yes.
func (c Connection) agree(at time.Time) (Connection, error) {
	switch {
	case c.State == Active:
		return c, fault.New(fault.Conflict, "connection_active")
	case c.State == Ended:
		return c, fault.New(fault.Conflict, "connection_ended")
	case c.AskedBy == c.Side:
		return c, fault.New(fault.Conflict, "connection_not_yours")
	}
	c.State, c.AgreedAt = Active, at
	return c, nil
}

// end is either side's no, at any time.
func (c Connection) end(by Side, at time.Time) (Connection, error) {
	if c.State == Ended {
		return c, fault.New(fault.Conflict, "connection_ended")
	}
	c.State, c.EndedAt, c.EndedBy = Ended, at, by
	return c, nil
}

// mirrored is the same connection as the other side's row has it.
func (c Connection) mirrored(ownName string) Connection {
	m := c
	m.Org, m.Other, m.OtherName = c.Other, c.Org, ownName
	m.Side = Partner
	if c.Side == Partner {
		m.Side = Customer
	}
	return m
}

// Terms are what the customer may settle by itself.
type Terms struct {
	Every  bool
	Phones string
	Wishes string
}

// maxText bounds what people write on a connection, in characters.
const maxText = 4000

func (t Terms) settled() (Terms, error) {
	t.Phones, t.Wishes = strings.TrimSpace(t.Phones), strings.TrimSpace(t.Wishes)
	var errs []error
	for field, text := range map[string]string{"phones": t.Phones, "wishes": t.Wishes} {
		if utf8.RuneCountInString(text) > maxText {
			errs = append(errs, fault.New(fault.Invalid, "too_long").At(field).With("Max", maxText))
		}
	}
	return t, fault.Join(errs...)
}

// Inside is the partner's operator at work in the customer's organisation:
// known there by name and house, and with no other right than the rules give
// to operators inside.
func (c Connection) Inside(who actor.Actor, partner string) actor.Actor {
	return actor.Actor{
		Kind: actor.Partner, Org: c.Customer(), Person: who.Person, Token: who.Token, Session: who.Session,
		Name: Named(who, partner), Door: who.Door, IP: who.IP,
		Roles: []actor.Membership{{Role: actor.Operator}}, // for what they are called; policy looks at the kind
	}
}

// Named is how an actor is called in the other side's book.
func Named(who actor.Actor, house string) string {
	if who.Name == "" {
		return house
	}
	return who.Name + " (" + house + ")"
}
