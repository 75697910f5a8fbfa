package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"muster/fault"
	"muster/id"
)

// conn is one open transaction on one of the two databases.
type conn interface {
	write(q *SQL, args []any) error // result not wanted; may travel later
	exec(q *SQL, args []any) (int64, error)
	query(q *SQL, args []any) (rowSet, error)
	ahead(q *SQL, args []any) func() (rowSet, error) // asks with the next question; the answer is for later
	bind(org id.Org, across bool) error              // whose rows the following statements may touch
	savepoint() error
	release() error // also waits for everything written since the savepoint
	rollbackTo() error
}

type rowSet interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is one row of a result.
type Row interface{ Scan(dest ...any) error }

// Tx is a unit of work for one organisation.
type Tx struct {
	c       conn
	ctx     context.Context
	org     id.Org
	now     time.Time
	view    bool
	booked  bool
	owes    string // first table written that needs an entry in the book
	before  []func() error
	after   []func()
	touched []string
	due     time.Time
	slots   map[string]any
	shelf   *shelf
}

// AcrossTx is a unit of work over all organisations. It runs only statements
// registered with Across; For opens one organisation inside it.
type AcrossTx struct {
	c     conn
	ctx   context.Context
	now   time.Time
	view  bool
	after []func()
	subs  []*Tx
	shelf *shelf
}

// Org is the organisation of this unit.
func (tx *Tx) Org() id.Org { return tx.org }

// Now is the instant of this unit, UTC, to the microsecond: the only clock a
// row ever sees.
func (tx *Tx) Now() time.Time { return tx.now }

// Now is the instant of this unit, UTC, to the microsecond.
func (tx *AcrossTx) Now() time.Time { return tx.now }

// Context is the caller's context, for the few rules that need its values.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Booked is called by the ledger when it has an entry for this unit; a unit
// that wrote tenant rows without one does not commit.
func (tx *Tx) Booked() { tx.booked = true }

// Slot is a room's own state for the time of the unit; fresh makes it at the
// first asking. A unit that runs again begins without any.
func (tx *Tx) Slot(room string, fresh func() any) any {
	state, ok := tx.slots[room]
	if !ok {
		if tx.slots == nil {
			tx.slots = map[string]any{}
		}
		state = fresh()
		tx.slots[room] = state
	}
	return state
}

// BeforeCommit runs fn as the last thing before the commit, in the order of
// asking; an error undoes the unit.
func (tx *Tx) BeforeCommit(fn func() error) { tx.before = append(tx.before, fn) }

// AfterCommit runs fn once the unit is durable, and never otherwise.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// AfterCommit runs fn once the unit is durable, and never otherwise.
func (tx *AcrossTx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Touch tells everybody who watches, on every node, that something under this
// topic has changed; after the commit and never before.
func (tx *Tx) Touch(topic string) {
	for _, t := range tx.touched {
		if t == topic {
			return
		}
	}
	tx.touched = append(tx.touched, topic)
}

// Due tells the timer engine of this node, after the commit, that something
// wants attention at this instant.
func (tx *Tx) Due(at time.Time) {
	if tx.due.IsZero() || at.Before(tx.due) {
		tx.due = at
	}
}

// Write runs a statement whose result is not wanted. On PostgreSQL it travels
// with the next read or the commit, so a violation may surface there.
func (tx *Tx) Write(q *SQL, args ...any) error {
	bound, err := tx.bound(q, args)
	if err != nil {
		return err
	}
	return tx.c.write(q, bound)
}

// Exec runs a statement and tells how many rows it touched.
func (tx *Tx) Exec(q *SQL, args ...any) (int64, error) {
	bound, err := tx.bound(q, args)
	if err != nil {
		return 0, err
	}
	return tx.c.exec(q, bound)
}

func (tx *Tx) rows(q *SQL, args []any) (rowSet, error) {
	bound, err := tx.bound(q, args)
	if err != nil {
		return nil, err
	}
	return tx.c.query(q, bound)
}

// bound puts the unit's own organisation before the caller's arguments.
func (tx *Tx) bound(q *SQL, args []any) ([]any, error) {
	if q.across {
		return nil, misuse("%s crosses organisations and was run inside one", q.name)
	}
	if tx.view && q.writes != "" {
		return nil, misuse("%s writes and was run in a view", q.name)
	}
	if q.mustBook() && tx.owes == "" {
		tx.owes = q.writes
	}
	bound := make([]any, len(args)+1)
	bound[0] = string(tx.org)
	for i, a := range args {
		bound[i+1] = plain(a)
	}
	return bound, nil
}

// Write runs a statement whose result is not wanted.
func (tx *AcrossTx) Write(q *SQL, args ...any) error {
	bound, err := tx.bound(q, args)
	if err != nil {
		return err
	}
	return tx.c.write(q, bound)
}

// Exec runs a statement and tells how many rows it touched.
func (tx *AcrossTx) Exec(q *SQL, args ...any) (int64, error) {
	bound, err := tx.bound(q, args)
	if err != nil {
		return 0, err
	}
	return tx.c.exec(q, bound)
}

func (tx *AcrossTx) rows(q *SQL, args []any) (rowSet, error) {
	bound, err := tx.bound(q, args)
	if err != nil {
		return nil, err
	}
	return tx.c.query(q, bound)
}

func (tx *AcrossTx) bound(q *SQL, args []any) ([]any, error) {
	if !q.across {
		return nil, misuse("%s belongs to one organisation and was run across all", q.name)
	}
	if tx.view && q.writes != "" {
		return nil, misuse("%s writes and was run in a view", q.name)
	}
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = plain(a)
	}
	return bound, nil
}

// For runs fn as a unit of one organisation inside this one. Its failure
// undoes only itself and is returned; the rest of the AcrossTx goes on.
func (tx *AcrossTx) For(org id.Org, fn func(*Tx) error) error {
	if err := nowhere(org); err != nil {
		return err
	}
	sub := &Tx{c: tx.c, ctx: tx.ctx, org: org, now: tx.now, view: tx.view, shelf: tx.shelf}
	if err := tx.c.savepoint(); err != nil {
		return err
	}
	err := tx.c.bind(org, false)
	if err == nil {
		err = sub.run(fn)
	}
	if err == nil {
		err = tx.c.release()
	}
	if err != nil {
		if undo := tx.c.rollbackTo(); undo != nil {
			return errors.Join(err, undo)
		}
	} else {
		tx.subs = append(tx.subs, sub)
	}
	return errors.Join(err, tx.c.bind("", true))
}

// run is the whole life of a unit but for the commit. A panic becomes an
// error, so that one bad unit never takes the writer with it.
func (tx *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "internal").Wrap(fmt.Errorf("panic in unit: %v", p))
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	for i := 0; i < len(tx.before); i++ { // a hook may add another
		if err := tx.before[i](); err != nil {
			return err
		}
	}
	if tx.owes != "" && !tx.booked {
		return misuse("wrote %s without an entry in the book", tx.owes)
	}
	return nil
}

// querier is either kind of unit.
type querier interface {
	rows(q *SQL, args []any) (rowSet, error)
}

// One reads exactly one row; none is fault NotFound "not_found".
func One[T any](tx querier, q *SQL, scan func(Row) (T, error), args ...any) (T, error) {
	rs, err := tx.rows(q, args)
	if err != nil {
		var zero T
		return zero, err
	}
	return only(rs, q, scan)
}

// Ahead is One for what a unit will want later: where each question is a
// journey to the database, it travels along with the next one that the unit
// asks. What it gives is called once. It is for rows that the unit does not
// change meanwhile: whether it would see that is not said.
func Ahead[T any](tx *Tx, q *SQL, scan func(Row) (T, error), args ...any) func() (T, error) {
	bound, err := tx.bound(q, args)
	if err != nil {
		return func() (zero T, _ error) { return zero, err }
	}
	answer := tx.c.ahead(q, bound)
	return func() (zero T, _ error) {
		rs, err := answer()
		if err != nil {
			return zero, err
		}
		return only(rs, q, scan)
	}
}

// only reads the one row there is.
func only[T any](rs rowSet, q *SQL, scan func(Row) (T, error)) (zero T, _ error) {
	defer rs.Close()
	if !rs.Next() {
		if err := rs.Err(); err != nil {
			return zero, violation(err)
		}
		return zero, fault.New(fault.NotFound, "not_found")
	}
	v, err := scan(rs)
	if err != nil {
		return zero, fmt.Errorf("%s: scan: %w", q.name, err)
	}
	return v, nil
}

// All reads every row.
func All[T any](tx querier, q *SQL, scan func(Row) (T, error), args ...any) ([]T, error) {
	rs, err := tx.rows(q, args)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var all []T
	for rs.Next() {
		v, err := scan(rs)
		if err != nil {
			return nil, fmt.Errorf("%s: scan: %w", q.name, err)
		}
		all = append(all, v)
	}
	return all, violation(rs.Err())
}

// Scalar scans a row of one column.
func Scalar[T any](r Row) (T, error) {
	var v T
	err := r.Scan(&v)
	return v, err
}

// Time scans an instant: microseconds since 1970 UTC, NULL for none.
func Time(t *time.Time) sql.Scanner { return (*micros)(t) }

type micros time.Time

func (m *micros) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m = micros{}
	case int64:
		*m = micros(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("store: an instant is stored as an integer, not %T", src)
	}
	return nil
}

// Span scans a length of time kept as microseconds.
func Span(d *time.Duration) sql.Scanner { return (*span)(d) }

type span time.Duration

func (s *span) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s = 0
	case int64:
		*s = span(time.Duration(v) * time.Microsecond)
	default:
		return fmt.Errorf("store: a length of time is stored as an integer, not %T", src)
	}
	return nil
}

// plain turns what rules speak of into what both databases store.
func plain(a any) any {
	switch v := a.(type) {
	case string:
		return text(v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UnixMicro()
	case time.Duration:
		return v.Microseconds()
	}
	if v := reflect.ValueOf(a); v.Kind() == reflect.String {
		return text(v.String())
	}
	return a
}

// text is a text as both databases take it. PostgreSQL refuses bytes that are
// no UTF-8 and the character NUL; a call for help must not fail for one of
// those in its note, on either.
func text(s string) string {
	if utf8.ValidString(s) && !strings.Contains(s, "\x00") {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// nowhere refuses an id that no organisation can have: PostgreSQL would not even
// look, and fail.
func nowhere(org id.Org) error {
	if text(string(org)) != string(org) {
		return fault.New(fault.NotFound, "not_found")
	}
	return nil
}

func misuse(format string, args ...any) error {
	return fault.New(fault.Internal, "internal").Wrap(fmt.Errorf("store: "+format, args...))
}
