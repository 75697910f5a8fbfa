package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"muster/id"
)

// postgres is a pool of connections to one database.
type postgres struct {
	pool  *pgxpool.Pool
	link  *link
	depot *depot
}

func openPostgres(ctx context.Context, dsn string, opt Options, h *hub) (*postgres, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("the database's address cannot be read: %w", err)
	}
	cfg.MaxConns = 16
	if opt.MaxConns > 0 {
		cfg.MaxConns = int32(opt.MaxConns)
	}
	// The planner's just-in-time compiler costs more than any of our queries.
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	cfg.ConnConfig.RuntimeParams["application_name"] = "muster"
	cfg.PrepareConn = planAnew
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p := &postgres{pool: pool}
	p.depot = newDepot(p)
	if err := p.refuseStrongRole(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	if !opt.NoMigrate {
		if err := migratePostgres(ctx, pool); err != nil {
			pool.Close()
			return nil, err
		}
	}
	if !opt.NoListen {
		p.link = newLink(pool, h, opt.Log)
	}
	return p, nil
}

// plansLast is how long a connection first trusts its plans; each time they are
// thrown away it is twice as long, up to plansLastAtMost.
const (
	plansLast       = time.Second
	plansLastAtMost = 10 * time.Minute
)

// trust is what a connection knows of its plans.
type trust struct {
	until time.Time
	next  time.Duration
}

// planAnew makes a connection throw its plans away from time to time.
// PostgreSQL keeps a plan until the table's statistics change, and a plan that
// was made while a table was empty reads all of it once it is full: for a
// minute or more after the first storm of a new installation.
func planAnew(ctx context.Context, conn *pgx.Conn) (bool, error) {
	own := conn.PgConn().CustomData()
	t, known := own["plans"].(*trust)
	if !known {
		own["plans"] = &trust{time.Now().Add(plansLast), 2 * plansLast}
		return true, nil
	}
	if time.Now().Before(t.until) {
		return true, nil
	}
	t.until, t.next = time.Now().Add(t.next), min(2*t.next, plansLastAtMost)
	_, err := conn.Exec(ctx, discardPlans)
	return err == nil, err
}

// refuseStrongRole keeps Muster from running as a role that row security does
// not bind: the second wall between organisations would not stand.
func (p *postgres) refuseStrongRole(ctx context.Context) error {
	var role string
	var super, bypass bool
	err := p.pool.QueryRow(ctx, strongRole).Scan(&role, &super, &bypass)
	if err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if super || bypass {
		return fmt.Errorf("the database role %q could bypass row security; make one that cannot: "+
			"create role muster login password '…' nosuperuser nobypassrls; create database muster owner muster", role)
	}
	return nil
}

func (p *postgres) close() error {
	if p.link != nil {
		p.link.close()
	}
	p.pool.Close()
	return nil
}

// raceTries is how often a unit that lost a race (deadlock, serialization) is
// run again before its caller hears of it.
const raceTries = 5

// beginUnit begins a transaction that may write.
const beginUnit = "begin"

func (p *postgres) do(ctx context.Context, b binding, run func(conn) error) error {
	if b.across {
		return p.alone(ctx, b, run)
	}
	return p.depot.do(ctx, b.org, run)
}

// alone runs a unit in a transaction of its own.
func (p *postgres) alone(ctx context.Context, b binding, run func(conn) error) error {
	var err error
	for range raceTries {
		if err = p.once(ctx, b, beginUnit, run); !lostRace(err) {
			return err
		}
	}
	return err
}

func (p *postgres) view(ctx context.Context, b binding, run func(conn) error) error {
	return p.once(ctx, b, "begin transaction isolation level repeatable read read only", run)
}

func (p *postgres) once(ctx context.Context, b binding, begin string, run func(conn) error) error {
	pc, err := p.pool.Acquire(ctx)
	if err != nil {
		return violation(err)
	}
	defer pc.Release()
	c := &pgConn{conn: pc.Conn(), ctx: ctx, pending: &pgx.Batch{}, holds: begin == beginUnit}
	c.queue(begin)
	c.queueBind(b.org, b.across)
	if err = run(c); err == nil {
		c.queue("commit")
		if err = c.flush(); err == nil {
			return nil
		}
	}
	c.abandon()
	return err
}

func (p *postgres) prepares(ctx context.Context, q *SQL) error {
	pc, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer pc.Release()
	_, err = pc.Conn().Prepare(ctx, "", q.forPostgres())
	return err
}

func lostRace(err error) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pe.Code == "40001" || pe.Code == "40P01")
}

// pgConn is one transaction. Statements whose result nobody waits for are
// kept back and travel with the next one that somebody does wait for, so that
// a unit costs as many round trips as it has reads, plus one.
type pgConn struct {
	conn    *pgx.Conn
	ctx     context.Context
	pending *pgx.Batch
	mark    int             // where in pending the savepoint stands, -1 once it was sent
	broken  error           // a statement that was kept back failed
	holds   bool            // it may write, and so excludes others from its organisation
	early   map[int]*result // what was asked ahead, by its place in pending
}

func (c *pgConn) queue(text string, args ...any) { c.pending.Queue(text, args...) }

// flush sends what was kept back and waits for all of it.
func (c *pgConn) flush() error {
	_, err := c.send(false)
	return err
}

// send sends what was kept back; with keep, the result of the last statement
// is left open for reading.
func (c *pgConn) send(keep bool) (*pgRows, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	n := c.pending.Len()
	if n == 0 {
		return nil, nil
	}
	c.mark = -1
	res := c.conn.SendBatch(c.ctx, c.pending)
	last := n
	if keep {
		last--
	}
	for i := range last {
		if err := c.result(res, i); err != nil {
			return nil, c.fail(errors.Join(err, res.Close()))
		}
	}
	c.pending, c.early = &pgx.Batch{}, nil
	if !keep {
		if err := res.Close(); err != nil {
			return nil, c.fail(err)
		}
		return nil, nil
	}
	rows, err := res.Query()
	if err != nil {
		return nil, c.fail(errors.Join(err, res.Close()))
	}
	return &pgRows{Rows: rows, res: res, c: c}, nil
}

// result reads what became of a statement that was kept back.
func (c *pgConn) result(res pgx.BatchResults, i int) error {
	early := c.early[i]
	if early == nil {
		_, err := res.Exec()
		return err
	}
	rows, err := res.Query()
	if err != nil {
		return err
	}
	return early.read(rows)
}

func (c *pgConn) ahead(q *SQL, args []any) func() (rowSet, error) {
	early := &result{types: c.conn.TypeMap()}
	if c.early == nil {
		c.early = map[int]*result{}
	}
	c.early[c.pending.Len()] = early
	c.queue(q.forPostgres(), args...)
	return func() (rowSet, error) {
		if !early.here {
			if err := c.flush(); err != nil {
				return nil, err
			}
		}
		return early, early.short()
	}
}

func (c *pgConn) fail(err error) error {
	c.pending, c.early = &pgx.Batch{}, nil
	c.broken = violation(err)
	return c.broken
}

// abandonTime is how long a rollback may take.
const abandonTime = 2 * time.Second

// abandon leaves the connection clean for the next unit, or closes it.
func (c *pgConn) abandon() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), abandonTime)
	defer cancel()
	if c.conn.IsClosed() {
		return
	}
	if _, err := c.conn.Exec(ctx, "rollback"); err != nil {
		_ = c.conn.Close(ctx) // the pool replaces a closed connection
	}
}

func (c *pgConn) write(q *SQL, args []any) error {
	if c.broken != nil {
		return c.broken
	}
	c.queue(q.forPostgres(), args...)
	return nil
}

func (c *pgConn) exec(q *SQL, args []any) (int64, error) {
	c.queue(q.forPostgres(), args...)
	rows, err := c.send(true)
	if err != nil {
		return 0, err
	}
	rows.Close()
	return rows.CommandTag().RowsAffected(), rows.Err()
}

func (c *pgConn) query(q *SQL, args []any) (rowSet, error) {
	c.queue(q.forPostgres(), args...)
	rows, err := c.send(true)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (c *pgConn) bind(org id.Org, across bool) error {
	c.queueBind(org, across)
	return nil
}

// queueBind sets whose rows row security lets through until the transaction
// ends, and keeps others from writing there.
func (c *pgConn) queueBind(org id.Org, across bool) {
	mark := "off"
	if across {
		mark = "on"
	}
	c.queue(bindTenant, string(org), mark)
	if c.holds && !across {
		c.queue(holdTenant, string(org))
	}
}

func (c *pgConn) savepoint() error {
	c.mark = len(c.pending.QueuedQueries)
	c.queue("savepoint unit")
	return nil
}

func (c *pgConn) release() error {
	c.queue("release unit")
	return c.flush()
}

func (c *pgConn) rollbackTo() error {
	if c.mark >= 0 { // the database has not even heard of it
		c.pending.QueuedQueries = c.pending.QueuedQueries[:c.mark]
		maps.DeleteFunc(c.early, func(at int, _ *result) bool { return at >= c.mark })
		return nil
	}
	c.pending, c.early = &pgx.Batch{}, nil
	if lostRace(c.broken) { // the whole transaction has to run again
		return c.broken
	}
	// A failed transaction prepares nothing, so this goes as plain text.
	_, err := c.conn.PgConn().Exec(c.ctx, "rollback to unit; release unit").ReadAll()
	c.broken = err
	return err
}

// pgRows is the open result of the last statement of a batch.
type pgRows struct {
	pgx.Rows
	res    pgx.BatchResults
	c      *pgConn
	closed bool
}

func (r *pgRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	if err := errors.Join(r.Rows.Err(), r.res.Close()); err != nil && r.c.broken == nil {
		r.c.broken = violation(err)
	}
}

func (r *pgRows) Err() error {
	if r.closed && r.c.broken != nil {
		return r.c.broken
	}
	return r.Rows.Err()
}
