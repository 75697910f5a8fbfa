package rota

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"muster/actor"
	"muster/call/rota/plan"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Ahead is how far rotas are looked ahead for gaps.
const Ahead = 14 * 24 * time.Hour

// Gaps are found at every change of a rota. What changes elsewhere is found by
// the watcher: at once where this node hears of it, else at its next round.
const (
	round     = time.Minute
	again     = 10 * time.Minute // a rota nothing has happened to
	atOnce    = 500              // rotas of one round; the next takes the rest
	mostFresh = 100              // new gaps of one look; the next takes the rest
)

// Watch looks for gaps until ctx ends. Any number of nodes may.
func Watch(ctx context.Context, s *store.Store, log *slog.Logger) {
	wake := make(chan struct{}, 1)
	stop := s.Watch(func(c store.Change) {
		if slices.ContainsFunc(c.Topics, func(t string) bool { return t == "roster" || t == "office" || t == "*" }) {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		if err := Look(ctx, s); err != nil && ctx.Err() == nil {
			log.Error("rotas cannot be looked at", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// Look looks once at every rota that may have a gap nobody knows of.
func Look(ctx context.Context, s *store.Store) error {
	type place struct {
		org  id.Org
		rota id.Rota
	}
	var todo []place
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		todo, err = store.All(tx, stale, func(r store.Row) (p place, err error) {
			err = r.Scan(&p.org, &p.rota)
			return p, err
		}, tx.Now().Add(-again), atOnce)
		return err
	})
	for _, p := range todo {
		err = errors.Join(err, s.Do(ctx, p.org, func(tx *store.Tx) error {
			// Another node may look at the same time: one of them waits here,
			// and then finds the gaps that the other has told of.
			r, err := store.One(tx, hold, scan, p.rota)
			if err != nil {
				return err
			}
			return look(tx, r)
		}))
	}
	return err
}

// known is a gap that has been told.
type known struct {
	id id.Gap
	plan.Gap
}

// look compares the gaps there are with those that were told, and tells of the
// new ones. A gap that is longer or shorter than it was is the same gap.
func look(tx *store.Tx, r Rota) error {
	told, err := store.All(tx, openGaps, func(row store.Row) (k known, err error) {
		err = row.Scan(&k.id, store.Time(&k.From), store.Time(&k.To), &k.Why)
		return k, err
	}, r.ID)
	if err != nil {
		return err
	}
	var gaps []plan.Gap
	if r.Closed.IsZero() {
		sheet, err := newEyes(tx).sheet(r, tx.Now(), tx.Now().Add(Ahead))
		if err != nil {
			return err
		}
		gaps = sheet.Gaps
	}
	for _, k := range told {
		if err := r.follow(tx, k, gaps); err != nil {
			return err
		}
	}
	var fresh []plan.Gap
	for _, g := range gaps {
		if len(fresh) == mostFresh {
			break
		}
		if slices.ContainsFunc(told, func(k known) bool { return k.Touches(g) }) {
			continue
		}
		err := errors.Join(tx.Write(addGap, id.New[id.Gap](), r.ID, g.From, g.To, g.Why, tx.Now()), r.gap(tx, "rota.gap", g))
		if err != nil {
			return err
		}
		told = append(told, known{Gap: g}) // what adjoins it is no second one
		fresh = append(fresh, g)
	}
	if len(fresh) > 0 {
		if err := r.warn(tx, fresh); err != nil {
			return err
		}
	}
	return tx.Write(looked, r.ID, tx.Now())
}

// follow keeps what is known of a gap true: where it is now, or that it is no
// more.
func (r Rota) follow(tx *store.Tx, k known, gaps []plan.Gap) error {
	now := k.Gap
	found := false
	for _, g := range gaps {
		if !k.Touches(g) {
			continue
		}
		if !found {
			found, now = true, g
			continue
		}
		now.To = g.To
	}
	if found {
		if k.From.Before(tx.Now()) {
			now.From = k.From // it has begun
		}
		if now.From.Equal(k.From) && now.To.Equal(k.To) && now.Why == k.Why {
			return nil
		}
		return tx.Write(moveGap, k.id, now.From, now.To, now.Why)
	}
	kind := "rota.gap_closed"
	if !k.To.After(tx.Now()) {
		kind = "rota.gap_passed"
	}
	tx.Touch("rota")
	return errors.Join(tx.Write(endGap, k.id, tx.Now()), r.gap(tx, kind, k.Gap))
}

// gap books what became of a gap.
func (r Rota) gap(tx *store.Tx, kind string, g plan.Gap) error {
	rule, err := r.may(actor.Engine(), "watchRota")
	if err != nil {
		return err
	}
	zone, err := zoneOf(tx)
	if err != nil {
		return err
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: kind, Subject: string(r.ID), Rule: rule, Facts: map[string]any{
		"Rota": r.Name, "From": g.From.In(zone).Format(time.RFC3339), "To": g.To.In(zone).Format(time.RFC3339), "Why": string(g.Why),
	}})
}

// warn tells the administrators of new gaps: of the first, and how many more
// there are.
func (r Rota) warn(tx *store.Tx, fresh []plan.Gap) error {
	tx.Touch("rota")
	admins, err := roster.List(tx, roster.Filter{Role: actor.Administrator, Workspace: r.Workspace})
	if err != nil {
		return err
	}
	for _, a := range admins {
		if !(actor.Actor{Roles: a.Roles}).Has(actor.Administrator, r.Workspace) {
			continue
		}
		facts := map[string]any{"From": fresh[0].From, "Till": fresh[0].To, "Why": string(fresh[0].Why), "Link": "/rotas/" + string(r.ID)}
		if more := len(fresh) - 1; more > 0 {
			facts["More"] = strconv.Itoa(more)
		}
		if err := r.send(tx, a.Recipient, "rota_gap", facts); err != nil {
			return err
		}
	}
	return nil
}
