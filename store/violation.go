package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"muster/fault"
)

// violation turns what a database says of a broken constraint into a fault
// that names the field. A unique one is "taken"; PostgreSQL names it by the
// constraint (table_column_rule), SQLite by its columns.
func violation(err error) error {
	if err == nil {
		return nil
	}
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok && pe.Code == "23505" {
		return fault.New(fault.Conflict, "taken").At(pgField(pe)).Wrap(err)
	}
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		switch se.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fault.New(fault.Conflict, "taken").At(sqliteField(se.Error())).Wrap(err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return unavailable(err)
		}
	}
	if pgAway(err) {
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error { return fault.New(fault.Unavailable, "unavailable").Wrap(err) }

// pgAway tells whether PostgreSQL could not be reached, went away in the
// middle, or has no room (classes 08, 53 and 57P of its error codes).
func pgAway(err error) bool {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pe.Code, "08") || strings.HasPrefix(pe.Code, "53") || strings.HasPrefix(pe.Code, "57P")
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok && !errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// pgField reads "person_pin_unique" of table person as "pin".
func pgField(pe *pgconn.PgError) string {
	name := strings.TrimPrefix(pe.ConstraintName, pe.TableName+"_")
	return name[:max(0, strings.LastIndexByte(name, '_'))]
}

// sqliteField reads "… UNIQUE constraint failed: person.org, person.pin (…)"
// as "pin": the last column is the one that is not the organisation.
func sqliteField(text string) string {
	_, list, ok := strings.Cut(text, "constraint failed: ")
	if !ok {
		return ""
	}
	list, _, _ = strings.Cut(list, " (")
	last := list[strings.LastIndex(list, ",")+1:]
	return strings.TrimSpace(last[strings.IndexByte(last, '.')+1:])
}
