package enrol

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Waiting is one change that a partner has to confirm, with what is known of
// the worker now.
type Waiting struct {
	Change
	Customer     id.Org
	CustomerName string
	Facts        *Facts // nil where the worker has left
}

// mostWaiting bounds how many changes of one customer one page shows.
const mostWaiting = 200

// Inbox lists what a partner has to confirm, over all its customers, the oldest
// first. Nothing is copied: it is read from each customer whose connection is
// working.
func (c Clerk) Inbox(ctx context.Context, who actor.Actor) (list []Waiting, err error) {
	var links []connection.Connection
	err = c.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := policy.Check(who, "seeDesk", desk(tx.Org())); err != nil {
			return err
		}
		links, err = connection.In(tx, connection.Partner)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		list = nil
		for _, link := range links {
			err := tx.For(link.Other, func(tx *store.Tx) error {
				some, err := inbox(tx, link)
				list = append(list, some...)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Waiting) int { return a.Made.Compare(b.Made) })
	return list, err
}

func inbox(tx *store.Tx, link connection.Connection) ([]Waiting, error) {
	if c, err := connection.Get(tx, link.ID); err != nil || c.State != connection.Active {
		return nil, err
	}
	changes, err := store.All(tx, pending, scanChange, link.ID, mostWaiting)
	if err != nil {
		return nil, err
	}
	out := make([]Waiting, 0, len(changes))
	for _, c := range changes {
		w := Waiting{Change: c, Customer: link.Other, CustomerName: link.OtherName}
		e, known, err := lookup(tx, get, c.Worker)
		if err != nil {
			return nil, err
		}
		if known && e.Left.IsZero() {
			w.Facts = &e.Facts
		}
		out = append(out, w)
	}
	return out, nil
}

// Settle is the partner's answer to one change (SS10): a yes, or a no with its
// reason. A yes counts for the worker's earlier changes too, since what the
// partner has taken in is what is known now. One that is settled is Conflict
// "change_settled".
func (c Clerk) Settle(ctx context.Context, who actor.Actor, link id.Link, number int64, to State, reason string) error {
	reason = strings.TrimSpace(reason)
	switch {
	case to != Confirmed && to != Rejected:
		return fault.New(fault.Invalid, "not_a_choice").At("state")
	case to == Rejected && reason == "":
		return fault.New(fault.Invalid, "required").At("reason")
	case utf8.RuneCountInString(reason) > maxField:
		return fault.New(fault.Invalid, "too_long").At("reason").With("Max", maxField)
	}
	var own connection.Connection
	rule := ""
	err := c.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		if rule, err = policy.Check(who, "confirmChange", desk(tx.Org())); err != nil {
			return err
		}
		own, err = connection.Working(tx, link)
		if err == nil && own.Side != connection.Partner {
			err = fault.New(fault.NotFound, "not_found")
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var c Change
		err := tx.For(own.Other, func(tx *store.Tx) (err error) {
			c, err = settled(tx, who, link, number, to, reason)
			return err
		})
		if err != nil {
			return err
		}
		return tx.For(own.Org, func(tx *store.Tx) error {
			if err := store.Claim(tx); err != nil {
				return err
			}
			tx.Touch("desk")
			return ledger.Append(tx, who, ledger.Entry{
				Kind: kindOf(to), Subject: string(link), Rule: rule,
				Facts:    map[string]any{"Other": own.OtherName, "Number": c.Number, "Change": string(c.Kind)},
				Personal: map[string]string{"Worker": c.WorkerName, "Note": reason},
			})
		})
	})
}

func kindOf(to State) string {
	if to == Confirmed {
		return "enrolment.confirmed"
	}
	return "enrolment.rejected"
}

// settled is the customer's side of an answer.
func settled(tx *store.Tx, who actor.Actor, which id.Link, number int64, to State, reason string) (Change, error) {
	link, err := connection.Working(tx, which)
	if err != nil {
		return Change{}, err
	}
	c, err := store.One(tx, oneChange, scanChange, which, number)
	if err != nil {
		return c, err
	}
	if c.State != Pending {
		return c, fault.New(fault.Conflict, "change_settled")
	}
	inside := link.Inside(who, link.OtherName)
	if err := tx.Write(settle, which, c.Worker, number, string(to), tx.Now(), inside.Name, reason); err != nil {
		return c, err
	}
	at, err := Of(tx, which, c.Worker)
	if err != nil {
		return c, err
	}
	if err := place(tx, c.Worker, which, at.settled(number, c.Kind, to)); err != nil {
		return c, err
	}
	left, err := store.One(tx, waits, store.Scalar[int], which)
	if err != nil {
		return c, err
	}
	if left == 0 && link.Reminded != 0 {
		if err := connection.Remind(tx, which, 0); err != nil {
			return c, err
		}
	}
	tx.Touch("partner")
	tx.Touch("board")
	return c, ledger.Append(tx, inside, ledger.Entry{
		Kind: kindOf(to), Subject: string(c.Worker), About: c.Worker,
		Facts: map[string]any{
			"Other": link.OtherName, "Number": number, "Change": string(c.Kind), "LagMilliseconds": tx.Now().Sub(c.Made).Milliseconds(),
		},
		Personal: map[string]string{"Worker": c.WorkerName, "Note": reason},
	})
}

func desk(org id.Org) policy.Resource {
	return policy.Resource{Type: "Desk", ID: string(org), Org: org}
}

func newest(all []ledger.Record, limit int) []ledger.Record {
	slices.SortFunc(all, func(a, b ledger.Record) int { return b.At.Compare(a.At) })
	return all[:min(len(all), limit)]
}
