package duty

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
)

// Link is the one in a reminder. Whoever it went to acts by it without signing
// in, behind a deliberate act on its page: contact persons need no role, and
// then have no other door.
type Link struct {
	Store   *store.Store
	Org     id.Org
	Message id.Message
	From    netip.Addr // where the page was
}

// Confirm is Confirm by whoever the link went to. One that is too old, or that
// went to an address the person has no more, is Expired "link_expired".
func (l Link) Confirm(ctx context.Context, by string) error {
	return l.do(ctx, func(tx *store.Tx, who actor.Actor) error { return confirm(tx, who, by) })
}

// HandOver gives the duty of whoever the link went to to another contact person;
// the deputy stays, unless it is they. At a shared mailbox by says who does it.
// Faults are those of Confirm and of Assign.
func (l Link) HandOver(ctx context.Context, d Duty, to id.Person, by string) error {
	return l.do(ctx, func(tx *store.Tx, who actor.Actor) error {
		before, err := held(tx, d)
		if err != nil {
			return err
		}
		if before.person != who.Person {
			return fault.New(fault.NotFound, "not_found")
		}
		if _, err := store.One(tx, getMember, scanMember, to); err != nil {
			return fault.New(fault.Invalid, "not_on_roster").At("person")
		}
		shared, err := Shared(tx, who.Person)
		if err != nil {
			return err
		}
		if shared {
			if by, err = address.Name(by); err != nil {
				return fault.From(err).At("by")
			}
			who.Name += " (" + by + ")"
		}
		if before.deputy == to {
			before.deputy = ""
		}
		return assign(tx, who, d, to, before.deputy)
	})
}

// do does it as whoever the link went to.
func (l Link) do(ctx context.Context, act func(*store.Tx, actor.Actor) error) error {
	return l.Store.Do(ctx, l.Org, func(tx *store.Tx) error {
		msg, err := deliver.Get(tx, l.Message)
		if err != nil {
			return err
		}
		if msg.Purpose != Purpose {
			return fault.New(fault.NotFound, "not_found")
		}
		r, err := roster.Find(tx, msg.Person)
		if err != nil {
			return err
		}
		if !r.Active || !mine(r, msg) || tx.Now().After(msg.Made.Add(linkValid)) {
			return fault.New(fault.Expired, "link_expired")
		}
		who := actor.Actor{Kind: actor.Person, Org: l.Org, Person: r.Person, Name: r.Name, Roles: r.Roles, Door: actor.Link, IP: l.From}
		return errors.Join(act(tx, who), deliver.MarkAnswered(tx, l.Message))
	})
}

// mine tells whether every address that a message has gone to so far is still
// its reader's: who reads one that is not has the same link.
func mine(r roster.Person, m deliver.Message) bool {
	tried := m.Route[:min(m.Stop+1, len(m.Route))]
	return len(tried) > 0 && !slices.ContainsFunc(tried, func(s deliver.Stop) bool {
		return !slices.ContainsFunc(r.Points, func(p roster.Point) bool { return s.Channel == p.Channel && s.Address == p.Address })
	})
}
