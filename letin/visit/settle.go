package visit

import (
	"context"
	"log/slog"
	"time"

	"muster/actor"
	"muster/id"
	"muster/letin/grant"
	"muster/store"
	"muster/turn"
)

// rest is how often it is looked, without being woken, whether a visit is over
// of which nobody has written that down.
const rest = 15 * time.Second

// Run writes the end of visits into the book that nobody comes back to, until
// ctx ends: the grant ended, or the session, and the browser was closed.
func (h House) Run(ctx context.Context, log *slog.Logger) {
	turn.Run(ctx, h.Store, []string{grant.Topic}, rest, h.Settle, func(err error) {
		log.Error("the end of a visit is not in the book yet", "err", err)
	})
}

// Settle does that once.
func (h House) Settle(ctx context.Context) error {
	return turn.Each(ctx, func(after place) (page []place, err error) {
		err = h.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
			page, err = store.All(tx, unwritten, scanPlace, tx.Now(), after.visit, turn.Batch)
			return err
		})
		return page, err
	}, func(p place) id.Org { return p.org }, func(p place) error { return h.Store.Do(ctx, p.org, p.settle) })
}

func (p place) settle(tx *store.Tx) error {
	at, err := store.One(tx, byID, scanMoment(tx.Now()), p.visit)
	if v := at.settled(); err == nil && v.How != Inside {
		err = close(tx, actor.Engine(), v)
	}
	return err
}
