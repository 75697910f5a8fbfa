package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"muster/id"
)

// What a unit may ask for in a convoy; one that wants more gets a transaction
// of its own, where others do not wait for it.
const (
	seatRounds     = 32
	seatStatements = 512
	seatBytes      = 1 << 20
)

// errLeft is what a unit hears that its convoy went on without; it is run
// again.
var errLeft = errors.New("store: the convoy went on without this unit")

// types are readers of values that no unit uses at the moment.
var types = sync.Pool{New: func() any { return pgtype.NewMap() }}

// statement is one statement of a unit that waits for the next round.
type statement struct {
	seat   *seat
	text   string
	args   []any
	writes bool
	wanted bool    // somebody waits for its result
	early  *result // where its result lies until it is wanted
}

// seat is one run of a unit in a convoy, and its connection to the database.
type seat struct {
	v     *convoy
	u     *rider
	l     *line
	kept  []statement
	types *pgtype.Map   // reads values; it must not be shared
	reply chan *result  // holds one
	left  chan struct{} // closed when the convoy goes on without it

	// The convoy's own, in its goroutine.
	rounds int
	wrote  bool // something it writes was sent
	asks   bool
	ended  bool
	gone   bool
	err    error // its own, once it ended
	answer *result
}

// event is what a seat tells its convoy: that it waits for a result, or that
// it ended.
type event struct {
	seat  *seat
	ended bool
	err   error
}

// ride runs the unit, in its caller's goroutine, to its end.
func (s *seat) ride() {
	s.types = types.Get().(*pgtype.Map)
	err := s.u.ctx.Err()
	if err == nil {
		err = s.u.run(s)
	}
	types.Put(s.types)
	s.tell(event{seat: s, ended: true, err: err})
}

// tell reports false when the convoy has gone on.
func (s *seat) tell(e event) bool {
	select {
	case s.v.events <- e:
		return true
	case <-s.left:
		return false
	}
}

func (s *seat) keep(q *SQL, args []any, wanted bool) {
	text := q.forPostgres()
	s.kept = append(s.kept, statement{seat: s, text: text, args: args, writes: !q.reads, wanted: wanted})
}

func (s *seat) ask(q *SQL, args []any) (*result, error) {
	s.keep(q, args, true)
	return s.wait()
}

// wait is over when everything kept has been asked and answered.
func (s *seat) wait() (*result, error) {
	if !s.tell(event{seat: s}) {
		return nil, errLeft
	}
	select {
	case r := <-s.reply:
		return r, nil
	case <-s.left:
		return nil, errLeft
	}
}

func (s *seat) write(q *SQL, args []any) error {
	select {
	case <-s.left:
		return errLeft
	default:
	}
	s.keep(q, args, false)
	return nil
}

func (s *seat) exec(q *SQL, args []any) (int64, error) {
	r, err := s.ask(q, args)
	if err != nil {
		return 0, err
	}
	return r.tag.RowsAffected(), nil
}

func (s *seat) query(q *SQL, args []any) (rowSet, error) {
	r, err := s.ask(q, args)
	if err != nil {
		return nil, err
	}
	r.types = s.types
	return r, nil
}

func (s *seat) ahead(q *SQL, args []any) func() (rowSet, error) {
	early := &result{}
	s.keep(q, args, false)
	s.kept[len(s.kept)-1].early = early
	return func() (rowSet, error) {
		if !early.here { // nothing was asked since
			if _, err := s.wait(); err != nil {
				return nil, err
			}
		}
		early.types = s.types
		return early, early.short()
	}
}

// A unit of one organisation never changes whose rows it touches, and is
// undone as a whole.
func (s *seat) bind(id.Org, bool) error { return misuse("a unit in a convoy keeps its organisation") }
func (s *seat) savepoint() error        { return misuse("a unit in a convoy has no savepoints") }
func (s *seat) release() error          { return misuse("a unit in a convoy has no savepoints") }
func (s *seat) rollbackTo() error       { return misuse("a unit in a convoy has no savepoints") }

// result is a result that was read to its end, so that the connection is free
// for others.
type result struct {
	tag    pgconn.CommandTag
	fields []pgconn.FieldDescription
	values [][]byte // row after row
	at     int      // where the present row begins
	types  *pgtype.Map
	bytes  int
	here   bool // it was read
}

// short is the error of a result that was too long to be kept.
func (r *result) short() error {
	if r.bytes > seatBytes {
		return misuse("a result asked ahead has %d bytes", r.bytes)
	}
	return nil
}

// read keeps what rows hold, up to seatBytes; what is longer is read and
// forgotten, and bytes says so.
func (r *result) read(rows pgx.Rows) error {
	for rows.Next() {
		raw := rows.RawValues()
		if r.fields == nil {
			r.fields = append(r.fields, rows.FieldDescriptions()...)
			r.at = -len(r.fields)
		}
		size := 0
		for _, v := range raw {
			size += len(v)
		}
		if r.bytes += size + 24*len(raw); r.bytes > seatBytes {
			continue
		}
		room := make([]byte, 0, size)
		for _, v := range raw {
			if v == nil {
				r.values = append(r.values, nil)
				continue
			}
			from := len(room)
			room = append(room, v...)
			r.values = append(r.values, room[from:len(room):len(room)])
		}
	}
	rows.Close()
	r.tag, r.here = rows.CommandTag(), true
	return rows.Err()
}

func (r *result) Next() bool {
	if len(r.fields) == 0 {
		return false
	}
	r.at += len(r.fields)
	return r.at < len(r.values)
}

func (r *result) Scan(dest ...any) error {
	if r.at < 0 || r.at >= len(r.values) {
		return fmt.Errorf("scan without a row")
	}
	return pgx.ScanRow(r.types, r.fields, r.values[r.at:r.at+len(r.fields)], dest...)
}

func (r *result) Err() error { return nil }
func (r *result) Close()     {}
