package partner

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"muster/actor"
	"muster/call/alarm"
	errands "muster/call/errand"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Engine carries across what has to go from a customer to its partner: alarms,
// what becomes of them, and changes of enrolments that follow from the roster.
// It looks when something changes and, in case it missed that, every few
// seconds; any number of engines may run on one database.
type Engine struct {
	Store *store.Store
	Log   *slog.Logger

	tied   atomic.Pointer[map[id.Org]bool] // whose changes are worth a look
	wake   chan struct{}
	out    errands.Pauses[errand] // alarms that could not be handed over
	behind errands.Pauses[errand] // and news of them
}

// How often the engine looks without being woken, how many errands it takes at
// once, and how many of them side by side, so that they share commits.
const (
	rest      = 5 * time.Second
	batch     = 500
	sideways  = 16
	moveEvery = 20 * time.Millisecond // between two looks, however many changes there are
)

// Run works until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	e.wake = make(chan struct{}, 1)
	stop := e.Store.Watch(e.hear)
	defer stop()
	for ctx.Err() == nil {
		more, err := e.turn(ctx)
		if err != nil && ctx.Err() == nil {
			e.Log.Error("alarms or changes do not reach a partner", "err", err)
		}
		if more {
			continue
		}
		e.sleep(ctx)
	}
}

// hear wakes the engine for what happens in an organisation with a connection.
func (e *Engine) hear(c store.Change) {
	tied := e.tied.Load()
	any := tied == nil || (*tied)[c.Org]
	for _, topic := range c.Topics {
		if topic == "*" || topic == "partner" || any && (topic == "board" || topic == "roster" || topic == "rota") {
			select {
			case e.wake <- struct{}{}:
			default:
			}
			return
		}
	}
}

func (e *Engine) sleep(ctx context.Context) {
	for _, d := range []time.Duration{moveEvery, rest} {
		t := time.NewTimer(d)
		if d == moveEvery {
			select {
			case <-ctx.Done():
			case <-t.C:
			}
		} else {
			select {
			case <-ctx.Done():
			case <-e.wake:
			case <-t.C:
			}
		}
		t.Stop()
	}
}

// turn does everything there is to do and tells whether there is more.
func (e *Engine) turn(ctx context.Context) (more bool, err error) {
	tied, err := connection.Tied(ctx, e.Store)
	if err != nil {
		return false, err
	}
	e.tied.Store(&tied)
	if len(tied) == 0 {
		return false, nil
	}
	var out, news []errand
	var now time.Time
	err = e.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		now = tx.Now()
		if out, err = store.All(tx, due, scanErrand, e.out.Room(batch)); err != nil {
			return err
		}
		news, err = store.All(tx, moved, scanErrand, e.behind.Room(batch))
		return err
	})
	if err != nil {
		return false, err
	}
	out, news = e.out.Ready(out, batch, now), e.behind.Ready(news, batch, now)
	err = errors.Join(
		each(ctx, out, func(one errand) error {
			err := handOver(ctx, e.Store, one)
			e.out.Done(one, err, now)
			return err
		}),
		each(ctx, news, func(one errand) error {
			err := follow(ctx, e.Store, one)
			e.behind.Done(one, err, now)
			return err
		}),
		enrol.Follow(ctx, e.Store),
	)
	return err == nil && (len(out) == batch || len(news) == batch), err
}

// each runs errands side by side. One that fails holds up no other, and comes
// again after a pause.
func each(ctx context.Context, all []errand, do func(errand) error) error {
	var failed error
	var mu sync.Mutex
	for some := range slices.Chunk(all, sideways) {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		var running sync.WaitGroup
		for _, one := range some {
			running.Go(func() {
				if err := do(one); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			})
		}
		running.Wait()
	}
	return failed
}

// errSettled ends a unit in which another engine was quicker.
var errSettled = errors.New("settled by another engine")

// handOver makes a case of an alarm: the customer's side first, as everywhere.
func handOver(ctx context.Context, s *store.Store, one errand) error {
	var news deliver.News
	c := Case{Org: one.partner, ID: id.New[id.Case](), Link: one.link, Customer: one.customer, Alarm: one.alarm, State: Open}
	err := s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var staffed, known bool
		err := tx.For(one.partner, func(tx *store.Tx) error {
			people, err := operators(tx)
			staffed = len(people) > 0
			return err
		})
		if err != nil {
			return err
		}
		err = tx.For(one.customer, func(tx *store.Tx) (err error) {
			if known, err = c.heeded(tx, staffed); err == nil && !known {
				news, err = c.leave(tx, staffed)
			}
			return err
		})
		if err != nil || known {
			return err
		}
		return tx.For(one.partner, func(tx *store.Tx) error { return c.arrive(tx, news) })
	})
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

// heeded takes note that a step asks for the partner, which has the case
// already.
func (c *Case) heeded(tx *store.Tx, staffed bool) (known bool, err error) {
	n, err := tx.Exec(heed, c.Alarm, c.Link)
	if err != nil || n == 0 || staffed {
		return n > 0, err
	}
	link, err := connection.Working(tx, c.Link)
	if err != nil {
		return true, err
	}
	return true, c.unstaffed(tx, link)
}

// unstaffed lets the procedure go on at once: a partner none of whose operators
// can be reached has not been told.
func (c *Case) unstaffed(tx *store.Tx, link connection.Connection) error {
	if _, err := alarm.GoOn(tx, c.Alarm, c.Org); err != nil {
		return err
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.partner_unreached", Subject: string(c.Alarm), Facts: map[string]any{"Other": link.OtherName},
	})
}

// leave is the customer's side of a hand-over; it fills in what the desk shows,
// and gives what the partner's own programs are told.
func (c *Case) leave(tx *store.Tx, staffed bool) (news deliver.News, err error) {
	link, err := connection.Working(tx, c.Link)
	if err != nil {
		return news, err
	}
	if !staffed {
		if err := c.unstaffed(tx, link); err != nil {
			return news, err
		}
	}
	a, err := alarm.Read(tx, c.Alarm)
	if err != nil {
		return news, err
	}
	n, err := tx.Exec(pass, a.ID, c.Link, c.Org, string(a.Kind), a.Again, tx.Now())
	if err != nil {
		return news, err
	}
	if n == 0 || !a.Open() {
		return news, errSettled
	}
	org, err := roster.Get(tx)
	if err != nil {
		return news, err
	}
	standing, err := enrol.Of(tx, c.Link, a.Worker)
	if err != nil {
		return news, err
	}
	if news, err = newsOf(tx, a, standing); err != nil {
		return news, err
	}
	c.CustomerName, c.WorkerName, c.Kind, c.Drill, c.Raised, c.Warning = org.Name, a.WorkerName, a.Kind, a.Drill, a.Raised, standing.Warning()
	tx.Touch("board")
	tx.Touch(string(a.ID))
	return news, ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.handed_over", Subject: string(a.ID), About: a.Worker,
		Facts: map[string]any{
			"Other": link.OtherName, "Connection": string(c.Link), "Case": string(c.ID), "Standing": string(standing.Word()),
			"AfterMilliseconds": tx.Now().Sub(a.Raised).Milliseconds(),
		},
		Personal: map[string]string{"Worker": a.WorkerName},
	})
}

// arrive is the partner's side of a hand-over.
func (c *Case) arrive(tx *store.Tx, news deliver.News) error {
	c.Opened = tx.Now()
	err := tx.Write(add, c.ID, c.Link, c.Customer, c.CustomerName, c.Alarm, c.WorkerName, string(c.Kind), c.Warning, c.Raised, c.Opened, c.Drill)
	if err != nil {
		return err
	}
	told, err := tell(tx, c, tx.Now())
	if err != nil {
		return err
	}
	wires, err := c.announce(tx, news, deliver.AlarmRaised)
	if err != nil {
		return err
	}
	return errors.Join(keep(tx, *c), c.book(tx, actor.Engine(), "case.opened", "", map[string]any{
		"Told": told, "Wires": wires, "LateMilliseconds": c.Opened.Sub(c.Raised).Milliseconds(),
	}, ""))
}

// follow takes what has become of an alarm to the partner's desk.
func follow(ctx context.Context, s *store.Store, one errand) error {
	err := s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var a alarm.Alarm
		err := tx.For(one.customer, func(tx *store.Tx) (err error) {
			if a, err = alarm.Read(tx, one.alarm); err != nil {
				return err
			}
			return learned(tx, a, one.link)
		})
		if err != nil {
			return err
		}
		return tx.For(one.partner, func(tx *store.Tx) error { return learn(tx, a) })
	})
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}
