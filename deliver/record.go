package deliver

import (
	"maps"
	"slices"

	"muster/store"
)

// hold renews the claims on what is under way, in the order in which every
// node takes rows.
func (l *lane) hold(tx *store.AcrossTx) error {
	for _, m := range slices.Sorted(maps.Keys(l.under)) {
		if err := tx.Write(hold, l.under[m], m, tx.Now().Add(leaseTime)); err != nil {
			return err
		}
	}
	return nil
}

// record writes down one try and what follows from it.
func (l *lane) record(tx *store.AcrossTx, o outcome) error {
	m := o.message
	state, detail, code := o.receipt.State, o.receipt.Detail, ""
	if o.err != nil {
		state, detail = Failed, o.err.Error()
		if r, ok := refusedBy(o.err); ok {
			code, detail = r.code, r.detail
		}
	}
	var provider any
	if o.receipt.ProviderID != "" {
		provider = storable(o.receipt.ProviderID)
	}
	err := tx.Write(addAttempt, m.Org, m.AttemptID(), m.ID, m.number(), o.stop.Channel, o.stop.Address,
		string(state), provider, storable(detail), storable(code), tx.Now())
	if err != nil {
		return err
	}
	if err := recordParts(tx, o); err != nil {
		return err
	}
	next := o.next(tx.Now())
	err = tx.Write(settle, m.Org, m.ID, string(next.state), next.stop, next.tries, next.due.UnixMicro())
	if err != nil {
		return err
	}
	l.tell(tx, m, next)
	if next.state != Failed && next.state != Expired {
		return nil
	}
	l.e.Log.Error("message reached nobody", "org", m.Org, "message", m.ID, "purpose", m.Purpose, "state", next.state, "why", detail)
	if l.e.Failed == nil {
		return nil
	}
	// What follows from one message may fail; the others of this turn are
	// recorded all the same, or the lane would stand still for good. Trouble
	// with the transaction itself comes up again at its commit.
	if err := tx.For(m.Org, func(tx *store.Tx) error { return l.e.Failed(tx, m) }); err != nil {
		l.e.Log.Error("nobody was told that a message reached nobody", "org", m.Org, "message", m.ID, "err", err)
	}
	return nil
}

// tell lets whoever watches the thing see how its message fares.
func (l *lane) tell(tx *store.AcrossTx, m Message, next step) {
	topics := []string{"outbox"}
	if m.About != "" {
		topics = append(topics, m.About)
	}
	if next.state == Queued {
		topics = append(topics, string(l.name))
	}
	tx.AfterCommit(func() { l.e.Store.Tell(store.Change{Org: m.Org, Topics: topics}) })
}
