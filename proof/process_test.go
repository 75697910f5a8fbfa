package proof

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

var (
	errGone   = errors.New("the process is gone")
	errHiccup = errors.New("the database fails this once")
)

// Bounds of what goes wrong. A failure that passes comes at most once in calm,
// so that two of them never hit the same timer in a row.
const (
	hiccupOdds = 3000 // one step in so many fails
	calm       = 10 * time.Second
	auditEvery = 7 * time.Minute
	catchUp    = 10 * time.Millisecond // nobody reaches a process that has only just started
)

// process is one run of Muster, from its start to its end.
type process struct {
	span
	store   *store.Store
	desk    shift.Desk
	dead    atomic.Bool
	died    chan struct{}
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// span is a stretch of time; to is zero while it lasts.
type span struct{ from, to time.Time }

// machine keeps a process running on one database, and lets it die.
type machine struct {
	t    *testing.T
	dsn  string
	keys *seal.Keys
	rnd  *dice

	fuse    atomic.Int64 // steps until the process dies; it never does below zero
	hiccups bool

	mu    sync.Mutex
	now   *process
	up    chan struct{} // closed while a process runs
	past  []span
	trips []time.Time // when the database failed once
	mail  *carrier
	texts *carrier
}

// dice is chance for many goroutines.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, 7))} }

func (d *dice) chance(odds float64) bool { return d.float() < odds }

func (d *dice) float() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Float64()
}

func (d *dice) below(n int) int { return int(d.float() * float64(n)) }

func (d *dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.float()*float64(high-low))
}

// clock is the instant as Muster sees it.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

var quiet = slog.New(slog.DiscardHandler)

// start begins a process on the database.
func (m *machine) start(fresh bool) {
	p := &process{died: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	p.store, err = store.Open(ctx, m.dsn, store.Options{
		NoSync: true, NoMigrate: !fresh, Log: quiet, Trip: func(step string) error { return m.trip(p, step) },
	})
	if err != nil {
		m.t.Errorf("start: %v", err)
		panic(err)
	}
	p.cancel, p.from = cancel, clock()
	p.desk = shift.Desk{Store: p.store, Keys: m.keys}
	timers := timer.NewEngine(p.store, quiet, map[string]timer.Handler{shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire})
	messages := &deliver.Engine{
		Store: p.store, Keys: m.keys, Log: quiet, Aftermath: deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced}, URL: &url.URL{Scheme: "https", Host: "muster.test"},
		Channels: map[string]deliver.Channel{"email": line{m.mail, p}, "sms": line{m.texts, p}},
	}
	p.running.Go(func() { timers.Run(ctx) })
	p.running.Go(func() { messages.Run(ctx) })
	p.running.Go(func() { m.audit(ctx, p) })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = p
	close(m.up)
}

// trip is asked before every step of every unit that writes.
func (m *machine) trip(p *process, step string) error {
	if p.dead.Load() {
		return errGone
	}
	if m.fuse.Add(-1) == 0 {
		m.kill(p)
		return errGone
	}
	if !m.hiccups || step == "committed" || !m.rnd.chance(1.0/hiccupOdds) {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.trips); n > 0 && clock().Sub(m.trips[n-1]) < calm {
		return nil
	}
	m.trips = append(m.trips, clock())
	return errHiccup
}

// kill ends the process where it stands: nothing of it reaches the database
// any more.
func (m *machine) kill(p *process) {
	if p.dead.Swap(true) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p.to = clock()
	m.past = append(m.past, p.span)
	m.up = make(chan struct{})
	close(p.died)
}

// bury waits until nothing of a dead process moves.
func (m *machine) bury(p *process) {
	p.cancel()
	p.running.Wait()
	if err := p.store.Close(); err != nil {
		m.t.Errorf("close: %v", err)
	}
}

// disasters kills the process at random steps and starts another after a
// while, until ctx ends.
func (m *machine) disasters(ctx context.Context, within int64) {
	for {
		m.fuse.Store(1 + int64(m.rnd.float()*float64(within)))
		p := m.running()
		select {
		case <-ctx.Done():
			m.fuse.Store(0)
			return
		case <-p.died:
		}
		m.bury(p)
		time.Sleep(m.downtime())
		m.start(false)
	}
}

func (m *machine) downtime() time.Duration {
	switch f := m.rnd.float(); {
	case f < 0.3:
		return 0
	case f < 0.7:
		return m.rnd.between(time.Second, 30*time.Second)
	case f < 0.95:
		return m.rnd.between(time.Minute, 20*time.Minute)
	}
	return m.rnd.between(time.Hour, 2*time.Hour)
}

// running is the process that runs; it waits for one if there is none.
func (m *machine) running() *process {
	for {
		m.mu.Lock()
		p, up := m.now, m.up
		m.mu.Unlock()
		<-up
		if !p.dead.Load() {
			return p
		}
	}
}

// audit looks, from outside the engines, for an open alarm or a running shift
// without an armed timer: there must never be one.
func (m *machine) audit(ctx context.Context, p *process) {
	for {
		alarms, err := alarm.Audit(ctx, p.store)
		shifts, err2 := shift.Audit(ctx, p.store)
		if err == nil && err2 == nil && alarms+shifts > 0 {
			m.t.Errorf("%d open alarms and %d running shifts had no armed timer", alarms, shifts)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(auditEvery):
		}
	}
}

// request is what an app does: it asks under one key until there is an answer.
// at is the instant at which the request took effect.
func (m *machine) request(ask func(ctx context.Context, p *process) error) (at time.Time, err error) {
	key := string(id.New[id.CheckIn]())
	var before time.Time
	for range 1000 {
		m.settle()
		p := m.running()
		if clock().Sub(p.from) < catchUp {
			time.Sleep(catchUp + m.rnd.between(0, time.Second))
			continue
		}
		now := clock()
		err := ask(store.WithOnce(context.Background(), &store.Once{Key: key, Digest: "d"}), p)
		switch {
		case err == nil:
			return now, nil
		case errors.Is(err, fault.New(fault.Conflict, "already_done")):
			return before, nil // it had, and only the answer was lost
		case fault.KindOf(err) != fault.Internal:
			return now, err
		case !p.dead.Load() && !errors.Is(err, errHiccup):
			m.t.Errorf("a request failed for no reason: %v", err)
			return now, err
		}
		before = now
		time.Sleep(m.rnd.between(time.Second, 3*time.Second))
	}
	m.t.Error("a request was never answered")
	return before, err
}

// settle lets a failure of the database pass: a timer that it hit fires within
// a second, and the model does not say what a request in that second may find.
func (m *machine) settle() {
	m.mu.Lock()
	var last time.Time
	if n := len(m.trips); n > 0 {
		last = m.trips[n-1]
	}
	m.mu.Unlock()
	if wait := last.Add(2 * time.Second).Sub(clock()); wait > 0 {
		time.Sleep(wait)
	}
}
