package notice

import (
	"context"
	"strings"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/policy"
	"muster/store"
)

// mostShown is how much of what there is one page shows.
const mostShown = 200

// List gives staff the notices, the newest first.
func (o Office) List(ctx context.Context, who actor.Actor) (all []Notice, err error) {
	if _, err := may(who, "seeNotices", 0); err != nil {
		return nil, err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err = store.All(tx, listNotices, scanNotice, mostShown)
		return err
	})
	return all, err
}

// Open gives staff one notice with all its news.
func (o Office) Open(ctx context.Context, who actor.Actor, which id.Notice) (n Notice, words []Word, err error) {
	if _, err := may(who, "seeNotices", 0); err != nil {
		return n, nil, err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		if n, err = store.One(tx, getNotice, scanNotice, which); err != nil {
			return err
		}
		words, err = store.All(tx, listNews, scanWord, which)
		return err
	})
	return n, words, err
}

// Phone is where somebody of the provider said last that they can be called;
// empty: they never did.
func (o Office) Phone(ctx context.Context, who actor.Actor) (number string, err error) {
	if _, err := may(who, "seeNotices", 0); err != nil {
		return "", err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := store.All(tx, phoneOf, store.Scalar[string], who.Staff)
		number = strings.Join(all, "")
		return err
	})
	return number, err
}

// Heard is what the reader's organisation was told, of one notice or, without
// one, of all, the newest first.
func Heard(tx *store.Tx, who actor.Actor, which id.Notice) ([]Told, error) {
	if _, err := policy.Check(who, "seeNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()}); err != nil {
		return nil, err
	}
	return store.All(tx, listTold, scanTold, which, mostShown)
}
