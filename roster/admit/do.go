// Package admit is the customer's answer to whom support has put on the roster,
// and to the roles that it has given (FL8): before an administrator's yes these
// are worth nothing, so that nobody is let in without the customer.
package admit

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// Waiting are roles that support has asked for, for somebody.
type Waiting struct {
	Person id.Person
	Roles  []actor.Membership // all that the person is to have
	By     string             // of support
	Grant  id.Grant
	Since  time.Time
}

// All lists what waits, the oldest first.
func All(tx *store.Tx) ([]Waiting, error) { return store.All(tx, list, scan) }

// Agree gives somebody the roles that support has asked for: from then on they
// are told, and let in. Where nothing waits it is NotFound; else the faults are
// those of roster.Edit.Alter.
func Agree(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, person id.Person) error {
	return answer(ctx, s, keys, who, person, "person.admitted", func(e *roster.Edit, p roster.Person, w Waiting, rule string) error {
		return e.Alter(p, roster.Change{Roles: &w.Roles}, rule)
	})
}

// Refuse is a no: who was on the roster before stays as they were, and somebody
// new leaves it.
func Refuse(ctx context.Context, s *store.Store, who actor.Actor, person id.Person) error {
	return answer(ctx, s, nil, who, person, "person.declined", func(e *roster.Edit, p roster.Person, _ Waiting, rule string) error {
		if len(p.Roles) == 0 {
			return e.Leave(p, rule)
		}
		return nil
	})
}

func answer(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, person id.Person, kind string,
	do func(*roster.Edit, roster.Person, Waiting, string) error,
) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, person)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "admitPerson", policy.Resource{Type: "Member", ID: string(person), Org: tx.Org(), Person: person})
		if err != nil {
			return err
		}
		w, err := store.One(tx, get, scan, person)
		if err != nil {
			return err
		}
		e, err := roster.Begin(tx, who, keys)
		if err != nil {
			return err
		}
		return errors.Join(do(e, p, w, rule), tx.Write(drop, person), ledger.Append(tx, who, ledger.Entry{
			Kind: kind, Subject: string(person), About: person, Rule: rule,
			Facts: map[string]any{"Grant": string(w.Grant)}, Personal: map[string]string{"Name": p.Name, "By": w.By},
		}))
	})
}

func scan(r store.Row) (w Waiting, err error) {
	var roles string
	if err := r.Scan(&w.Person, &roles, &w.By, &w.Grant, store.Time(&w.Since)); err != nil {
		return w, err
	}
	return w, json.Unmarshal([]byte(roles), &w.Roles)
}
