package timer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"muster/fault"
	"muster/store"
)

// A batch is small enough that the last timer in it is not late because of
// the first, and large enough that a storm costs few commits.
const batchTimers = 256

// troubleRest is the pause after the database failed.
const troubleRest = 200 * time.Millisecond

// Handler carries out what a timer promised. It runs in the unit that deletes
// the timer; it may set the same timer anew.
type Handler func(tx *store.Tx, t Timer) error

// Engine fires timers. Any number of engines may run on one database.
type Engine struct {
	s        *store.Store
	log      *slog.Logger
	handlers map[string]Handler
	rest     time.Duration // longest sleep: how soon another node's timers are found
	planned  atomic.Int64  // when it means to wake, µs; a timer due earlier wakes it
	wake     chan struct{}
}

// NewEngine makes an engine with a handler for each kind of timer.
func NewEngine(s *store.Store, log *slog.Logger, handlers map[string]Handler) *Engine {
	rest := 5 * time.Second
	if s.Kind() == "postgres" { // other nodes set timers too, and may die before these are due
		rest = 400 * time.Millisecond
	}
	return &Engine{s: s, log: log, handlers: handlers, rest: rest, wake: make(chan struct{}, 1)}
}

// Run fires timers until ctx ends. Trouble with the database is waited out.
func (e *Engine) Run(ctx context.Context) {
	stop := e.s.Watch(e.hear)
	defer stop()
	for ctx.Err() == nil {
		wait, err := e.turn(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error("timers cannot fire", "err", err)
			wait = troubleRest
		}
		e.sleep(ctx, wait)
	}
}

// hear wakes the engine for a timer that is due before it meant to wake.
func (e *Engine) hear(c store.Change) {
	if c.Due.IsZero() || c.Due.UnixMicro() >= e.planned.Load() {
		return
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// turn fires what is due and tells how long nothing will be.
func (e *Engine) turn(ctx context.Context) (time.Duration, error) {
	e.planned.Store(math.MaxInt64) // from here on, whatever is set wakes us
	due, err := e.next(ctx)
	if err != nil {
		return 0, err
	}
	if wait := due.Sub(e.s.Now()); wait > 0 {
		e.planned.Store(due.UnixMicro())
		return min(wait, e.rest), nil
	}
	return 0, e.fire(ctx)
}

func (e *Engine) sleep(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-e.wake:
	case <-t.C:
	}
}

// next is when the first timer is due; with none armed, after the longest rest.
func (e *Engine) next(ctx context.Context) (due time.Time, err error) {
	err = e.s.Across().View(ctx, func(tx *store.AcrossTx) error {
		due, err = store.One(tx, nextDue, scanDue)
		return err
	})
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return e.s.Now().Add(e.rest), nil
	}
	return due, err
}

func scanDue(r store.Row) (due time.Time, err error) {
	err = r.Scan(store.Time(&due))
	return due, err
}

// fire carries out one batch of due timers.
func (e *Engine) fire(ctx context.Context) error {
	return e.s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		due, err := store.All(tx, claimDue, scanTimer, tx.Now(), batchTimers)
		if err != nil {
			return err
		}
		// A batch holds each book it writes until it commits; in the same order
		// everywhere, two engines never wait for each other.
		slices.SortFunc(due, func(a, b Timer) int { return cmp.Or(cmp.Compare(a.Org, b.Org), a.Due.Compare(b.Due)) })
		for _, t := range due {
			if err := e.one(tx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanTimer(r store.Row) (t Timer, err error) {
	err = r.Scan(&t.Org, &t.Kind, &t.Subject, store.Time(&t.Due), &t.Tries)
	return t, err
}

// one carries out one timer. What its handler fails at becomes a later try or
// a parked timer; only trouble with the transaction itself is returned.
func (e *Engine) one(tx *store.AcrossTx, t Timer) error {
	err := tx.For(t.Org, func(tx *store.Tx) error {
		h, ok := e.handlers[t.Kind]
		if !ok {
			return fmt.Errorf("no handler for timers of kind %q", t.Kind)
		}
		return h(tx, t)
	})
	if err == nil {
		return nil
	}
	return e.putBack(tx, t, err)
}

func (e *Engine) putBack(tx *store.AcrossTx, t Timer, cause error) error {
	var parked any
	due := t.Due
	if t.Tries < len(pauses) {
		due = tx.Now().Add(pauses[t.Tries])
		e.log.Warn("timer failed and will be tried again", "kind", t.Kind, "subject", t.Subject, "org", t.Org, "tries", t.Tries+1, "err", cause)
	} else {
		parked = cause.Error()
		e.log.Error("TIMER PARKED: a promise was not kept", "kind", t.Kind, "subject", t.Subject, "org", t.Org, "due", t.Due, "err", cause)
	}
	return tx.For(t.Org, func(tx *store.Tx) error {
		tx.Touch("trouble")
		return tx.Write(retryTimer, t.Kind, t.Subject, due, t.Tries+1, parked)
	})
}

// Parked is a timer whose handler failed for good.
type Parked struct {
	Timer
	Why string
}

// Trouble lists parked timers, oldest first: promises that a human must look
// after now.
func Trouble(ctx context.Context, s *store.Store, limit int) (list []Parked, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		list, err = store.All(tx, parkedTimers, func(r store.Row) (p Parked, err error) {
			err = r.Scan(&p.Org, &p.Kind, &p.Subject, store.Time(&p.Due), &p.Tries, &p.Why)
			return p, err
		}, limit)
		return err
	})
	return list, err
}

// Audit is the second pair of eyes, independent of the engine: it counts the
// timers that should have fired grace ago and did not, and those that are
// armed.
func Audit(ctx context.Context, s *store.Store, grace time.Duration) (overdue, armed int, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		if overdue, err = store.One(tx, overdueCount, store.Scalar[int], tx.Now().Add(-grace)); err != nil {
			return err
		}
		armed, err = store.One(tx, armedCount, store.Scalar[int])
		return err
	})
	return overdue, armed, err
}
