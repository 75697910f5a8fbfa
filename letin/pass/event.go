package pass

import (
	"context"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/ledger"
	"muster/store"
)

// Take writes what support did in a product into the customer's book: each act
// once, however often it is told. It takes acts of passes that have ended, since
// a product sends when it can; those of another product's pass are refused.
func (o *Office) Take(ctx context.Context, token, text string, events []Event) (fresh int, err error) {
	if len(events) == 0 || len(events) > mostEvents {
		return 0, fault.New(fault.Invalid, "out_of_range").At("events").With("Min", 1).With("Max", mostEvents)
	}
	c, unread := o.read(ctx, text, lateEvent)
	err = o.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		fresh = 0
		p, err := caller(tx, token)
		if err == nil {
			err = unread
		}
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := e.check(tx.Now()); err != nil {
				return err
			}
		}
		v, err := store.One(tx, passByID, scanStay, c.Pass())
		if err == nil && (v.Product != p.ID || v.Org != c.Org) {
			err = errPass
		}
		if err != nil {
			return passRefused(err)
		}
		return tx.For(v.Org, func(tx *store.Tx) error {
			fresh, err = v.write(tx, p, c.Name, events)
			return err
		})
	})
	return fresh, err
}

// write appends the acts that are new. Whoever did them is named as when they
// came, for they may have left since.
func (v stay) write(tx *store.Tx, p Product, name string, events []Event) (fresh int, err error) {
	guest := actor.Actor{Kind: actor.Staff, Staff: v.Staff, Name: name, Org: v.Org, Grant: v.Grant, Person: v.Person, Session: v.Session, Door: door}
	for _, e := range events {
		n, err := tx.Exec(addEvent, v.ID, e.ID, tx.Now())
		if err != nil {
			return fresh, err
		}
		if n == 0 {
			continue
		}
		fresh++
		kind := map[bool]string{true: "pass.changed", false: "pass.looked"}[e.Changed]
		personal := map[string]string{}
		if e.Words != "" {
			personal["words"] = e.Words
		}
		err = errors.Join(err, ledger.Append(tx, guest, ledger.Entry{
			Kind: kind, Subject: string(v.Grant), Personal: personal,
			Facts: map[string]any{
				"Product": p.Name, "What": e.what(), "Action": e.Action, "Type": e.Type, "Resource": e.Resource, "Record": e.Record,
				"Pass": string(v.ID), "Event": e.ID, "At": e.At.UnixMicro(),
			},
		}))
		if err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}
