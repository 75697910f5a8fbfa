package grant

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/letin/staff"
	"muster/roster"
	"muster/store"
	"muster/turn"
)

// rest is how often it is looked without being woken.
const rest = 15 * time.Second

// Run carries news to the provider's people, and ends grants that stand on
// nothing any more, until ctx ends.
func (o Office) Run(ctx context.Context) {
	turn.Run(ctx, o.Store, []string{Topic, staff.Topic}, rest, o.Turn, func(err error) {
		o.Log.Error("news about access does not reach staff, or access that should end goes on", "err", err)
	})
}

// Turn does all of that once.
func (o Office) Turn(ctx context.Context) error {
	return errors.Join(o.carryAll(ctx), o.sweep(ctx))
}

func (o Office) carryAll(ctx context.Context) error {
	return turn.Each(ctx, func(after told) (page []told, err error) {
		err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
			page, err = store.All(tx, news, scanTold, after.since(), after.org, after.grant, after.what, turn.Batch)
			return err
		})
		return page, err
	}, func(n told) id.Org { return n.org }, func(n told) error { return o.carry(ctx, n) })
}

// sweep ends and opens the grants that the provider's people, as they are by
// now, decide though nobody acts on them.
func (o Office) sweep(ctx context.Context) error {
	var people map[id.Staff]staff.Member
	return turn.Each(ctx, func(after Grant) (page []Grant, err error) {
		err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
			if people, err = everybody(tx); err != nil {
				return err
			}
			page, err = store.All(tx, liveAfter, scanGrant, after.ID, turn.Batch)
			return err
		})
		return page, err
	}, func(g Grant) id.Org { return g.Org }, func(g Grant) error { return o.look(ctx, g, people) })
}

func (o Office) look(ctx context.Context, g Grant, people map[id.Staff]staff.Member) error {
	h := hearing{Grant: g, who: people[g.Staff], people: people}
	if g.Stage == Asked && !g.Consent.At.IsZero() { // its approvals decide
		err := o.Store.View(ctx, g.Org, func(tx *store.Tx) (err error) {
			h.Grant, err = Read(tx, g.ID)
			return err
		})
		if err != nil {
			return err
		}
	}
	now := o.Store.Now()
	if h.lost(now) == "" && h.renewed(h.who, people, now).settle(now).Stage == h.Stage {
		return nil
	}
	return o.settle(ctx, place{g.Org, g.ID})
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
