// Package bench measures Muster against the limits of the machine it runs on.
//
// Each row of the table stands beside the raw limit of the same database or
// socket, taken in the same run and in turns with it: figures move with the
// machine, ratios should not. The server is a process of its own that is
// spoken to over HTTP; the carrier is a sink in this process that notes when a
// message arrived.
//
// A benchmark reports. It fails only where something was lost or doubled.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Options say what is measured.
type Options struct {
	Databases []string // "sqlite:PATH" or "postgres://…"; none: a fresh SQLite file
	Rows      []string // of Rows; none: all
	Scale     float64  // share of the full counts
	Profiles  string   // folder for profiles of the server; empty: none
	Out       io.Writer
	Log       io.Writer
}

// row is one question of the table.
type row struct {
	name    string
	measure func(*run) error
	anyDB   bool // asks no database: measured once
	limit   time.Duration
}

var rows = []row{
	{name: "help", measure: helpRow, limit: 5 * time.Minute},
	{name: "storm", measure: stormRow, limit: 20 * time.Minute},
	{name: "storm-one", measure: stormOneRow, limit: 10 * time.Minute},
	{name: "missed", measure: missedRow, limit: 10 * time.Minute},
	{name: "fair", measure: fairRow, limit: 20 * time.Minute},
	{name: "timers", measure: timersRow, limit: 10 * time.Minute},
	{name: "deadlines", measure: deadlinesRow, limit: 10 * time.Minute},
	{name: "ladder", measure: ladderRow, limit: 10 * time.Minute},
	{name: "check-in", measure: checkInRow, limit: 10 * time.Minute},
	{name: "book", measure: bookRow, limit: 10 * time.Minute},
	{name: "dc09", measure: dc09Row, limit: 5 * time.Minute},
	{name: "smpp", measure: smppRow, anyDB: true, limit: 5 * time.Minute},
	{name: "idle", measure: idleRow, limit: 5 * time.Minute},
	{name: "mail", measure: mailRow, anyDB: true, limit: 5 * time.Minute},
	{name: "decision", measure: decisionRow, limit: 10 * time.Minute},
	{name: "revoke", measure: revokeRow, limit: 5 * time.Minute},
	{name: "policy", measure: policyRow, anyDB: true, limit: time.Minute},
}

// Rows names what can be measured, in the order of the table.
func Rows() []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return names
}

// Known tells whether there is a row of this name.
func Known(name string) bool { return slices.Contains(Rows(), name) }

// run is one row on one database.
type run struct {
	ctx      context.Context
	db       database
	scale    float64
	profiles string
	log      io.Writer
	name     string
	lines    []line
	wrong    []string
}

// n is how many of something to do: the full count by the scale.
func (r *run) n(full int) int { return max(1, int(float64(full)*r.scale)) }

// say tells whoever waits what is going on.
func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.log, "%s  %-10s %-8s %s\n", time.Now().UTC().Format(time.TimeOnly), r.name, r.db.kind, fmt.Sprintf(format, args...))
}

// report adds a line to the table.
func (r *run) report(l line) {
	l.db = r.db.kind
	r.lines = append(r.lines, l)
	r.say("%s: %s (raw %s)", l.what, l.got, l.raw)
}

// lost says that something is not as it must be, however fast.
func (r *run) lost(format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf("%s on %s: %s", r.name, r.db.kind, fmt.Sprintf(format, args...)))
	r.say("WRONG: %s", fmt.Sprintf(format, args...))
}

// ErrWrong says that something was lost or doubled.
var ErrWrong = errors.New("something was lost or doubled")

// Run measures and writes the table. What could not be measured is an error,
// after all the rest was.
func Run(ctx context.Context, o Options) error {
	dir, err := os.MkdirTemp("", "muster-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if len(o.Databases) == 0 {
		o.Databases = []string{"sqlite:" + dir + "/bench.db"}
	}
	began := machine()
	var lines []line
	var wrong []string
	var errs []error
	for _, m := range rows {
		if len(o.Rows) > 0 && !slices.Contains(o.Rows, m.name) {
			continue
		}
		for i, dsn := range o.Databases {
			if m.anyDB && i > 0 {
				continue
			}
			r := &run{scale: o.Scale, profiles: o.Profiles, log: o.Log, name: m.name}
			err := r.on(ctx, m, dsn)
			lines, wrong = append(lines, r.lines...), append(wrong, r.wrong...)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s on %s: %w", m.name, r.db.kind, err))
				r.say("not measured: %v", err)
			}
			if ctx.Err() != nil {
				return errors.Join(write(o.Out, began, lines), ctx.Err())
			}
		}
	}
	errs = append(errs, write(o.Out, began, lines))
	if len(wrong) > 0 {
		errs = append(errs, fmt.Errorf("%w:\n%s", ErrWrong, strings.Join(wrong, "\n")))
	}
	return errors.Join(errs...)
}

// on measures one row on a fresh database of its own.
func (r *run) on(ctx context.Context, m row, dsn string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	r.ctx = ctx
	if m.anyDB {
		r.db.kind = "any"
		return m.measure(r)
	}
	r.db, err = fresh(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.db.drop(context.WithoutCancel(ctx))) }()
	return m.measure(r)
}
