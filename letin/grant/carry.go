package grant

import (
	"context"
	"errors"
	"time"

	"muster/id"
	"muster/identity"
	"muster/letin/staff"
	"muster/roster"
	"muster/store"
)

// How often the carrier looks without being woken, and how much it takes at
// once.
const (
	rest  = 15 * time.Second
	batch = 100
)

// Run carries news to the provider's people, and ends grants that stand on
// nothing any more, until ctx ends. Any number may run on one database.
func (o Office) Run(ctx context.Context) {
	wake := make(chan struct{}, 1)
	stop := o.Store.Watch(func(c store.Change) {
		for _, topic := range c.Topics {
			if topic == Topic || topic == "staff" || topic == "*" {
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
		more, err := o.Turn(ctx)
		if err != nil && ctx.Err() == nil {
			o.Log.Error("news about access does not reach staff, or access that should end goes on", "err", err)
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

// Turn does all of that once, and tells whether there is more.
func (o Office) Turn(ctx context.Context) (more bool, err error) {
	var waiting []told
	var live []place
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		if waiting, err = store.All(tx, news, scanTold, batch); err != nil {
			return err
		}
		live, err = store.All(tx, allLive, scanPlace, mostLive)
		return err
	})
	if err != nil {
		return false, err
	}
	var failed error
	for _, n := range waiting {
		failed = errors.Join(failed, o.carry(ctx, n))
	}
	for _, p := range live {
		failed = errors.Join(failed, o.sweep(ctx, p))
	}
	return len(waiting) == batch, failed
}

// errSettled ends a unit in which another node was quicker.
var errSettled = errors.New("settled by another node")

// carry takes one piece of news to the provider, once.
func (o Office) carry(ctx context.Context, n told) error {
	err := o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		var g Grant
		var org roster.Organisation
		err = tx.For(n.org, func(tx *store.Tx) error {
			gone, err := tx.Exec(dropNews, n.grant, n.what, n.at)
			if err == nil && gone == 0 {
				err = errSettled
			}
			if err != nil {
				return err
			}
			if org, err = roster.Get(tx); err != nil {
				return err
			}
			g, err = Read(tx, n.grant)
			return err
		})
		if err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error { return g.inform(tx, n, org.Name, people) })
	})
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

// sweep ends a grant whose owner has gone or lost a proof that lasts. Those of
// an account that ends are ended with it, by Close.
func (o Office) sweep(ctx context.Context, p place) error {
	var people map[id.Staff]staff.Member
	why := func(tx *store.Tx, g Grant) string {
		switch m := people[g.Staff]; {
		case !m.Active:
			return "member"
		case !lasting(m, tx.Now()):
			return "standing"
		}
		return ""
	}
	fallen := ""
	err := o.Store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		if people, err = everybody(tx); err != nil {
			return err
		}
		return tx.For(p.org, func(tx *store.Tx) error {
			g, err := Read(tx, p.grant)
			fallen = why(tx, g)
			return err
		})
	})
	if err != nil || fallen == "" {
		return err
	}
	return o.Store.Do(ctx, p.org, func(tx *store.Tx) error {
		h, err := hold(tx, p.grant, people)
		if err != nil {
			return err
		}
		if fallen = why(tx, h.Grant); fallen == "" || h.Stage.Over() {
			return nil
		}
		return h.fall(fallen)
	})
}
