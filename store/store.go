package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
)

// Options change how a store is opened; the zero value is right for serving.
type Options struct {
	NoMigrate bool // leave the schema as it is
	NoSync    bool // SQLite only: do not wait for the disk. For tests that kill nothing
	Sole      bool // SQLite only: refuse a file that another process has opened so, as servers do
	NoListen  bool // PostgreSQL only: hear nothing from other nodes
	MaxConns  int  // PostgreSQL only: size of the pool, default 16
	Log       *slog.Logger

	// Trip, for tests, is asked before every step of a unit that writes: each
	// statement by its name, "begin" and "commit", and after the commit as
	// "committed". An error is what the unit is answered with.
	Trip func(step string) error
}

// Store is an open database.
type Store struct {
	db   database
	hub  *hub
	log  *slog.Logger
	kind string

	shelf shelf
}

// database is what the two databases have in common for the store.
type database interface {
	do(ctx context.Context, b binding, run func(conn) error) error
	view(ctx context.Context, b binding, run func(conn) error) error
	prepares(ctx context.Context, q *SQL) error
	scrub(ctx context.Context) (clean bool, err error)
	close() error
}

// binding says whose rows a unit may touch.
type binding struct {
	org    id.Org
	across bool
}

// Open opens the database that dsn names, "sqlite:PATH" or "postgres://…",
// and brings its schema up to date.
func Open(ctx context.Context, dsn string, opt Options) (*Store, error) {
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	s := &Store{hub: newHub(), log: opt.Log}
	var err error
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		s.kind = "sqlite"
		s.db, err = openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"), opt)
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		s.kind = "postgres"
		s.db, err = openPostgres(ctx, dsn, opt, s.hub)
	default:
		return nil, fmt.Errorf("the database must be sqlite:PATH or postgres://…")
	}
	if err != nil {
		return nil, err
	}
	if opt.Trip != nil {
		s.db = tripping{s.db, opt.Trip}
	}
	return s, nil
}

// Kind is "sqlite" or "postgres".
func (s *Store) Kind() string { return s.kind }

// Prepares checks that the database understands a registered statement.
func (s *Store) Prepares(ctx context.Context, q *SQL) error { return s.db.prepares(ctx, q) }

// Close finishes what is running and closes the database.
func (s *Store) Close() error { return s.db.close() }

// Do runs fn as one unit of work of one organisation: all of it commits, or
// nothing. fn may run more than once (a lost race is tried again), so it must
// have no effect outside the unit; AfterCommit is for those.
func (s *Store) Do(ctx context.Context, org id.Org, fn func(*Tx) error) error {
	if org == "" {
		return misuse("a unit needs an organisation")
	}
	if err := nowhere(org); err != nil {
		return err
	}
	var tx *Tx
	err := s.db.do(ctx, binding{org: org}, func(c conn) error {
		tx = &Tx{c: c, ctx: ctx, org: org, now: now(), shelf: &s.shelf}
		return tx.run(func(tx *Tx) error {
			if err := claimOnce(tx); err != nil {
				return err
			}
			return fn(tx)
		})
	})
	if err != nil {
		return err
	}
	s.committed(tx)
	return nil
}

// View runs fn on one consistent, read-only state of one organisation.
func (s *Store) View(ctx context.Context, org id.Org, fn func(*Tx) error) error {
	if org == "" {
		return misuse("a view needs an organisation")
	}
	if err := nowhere(org); err != nil {
		return err
	}
	return s.db.view(ctx, binding{org: org}, func(c conn) error {
		return (&Tx{c: c, ctx: ctx, org: org, now: now(), view: true, shelf: &s.shelf}).run(fn)
	})
}

// Across is the door for work over all organisations: the engines, sign-in,
// and what belongs to the installation itself.
func (s *Store) Across() AcrossDoor { return AcrossDoor{s} }

// AcrossDoor opens units of work over all organisations.
type AcrossDoor struct{ s *Store }

// Do runs fn as one unit over all organisations.
func (d AcrossDoor) Do(ctx context.Context, fn func(*AcrossTx) error) error {
	var tx *AcrossTx
	err := d.s.db.do(ctx, binding{across: true}, func(c conn) error {
		tx = &AcrossTx{c: c, ctx: ctx, now: now(), shelf: &d.s.shelf}
		return tx.run(fn)
	})
	if err != nil {
		return err
	}
	for _, sub := range tx.subs {
		d.s.committed(sub)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// View runs fn on one consistent, read-only state of everything.
func (d AcrossDoor) View(ctx context.Context, fn func(*AcrossTx) error) error {
	return d.s.db.view(ctx, binding{across: true}, func(c conn) error {
		return (&AcrossTx{c: c, ctx: ctx, now: now(), view: true, shelf: &d.s.shelf}).run(fn)
	})
}

func (tx *AcrossTx) run(fn func(*AcrossTx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "internal").Wrap(fmt.Errorf("panic in unit: %v", p))
		}
	}()
	return fn(tx)
}

// committed wakes whoever waits for what this unit did.
func (s *Store) committed(tx *Tx) {
	for _, f := range tx.after {
		f()
	}
	if len(tx.touched) > 0 || !tx.due.IsZero() {
		s.hub.publish(Change{Org: tx.org, Topics: tx.touched, Due: tx.due})
	}
}

// Watch calls fn for every change that commits, on this node or another, in
// the goroutine that committed: fn must be quick and must not call the store.
// A change with topic "*" means that some may have been missed.
func (s *Store) Watch(fn func(Change)) (stop func()) { return s.hub.watch(fn) }

// Tell passes a change on without a unit, for what no row records.
func (s *Store) Tell(c Change) { s.hub.publish(c) }

// Now is the clock of units, for the few who must compare with it outside one.
func (s *Store) Now() time.Time { return now() }

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
