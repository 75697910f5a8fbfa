package timer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"muster/fault"
	"muster/id"
	"muster/store"
)

// atOnce is how many timers fire at once on one node, each in a unit of its
// own; it is the limit in first, too.
const atOnce = 256

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
	rest     time.Duration // longest sleep: how soon the timers of a node that died are found
	planned  atomic.Int64  // when it means to wake, µs; a timer due earlier wakes it
	trouble  atomic.Bool   // the database failed since the last look
	wake     chan struct{}
	firing   sync.WaitGroup

	mu    sync.Mutex
	under map[key]bool // fired and not over
	full  bool         // waits for room
}

// key is what a timer is known by.
type key struct {
	org           id.Org
	kind, subject string
}

// armed is a timer as its row is: due at is when it is tried next.
type armed struct {
	Timer
	at time.Time
}

// NewEngine makes an engine with a handler for each kind of timer.
func NewEngine(s *store.Store, log *slog.Logger, handlers map[string]Handler) *Engine {
	rest := 5 * time.Second
	if s.Kind() == "postgres" { // other nodes set timers too, and may die before these are due
		rest = 2 * time.Second
	}
	return &Engine{s: s, log: log, handlers: handlers, rest: rest, wake: make(chan struct{}, 1), under: map[key]bool{}}
}

// Run fires timers until ctx ends. Trouble with the database is waited out.
func (e *Engine) Run(ctx context.Context) {
	stop := e.s.Watch(e.hear)
	defer stop()
	defer e.firing.Wait()
	for ctx.Err() == nil {
		wait, err := e.turn(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error("timers cannot fire", "err", err)
			e.trouble.Store(true)
		}
		if e.trouble.Swap(false) {
			e.pause(ctx, troubleRest)
			continue
		}
		e.sleep(ctx, wait)
	}
}

// hear wakes the engine for a timer that is due before it meant to wake.
func (e *Engine) hear(c store.Change) {
	if !c.Due.IsZero() && c.Due.UnixMicro() < e.planned.Load() {
		e.rouse()
	}
}

func (e *Engine) rouse() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// turn fires what is due and tells how long nothing will be.
func (e *Engine) turn(ctx context.Context) (time.Duration, error) {
	e.planned.Store(math.MaxInt64) // from here on, whatever is set wakes us
	list, now, err := e.first(ctx)
	if err != nil {
		return 0, err
	}
	next, due, all := now.Add(e.rest), 0, true
	for _, t := range list {
		// By the clock of the read: what has become due since is the next one,
		// and what comes after that has not been read.
		if t.at.After(now) {
			next = t.at
			break
		}
		due++
		all = e.starts(ctx, t) && all
	}
	if due >= atOnce || !all { // there may be more
		if e.hasRoom() {
			return 0, nil
		}
		return e.rest, nil // those that are over wake us
	}
	e.planned.Store(next.UnixMicro())
	return min(next.Sub(e.s.Now()), e.rest), nil
}

// first is the timers that are due at an instant, and the next one after them.
func (e *Engine) first(ctx context.Context) (list []armed, now time.Time, err error) {
	err = e.s.Across().View(ctx, func(tx *store.AcrossTx) error {
		now = tx.Now()
		list, err = store.All(tx, first, scanTimer, now)
		return err
	})
	return list, now, err
}

func scanTimer(r store.Row) (t armed, err error) {
	err = r.Scan(&t.Org, &t.Kind, &t.Subject, store.Time(&t.at), store.Time(&t.Due), &t.Tries)
	return t, err
}

func (e *Engine) pause(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
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

// starts fires a timer, unless it is being fired already; false if there is no
// room.
func (e *Engine) starts(ctx context.Context, t armed) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.under[t.key()] {
		return true
	}
	if len(e.under) >= atOnce {
		return false
	}
	e.under[t.key()] = true
	e.firing.Go(func() { e.fire(ctx, t) })
	return true
}

// hasRoom tells whether half of those fired are over; if not, the engine is
// woken when they are.
func (e *Engine) hasRoom() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.full = len(e.under) > atOnce/2
	return !e.full
}

func (e *Engine) over(t armed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.under, t.key())
	if e.full && len(e.under) <= atOnce/2 {
		e.full = false
		e.rouse()
	}
}

func (t armed) key() key { return key{t.Org, t.Kind, t.Subject} }

// fire carries out one timer in a unit of its own, which begins by deleting the
// timer: of several nodes one finds it. What the handler fails at becomes a
// later try or a parked timer; trouble with the database leaves it as it was.
func (e *Engine) fire(ctx context.Context, t armed) {
	over := sync.OnceFunc(func() { e.over(t) })
	defer over()
	err := e.s.Do(ctx, t.Org, func(tx *store.Tx) error {
		tx.AfterCommit(over) // before the engine hears that the handler set it anew
		now, err := store.One(tx, claim, scanTimer, t.Kind, t.Subject, tx.Now())
		if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			return nil
		}
		if err != nil {
			return err
		}
		h, ok := e.handlers[t.Kind]
		if !ok {
			return fmt.Errorf("no handler for timers of kind %q", t.Kind)
		}
		return h(tx, now.Timer)
	})
	if err == nil || ctx.Err() != nil {
		return
	}
	if fault.KindOf(err) != fault.Unavailable {
		err = e.putBack(ctx, t, err, over)
	}
	if err != nil && ctx.Err() == nil {
		e.log.Error("a timer cannot fire", "kind", t.Kind, "subject", t.Subject, "org", t.Org, "err", err)
		e.trouble.Store(true)
		e.rouse()
	}
}

// putBack says when a timer that failed is tried again, if ever.
func (e *Engine) putBack(ctx context.Context, t armed, cause error, over func()) error {
	return e.s.Do(ctx, t.Org, func(tx *store.Tx) error {
		tx.AfterCommit(over)
		tx.Touch("trouble")
		if t.Tries < len(pauses) {
			at := tx.Now().Add(pauses[t.Tries])
			e.log.Warn("timer failed and will be tried again", "kind", t.Kind, "subject", t.Subject, "org", t.Org, "tries", t.Tries+1, "err", cause)
			tx.Due(at)
			return tx.Write(retryTimer, t.Kind, t.Subject, t.at, t.Tries, at, nil)
		}
		e.log.Error("TIMER PARKED: a promise was not kept", "kind", t.Kind, "subject", t.Subject, "org", t.Org, "due", t.Due, "err", cause)
		return tx.Write(retryTimer, t.Kind, t.Subject, t.at, t.Tries, t.Due, cause.Error())
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
