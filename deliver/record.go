package deliver

import (
	"errors"
	"maps"
	"slices"

	"muster/deliver/dead"
	"muster/id"
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
	if o.idle {
		return nil
	}
	if o.crowded() {
		l.tell(tx, m, step{state: Queued})
		return tx.Write(hold, m.Org, m.ID, tx.Now().Add(crowdPause))
	}
	state, detail, code, why := o.receipt.State, o.receipt.Detail, "", dead.Alive
	if errors.Is(o.err, errTakenBack) {
		state, detail = Cancelled, o.err.Error()
	} else if o.err != nil {
		state, detail = Failed, o.err.Error()
		if r, ok := refusedBy(o.err); ok {
			code, detail, why = r.code, r.detail, r.dead
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
	if why != dead.Alive {
		l.e.died(tx, Attempt{
			Message: m.ID, ID: m.AttemptID(), N: m.number(), Channel: o.stop.Channel, Address: o.stop.Address,
			State: state, Detail: storable(detail), Code: storable(code), At: tx.Now(), Updated: tx.Now(),
		}, m.Org, why)
	}
	if state == Cancelled {
		l.tell(tx, m, step{state: Cancelled})
		return nil
	}
	next := o.next(tx.Now())
	lost := next.state == Failed || next.state == Expired
	if lost && m.Stop > 0 {
		_, err := store.All(tx, takenOf, func(r store.Row) (State, error) { return next.state, r.Scan(&next.state) }, m.Org, m.ID)
		if err != nil {
			return err
		}
	}
	due := next.due.UnixMicro()
	if lost {
		due = givenUp
	}
	is := []any{m.Org, m.ID, string(next.state), next.stop, next.tries, due, m.Stop, m.Tries}
	if !lost {
		l.tell(tx, m, next)
		return tx.Write(settle, is...)
	}
	n, err := tx.Exec(settle, is...)
	if err != nil || n == 0 {
		return err // it was taken back, or went further on another node: nobody waits for it here
	}
	l.tell(tx, m, next)
	m.State = next.state
	l.e.lost(tx, m, detail)
	return nil
}

// lost says that no way is left for a message.
func (e *Engine) lost(tx *store.AcrossTx, m Message, why string) {
	e.Log.Error("message reached nobody", "org", m.Org, "message", m.ID, "purpose", m.Purpose, "state", m.State, "why", why)
	if e.Aftermath.Failed == nil {
		return
	}
	// What follows from one message may fail; the others of this turn are
	// recorded all the same, or the lane would stand still for good. Trouble
	// with the transaction itself comes up again at its commit.
	if err := tx.For(m.Org, func(tx *store.Tx) error { return e.Aftermath.Failed(tx, m) }); err != nil {
		e.Log.Error("nobody was told that a message reached nobody", "org", m.Org, "message", m.ID, "err", err)
	}
}

// died says that an address is dead. As with what is lost, trouble with one
// holds up no other.
func (e *Engine) died(tx *store.AcrossTx, a Attempt, org id.Org, why dead.Why) {
	if e.Aftermath.Dead == nil {
		return
	}
	if err := tx.For(org, func(tx *store.Tx) error { return e.Aftermath.Dead(tx, a, why) }); err != nil {
		e.Log.Error("nobody was told that an address is dead", "org", org, "attempt", a.ID, "err", err)
	}
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
	tx.AfterCommit(func() {
		l.e.Store.Tell(store.Change{Org: m.Org, Topics: topics})
		if next.state != Queued && !next.due.IsZero() {
			l.silence.expect(next.due)
		}
	})
}
