package notice

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/turn"
)

// How often the carrier looks without being woken, how many words it takes at
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
	turn.Run(ctx, o.Store, []string{Topic}, rest, o.Turn, func(err error) {
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
	var words []Word
	var known []component.Component
	err := o.Store.View(ctx, identity.Provider, func(tx *store.Tx) (err error) {
		if words, err = store.All(tx, waiting, scanWord, batch); err != nil {
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
			err = o.Store.Do(ctx, identity.Provider, w.done)
		}
		failed = errors.Join(failed, err)
	}
	return len(words) == batch, failed
}

// done notes that everybody was told a word. Another node may have been quicker.
func (w Word) done(tx *store.Tx) error {
	n, err := tx.Exec(carried, w.Notice, w.N, tx.Now())
	if err != nil || n == 0 {
		return err
	}
	tx.Touch(Topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.carried", Subject: string(w.Notice), Facts: map[string]any{"N": w.N}})
}

// carry tells one word to every organisation that it concerns.
func (o Office) carry(ctx context.Context, tree component.Tree, known []component.Component, w Word) (failed error) {
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
			err := o.Store.Do(ctx, org, func(tx *store.Tx) error { return w.tell(tx, tree, known) })
			failed = errors.Join(failed, err)
		}
		if len(orgs) < page {
			return failed
		}
	}
}

// tell tells the unit's organisation, if it concerns it and it was not told
// yet: rows, messages and the book in one.
func (w Word) tell(tx *store.Tx, tree component.Tree, known []component.Component) error {
	c, err := customer(tx)
	if err != nil {
		return err
	}
	a, ok := audience.Of(tree, w.After.subject(), c)
	if !ok {
		return nil
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	t := Told{
		Notice: w.Notice, N: w.N, Kind: w.After.Kind, State: w.State, Since: w.After.Since, From: w.After.From, Till: w.After.Till, Promised: w.After.Promised,
		Said: Said{Phrase: w.Phrase, Words: w.Words, Parts: nameOf(known, w.After.Components)},
	}
	n, err := tx.Exec(addTold, w.Notice, w.N, string(w.After.Kind), string(w.State), w.Phrase, w.Words, strings.Join(t.Parts, separator),
		w.After.Since, w.After.From, w.After.Till, w.After.Promised, w.After.Moved, tx.Now(), len(a.Told))
	if err != nil || n == 0 {
		return err
	}
	for _, p := range a.Told {
		if err := t.to(tx, org, p); err != nil {
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
	tx.Touch(Topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.told", Subject: string(w.Notice), Facts: map[string]any{
		"N": w.N, "Kind": string(w.After.Kind), "State": string(w.State), "Phrase": w.Phrase, "Told": len(a.Told), "Missing": len(a.Missing),
	}})
}
