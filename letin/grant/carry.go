package grant

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/identity"
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
	var moved []place
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		if waiting, err = store.All(tx, news, scanTold, batch); err != nil {
			return err
		}
		moved, err = unsettled(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	var failed error
	for _, n := range waiting {
		failed = errors.Join(failed, o.carry(ctx, n))
	}
	for _, p := range moved {
		failed = errors.Join(failed, o.settle(ctx, p))
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

// unsettled are the grants that the provider's people, as they are by now, end
// or open though nobody acts on them.
func unsettled(tx *store.AcrossTx) (moved []place, err error) {
	people, err := everybody(tx)
	if err != nil {
		return nil, err
	}
	for after := ""; ; {
		page, err := store.All(tx, liveAfter, scanGrant, after, mostLive)
		if err != nil {
			return nil, err
		}
		for _, g := range page {
			h := hearing{Grant: g, who: people[g.Staff], people: people}
			if g.Stage == Asked && !g.Consent.At.IsZero() {
				err := tx.For(g.Org, func(tx *store.Tx) (err error) {
					h.Grant, err = Read(tx, g.ID)
					return err
				})
				if err != nil {
					return nil, err
				}
			}
			if h.lost(tx.Now()) != "" || h.renewed(h.who, people, tx.Now()).settle(tx.Now()).Stage != g.Stage {
				moved = append(moved, place{g.Org, g.ID})
			}
			after = string(g.ID)
		}
		if len(page) < mostLive {
			return moved, nil
		}
	}
}

// lost is what a grant stood on that is gone; empty: nothing is. Those of an
// account that ends are ended with it, by Close.
func (h *hearing) lost(now time.Time) string {
	switch {
	case !h.who.Active:
		return "member"
	case !lasting(h.who, now):
		return "standing"
	case !Enters(h.who, now), h.Scope == Configure && !configures(h.who):
		return "department"
	}
	return ""
}

// settle ends a grant whose owner has gone, lost a proof that lasts or works
// where nobody is let in from; and opens one to which everybody had said yes,
// as soon as each yes counts. An account that is closed by then keeps it asked.
func (o Office) settle(ctx context.Context, p place) error {
	err := o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		return tx.For(p.org, func(tx *store.Tx) error {
			h, err := hold(tx, p.grant, people)
			if err != nil || h.Stage.Over() {
				return err
			}
			if why := h.lost(tx.Now()); why != "" {
				return h.fall(why)
			}
			if h.Grant = h.Grant.settle(tx.Now()); h.Stage != Open || !h.Opened.Equal(tx.Now()) {
				return nil
			}
			return errors.Join(h.tell(tx, "approved", ""), o.settled(h, actor.Engine()))
		})
	})
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}
