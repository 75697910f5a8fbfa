package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"muster/id"
)

// A batch ends when nobody waits, when it holds this many units, or when it
// has run this long, so that the first caller does not wait for the last.
const (
	batchUnits = 512
	batchTime  = 25 * time.Millisecond
)

// sqliteFile is one file: one writer goroutine on one connection, and a pool of
// readers beside it.
type sqliteFile struct {
	db      *sql.DB // writer's connection and migrations
	readers *sql.DB
	writer  *sql.Conn
	stmts   map[string]*sql.Stmt // the writer's own
	units   chan *unit
	quit    chan struct{}
	done    chan struct{}

	mu    sync.Mutex
	reads map[*SQL]*sql.Stmt
}

// unit is one unit of work that waits for the writer.
type unit struct {
	ctx  context.Context
	b    binding
	run  func(conn) error
	err  error
	done chan struct{}
}

func openSQLite(ctx context.Context, path string, opt Options) (*sqliteFile, error) {
	sync := "full"
	if opt.NoSync {
		sync = "off"
	}
	pragmas := "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(" + sync + ")" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(4000)"
	db, err := sql.Open("sqlite", "file:"+path+pragmas)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if !opt.NoMigrate {
		if err := migrateSQLite(ctx, db); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
		}
	}
	readers, err := sql.Open("sqlite", "file:"+path+pragmas+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for reading: %w", path, err), db.Close())
	}
	readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	readers.SetMaxIdleConns(max(4, runtime.NumCPU()))
	writer, err := db.Conn(context.WithoutCancel(ctx))
	if err != nil {
		return nil, errors.Join(err, db.Close(), readers.Close())
	}
	s := &sqliteFile{
		db: db, readers: readers, writer: writer,
		stmts: map[string]*sql.Stmt{}, reads: map[*SQL]*sql.Stmt{},
		units: make(chan *unit, batchUnits),
		quit:  make(chan struct{}), done: make(chan struct{}),
	}
	go s.write()
	return s, nil
}

func (s *sqliteFile) close() error {
	close(s.quit)
	<-s.done
	return errors.Join(s.writer.Close(), s.readers.Close(), s.db.Close())
}

func (s *sqliteFile) do(ctx context.Context, b binding, run func(conn) error) error {
	u := &unit{ctx: ctx, b: b, run: run, done: make(chan struct{})}
	select {
	case s.units <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return misuse("the store is closed")
	}
	select {
	case <-u.done:
	case <-s.done: // closed while waiting; the last batch may have held it
		select {
		case <-u.done:
		default:
			return misuse("the store is closed")
		}
	}
	return u.err
}

// write is the writer goroutine: it takes whatever waits and commits it as one
// transaction.
func (s *sqliteFile) write() {
	defer close(s.done)
	for {
		select {
		case u := <-s.units:
			s.batch(u)
		case <-s.quit:
			for {
				select {
				case u := <-s.units:
					s.batch(u)
				default:
					return
				}
			}
		}
	}
}

// batch runs the first unit without a savepoint, since most batches under
// light load hold just one, and those that wait behind it with one each.
func (s *sqliteFile) batch(first *unit) {
	c := &sqliteConn{s: s}
	var in []*unit
	defer func() {
		for _, u := range in {
			close(u.done)
		}
	}()
	if err := c.raw("begin immediate"); err != nil {
		first.err = violation(err)
		in = append(in, first)
		return
	}
	in = append(in, first)
	if first.start(c); first.err != nil {
		c.raw("rollback") // the unit's error is what matters
		return
	}
	began := time.Now()
	for len(in) < batchUnits && time.Since(began) < batchTime {
		select {
		case u := <-s.units:
			in = append(in, u)
			c.nested(u)
			continue
		default:
		}
		break
	}
	if err := c.raw("commit"); err != nil {
		c.raw("rollback")
		for _, u := range in {
			if u.err == nil {
				u.err = violation(err)
			}
		}
	}
}

func (u *unit) start(c conn) {
	if u.err = u.ctx.Err(); u.err == nil {
		u.err = u.run(c)
	}
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

func (s *sqliteFile) view(ctx context.Context, _ binding, run func(conn) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return violation(err)
	}
	defer tx.Rollback() // reading leaves nothing to commit
	return run(&sqliteView{s: s, tx: tx, ctx: ctx})
}

func (s *sqliteFile) prepares(ctx context.Context, q *SQL) error {
	stmt, err := s.readers.PrepareContext(ctx, q.forSQLite())
	if err != nil {
		return err
	}
	return stmt.Close()
}

// sqliteConn is the writer's connection while a batch runs. It ignores the
// callers' contexts: a unit is short, and interrupting it would cost the batch.
type sqliteConn struct {
	s     *sqliteFile
	depth int
}

func (c *sqliteConn) stmt(text string) (*sql.Stmt, error) {
	if st, ok := c.s.stmts[text]; ok {
		return st, nil
	}
	st, err := c.s.writer.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.s.stmts[text] = st
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
	return res.RowsAffected()
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
	return sqlRows{rows}, nil
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

// sqliteView is one reader.
type sqliteView struct {
	s   *sqliteFile
	tx  *sql.Tx
	ctx context.Context
}

func (v *sqliteView) stmt(q *SQL) (*sql.Stmt, error) {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	if st, ok := v.s.reads[q]; ok {
		return st, nil
	}
	st, err := v.s.readers.PrepareContext(context.Background(), q.forSQLite())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.name, err)
	}
	v.s.reads[q] = st
	return st, nil
}

func (v *sqliteView) query(q *SQL, args []any) (rowSet, error) {
	st, err := v.stmt(q)
	if err != nil {
		return nil, err
	}
	rows, err := v.tx.StmtContext(v.ctx, st).QueryContext(v.ctx, args...)
	if err != nil {
		return nil, violation(err)
	}
	return sqlRows{rows}, nil
}

func (v *sqliteView) write(q *SQL, _ []any) error { return misuse("%s in a view", q.name) }
func (v *sqliteView) exec(q *SQL, _ []any) (int64, error) {
	return 0, misuse("%s in a view", q.name)
}
func (v *sqliteView) bind(id.Org, bool) error { return nil }
func (v *sqliteView) savepoint() error        { return nil }
func (v *sqliteView) release() error          { return nil }
func (v *sqliteView) rollbackTo() error       { return nil }

// sqlRows makes *sql.Rows close without an error, as pgx rows do.
type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }
