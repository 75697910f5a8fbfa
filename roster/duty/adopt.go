package duty

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/timer"
	"muster/turn"
)

// stranger is somebody who has a duty, or deputises, and is no contact person.
type stranger struct {
	person id.Person
	since  time.Time
}

func scanStranger(r store.Row) (s stranger, err error) {
	return s, r.Scan(&s.person, store.Time(&s.since))
}

// Adopt puts everybody on the ladder who was given a duty by a program that had
// none yet. It counts from then on: with the duty they were said to be the right
// one. Again it does nothing.
func Adopt(ctx context.Context, s *store.Store) error {
	return turn.Each(ctx, func(after id.Org) (page []id.Org, err error) {
		err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
			page, err = store.All(tx, unadopted, store.Scalar[id.Org], after, turn.Batch)
			return err
		})
		return page, err
	}, func(org id.Org) id.Org { return org }, func(org id.Org) error {
		return s.Do(ctx, org, adoptAll)
	})
}

func adoptAll(tx *store.Tx) error {
	all, err := store.All(tx, strangers, scanStranger)
	if err != nil || len(all) == 0 {
		return err
	}
	for _, one := range all {
		err = errors.Join(err,
			tx.Write(adopt, one.person, one.since),
			timer.Set(tx, TimerKind, string(one.person), At(one.since, one.since).Next),
			ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "contact.entered", Subject: string(one.person), About: one.person}),
		)
	}
	return errors.Join(err, roster.Changed(tx))
}
