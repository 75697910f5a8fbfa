// Package told is what became of each word on a notice in each organisation:
// whom it was told to, how far each message came, who said that they read it,
// who stands in where nothing gets through, and whom the provider has to call
// (BS5, BS8). The words themselves are those of package notice.
package told

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/turn"
)

// Office is where words are told, and where staff see what became of them.
type Office struct {
	Book  *ledger.Book // for proofs only
	Store *store.Store
	Log   *slog.Logger
}

// How often the round looks without being woken, how many words it takes at
// once, and organisations.
const (
	rest  = 15 * time.Second
	batch = 20
	page  = 200
)

// valid is how long news are worth having.
const valid = 24 * time.Hour

// Run tells whoever is to be told, until ctx ends. Any number may run on one
// database: each organisation is told each word once.
func (o Office) Run(ctx context.Context) {
	turn.Run(ctx, o.Store, []string{notice.Topic}, rest, o.Turn, func(err error) {
		o.Log.Error("news do not reach customers", "err", err)
	})
}

// Turn carries what was released. A word that fails for one organisation comes
// again, for that organisation alone.
func (o Office) Turn(ctx context.Context) error {
	for {
		more, err := o.some(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// some carries a few words, and tells whether there are more.
func (o Office) some(ctx context.Context) (more bool, failed error) {
	var words []notice.Word
	var known []component.Component
	err := o.Store.View(ctx, identity.Provider, func(tx *store.Tx) (err error) {
		if words, err = notice.Waiting(tx, batch); err != nil {
			return err
		}
		known, err = component.All(tx)
		return err
	})
	if err != nil || len(words) == 0 {
		return false, err
	}
	tree, err := component.Grow(known)
	if err != nil {
		return false, err
	}
	for _, w := range words {
		err := o.carry(ctx, tree, known, w)
		if err == nil {
			err = o.Store.Do(ctx, identity.Provider, w.Done)
		}
		failed = errors.Join(failed, err)
	}
	return len(words) == batch, failed
}

// carry tells one word to every organisation that it concerns.
func (o Office) carry(ctx context.Context, tree component.Tree, known []component.Component, w notice.Word) (failed error) {
	for after := id.Org(""); ; {
		var orgs []id.Org
		err := o.Store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
			orgs, err = component.Users(tx, after, page)
			return err
		})
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, org := range orgs {
			after = org
			err := o.Store.Do(ctx, org, func(tx *store.Tx) error { return tell(tx, w, tree, known) })
			failed = errors.Join(failed, err)
		}
		if len(orgs) < page {
			return failed
		}
	}
}

// tell tells the unit's organisation, if it concerns it and it was not told
// yet: rows, messages and the book in one.
func tell(tx *store.Tx, w notice.Word, tree component.Tree, known []component.Component) error {
	a, ok, err := w.Audience(tx, tree)
	if err != nil || !ok {
		return err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	t := Told{
		Notice: w.Notice, N: w.N, Kind: w.After.Kind, State: w.State, Since: w.After.Since, From: w.After.From, Till: w.After.Till, Promised: w.After.Promised,
		Said: w.Said(known, a.Components),
	}
	n, err := tx.Exec(addTold, w.Notice, w.N, string(w.After.Kind), string(w.State), w.Phrase, w.Words, strings.Join(t.Parts, separator),
		w.After.Since, w.After.From, w.After.Till, w.After.Promised, w.After.Moved, tx.Now(), len(a.Told))
	if err != nil || n == 0 {
		return err
	}
	for _, p := range a.Told {
		forward, err := branches(tx, p.Forward)
		if err == nil {
			err = t.to(tx, org, p, forward)
		}
		if err != nil {
			return err
		}
	}
	for _, p := range a.Missing {
		if err := tx.Write(addToldPerson, w.Notice, w.N, p.Person, id.Message(""), string(p.Why)); err != nil {
			return err
		}
	}
	if a.Unreachable() {
		if err := tx.Write(addCall, w.Notice, w.N, whyNobody, tx.Now()); err != nil {
			return err
		}
	}
	tx.Touch(notice.Topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.told", Subject: string(w.Notice), Facts: map[string]any{
		"N": w.N, "Kind": string(w.After.Kind), "State": string(w.State), "Phrase": w.Phrase, "Told": len(a.Told), "Missing": len(a.Missing),
	}})
}
