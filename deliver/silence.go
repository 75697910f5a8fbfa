package deliver

import (
	"context"
	"sync"
	"time"

	"muster/store"
)

// silence looks after messages that a carrier took and says nothing more of.
// When a good report should have come the next way on the route is tried as
// well; where none is left, whoever queued the message is told that it may
// have reached nobody. The first try stays valid: what is reported of it later
// still counts, and stops the others.
//
// When to look is in the message's own row, written with the receipt, so that
// it costs no statement and outlives the node.
type silence struct {
	e    *Engine
	wake chan struct{}

	mu   sync.Mutex
	next time.Time // when something is due, as far as this node knows; zero: nothing is known
}

// givenUp is what a message is due that nothing more is done for, though a
// carrier may have it still.
const givenUp = 0

// silenceRest is how long the database is left alone while nothing is known to
// be due: what a node that died waited for is found then.
const silenceRest = 10 * time.Second

// expect makes it look at an instant.
func (q *silence) expect(due time.Time) {
	q.mu.Lock()
	sooner := q.next.IsZero() || due.Before(q.next)
	if sooner {
		q.next = due
	}
	q.mu.Unlock()
	if sooner {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// silenceOf makes the engine of this node look, after the commit.
func silenceOf(tx *store.Tx, due time.Time) {
	d := doorsOf(tx)
	tx.AfterCommit(func() {
		if l := d.lane(SOS); l != nil {
			l.silence.expect(due)
		}
	})
}

// run looks whenever something is due, until ctx ends.
func (q *silence) run(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	looked := time.Time{}
	for {
		q.mu.Lock()
		due := q.next
		q.mu.Unlock()
		now := q.e.Store.Now()
		look := looked.Add(silenceRest)
		if !due.IsZero() && due.Before(look) {
			look = due
		}
		t.Reset(max(0, look.Sub(now)))
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
			continue
		case <-t.C:
		}
		looked = q.e.Store.Now()
		if err := q.turn(context.WithoutCancel(ctx)); err != nil {
			q.e.Log.Error("nobody looks after messages that carriers are silent about; trying again", "err", err)
		}
	}
}

// turn goes on with everything that is due.
func (q *silence) turn(ctx context.Context) error {
	q.mu.Lock()
	q.next = time.Time{}
	q.mu.Unlock()
	var due time.Time
	err := q.e.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		_, err := store.One(tx, silentSince, func(r store.Row) (time.Time, error) { return due, r.Scan(store.Time(&due)) })
		return err
	})
	if err != nil || due.IsZero() {
		return err
	}
	if now := q.e.Store.Now(); due.After(now) {
		q.expect(due)
		return nil
	}
	err = q.e.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		all, err := store.All(tx, silentNow, scanMessage, tx.Now())
		if err != nil {
			return err
		}
		for _, m := range all {
			if err := q.goOn(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	again := q.e.Store.Now() // there may be more
	if err != nil {
		again = again.Add(time.Second)
	}
	q.expect(again)
	return err
}

// goOn does what follows from the silence about one message.
func (q *silence) goOn(tx *store.AcrossTx, m Message) error {
	next, more := m.afterSilence(tx.Now())
	due := int64(givenUp)
	if more {
		due = next.due.UnixMicro()
	}
	if err := tx.Write(goOn, m.Org, m.ID, string(next.state), next.stop, next.tries, due); err != nil {
		return err
	}
	topics := []string{"outbox", m.About}
	if more {
		topics = append(topics, string(m.Lane))
	}
	tx.AfterCommit(func() { q.e.Store.Tell(store.Change{Org: m.Org, Topics: topics}) })
	if !more {
		q.e.lost(tx, m, "its carrier says nothing of it")
	}
	return nil
}
