package alarm

import (
	"context"

	"muster/store"
	"muster/timer"
)

// Audit is the second pair of eyes on alarms, independent of the timers'
// engine: an open alarm must have an armed timer, or nobody would be called
// again. One without is called again at once, and counted; so is one whose
// timer was parked, since nobody may give up calling.
func Audit(ctx context.Context, s *store.Store) (mended int, err error) {
	err = s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		mended = 0
		lost, err := store.All(tx, unarmed, scan, TimerKind, auditLimit)
		if err != nil {
			return err
		}
		for _, l := range lost {
			err := tx.For(l.Org, func(tx *store.Tx) error { return timer.Set(tx, TimerKind, string(l.ID), tx.Now()) })
			if err != nil {
				return err
			}
			mended++
		}
		return nil
	})
	return mended, err
}

// CountOpen counts the open alarms of the whole installation.
func CountOpen(ctx context.Context, s *store.Store) (n int, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		n, err = store.One(tx, countOpen, store.Scalar[int])
		return err
	})
	return n, err
}

// auditLimit bounds one audit; the next one finds the rest.
const auditLimit = 1000
