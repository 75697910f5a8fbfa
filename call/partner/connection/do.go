package connection

import (
	"context"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Propose asks another organisation for a connection: a customer asks a
// monitoring partner, or a partner a customer whose identifier it was given
// (SS1). Nothing is shared before the other side agrees. Faults at
// organisation_id: not_a_partner where not exactly one of the two is a partner,
// Conflict "already_connected".
func Propose(ctx context.Context, s *store.Store, who actor.Actor, other id.Org) (c Connection, err error) {
	rule, err := check(who, who.Org, "", "connect")
	if err != nil {
		return c, err
	}
	c = Connection{ID: id.New[id.Link](), Org: who.Org, Other: other, State: Proposed}
	names := map[id.Org]string{}
	if c.Side, err = sides(ctx, s, who.Org, other, names); err != nil {
		return c, err
	}
	c.AskedBy, c.OtherName = c.Side, names[other]
	err = both(ctx, s, c, who.Org, func(tx *store.Tx, own bool) error {
		row, as, r := c, who, rule
		if !own {
			row, as, r = c.mirrored(names[c.Org]), foreign(who, names[c.Org]), ""
		}
		if _, err := store.One(tx, with, scan, row.Other); err == nil {
			return fault.New(fault.Conflict, "already_connected").At("organisation_id")
		} else if !errors.Is(err, errNone) {
			return err
		}
		c.AskedAt = tx.Now()
		err := tx.Write(add, row.ID, string(row.Side), row.Other, row.OtherName, string(row.State), string(row.AskedBy), c.AskedAt)
		if err != nil {
			return err
		}
		return row.book(tx, as, "connection.proposed", r, nil)
	})
	return c, err
}

// sides finds out which side the first organisation is, and both names.
func sides(ctx context.Context, s *store.Store, own, other id.Org, names map[id.Org]string) (Side, error) {
	kinds := map[id.Org]roster.Kind{}
	err := s.Across().View(ctx, func(tx *store.AcrossTx) error {
		for _, org := range []id.Org{own, other} {
			err := tx.For(org, func(tx *store.Tx) error {
				o, err := roster.Get(tx)
				kinds[org], names[org] = o.Kind, o.Name
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errNone):
		return "", fault.New(fault.NotFound, "not_found").At("organisation_id")
	case err != nil:
		return "", err
	case kinds[own] == roster.Partner && kinds[other] != roster.Partner:
		return Partner, nil
	case kinds[own] != roster.Partner && kinds[other] == roster.Partner:
		return Customer, nil
	}
	return "", fault.New(fault.Invalid, "not_a_partner").At("organisation_id")
}

// Agree is the other side's yes: from now on the partner sees the customer's
// alarms and enrolments, and no one else's (SS1). begun is called in the
// customer's unit, for what begins with the connection.
func Agree(ctx context.Context, s *store.Store, who actor.Actor, which id.Link, begun func(*store.Tx, Connection) error) (Connection, error) {
	return move(ctx, s, who, which, "connect", "connection.agreed", nil, func(tx *store.Tx, c Connection, own bool) (Connection, error) {
		if own {
			return c.agree(tx.Now())
		}
		c.State, c.AgreedAt = Active, tx.Now()
		return c, nil
	}, begun)
}

// End ends a connection, or turns a proposal down, at once and from either
// side. ended is called in each side's unit, for what ends with it.
func End(ctx context.Context, s *store.Store, who actor.Actor, which id.Link, reason string, ended func(*store.Tx, Connection) error) (Connection, error) {
	if len(reason) > maxText {
		return Connection{}, fault.New(fault.Invalid, "too_long").At("reason").With("Max", maxText)
	}
	var by Side
	return move(ctx, s, who, which, "endConnection", "connection.ended", map[string]string{"Note": reason}, func(tx *store.Tx, c Connection, own bool) (Connection, error) {
		if by == "" {
			by = c.Side
			if !own {
				by = c.mirrored("").Side
			}
		}
		return c.end(by, tx.Now())
	}, ended)
}

// move is one step of both rows at once.
func move(ctx context.Context, s *store.Store, who actor.Actor, which id.Link, action, kind string, personal map[string]string,
	rule func(tx *store.Tx, c Connection, own bool) (Connection, error), also func(*store.Tx, Connection) error,
) (mine Connection, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		mine, err = Get(tx, which)
		return err
	})
	if err != nil {
		return mine, err
	}
	allowed, err := check(who, mine.Org, which, action)
	if err != nil {
		return mine, err
	}
	house := ""
	err = both(ctx, s, mine, who.Org, func(tx *store.Tx, own bool) error {
		c, err := store.One(tx, hold, scan, which)
		if err != nil {
			return err
		}
		as, by := who, allowed
		if !own {
			house = c.OtherName
			as, by = foreign(who, house), ""
		}
		if c, err = rule(tx, c, own); err != nil {
			return err
		}
		if own {
			mine = c
		}
		if err := tx.Write(step, c.ID, string(c.State), c.AgreedAt, c.EndedAt, string(c.EndedBy)); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx, c); err != nil {
				return err
			}
		}
		return c.book(tx, as, kind, by, personal)
	})
	return mine, err
}

// Settle changes what the customer may settle by itself: whether every alarm
// goes to the partner at once, out-of-hours numbers and special wishes (SS13).
func Settle(ctx context.Context, s *store.Store, who actor.Actor, which id.Link, t Terms) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		c, err := store.One(tx, hold, scan, which)
		if err != nil {
			return err
		}
		rule, err := check(who, tx.Org(), which, "changeConnection")
		if err != nil {
			return err
		}
		if c.Side != Customer {
			return fault.New(fault.Forbidden, "connection_customers")
		}
		if c.State == Ended {
			return fault.New(fault.Conflict, "connection_ended")
		}
		if t, err = t.settled(); err != nil {
			return err
		}
		if err := tx.Write(settle, which, t.Every, t.Phones, t.Wishes); err != nil {
			return err
		}
		c.Every = t.Every
		return c.book(tx, who, "connection.changed", rule, map[string]string{"Phones": t.Phones, "Wishes": t.Wishes})
	})
}

// both runs do on the customer's side and then on the partner's, in one unit.
func both(ctx context.Context, s *store.Store, c Connection, own id.Org, do func(tx *store.Tx, own bool) error) error {
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		for _, org := range []id.Org{c.Customer(), c.Partner()} {
			err := tx.For(org, func(tx *store.Tx) error {
				if org == own {
					if err := store.Claim(tx); err != nil {
						return err
					}
				}
				return do(tx, org == own)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// foreign is an actor in the other side's book: the same person, of whom that
// side knows no more than the name and the house.
func foreign(who actor.Actor, house string) actor.Actor {
	who.Name, who.Roles = Named(who, house), nil
	return who
}

func (c Connection) book(tx *store.Tx, who actor.Actor, kind, rule string, personal map[string]string) error {
	tx.Touch("partner")
	tx.Touch("board")
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(c.ID), Rule: rule,
		Facts:    map[string]any{"Other": c.OtherName, "OtherID": string(c.Other), "Every": c.Every, "Side": string(c.Side)},
		Personal: personal,
	})
}

var errNone = fault.New(fault.NotFound, "not_found")
