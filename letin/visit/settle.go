package visit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"muster/actor"
	"muster/letin/grant"
	"muster/store"
)

// How often it is looked, without being woken, whether a visit is over of which
// nobody has written that down, and how many are at once.
const (
	rest  = 15 * time.Second
	batch = 100
)

// Run writes the end of visits into the book that nobody comes back to, until
// ctx ends: the grant ended, or the session, and the browser was closed. Any
// number may run on one database.
func (h House) Run(ctx context.Context, log *slog.Logger) {
	wake := make(chan struct{}, 1)
	stop := h.Store.Watch(func(c store.Change) {
		for _, topic := range c.Topics {
			if topic == grant.Topic || topic == "*" {
				select {
				case wake <- struct{}{}:
				default:
				}
				return
			}
		}
	})
	defer stop()
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for ctx.Err() == nil {
		more, err := h.Settle(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("the end of a visit is not in the book yet", "err", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-tick.C:
		}
	}
}

// Settle does that once, and tells whether there is more.
func (h House) Settle(ctx context.Context) (more bool, err error) {
	var over []place
	err = h.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		over, err = store.All(tx, unwritten, scanPlace, tx.Now(), batch)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, p := range over {
		err = errors.Join(err, h.Store.Do(ctx, p.org, func(tx *store.Tx) error {
			at, err := store.One(tx, byID, scanMoment(tx.Now()), p.visit)
			if v := at.settled(); err == nil && v.How != Inside {
				err = close(tx, actor.Engine(), v)
			}
			return err
		}))
	}
	return len(over) == batch, err
}
