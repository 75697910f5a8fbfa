package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrate/*.sql
var migrations embed.FS

var identType = regexp.MustCompile(`\bident\b`)

// dialectFiles is the migrations as one database wants them: shared files
// (0004_x.sql) and its own (0004_x.pg.sql, 0004_x.sqlite.sql), with the type
// "ident" spelt so that text sorts alike on both.
func dialectFiles(dialect, ident string) (fs.FS, error) {
	names, err := fs.Glob(migrations, "migrate/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		base := strings.TrimSuffix(strings.TrimPrefix(name, "migrate/"), ".sql")
		stem, own, special := strings.Cut(base, ".")
		if special && own != dialect {
			continue
		}
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return nil, err
		}
		out[stem+".sql"] = &fstest.MapFile{Data: identType.ReplaceAll(text, []byte(ident))}
	}
	return out, nil
}

func migrateSQLite(ctx context.Context, db *sql.DB) error {
	files, err := dialectFiles("sqlite", "text")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func migratePostgres(ctx context.Context, pool *pgxpool.Pool) error {
	files, err := dialectFiles("pg", `text collate "C"`)
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return errors.Join(fmt.Errorf("migrations: %w", err), db.Close())
	}
	if _, err := p.Up(ctx); err != nil {
		return errors.Join(fmt.Errorf("migrate: %w", err), db.Close())
	}
	return errors.Join(wallIn(ctx, db), db.Close())
}

// wallIn puts row security on every table that has an organisation, so that a
// new table cannot be forgotten.
func wallIn(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit this does nothing
	rows, err := tx.QueryContext(ctx, unwalled)
	if err != nil {
		return err
	}
	var tables []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return errors.Join(err, rows.Close())
		}
		tables = append(tables, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, t := range tables {
		for _, text := range wall {
			if _, err := tx.ExecContext(ctx, strings.ReplaceAll(text, "TABLE", t)); err != nil {
				return fmt.Errorf("row security on %s: %w", t, err)
			}
		}
	}
	return tx.Commit()
}
