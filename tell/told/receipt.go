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

// Read notes that somebody who was told of a notice has read it, up to a word.
// Whoever was not told is NotFound. Where the provider was to call, that is
// over: somebody there knows.
func Read(ctx context.Context, s *store.Store, who actor.Actor, which id.Notice, upto int) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "confirmNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		mine, err := store.All(tx, toldPeople, scanReceipt, which)
		if err != nil {
			return err
		}
		mine = slices.DeleteFunc(mine, func(r Receipt) bool { return r.Person != who.Person || r.N > upto })
		if len(mine) == 0 {
			return fault.New(fault.NotFound, "not_found")
		}
		if !slices.ContainsFunc(mine, func(r Receipt) bool { return r.Read.IsZero() }) {
			return nil // twice is as good as once
		}
		err = errors.Join(tx.Write(markRead, which, who.Person, tx.Now(), upto), tx.Write(needNoCall, which, tx.Now(), upto))
		for _, r := range mine {
			if r.Message != "" {
				err = errors.Join(err, deliver.MarkAnswered(tx, r.Message))
			}
		}
		tx.Touch(notice.Topic)
		return errors.Join(err, ledger.Append(tx, who, ledger.Entry{
			Kind: "notice.read", Subject: string(which), About: who.Person, Rule: rule, Facts: map[string]any{"N": mine[0].N, "Door": string(who.Door)},
		}))
	})
}

// linkValid is how long the link in a word leads somewhere.
const linkValid = 90 * 24 * time.Hour

// Behind is what the link in a message shows without a sign-in: every word that
// its reader was told of that notice, the newest first, and when they said that
// they read the newest. A link that is too old, or whose message went to
// addresses that the person has no more, is Expired "link_expired".
func Behind(tx *store.Tx, m deliver.Message, p roster.Person) (words []Told, read time.Time, err error) {
	mine := slices.ContainsFunc(p.Points, func(at roster.Point) bool { return m.GoesTo(deliver.Stop{Channel: at.Channel, Address: at.Address}) })
	if !p.Active || !mine || tx.Now().After(m.Made.Add(linkValid)) {
		return nil, read, fault.New(fault.Expired, "link_expired")
	}
	which := id.Notice(m.About)
	if words, err = store.All(tx, listTold, scanTold, which, mostShown); err != nil {
		return nil, read, err
	}
	people, err := store.All(tx, toldPeople, scanReceipt, which)
	people = slices.DeleteFunc(people, func(r Receipt) bool { return r.Person != p.Person })
	words = slices.DeleteFunc(words, func(t Told) bool {
		return !slices.ContainsFunc(people, func(r Receipt) bool { return r.N == t.N })
	})
	if err == nil && len(words) == 0 {
		err = fault.New(fault.NotFound, "not_found")
	}
	if err == nil {
		read = people[0].Read
	}
	return words, read, err
}
