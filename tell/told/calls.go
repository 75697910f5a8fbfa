package told

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/notice"
)

func may(who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation"})
}

// To is one organisation as staff see what it was told of a notice.
type To struct {
	Org      id.Org
	Name     string
	Receipts []Receipt
}

// Reached gives staff what is known of everybody who was told of a notice, by
// organisation (BS8).
func (o Office) Reached(ctx context.Context, who actor.Actor, which id.Notice) (all []To, err error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return nil, err
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		orgs, err := store.All(tx, toldOrgs, store.Scalar[id.Org], which)
		for _, org := range orgs {
			t := To{Org: org}
			err = errors.Join(err, tx.For(org, func(tx *store.Tx) error {
				named, err := roster.Get(tx)
				if err != nil {
					return err
				}
				t.Name = named.Name
				t.Receipts, err = Receipts(tx, which)
				return err
			}))
			all = append(all, t)
		}
		return err
	})
	return all, err
}

// Open is an organisation that somebody has to call.
type Open struct {
	Org    id.Org
	Name   string
	Notice id.Notice
	N      int
	Why    string // nobody, failed or silent
	Since  time.Time
	Tried  string             // who called last and reached nobody
	People []roster.Recipient // whom to call: those who stand for it
}

func scanOpen(r store.Row) (c Open, err error) {
	return c, r.Scan(&c.Org, &c.Notice, &c.N, &c.Why, store.Time(&c.Since), &c.Tried)
}

// Calls are the organisations where nobody could be told, the longest waiting
// first (BS5).
func (o Office) Calls(ctx context.Context, who actor.Actor) (all []Open, err error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return nil, err
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		if all, err = store.All(tx, openCalls, scanOpen); err != nil {
			return err
		}
		for i, c := range all {
			err := tx.For(c.Org, func(tx *store.Tx) error {
				org, err := roster.Get(tx)
				if err != nil {
					return err
				}
				all[i].Name = org.Name
				held, err := duty.Holders(tx)
				for _, h := range held {
					for _, p := range []roster.Recipient{h.Person, h.Deputy} {
						known := slices.ContainsFunc(all[i].People, func(o roster.Recipient) bool { return o.Person == p.Person })
						if !known && p.Person != "" && p.Phone() != "" {
							all[i].People = append(all[i].People, p)
						}
					}
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Called notes that an organisation was called, and whether somebody there was
// told, in its own book. Until somebody was, it is still to be called.
func (o Office) Called(ctx context.Context, who actor.Actor, org id.Org, which id.Notice, told bool) error {
	rule, err := may(who, "writeNotice")
	if err != nil {
		return err
	}
	return o.Store.Do(ctx, org, func(tx *store.Tx) error {
		outcome, done := "not_reached", time.Time{}
		if told {
			outcome, done = "told", tx.Now()
		}
		n, err := tx.Exec(noteCall, which, done, who.Name, outcome)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "already_done")
		}
		tx.Touch(notice.Topic)
		return errors.Join(err, ledger.Append(tx, who, ledger.Entry{
			Kind: "notice.called", Subject: string(which), Rule: rule, Facts: map[string]any{"Outcome": outcome}, Personal: map[string]string{"Staff": who.Name},
		}))
	})
}
