package status

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Address is where programs read an organisation's own news: whoever knows it
// reads what its maker may read, until it is closed or its maker leaves.
type Address struct {
	ID   id.Feed
	Made time.Time
	By   id.Person

	hash []byte
}

// mostAddresses bounds how many one organisation has.
const mostAddresses = 50

func atName(err error) error { return fault.From(err).At("name") }

// Make makes an address: name is what stands before its ending, with a secret
// that is shown now and never again. Limited "feeds_full".
func (b *Board) Make(ctx context.Context, who actor.Actor) (name string, err error) {
	secret := strings.ToLower(rand.Text())
	hash := sha256.Sum256([]byte(secret))
	a := Address{ID: id.New[id.Feed](), By: who.Person}
	err = b.store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "makeFeed", policy.Resource{Type: "Feed", ID: string(a.ID), Org: tx.Org(), Person: who.Person})
		if err != nil {
			return err
		}
		all, err := store.All(tx, listAddresses, scanAddress, mostAddresses)
		if err == nil && len(all) >= mostAddresses {
			err = fault.New(fault.Limited, "feeds_full").With("Max", mostAddresses)
		}
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Write(addAddress, a.ID, hash[:], tx.Now(), a.By),
			ledger.Append(tx, who, ledger.Entry{Kind: "status.feed_made", Subject: string(a.ID), About: a.By, Rule: rule}),
		)
	})
	return strings.TrimPrefix(string(a.ID), "fed_") + "-" + secret, err
}

// Close closes an address: by whoever made it, or an administrator.
func (b *Board) Close(ctx context.Context, who actor.Actor, which id.Feed) error {
	return b.store.Do(ctx, who.Org, func(tx *store.Tx) error {
		a, err := store.One(tx, getAddress, scanAddress, which)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "closeFeed", policy.Resource{Type: "Feed", ID: string(a.ID), Org: tx.Org(), Person: a.By})
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Write(dropAddress, which),
			ledger.Append(tx, who, ledger.Entry{Kind: "status.feed_closed", Subject: string(which), About: a.By, Rule: rule}),
		)
	})
}

// Addresses are those that the reader could close, the newest first.
func (b *Board) Addresses(ctx context.Context, who actor.Actor) (all []Address, err error) {
	err = b.store.View(ctx, who.Org, func(tx *store.Tx) error {
		all, err = store.All(tx, listAddresses, scanAddress, mostAddresses)
		return err
	})
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(a Address) bool {
		_, err := policy.Check(who, "closeFeed", policy.Resource{Type: "Feed", ID: string(a.ID), Org: who.Org, Person: a.By})
		return err != nil
	}), err
}

// Read is what stands at a name: the items, in whose language, and of which
// organisation. A name that never was, one that was closed, and one whose maker
// has left are all NotFound "feed_closed".
func (b *Board) Read(ctx context.Context, name string) (all []Item, tag lang.Tag, org string, err error) {
	nothing := fault.New(fault.NotFound, "feed_closed")
	short, secret, _ := strings.Cut(name, "-")
	which, err := id.Parse[id.Feed]("fed_" + short)
	if err != nil || len(secret) > 64 {
		return nil, "", "", nothing
	}
	var home id.Org
	err = b.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		home, err = store.One(tx, locateAddress, store.Scalar[id.Org], which)
		return err
	})
	if err != nil {
		return nil, "", "", hidden(err, nothing)
	}
	var who actor.Actor
	err = b.store.View(ctx, home, func(tx *store.Tx) error {
		a, err := store.One(tx, getAddress, scanAddress, which)
		if err != nil {
			return err
		}
		hash := sha256.Sum256([]byte(secret))
		if subtle.ConstantTimeCompare(hash[:], a.hash) != 1 {
			return nothing
		}
		maker, err := roster.Find(tx, a.By)
		if err != nil || !maker.Active {
			return cause(err, nothing)
		}
		here, err := roster.Get(tx)
		who = actor.Actor{Kind: actor.Person, Org: home, Person: maker.Person, Name: maker.Name, Roles: maker.Roles, Door: actor.Link}
		tag, org = maker.Language, here.Name
		return err
	})
	if err == nil {
		_, _, all, err = b.own(ctx, who)
	}
	return all, tag, org, hidden(err, nothing)
}

// cause is what went wrong: the fault, if nothing did.
func cause(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// hidden makes every refusal look the same: whoever tries names learns nothing
// of what is there.
func hidden(err, nothing error) error {
	if k := fault.KindOf(err); k == fault.NotFound || k == fault.Forbidden {
		return nothing
	}
	return err
}
