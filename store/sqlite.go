package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver

	"muster/fault"
	"muster/id"
)

// A batch ends when nobody waits, when it holds this many units, or when it
// has run this long, so that the first caller does not wait for the last.
const (
	batchUnits = 512
	batchTime  = 25 * time.Millisecond
)

// carefulBatches is how many batches use savepoints after one was undone.
const carefulBatches = 64

// readerCount is how many views run at once.
const readerCount = 6

// sqliteFile is one file: one writer goroutine on one connection, and a pool of
// readers beside it.
type sqliteFile struct {
	db      *sql.DB // writer's connection and migrations
	reading *sql.DB
	writer  *sqliteConn
	readers chan *sqliteConn // those that are free
	queue   *queueing
	done    chan struct{}
	careful int      // the writer's: how many batches still use savepoints
	sole    *os.File // held while open, if nobody else may
}

// unit is one unit of work that waits for the writer.
type unit struct {
	ctx  context.Context
	b    binding
	run  func(conn) error
	err  error
	done chan struct{}

	alone func(*sqliteConn) error // instead of run: what no transaction may be open for
}

func openSQLite(ctx context.Context, path string, opt Options) (*sqliteFile, error) {
	sync := "full"
	if opt.NoSync {
		sync = "off"
	}
	pragmas := "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(" + sync + ")" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(16000)"
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &sqliteFile{
		readers: make(chan *sqliteConn, readerCount), queue: newQueueing(), done: make(chan struct{}),
	}
	if opt.Sole {
		var err error
		if s.sole, err = sole(path); err != nil {
			return nil, err
		}
	}
	if err := s.open(ctx, path, pragmas, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.release())
	}
	go s.write()
	return s, nil
}

// release lets another process serve the file.
func (s *sqliteFile) release() error {
	if s.sole == nil {
		return nil
	}
	return s.sole.Close()
}

// open opens the file for the writer and the readers, and brings its schema up
// to date.
func (s *sqliteFile) open(ctx context.Context, path, pragmas string, opt Options) (err error) {
	file := "file:" + (&url.URL{Path: path}).EscapedPath() // a path may hold what an address may not
	if s.db, err = sql.Open("sqlite", file+pragmas); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if !opt.NoMigrate {
		if err := migrateSQLite(ctx, s.db); err != nil {
			return errors.Join(err, s.db.Close())
		}
	}
	if s.reading, err = sql.Open("sqlite", file+pragmas+"&_pragma=query_only(1)"); err != nil {
		return errors.Join(err, s.db.Close())
	}
	if err := s.connect(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, s.db.Close(), s.reading.Close())
	}
	return nil
}

// private makes the file where there is none, for its owner alone: it holds
// where people are and how to reach them. SQLite gives the files beside it the
// same mode. A file that is there keeps the mode its owner gave it.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens the writer's and the readers' connections, each with its own
// prepared statements.
func (s *sqliteFile) connect(ctx context.Context) error {
	w, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	s.writer = newSQLiteConn(w)
	for range readerCount {
		r, err := s.reading.Conn(ctx)
		if err != nil {
			return err
		}
		s.readers <- newSQLiteConn(r)
	}
	return nil
}

func (s *sqliteFile) close() error {
	s.queue.close()
	<-s.done
	errs := []error{s.writer.conn.Close()}
	for range readerCount { // waits for views that still run
		errs = append(errs, (<-s.readers).conn.Close())
	}
	return errors.Join(append(errs, s.reading.Close(), s.db.Close(), s.release())...)
}

func (s *sqliteFile) do(ctx context.Context, b binding, run func(conn) error) error {
	u := &unit{ctx: ctx, b: b, run: run, done: make(chan struct{})}
	if !s.queue.add(u) {
		return misuse("the store is closed")
	}
	<-u.done
	return u.err
}

// write is the writer goroutine: it takes whatever waits and commits it as one
// transaction.
func (s *sqliteFile) write() {
	defer close(s.done)
	for {
		u := s.queue.next()
		if u == nil {
			return
		}
		for u != nil {
			u = s.batch(u)
		}
	}
}

// byItself does what no transaction may be open for.
func (s *sqliteFile) byItself(u *unit) {
	defer close(u.done)
	if u.err = u.ctx.Err(); u.err == nil {
		u.err = u.alone(s.writer)
	}
}

// batch runs the first unit, and those that wait behind it, as one
// transaction. They have no savepoints: keeping what each page was before
// costs more than many units do. One that fails after it has changed something
// undoes the batch, and all of it runs again with a savepoint each, as do the
// next batches: whoever fails all the time makes nobody else run twice. It
// returns what was taken from the queue and comes after it, if anything.
func (s *sqliteFile) batch(first *unit) (next *unit) {
	if first.alone != nil {
		s.byItself(first)
		return nil
	}
	c := s.writer
	c.depth = 0
	in := []*unit{first}
	defer func() {
		for _, u := range in {
			close(u.done)
		}
	}()
	if err := c.raw("begin immediate"); err != nil {
		first.err = violation(err)
		return nil
	}
	began := time.Now()
	clean := first.start(c)
	for clean && len(in) < batchUnits && time.Since(began) < batchTime {
		u := s.queue.tryNext()
		if u == nil || u.alone != nil {
			next = u
			break
		}
		in = append(in, u)
		if s.careful > 0 {
			c.nested(u)
			continue
		}
		clean = u.start(c)
	}
	s.careful = max(0, s.careful-1)
	if !clean {
		c.raw("rollback") // begin says if that was in vain
		if len(in) == 1 {
			return next // nobody else was hurt
		}
		s.careful, c.depth = carefulBatches, 0
		if err := c.raw("begin immediate"); err != nil {
			refuse(in, err)
			return next
		}
		for _, u := range in {
			c.nested(u)
		}
	}
	if err := c.raw("commit"); err != nil {
		c.raw("rollback")
		refuse(in, err)
	}
	return next
}

// refuse answers those who do not know yet that nothing was kept.
func refuse(in []*unit, err error) {
	for _, u := range in {
		if u.err == nil {
			u.err = violation(err)
		}
	}
}

// start runs a unit; clean tells whether the batch can go on. A unit that
// failed without having changed anything is none of its business, unless it is
// the file that fails: SQLite may then have undone the transaction by itself.
func (u *unit) start(c *sqliteConn) (clean bool) {
	c.changed = false
	if u.err = u.ctx.Err(); u.err == nil {
		u.err = u.run(c)
	}
	return u.err == nil || !c.changed && fault.KindOf(u.err) != fault.Unavailable
}

// nested runs a unit in a savepoint of the running batch.
func (c *sqliteConn) nested(u *unit) {
	if u.err = c.savepoint(); u.err != nil {
		return
	}
	if u.start(c); u.err != nil {
		u.err = errors.Join(u.err, c.rollbackTo())
		return
	}
	u.err = c.release()
}

// view lends a reader for one read transaction; rolling it back costs nothing.
func (s *sqliteFile) view(ctx context.Context, _ binding, run func(conn) error) error {
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		if err := c.raw("begin"); err != nil {
			return violation(err)
		}
		return errors.Join(run(c), c.raw("rollback"))
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return misuse("the store is closed")
	}
}

func (s *sqliteFile) prepares(ctx context.Context, q *SQL) error {
	c := <-s.readers
	defer func() { s.readers <- c }()
	stmt, err := c.conn.PrepareContext(ctx, q.forSQLite())
	if err != nil {
		return err
	}
	return stmt.Close()
}

// sqliteConn is one connection with its prepared statements, used by one
// goroutine at a time. It ignores the callers' contexts: a unit is short, and
// interrupting one would cost the batch.
type sqliteConn struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	depth   int
	changed bool // a statement has changed something since this was last false
}

func newSQLiteConn(c *sql.Conn) *sqliteConn {
	return &sqliteConn{conn: c, stmts: map[string]*sql.Stmt{}}
}

func (c *sqliteConn) stmt(text string) (*sql.Stmt, error) {
	if st, ok := c.stmts[text]; ok {
		return st, nil
	}
	st, err := c.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = st
	return st, nil
}

func (c *sqliteConn) raw(text string) error {
	st, err := c.stmt(text)
	if err != nil {
		return err
	}
	_, err = st.Exec()
	return err
}

func (c *sqliteConn) write(q *SQL, args []any) error {
	if q.lock {
		return nil // read only to hold a row, of which there is no need here
	}
	_, err := c.exec(q, args)
	return err
}

func (c *sqliteConn) exec(q *SQL, args []any) (int64, error) {
	st, err := c.stmt(q.forSQLite())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.name, err)
	}
	res, err := st.Exec(args...)
	if err != nil {
		return 0, violation(err)
	}
	n, err := res.RowsAffected()
	c.changed = c.changed || n > 0
	return n, err
}

func (c *sqliteConn) query(q *SQL, args []any) (rowSet, error) {
	st, err := c.stmt(q.forSQLite())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.name, err)
	}
	rows, err := st.Query(args...)
	if err != nil {
		return nil, violation(err)
	}
	c.changed = c.changed || q.writes != ""
	return sqlRows{rows}, nil
}

// There is no journey to spare.
func (c *sqliteConn) ahead(q *SQL, args []any) func() (rowSet, error) {
	return func() (rowSet, error) { return c.query(q, args) }
}

func (c *sqliteConn) bind(id.Org, bool) error { return nil }

// Savepoints nest at most twice (batch, For); each depth has its own name.
func (c *sqliteConn) savepoint() error {
	c.depth++
	return c.raw(fmt.Sprintf("savepoint u%d", c.depth))
}

func (c *sqliteConn) release() error {
	c.depth--
	return c.raw(fmt.Sprintf("release u%d", c.depth+1))
}

func (c *sqliteConn) rollbackTo() error {
	c.depth--
	return errors.Join(c.raw(fmt.Sprintf("rollback to u%d", c.depth+1)), c.raw(fmt.Sprintf("release u%d", c.depth+1)))
}

// sqlRows makes *sql.Rows close without an error, as pgx rows do.
type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }
