package visit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// Open lists who is inside the unit's organisation now, whoever came first
// first. Who may know that is the caller's to have asked.
func Open(tx *store.Tx) ([]Visit, error) { return many(tx, open, tx.Now()) }

// MostShown is the longest page of visits.
const MostShown = 50

// List lists visits, newest first, those that go on among them; before is the
// last one of the page before.
func (h House) List(ctx context.Context, who actor.Actor, before id.Visit) (all []Visit, err error) {
	if err := may(who); err != nil {
		return nil, err
	}
	err = h.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		all, err = many(tx, past, before, MostShown)
		return err
	})
	return all, err
}

// Story is one visit with what stands of it in the book, oldest first.
type Story struct {
	Visit
	Entries []ledger.Record
}

// Read reads one visit and its story: the pages that were opened, and what was
// tried, refused and changed.
func (h House) Read(ctx context.Context, who actor.Actor, visit id.Visit) (st Story, err error) {
	if err := may(who); err != nil {
		return st, err
	}
	err = h.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		at, err := store.One(tx, byID, scanMoment(tx.Now()), visit)
		if err != nil {
			return err
		}
		st.Visit = at.settled()
		st.Entries, err = entries(tx, st.Visit)
		return err
	})
	return st, err
}

// entries are the book's of one visit: of its grant, as far as they name it,
// and what else the guest did meanwhile.
func entries(tx *store.Tx, v Visit) (mine []ledger.Record, err error) {
	mine, err = since(tx, ledger.Filter{Subject: string(v.Grant)}, v.Began, func(e ledger.Record) bool {
		return e.Facts["Visit"] == string(v.ID)
	})
	if err != nil {
		return nil, err
	}
	done, err := since(tx, ledger.Filter{Staff: v.Staff}, v.Began, func(e ledger.Record) bool {
		return e.Subject != string(v.Grant) && !e.At.Before(v.Began) && (v.Ended.IsZero() || !e.At.After(v.Ended))
	})
	if err != nil {
		return nil, err
	}
	mine = append(mine, done...)
	slices.SortFunc(mine, func(a, b ledger.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	return mine, nil
}

// since reads the book back to an instant, and keeps what is wanted.
func since(tx *store.Tx, filter ledger.Filter, began time.Time, wanted func(ledger.Record) bool) (kept []ledger.Record, err error) {
	for {
		page, err := ledger.List(tx, filter)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if wanted(e) {
				kept = append(kept, e)
			}
		}
		if len(page) < ledger.MaxList || page[len(page)-1].At.Before(began) {
			return kept, nil
		}
		filter.Before = page[len(page)-1].Seq
	}
}

// Elsewhere is a visit of a staff member's own, with where it is.
type Elsewhere struct {
	Org id.Org
	Visit
}

// Mine lists where the staff member is inside now.
func (h House) Mine(ctx context.Context, who actor.Actor) (all []Elsewhere, err error) {
	err = h.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		places, err := store.All(tx, ofStaff, scanPlace, who.Staff)
		if err != nil {
			return err
		}
		for _, p := range places {
			err := tx.For(p.org, func(tx *store.Tx) error {
				at, err := store.One(tx, byID, scanMoment(tx.Now()), p.visit)
				if v := at.settled(); err == nil && v.How == Inside {
					all = append(all, Elsewhere{p.org, v})
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

// Now is the guest's own visit, for the frame around their pages.
func Now(tx *store.Tx, who actor.Actor) (Visit, error) {
	at, err := store.One(tx, bySession, scanMoment(tx.Now()), who.Session)
	return at.settled(), err
}
