package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/id"
)

const (
	// boarding is how long further units of its organisations may begin.
	boarding = 20 * time.Millisecond
	// patience is how long a convoy waits for a unit that computes before it
	// goes on without it.
	// One that has written something can be left behind only by undoing
	// everybody, so that it is given lastHurry times as long.
	patience  = 100 * time.Millisecond
	lastHurry = 20
	// convoyTime is how long the database may take for all of it.
	convoyTime = 30 * time.Second
)

// convoy is one transaction for many units: those of different organisations
// side by side, those of one after the other. In each round every unit runs
// until it needs a result; then everything that they asked travels in one
// message, and the results are handed out.
type convoy struct {
	d      *depot
	p      *place
	conn   *pgx.Conn
	lines  []*line
	events chan event
	began  time.Time

	running int    // seats that compute
	hurries int    // how often patience ran out
	bound   id.Org // whose rows row security lets through now
	opening []statement
	clock   *time.Timer
}

// line is the units of one organisation, one after the other.
type line struct {
	q       *queue
	waiting []*rider    // not begun
	seats   []*seat     // begun, in order
	next    []statement // for the next round
}

// guilt names the seat that undid its convoy, if it was one.
type guilt struct {
	seat *seat
	err  error
}

func (g *guilt) Error() string { return "store: convoy undone: " + g.err.Error() }
func (g *guilt) Unwrap() error { return g.err }

func newConvoy(d *depot, p *place) *convoy { return &convoy{d: d, p: p, began: time.Now()} }

// travel is the whole life of a convoy.
func (v *convoy) travel() {
	pc, err := v.d.conn()
	if err != nil {
		v.refuse(unavailable(err)) // also where all connections are taken for too long
		return
	}
	v.conn = pc.Conn()
	v.events = make(chan event, len(v.lines))
	v.clock = time.NewTimer(patience)
	defer v.clock.Stop()
	_ = v.conn.PgConn().Conn().SetDeadline(time.Now().Add(convoyTime)) // fails only if it is closed, and then so does what follows
	err = v.ride()
	if err != nil {
		v.abandon()
	}
	_ = v.conn.PgConn().Conn().SetDeadline(time.Time{})
	v.end(pc, err)
}

// ride takes everybody from begin to commit. A guilt as its error means that
// nothing was kept; any other that nobody can say.
func (v *convoy) ride() error {
	if err := v.open(); err != nil {
		return &guilt{err: err}
	}
	for _, l := range v.lines {
		v.begin(l)
	}
	for {
		if g := v.gather(); g != nil {
			return g
		}
		asked := v.asking()
		if len(asked) == 0 {
			break
		}
		if g := v.round(); g != nil {
			return g
		}
		for _, s := range asked {
			if g := v.hand(s); g != nil {
				return g
			}
		}
	}
	return v.commit()
}

// open begins the transaction and holds the organisations against other nodes.
// One organisation is waited for; of several, those that another node has at
// the moment are left behind, so that no two convoys wait for each other.
func (v *convoy) open() error {
	if len(v.lines) == 1 {
		v.bound = v.lines[0].q.org
		v.opening = []statement{{text: "begin"}, {text: bindTenant, args: []any{string(v.bound), "off"}}, {text: holdTenant, args: []any{string(v.bound)}}}
		return nil
	}
	orgs := make([]string, len(v.lines))
	for i, l := range v.lines {
		orgs[i] = string(l.q.org)
	}
	b := &pgx.Batch{}
	b.Queue("begin")
	b.Queue(openConvoy)
	b.Queue(tryTenants, orgs)
	res := v.conn.SendBatch(context.Background(), b)
	for range 2 {
		if _, err := res.Exec(); err != nil {
			return errors.Join(err, res.Close())
		}
	}
	rows, err := res.Query()
	if err != nil {
		return errors.Join(err, res.Close())
	}
	held, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err = errors.Join(err, res.Close()); err != nil {
		return err
	}
	v.keepHeld(held)
	return nil
}

// keepHeld leaves behind the organisations that are not held; they travel by
// themselves next, and wait.
func (v *convoy) keepHeld(held []bool) {
	var lines, others []*line
	for i, l := range v.lines {
		if held[i] {
			lines = append(lines, l)
		} else {
			others = append(others, l)
		}
	}
	v.lines = lines
	if len(others) == 0 {
		return
	}
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	for _, l := range others {
		l.q.apart = time.Now().Add(apartTime)
		v.d.arrive(l.q, l.waiting)
	}
	v.d.dispatch()
}

// begin lets the next unit of a line ride.
func (v *convoy) begin(l *line) {
	if len(l.waiting) == 0 || len(l.seats) > 0 && time.Since(v.began) > boarding {
		return
	}
	u := l.waiting[0]
	l.waiting = l.waiting[1:]
	s := &seat{v: v, u: u, l: l, reply: make(chan *result, 1), left: make(chan struct{})}
	l.seats = append(l.seats, s)
	v.running++
	u.turn <- turn{seat: s}
}

// gather waits until every unit waits for a result or has ended.
func (v *convoy) gather() error {
	v.clock.Reset(patience)
	for v.running > 0 {
		select {
		case e := <-v.events:
			if g := v.take(e); g != nil {
				return g
			}
		case <-v.clock.C:
			if g := v.hurry(); g != nil {
				return g
			}
			v.clock.Reset(patience)
		}
	}
	return nil
}

// take notes what a unit asks, or how it ended.
func (v *convoy) take(e event) error {
	s := e.seat
	if s.gone {
		return nil // left behind as it spoke
	}
	v.running--
	if e.ended {
		s.ended, s.err = true, e.err
		switch {
		case e.err == nil:
			s.l.next = append(s.l.next, s.kept...)
			s.kept = nil
		case s.wrote:
			return &guilt{s, e.err} // what it wrote can only be undone with all the rest
		}
		v.begin(s.l)
		return nil
	}
	s.rounds++
	if v.shared() && (s.rounds > seatRounds || len(s.kept) > seatStatements) {
		return v.leave(s)
	}
	s.asks = true
	s.l.next = append(s.l.next, s.kept...)
	s.kept = s.kept[:0]
	return nil
}

// shared tells whether anybody else would have to wait for a unit.
func (v *convoy) shared() bool { return len(v.lines) > 1 || len(v.lines[0].seats) > 1 }

// hurry goes on without units that keep the others waiting.
func (v *convoy) hurry() error {
	if !v.shared() {
		return nil
	}
	v.hurries++
	for _, l := range v.lines {
		s := l.present()
		if s == nil || s.asks || s.wrote && v.hurries < lastHurry {
			continue
		}
		if g := v.leave(s); g != nil {
			return g
		}
		v.running--
	}
	return nil
}

// present is the unit of a line that has begun and not ended.
func (l *line) present() *seat {
	if len(l.seats) == 0 {
		return nil
	}
	if s := l.seats[len(l.seats)-1]; !s.ended && !s.gone {
		return s
	}
	return nil
}

// leave goes on without a unit, which gets a transaction of its own. If
// something that it wrote was sent, all have to set out again.
func (v *convoy) leave(s *seat) error {
	if s.wrote {
		return &guilt{s, errLeft}
	}
	s.gone = true
	s.u.alone = true
	close(s.left)
	return nil
}

func (v *convoy) asking() (list []*seat) {
	for _, l := range v.lines {
		if s := l.present(); s != nil && s.asks {
			list = append(list, s)
		}
	}
	return list
}

// hand gives a unit its result.
func (v *convoy) hand(s *seat) error {
	s.asks = false
	r := s.answer
	s.answer = nil
	if r != nil && r.bytes > seatBytes {
		return v.leave(s)
	}
	v.running++
	s.reply <- r
	return nil
}

// round sends what the units asked since the last one, and reads every result
// to its end.
func (v *convoy) round() error {
	seat, err := v.send(v.batch())
	if err == nil {
		return nil
	}
	if !refused(err) {
		seat = nil // of a connection that broke nobody is guilty
	}
	return &guilt{seat, err}
}

// batch puts the statements of all lines behind each other, and before those of
// each organisation the statement that lets row security know.
func (v *convoy) batch() []statement {
	list := v.opening
	v.opening = nil
	for _, l := range v.lines {
		if len(l.next) == 0 {
			continue
		}
		if v.bound != l.q.org {
			v.bound = l.q.org
			list = append(list, statement{text: bindOrg, args: []any{string(v.bound)}})
		}
		list = append(list, l.next...)
		l.next = l.next[:0]
	}
	return list
}

// send tells whose statement an error came from.
func (v *convoy) send(list []statement) (*seat, error) {
	b := &pgx.Batch{}
	for _, st := range list {
		b.Queue(st.text, st.args...)
		if st.writes {
			st.seat.wrote = true
		}
	}
	res := v.conn.SendBatch(context.Background(), b)
	for _, st := range list {
		if err := st.read(res); err != nil {
			_ = res.Close() // says the same
			return st.seat, err
		}
	}
	return nil, res.Close()
}

func (st *statement) read(res pgx.BatchResults) error {
	into := st.early
	if st.wanted {
		into = &result{}
		st.seat.answer = into
	}
	if into == nil {
		_, err := res.Exec()
		return err
	}
	rows, err := res.Query()
	if err != nil {
		return err
	}
	return into.read(rows)
}

// refused tells whether the database itself said no, and so kept nothing.
func refused(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}
