package told

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/tell/contact"
	"muster/tell/notice"
)

// Receipt is what is known of one person and one word.
type Receipt struct {
	N       int
	Person  id.Person
	Name    string
	Why     contact.Reason
	Message id.Message    // empty: no confirmed address
	Channel string        // by which it went last
	State   deliver.State // how far it came; empty without a message
	Read    time.Time     // when they said that they have read it
}

func scanReceipt(r store.Row) (t Receipt, err error) {
	return t, r.Scan(&t.N, &t.Person, &t.Message, &t.Why, store.Time(&t.Read))
}

// Receipts are what is known of each person that one notice was told in the
// unit's organisation, the newest word first (BS8).
func Receipts(tx *store.Tx, which id.Notice) ([]Receipt, error) {
	all, err := store.All(tx, toldPeople, scanReceipt, which)
	if err != nil || len(all) == 0 {
		return all, err
	}
	sent, err := deliver.About(tx, string(which), mostMessages)
	if err != nil {
		return nil, err
	}
	names := map[id.Person]string{}
	for i, r := range all {
		if _, known := names[r.Person]; !known {
			p, err := roster.Find(tx, r.Person)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
			names[r.Person] = p.Name
		}
		all[i].Name = names[r.Person]
		for _, m := range sent {
			if m.ID == r.Message {
				all[i].State = m.State
				if last := len(m.Route) - 1; last >= 0 { // else its reader was erased
					all[i].Channel = m.Route[min(m.Stop, last)].Channel
				}
			}
		}
	}
	return all, nil
}

// Read notes that somebody who was told of a notice has read it. Whoever was
// not told is NotFound.
func Read(ctx context.Context, s *store.Store, who actor.Actor, which id.Notice) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "confirmNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		mine, err := store.All(tx, toldPeople, scanReceipt, which)
		if err != nil {
			return err
		}
		mine = slices.DeleteFunc(mine, func(r Receipt) bool { return r.Person != who.Person })
		if len(mine) == 0 {
			return fault.New(fault.NotFound, "not_found")
		}
		if !slices.ContainsFunc(mine, func(r Receipt) bool { return r.Read.IsZero() }) {
			return nil // twice is as good as once
		}
		err = tx.Write(markRead, which, who.Person, tx.Now())
		for _, r := range mine {
			if r.Message != "" {
				err = errors.Join(err, deliver.MarkAnswered(tx, r.Message))
			}
		}
		tx.Touch(notice.Topic)
		return errors.Join(err, ledger.Append(tx, who, ledger.Entry{
			Kind: "notice.read", Subject: string(which), About: who.Person, Rule: rule, Facts: map[string]any{"N": mine[0].N},
		}))
	})
}
