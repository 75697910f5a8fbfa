package account

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// mostResets is how many links somebody is sent in aDay because staff asked for
// them.
const (
	mostResets = 3
	aDay       = 24 * time.Hour
)

// ResetLink has a link to sign in sent to whoever of a customer's has this
// address on file, at that address and no other (FL9). Whoever asks for it
// learns nothing: not whether there is such a person, and not the link. So the
// fourth in a day is Limited "reset_limited" whether there is or not; it stands
// in the book as well. To somebody of several addresses no more are sent either,
// and that is said to nobody.
func (o Office) ResetLink(ctx context.Context, who actor.Actor, org id.Org, address string) error {
	address = strings.ToLower(strings.TrimSpace(address))
	if !strings.Contains(address, "@") || len(address) > 320 {
		return fault.New(fault.Invalid, "bad_email").At("reset_email").With("Value", "")
	}
	r := reset{address: address, mark: hex.EncodeToString(o.Keys.MAC("reset link", string(org), address)[:markSize])}
	err := o.Store.Do(ctx, org, func(tx *store.Tx) error {
		a, err := Find(tx)
		if err != nil {
			return err
		}
		r.name = a.Name
		if r.rule, err = a.May(who, "resetLink"); err != nil {
			return err
		}
		if a.Phase == Ended {
			return fault.New(fault.Conflict, "account_over")
		}
		n, err := store.One(tx, triesAt, store.Scalar[int], tx.Now().Add(-aDay), r.mark)
		if err == nil && n >= mostResets {
			err = errResets
		}
		if err != nil {
			return err
		}
		return o.reset(tx, who, r)
	})
	if errors.Is(err, errResets) {
		if failed := r.refused(ctx, o.Store, who, org); failed != nil {
			return failed
		}
	}
	return err
}

var errResets error = fault.New(fault.Limited, "reset_limited").At("reset_email").With("Max", mostResets)

// reset is one link that is asked for. Its mark stands for the address in the
// book, which keeps it for good: nobody finds an address by trying out many.
type reset struct {
	address, mark, name, rule string
}

// markSize is how many bytes of it are kept.
const markSize = 16

func (o Office) reset(tx *store.Tx, who actor.Actor, r reset) error {
	people, err := store.All(tx, personAt, store.Scalar[id.Person], r.address)
	if err != nil {
		return err
	}
	person := id.Person("")
	if len(people) == 1 { // more than one: it is no address of one person's own
		person = people[0]
	}
	since := tx.Now().Add(-aDay)
	sent, err := store.One(tx, triesOf, store.Scalar[int], since, person)
	if err != nil {
		return err
	}
	err = errors.Join(tx.Write(dropTries, since), tx.Write(addTry, id.New[id.Message](), r.mark, person, tx.Now()))
	if err != nil || person == "" || sent >= mostResets {
		return err
	}
	p, err := roster.Find(tx, person)
	if err != nil {
		return err
	}
	if err := o.Send(tx, p.Person, "reset_link", r.name); fault.KindOf(err) == fault.NotFound {
		return nil // on the roster, but not to sign in
	} else if err != nil {
		return err
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: "account.reset_link", Subject: string(p.Person), About: p.Person, Rule: r.rule, Personal: map[string]string{"Name": p.Name},
	})
}

// refused notes that somebody asked for one too many, in a unit of its own.
func (r reset) refused(ctx context.Context, s *store.Store, who actor.Actor, org id.Org) error {
	return s.Do(store.WithOnce(ctx, nil), org, func(tx *store.Tx) error {
		last, err := ledger.List(tx, ledger.Filter{Subject: r.mark, Kind: "account.reset_refused", Limit: 1})
		if err != nil || len(last) > 0 && last[0].At.After(tx.Now().Add(-aDay)) {
			return err // once a day is enough
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "account.reset_refused", Subject: r.mark, Rule: r.rule, Facts: map[string]any{"Count": int64(mostResets)},
		})
	})
}
