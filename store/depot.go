package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"muster/id"
)

const (
	// convoysAtOnce is how many are under way on one node: the database works
	// for one while the units of another compute. More make each smaller, and a
	// commit dearer.
	convoysAtOnce = 2

	convoyLines = 64  // organisations in one convoy
	convoyUnits = 256 // units in one convoy

	// stepAside is how long a convoy or a lone unit keeps others from setting
	// out; what takes longer (an import, a row that somebody holds) makes room.
	stepAside = 100 * time.Millisecond

	// apartTime is how long an organisation travels by itself after it undid a
	// convoy, so that it does so to others at most once in that time.
	apartTime = time.Second

	// convoyTries is how often a unit is run in a convoy that others may undo
	// before it gets a transaction of its own.
	convoyTries = 2
)

// depot is where units of one organisation each wait to set out. A unit that
// finds nobody else sets out at once and alone; those that come while others
// are under way wait for room and then travel together, in a convoy. Units of
// one organisation run one after the other, in the order in which they came.
type depot struct {
	p *postgres

	mu     sync.Mutex
	queues map[id.Org]*queue // of organisations with units that wait or are under way
	ready  []*queue          // with units that wait and none under way, longest wait first
	under  int               // places taken, of convoysAtOnce
	conns  []*pgxpool.Conn   // of convoys that just ended
}

// queue is the units of one organisation that wait.
type queue struct {
	org   id.Org
	units []*rider
	under bool      // others of it are under way
	apart time.Time // until then it travels by itself
}

// rider is one unit of work on its way; it runs in its caller's goroutine.
type rider struct {
	ctx   context.Context
	run   func(conn) error
	turn  chan turn // holds all that a rider can be told while it does not listen
	q     *queue
	alone bool // wants a transaction of its own
	tries int
}

// turn is what a rider is told: ride in this seat, set out alone, or, with
// neither, that it is over.
type turn struct {
	seat  *seat
	alone *place
	err   error
}

// place is one of convoysAtOnce.
type place struct {
	d     *depot
	timer *time.Timer
	free  bool // guarded by d.mu
}

func newDepot(p *postgres) *depot { return &depot{p: p, queues: map[id.Org]*queue{}} }

func (d *depot) do(ctx context.Context, org id.Org, run func(conn) error) error {
	u := &rider{ctx: ctx, run: run, turn: make(chan turn, convoyTries+2)}
	d.enter(org, u)
	for {
		switch t := d.wait(u); {
		case t.seat != nil:
			t.seat.ride()
		case t.alone != nil:
			return d.solo(u, t.alone)
		default:
			return t.err
		}
	}
}

// wait gives up when the caller does, but only while the unit has not set out:
// after that only the database can say what became of it.
func (d *depot) wait(u *rider) turn {
	select {
	case t := <-u.turn:
		return t
	case <-u.ctx.Done():
	}
	if d.withdraw(u) {
		return turn{err: u.ctx.Err()}
	}
	return <-u.turn
}

func (d *depot) enter(org id.Org, u *rider) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.queues[org]
	if q == nil {
		q = &queue{org: org}
		d.queues[org] = q
	}
	u.q = q
	q.units = append(q.units, u)
	if !q.under && len(q.units) == 1 {
		d.ready = append(d.ready, q)
	}
	d.dispatch()
}

// withdraw takes a unit that waits out again; false if it has set out.
func (d *depot) withdraw(u *rider) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := u.q
	for i, other := range q.units {
		if other != u {
			continue
		}
		q.units = append(q.units[:i:i], q.units[i+1:]...)
		if len(q.units) == 0 && !q.under {
			d.forget(q)
		}
		return true
	}
	return false
}

func (d *depot) forget(q *queue) {
	for i, other := range d.ready {
		if other == q {
			d.ready = append(d.ready[:i:i], d.ready[i+1:]...)
			break
		}
	}
	if d.queues[q.org] == q && !q.apart.After(time.Now()) {
		delete(d.queues, q.org)
	}
}

// dispatch lets set out whatever may. Its caller holds d.mu.
func (d *depot) dispatch() {
	for d.under < convoysAtOnce && len(d.ready) > 0 {
		d.under++
		p := &place{d: d}
		p.timer = time.AfterFunc(stepAside, p.leave)
		first := d.ready[0]
		if first.units[0].alone || len(d.ready) == 1 && len(first.units) == 1 {
			u := first.units[0]
			d.board(first, 1)
			d.ready = d.ready[1:]
			u.turn <- turn{alone: p}
			continue
		}
		v := newConvoy(d, p)
		d.fill(v)
		go v.travel()
	}
}

// fill takes those that wait aboard.
func (d *depot) fill(v *convoy) {
	var stay []*queue
	now, units := time.Now(), 0
	for i, q := range d.ready {
		n := 0
		for n < len(q.units) && !q.units[n].alone {
			n++
		}
		apart := q.apart.After(now)
		if n == 0 || apart && i > 0 || len(v.lines) == convoyLines || units == convoyUnits {
			stay = append(stay, q)
			continue
		}
		n = min(n, convoyUnits-units)
		units += n
		v.lines = append(v.lines, &line{q: q, waiting: d.board(q, n)})
		if apart {
			stay = append(stay, d.ready[i+1:]...)
			break
		}
	}
	d.ready = stay
}

// board takes the first n units of a queue out of it.
func (d *depot) board(q *queue, n int) []*rider {
	q.under = true
	list := q.units[:n:n]
	q.units = q.units[n:]
	return list
}

// arrive ends a journey of one organisation; back are the units that have to
// set out again, before any that came later.
func (d *depot) arrive(q *queue, back []*rider) {
	q.under = false
	q.units = append(back, q.units...)
	if len(q.units) > 0 {
		d.ready = append(d.ready, q)
	} else {
		d.forget(q)
	}
}

// leave makes room for others, once.
func (p *place) leave() {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	p.vacate()
	p.d.dispatch()
}

func (p *place) vacate() {
	p.timer.Stop()
	if !p.free {
		p.free = true
		p.d.under--
	}
}

// conn is a connection for a convoy, best the one that the last convoy had:
// its backend has every statement's plan at hand.
func (d *depot) conn() (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), convoyTime)
	defer cancel()
	d.mu.Lock()
	var pc *pgxpool.Conn
	if n := len(d.conns); n > 0 {
		pc, d.conns = d.conns[n-1], d.conns[:n-1]
	}
	d.mu.Unlock()
	if pc == nil {
		return d.p.pool.Acquire(ctx)
	}
	if _, err := planAnew(ctx, pc.Conn()); err != nil {
		pc.Release()
		return d.p.pool.Acquire(ctx)
	}
	return pc, nil
}

// keep puts a connection by for the next convoy, as long as one is likely.
func (d *depot) keep(pc *pgxpool.Conn) {
	if pc.Conn().IsClosed() || len(d.conns) == convoysAtOnce {
		pc.Release()
	} else {
		d.conns = append(d.conns, pc)
	}
	d.rest()
}

// rest gives connections back when nobody is under way.
func (d *depot) rest() {
	if d.under > 0 || len(d.ready) > 0 {
		return
	}
	for _, pc := range d.conns {
		pc.Release()
	}
	d.conns = nil
}

// solo runs a unit in a transaction of its own.
func (d *depot) solo(u *rider, p *place) error {
	err := d.p.alone(u.ctx, binding{org: u.q.org}, u.run)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.arrive(u.q, nil)
	p.vacate()
	d.dispatch()
	d.rest()
	return err
}
