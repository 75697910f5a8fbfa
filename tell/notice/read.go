package notice

import (
	"context"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
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

// Waiting are words that were released and not told to everybody yet, at most
// so many, in the provider's own unit.
func Waiting(tx *store.Tx, most int) ([]Word, error) {
	return store.All(tx, waiting, scanWord, most)
}

// Done notes that everybody was told a word. Another node may have been quicker.
func (w Word) Done(tx *store.Tx) error {
	n, err := tx.Exec(carried, w.Notice, w.N, tx.Now())
	if err != nil || n == 0 {
		return err
	}
	tx.Touch(Topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.carried", Subject: string(w.Notice), Facts: map[string]any{"N": w.N}})
}

// mostReleased is how many words a reader of all of them is given.
const mostReleased = 5000

// Released are the words that were let go, by notice and number, of notices
// that something was said of since an instant or that are not over. In the
// provider's own unit.
func Released(tx *store.Tx, since time.Time) ([]Word, error) {
	return store.All(tx, listReleased, scanWord, since, mostReleased)
}
