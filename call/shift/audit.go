package shift

import (
	"context"

	"muster/store"
)

// Audit is the second pair of eyes on shifts, independent of the timers'
// engine: a running shift must have an armed timer. One without is mended, and
// counted so that somebody asks how it came about. A parked timer is as good
// as none: nobody may give up watching.
func Audit(ctx context.Context, s *store.Store) (mended int, err error) {
	err = s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		mended = 0
		lost, err := store.All(tx, unarmed, scan, TimerKind, auditLimit)
		if err != nil {
			return err
		}
		for _, l := range lost {
			if err := tx.For(l.Org, func(tx *store.Tx) error { return arm(tx, l) }); err != nil {
				return err
			}
			mended++
		}
		return nil
	})
	return mended, err
}

// auditLimit bounds one audit; the next one finds the rest.
const auditLimit = 1000
