package watch

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Get reads what the organisation has settled, or what is usual.
func Get(tx *store.Tx) (Rules, error) {
	r, err := store.One(tx, get, func(row store.Row) (r Rules, err error) {
		return r, row.Scan(store.Span(&r.Silence), &r.LowBattery, store.Span(&r.Away))
	})
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return usual, nil
	}
	return r, err
}

// Set settles what the organisation watches for. It counts for shifts that
// start from now on, but for the longest time away, which counts at once.
func Set(ctx context.Context, s *store.Store, who actor.Actor, r Rules) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "updateOrganisation", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return err
		}
		return errors.Join(tx.Write(set, r.Silence, r.LowBattery, r.Away), ledger.Append(tx, who, ledger.Entry{
			Kind: "watching.changed", Subject: string(tx.Org()), Rule: rule,
			Facts: map[string]any{
				"SilenceSeconds": int64(r.Silence / time.Second), "LowBatteryPercent": r.LowBattery, "LongestAwaySeconds": int64(r.Away / time.Second),
			},
		}))
	})
}
