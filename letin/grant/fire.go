package grant

import (
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
	"muster/timer"
)

// Fire is what time does to a grant.
func Fire(tx *store.Tx, t timer.Timer) error {
	g, err := read(tx, holdGrant, id.Grant(t.Subject))
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return err
	}
	switch now := tx.Now(); {
	case g.Stage == Open && !now.Before(g.Until):
		return g.pass(tx, Expired, "grant.expired")
	case g.Stage == Asked && !now.Before(g.Asked.Add(Pending)):
		return g.pass(tx, Lapsed, "grant.lapsed")
	case g.Stage == Asked && !now.Before(g.Asked.Add(Reminder)):
		return errors.Join(
			ledger.Append(tx, actor.Engine(), g.entry("grant.reminded", "")),
			g.tell(tx, "waiting", ""), g.keep(tx),
		)
	}
	at, _ := g.next(tx.Now())
	if at.IsZero() {
		return nil
	}
	return timer.Set(tx, TimerKind, string(g.ID), at)
}

// pass ends a grant whose time is over.
func (g Grant) pass(tx *store.Tx, as Stage, kind string) error {
	next, err := g.end(as, "", "", tx.Now())
	if err != nil {
		return err
	}
	return errors.Join(next.keep(tx), ledger.Append(tx, actor.Engine(), next.entry(kind, "")), next.tell(tx, string(as), ""))
}

// fall ends a grant that stands on nothing any more: its owner has gone, or a
// proof, or the account (WK8, FL2). Whoever is inside was refused already, at
// the first request after that.
func (h *hearing) fall(why string) error {
	next, err := h.end(Fallen, "", why, h.tx.Now())
	if err != nil {
		return err
	}
	e := next.entry("grant.fallen", "")
	e.Facts["Kind"] = why
	return errors.Join(next.keep(h.tx), ledger.Append(h.tx, actor.Engine(), e), next.tell(h.tx, string(Fallen), ""))
}

// Close ends, in the unit that ends an account, all leave to enter its
// organisation.
func (o Office) Close(tx *store.Tx, _ actor.Actor) error {
	live, err := store.All(tx, liveGrants, scanGrant)
	for _, g := range live {
		h, herr := hold(tx, g.ID, nil)
		if herr == nil {
			herr = h.fall("account")
		}
		err = errors.Join(err, herr)
	}
	return err
}
