package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"muster/call/alarm"
	"muster/call/shift"
	"muster/id"
	"muster/store"
	"muster/timer"
)

const (
	armed     = 1_000_000
	duePerSec = 2_000
	dueFor    = 12  // seconds
	missesSec = 200 // check-ins missed each second, in the real thing
	missesFor = 12
)

// lateBy notes how late timers were, when their effect was durable.
type lateBy struct {
	mu   sync.Mutex
	late spread
	want int
	all  chan struct{}
}

func newLateBy(want int) *lateBy { return &lateBy{want: want, all: make(chan struct{})} }

// after notes a timer's lateness once its unit has committed.
func (l *lateBy) after(tx *store.Tx, t timer.Timer) {
	tx.AfterCommit(func() {
		late := time.Since(t.Due)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.late.add(late)
		if len(l.late) == l.want {
			close(l.all)
		}
	})
}

// fire runs an engine until all have fired, and some longer, for what fires
// twice.
func (l *lateBy) fire(ctx context.Context, s *store.Store, handlers map[string]timer.Handler, limit time.Duration) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		timer.NewEngine(s, slog.New(slog.DiscardHandler), handlers).Run(ctx)
		close(done)
	}()
	select {
	case <-l.all:
		time.Sleep(time.Second)
	case <-time.After(limit):
	case <-ctx.Done():
	}
	stop()
	<-done
}

// timersRow measures how late timers are when a million are armed: bare ones,
// which do nothing, and missed check-ins, which raise an alarm and queue its
// message.
func timersRow(r *run) (err error) {
	m, err := r.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	perSec := max(1, r.n(missesSec))
	w, err := r.seed(m, 20, max(1, perSec*missesFor/20))
	if err != nil {
		return err
	}
	raw, err := newRaw(r.ctx, r.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.close()) }()
	if err := r.arm(r.n(armed), "far", time.Now().Add(100*24*time.Hour), time.Millisecond); err != nil {
		return err
	}
	if err := r.bareTimers(m, raw); err != nil {
		return err
	}
	return r.missedTimers(m, w, perSec, fmt.Sprintf("check-in missed → alarm and message committed, %d armed, %d a second for %d s", r.n(armed), perSec, len(w.workers)/perSec))
}

// arm sets timers in an organisation of nobody's.
func (r *run) arm(n int, kind string, from time.Time, apart time.Duration) error {
	r.say("arming %d timers", n)
	err := r.db.fill(r.ctx, statement{armMany, []any{n, string(id.New[id.Org]()), kind, from.UnixMicro(), apart.Microseconds()}})
	return errors.Join(err, r.db.settle(r.ctx))
}

func (r *run) bareTimers(m *rooms, raw *raw) error {
	perSec := r.n(duePerSec)
	n := perSec * dueFor
	// Armed before they are due, however long that takes.
	if err := r.arm(n, "soon", time.Now().Add(time.Hour), time.Second/time.Duration(perSec)); err != nil {
		return err
	}
	if err := r.db.fill(r.ctx, statement{pullTimers, []any{(time.Hour - 5*time.Second).Microseconds()}}); err != nil {
		return err
	}
	var bare spread
	for range 200 {
		began := time.Now()
		if err := raw.commit(r.ctx); err != nil {
			return err
		}
		bare.add(time.Since(began))
	}
	l := newLateBy(n)
	used := processor(r.db.server...)
	l.fire(r.ctx, m.store, map[string]timer.Handler{"soon": func(tx *store.Tx, t timer.Timer) error {
		l.after(tx, t)
		return nil
	}}, 3*dueFor*time.Second)
	if len(l.late) != n {
		r.lost("%d of %d timers fired", len(l.late), n)
	}
	used = processor(r.db.server...) - used
	r.report(line{
		what: fmt.Sprintf("timer due → its unit committed, %d armed, %d due a second for %d s", r.n(armed), perSec, dueFor),
		got:  l.late.times() + cores(used, dueFor*time.Second), raw: "one commit: " + bare.times(), goal: "p50 ≤ 3 ms, p99 ≤ 40 ms",
		met: judge(l.late.median() <= 3 && l.late.at(.99) <= 40, min(3/l.late.median(), 40/l.late.at(.99))),
	})
	return nil
}

// cores shows how much of a core the database's own processes took.
func cores(used, of time.Duration) string {
	if used == 0 {
		return ""
	}
	return fmt.Sprintf("; the database took %.2f cores", float64(used)/float64(of))
}

func (r *run) missedTimers(m *rooms, w *world, perSec int, what string) error {
	n := len(w.workers)
	due := time.Now().Add(time.Hour).UnixMicro()
	err := r.db.fill(r.ctx, statement{missShifts, []any{due}}, statement{missTimers, []any{due}})
	if err != nil {
		return err
	}
	apart := time.Second / time.Duration(perSec)
	err = r.db.fill(r.ctx, statement{missInTurn, []any{time.Now().Add(6 * time.Second).UnixMicro(), apart.Microseconds()}}, statement{text: turnTimers})
	if err != nil {
		return err
	}
	l := newLateBy(n)
	l.fire(r.ctx, m.store, map[string]timer.Handler{alarm.TimerKind: alarm.Fire, shift.TimerKind: func(tx *store.Tx, t timer.Timer) error {
		l.after(tx, t)
		return shift.Fire(tx, t)
	}}, 3*time.Duration(n/perSec)*time.Second+3*missesFor*time.Second)
	alarms, err := r.db.number(r.ctx, openAlarms)
	if err != nil {
		return err
	}
	if alarms != n || len(l.late) != n {
		r.lost("%d check-ins missed: %d timers fired, %d alarms", n, len(l.late), alarms)
	}
	r.report(line{
		what: what,
		got:  l.late.times(), raw: "the row above", goal: "p50 ≤ 3 ms, p99 ≤ 40 ms (GoAlert 5–15 s)",
		met: judge(l.late.median() <= 3 && l.late.at(.99) <= 40, min(3/l.late.median(), 40/l.late.at(.99))),
	})
	return nil
}
