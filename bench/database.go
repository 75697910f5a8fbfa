package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver

	"muster/seal"
)

// database is a fresh place of one row: a file of its own, or a schema of its
// own on PostgreSQL.
type database struct {
	kind   string // "sqlite", "postgres"
	dsn    string
	key    string // master key of the installation in it
	dir    string // SQLite: where the files are
	origin string // PostgreSQL: the address without the schema
	schema string
	server []int // PostgreSQL: its first process, if it runs on this machine
}

// fresh makes a place for a row beside what the address names.
func fresh(ctx context.Context, dsn string) (database, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		dir, err := os.MkdirTemp(filepath.Dir(path), ".muster-bench-")
		return database{kind: "sqlite", dsn: "sqlite:" + filepath.Join(dir, "bench.db"), dir: dir, key: seal.Generate(1)}, err
	}
	var b [6]byte
	rand.Read(b[:])
	db := database{kind: "postgres", origin: dsn, schema: "bench_" + hex.EncodeToString(b[:]), key: seal.Generate(1)}
	u, err := url.Parse(dsn)
	if err != nil {
		return db, errors.New("the database's address cannot be read")
	}
	q := u.Query()
	q.Set("search_path", db.schema)
	u.RawQuery = q.Encode()
	db.dsn = u.String()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return db, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, fmt.Sprintf(makeSchema, db.schema)); err != nil {
		return db, err
	}
	var pid int
	if err := conn.QueryRow(ctx, backend).Scan(&pid); err == nil {
		if p, err := readProcess(pid); err == nil && strings.HasPrefix(p.name, "postgres") {
			db.server = []int{p.parent}
		}
	}
	return db, nil
}

// drop removes it again.
func (d database) drop(ctx context.Context) error {
	if d.kind == "sqlite" {
		return os.RemoveAll(d.dir)
	}
	conn, err := pgx.Connect(ctx, d.origin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, fmt.Sprintf(dropSchema, d.schema))
	return err
}

// file opens the SQLite file at a path as Muster does, with nothing between.
func file(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"+
		"&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(4000)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// fill runs statements on Muster's own tables, past its rooms: for what would
// take hours through them.
func (d database) fill(ctx context.Context, statements ...statement) error {
	if d.kind == "sqlite" {
		db, err := file(strings.TrimPrefix(d.dsn, "sqlite:"))
		if err != nil {
			return err
		}
		defer db.Close()
		for _, s := range statements {
			if _, err := db.ExecContext(ctx, numbered(s.text), s.args...); err != nil {
				return err
			}
		}
		return nil
	}
	conn, err := pgx.Connect(ctx, d.dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, s := range append([]statement{{text: liftWall}}, statements...) {
		if _, err := conn.Exec(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// settle lets the database know what is in its tables, as PostgreSQL does by
// itself after a while, and SQLite never.
func (d database) settle(ctx context.Context) error {
	if d.kind == "sqlite" {
		return nil
	}
	return d.fill(ctx, statement{text: analyze})
}

// numbers reads whole numbers from Muster's own tables, past its rooms.
func (d database) numbers(ctx context.Context, text string) (all []int64, err error) {
	if d.kind == "sqlite" {
		db, err := file(strings.TrimPrefix(d.dsn, "sqlite:"))
		if err != nil {
			return nil, err
		}
		defer db.Close()
		rows, err := db.QueryContext(ctx, text)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return nil, err
			}
			all = append(all, n)
		}
		return all, rows.Err()
	}
	conn, err := pgx.Connect(ctx, d.dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, liftWall); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, text)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// number reads one of them.
func (d database) number(ctx context.Context, text string) (int, error) {
	all, err := d.numbers(ctx, text)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return int(all[0]), nil
}

type statement struct {
	text string
	args []any
}

// numbered spells placeholders as SQLite wants them.
func numbered(text string) string { return strings.ReplaceAll(text, "$", "?") }
