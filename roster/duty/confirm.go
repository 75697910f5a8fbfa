package duty

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
	"muster/timer"
)

// The ladder of a contact person: the timer that climbs it, and the purpose of
// the message whose button confirms.
const (
	TimerKind = "contact_ladder"
	Purpose   = "contact_ladder"
)

// How long the button of a reminder can be pressed, and how long it makes sense
// to try to hand one over.
const (
	linkValid = 60 * day
	sendFor   = 3 * day
)

// Member is one contact person.
type Member struct {
	Person    id.Person
	Since     time.Time
	Confirmed time.Time // when they last said that what is known of them holds
	Stale     bool      // they did not for too long, or nobody answers for the mailbox
	Shared    bool      // several people read what comes there
	Behind    id.Person // who answers for a shared mailbox; empty: nobody any more

	said int
}

// Members are the contact persons of the unit's organisation.
func Members(tx *store.Tx) ([]Member, error) { return store.All(tx, members, scanMember) }

// Shared tells whether several people read what comes to somebody.
func Shared(tx *store.Tx, person id.Person) (bool, error) {
	m, err := store.One(tx, getMember, scanMember, person)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return m.Shared, err
}

// Enter makes somebody of the roster a contact person, in the caller's unit,
// which has asked policy and writes the book. For one who is it already
// nothing changes.
func Enter(tx *store.Tx, person id.Person) error {
	switch _, err := store.One(tx, holdMember, scanMember, person); fault.KindOf(err) {
	case fault.NotFound:
		return errors.Join(tx.Write(addMember, person, tx.Now()), timer.Set(tx, TimerKind, string(person), At(tx.Now(), tx.Now()).Next))
	default:
		return err
	}
}

// Drop takes somebody out of the contact persons, in the caller's unit. Who has
// a duty, or deputises, stays: Conflict "holds_duty" (BS4).
func Drop(tx *store.Tx, person id.Person) error {
	all, err := Holders(tx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(h Holder) bool { return h.Person.Person == person || h.Deputy.Person == person }) {
		return fault.New(fault.Conflict, "holds_duty")
	}
	return errors.Join(timer.Cancel(tx, TimerKind, string(person)), tx.Write(dropMember, person))
}

// Share says that a contact person is a mailbox that several people read, and
// who answers for it (row 33); an empty name says that it is somebody's own.
// Faults are at behind.
func Share(ctx context.Context, s *store.Store, who actor.Actor, person, behind id.Person) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "assignDuty", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		m, err := store.One(tx, holdMember, scanMember, person)
		if err != nil {
			return err
		}
		names := map[string]string{}
		if behind != "" {
			p, err := onRoster(tx, behind, "behind")
			if err == nil && behind == person {
				err = fault.New(fault.Invalid, "behind_same").At("behind")
			}
			if err != nil {
				return err
			}
			names["Name"] = p.Name
		}
		stale := m.Stale && At(m.Confirmed, tx.Now()).Stale
		return errors.Join(
			tx.Write(shareMember, person, behind != "", behind, stale), roster.Changed(tx),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "contact.shared", Subject: string(person), About: person, Rule: rule,
				Facts: map[string]any{"Shared": behind != "", "Behind": string(behind)}, Personal: names,
			}),
		)
	})
}

// Confirm says that what is known of the actor as a contact person still holds,
// which begins the ladder anew. At a shared mailbox by says who reads it now,
// else it is Invalid "required" at by (row 33).
func Confirm(ctx context.Context, s *store.Store, who actor.Actor, by string) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error { return confirm(tx, who, by) })
}

func confirm(tx *store.Tx, who actor.Actor, by string) error {
	if err := timer.Hold(tx, TimerKind, string(who.Person)); err != nil {
		return err
	}
	m, err := store.One(tx, holdMember, scanMember, who.Person)
	if err != nil {
		return err
	}
	rule, err := policy.Check(who, "confirmContact", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org(), Person: who.Person})
	if err != nil {
		return err
	}
	names := map[string]string{}
	if m.Shared {
		if by, err = address.Name(by); err != nil {
			return fault.From(err).At("by")
		}
		names["Name"] = by
	}
	unmanned := m.Shared && m.Behind == ""
	return errors.Join(
		tx.Write(confirmMember, who.Person, tx.Now(), unmanned),
		timer.Set(tx, TimerKind, string(who.Person), At(tx.Now(), tx.Now()).Next),
		roster.Changed(tx),
		ledger.Append(tx, who, ledger.Entry{
			Kind: "contact.confirmed", Subject: string(who.Person), About: who.Person, Rule: rule,
			Facts: map[string]any{"Shared": m.Shared}, Personal: names,
		}),
	)
}

// Fire says what the ladder of a contact person has come to, and is the handler
// of TimerKind. Where several steps went by while nobody looked, only the last
// is said.
func Fire(tx *store.Tx, t timer.Timer) error {
	m, err := store.One(tx, holdMember, scanMember, id.Person(t.Subject))
	if fault.KindOf(err) == fault.NotFound {
		return nil // is none any more
	}
	if err != nil {
		return err
	}
	l := At(m.Confirmed, tx.Now())
	if !l.Next.IsZero() {
		if err := timer.Set(tx, TimerKind, t.Subject, l.Next); err != nil {
			return err
		}
	}
	if l.Steps <= m.said {
		return nil
	}
	p, err := roster.Reach(tx, m.Person)
	if err != nil {
		return err
	}
	kind := "contact.reminded"
	if l.Stale {
		kind = "contact.stale"
	}
	return errors.Join(
		remind(tx, p, l),
		tx.Write(climb, m.Person, l.Steps, l.Stale || m.Stale),
		roster.Changed(tx),
		ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: kind, Subject: string(m.Person), About: m.Person,
			Facts: map[string]any{"Step": l.Steps}, Personal: map[string]string{"Name": p.Name},
		}),
	)
}

// remind tells whoever is to hear of a step: the contact person over addresses
// from which nothing came back, and who else stands for the organisation.
func remind(tx *store.Tx, p roster.Recipient, l Ladder) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	m := deliver.Message{Purpose: Purpose, Lane: deliver.Duty, About: string(p.Person), Valid: sendFor, Facts: map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Link": wording.Act, "Till": l.Until,
	}}
	if l.Until.IsZero() {
		delete(m.Facts, "Till")
	}
	if _, err := p.Living().Tell(tx, m); err != nil || !l.Others {
		return err
	}
	others, err := Beside(tx, p.Person)
	if err != nil {
		return err
	}
	if l.Overdue {
		admins, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
		if err != nil {
			return err
		}
		for _, a := range admins {
			others = with(others, a.Recipient, p.Person)
		}
	}
	m.Purpose = "contact_unconfirmed"
	if l.Stale {
		m.Purpose = "contact_stale"
	}
	m.Facts["Who"], m.Facts["Contact"], m.Facts["Link"] = p.Name, true, "/contacts"
	for _, o := range others {
		if _, err := o.Living().Tell(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// Beside are those who stand for the organisation beside somebody who has a
// duty: who has the other, and the deputies. Nobody, if they have none.
func Beside(tx *store.Tx, person id.Person) (out []roster.Recipient, err error) {
	all, err := Holders(tx)
	if err != nil || !slices.ContainsFunc(all, func(h Holder) bool { return h.Person.Person == person }) {
		return nil, err
	}
	for _, h := range all {
		out = with(with(out, h.Person, person), h.Deputy, person)
	}
	return out, nil
}

// with adds somebody who is not among them, and is not the one it is about.
func with(all []roster.Recipient, one roster.Recipient, about id.Person) []roster.Recipient {
	known := slices.ContainsFunc(all, func(r roster.Recipient) bool { return r.Person == one.Person })
	if known || one.Person == "" || one.Person == about {
		return all
	}
	return append(all, one)
}

// Overdue tells whether somebody who stands for the organisation has not
// confirmed for half a year what is known of them (A11).
func Overdue(tx *store.Tx) (bool, error) {
	n, err := store.One(tx, unconfirmed, store.Scalar[int64], tx.Now().Add(-half))
	return n > 0, err
}
