package shift

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// protect looks whether the procedure that counts for the worker reaches
// enough people now. A shift starts without, but visibly.
func protect(tx *store.Tx, who actor.Actor, s Shift, name string) (Shift, error) {
	l, err := procedure.For(tx, s.Worker, s.Workspace)
	if err != nil {
		return s, err
	}
	reach, err := l.Gate(tx, s.Worker, tx.Now())
	if err != nil {
		return s, err
	}
	next, changed := s.guarded(reach, tx.Now())
	if !changed {
		return s, nil
	}
	others, err := store.One(tx, countUnprotected, store.Scalar[int])
	if err != nil {
		return s, err
	}
	err = next.keepGuard(tx, who, reach, name)
	if err == nil && others == 0 {
		err = next.warn(tx, []string{name})
	}
	return next, err
}

// keepGuard saves and books how the shift is protected now.
func (s Shift) keepGuard(tx *store.Tx, who actor.Actor, reach procedure.Reach, name string) error {
	kind := "shift.unprotected"
	if s.Unprotected.IsZero() {
		kind = "shift.protected"
	}
	touch(tx, s)
	return errors.Join(tx.Write(setUnprotected, s.ID, s.Unprotected), ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(s.ID), About: s.Worker,
		Facts:    map[string]any{"Reached": len(reach.Sure), "Unverified": len(reach.Unsure)},
		Personal: map[string]string{"Worker": name},
	}))
}

// mostNamed is how many workers one message names.
const mostNamed = 5

// warn tells the administrators whom nobody can be called for. While some
// shift is unprotected already they are not told anew: they have heard that
// something is wrong, and the board says the rest.
func (s Shift) warn(tx *store.Tx, names []string) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	admins, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	if err != nil {
		return err
	}
	if len(names) > mostNamed {
		names = append(slices.Clone(names[:mostNamed]), "…")
	}
	facts := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Who": strings.Join(names, ", "), "At": tx.Now(),
		"Link": "/procedures/preview?for=" + string(s.Worker),
	}
	for _, a := range admins {
		if !(actor.Actor{Roles: a.Roles}).Has(actor.Administrator, s.Workspace) {
			continue
		}
		_, err := a.Tell(tx, deliver.Message{
			Purpose: "shift_unprotected", Lane: deliver.Duty, About: string(s.ID), Facts: facts, Valid: warnValid,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const warnValid = 12 * time.Hour

// Protect looks at every running shift again, since people, addresses, duties
// and procedures change while it runs, and marks those that have lost or
// regained enough people to call. It asks nothing more than who is reached
// where nothing has changed, and may run on every node.
func Protect(ctx context.Context, s *store.Store) error {
	var orgs []id.Org
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		orgs, err = store.All(tx, orgsOnShift, store.Scalar[id.Org])
		return err
	})
	for _, org := range orgs {
		var changed bool
		err = errors.Join(err, s.View(ctx, org, func(tx *store.Tx) error {
			found, err := changedGuards(tx)
			changed = len(found) > 0
			return err
		}))
		if changed {
			err = errors.Join(err, s.Do(ctx, org, protectAll))
		}
	}
	return err
}

// guard is a running shift whose protection is not what it was.
type guard struct {
	Shift
	reach procedure.Reach
	name  string
}

func protectAll(tx *store.Tx) error {
	all, err := changedGuards(tx)
	if err != nil {
		return err
	}
	before, err := store.One(tx, countUnprotected, store.Scalar[int])
	if err != nil {
		return err
	}
	var lost []string
	var first Shift
	for _, g := range all {
		if err := g.keepGuard(tx, actor.Engine(), g.reach, g.name); err != nil {
			return err
		}
		if !g.Unprotected.IsZero() {
			if lost = append(lost, g.name); len(lost) == 1 {
				first = g.Shift
			}
		}
	}
	if before > 0 || len(lost) == 0 {
		return nil
	}
	return first.warn(tx, lost)
}

// changedGuards asks the gate for every running shift. Whom a ladder reaches
// is found once for each workspace and each worker with a procedure of their
// own.
func changedGuards(tx *store.Tx) ([]guard, error) {
	running, err := store.All(tx, board, scanGuard, "", boardLimit)
	if err != nil {
		return nil, err
	}
	own, err := procedure.Owners(tx)
	if err != nil {
		return nil, err
	}
	known := map[string]procedure.Reach{}
	var changed []guard
	for _, g := range running {
		worker := id.Person("")
		if own[g.Worker] {
			worker = g.Worker
		}
		key := string(g.Workspace) + string(worker)
		reach, ok := known[key]
		if !ok {
			l, err := procedure.For(tx, worker, g.Workspace)
			if err != nil {
				return nil, err
			}
			if reach, err = l.Gate(tx, "", tx.Now()); err != nil {
				return nil, err
			}
			known[key] = reach
		}
		g.reach = reach.Without(g.Worker)
		if next, now := g.guarded(g.reach, tx.Now()); now {
			g.Shift = next
			changed = append(changed, g)
		}
	}
	return changed, nil
}

func scanGuard(r store.Row) (g guard, err error) {
	var pin string
	err = r.Scan(append(g.fields(), &g.name, &pin)...)
	return g, err
}
