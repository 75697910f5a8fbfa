package main

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"
	"strings"

	"muster/bench"
)

type benchCmd struct {
	DB    []string `name:"db" sep:"none" placeholder:"sqlite:PATH|postgres://…" help:"A database to measure on; may be given more than once. Default: a fresh SQLite file. What is there stays untouched: each row uses a file or schema of its own."`
	Row   []string `help:"Measure only these rows; may be given more than once. Default: all."`
	Scale float64  `default:"1" help:"Share of the full counts, for a quick look."`
	Keep  string   `placeholder:"FOLDER" type:"existingdir" help:"Write what the server used its processor for into this folder, one profile a row."`
	Node  string   `hidden:"" help:"Serve, and write a profile into this file: what bench starts for --keep."`
}

// Run measures and prints the table.
func (c *benchCmd) Run(ctx context.Context, s *streams) error {
	if c.Node != "" {
		return c.profiled(ctx)
	}
	for _, db := range c.DB {
		if !strings.HasPrefix(db, "sqlite:") && !strings.HasPrefix(db, "postgres://") && !strings.HasPrefix(db, "postgresql://") {
			return wrong("--db", "must be sqlite:PATH or postgres://…")
		}
	}
	for _, row := range c.Row {
		if !bench.Known(row) {
			return wrong("--row", "must be one of %s", strings.Join(bench.Rows(), ", "))
		}
	}
	if c.Scale <= 0 || c.Scale > 10 {
		return wrong("--scale", "must be more than 0 and at most 10")
	}
	return bench.Run(ctx, bench.Options{Databases: c.DB, Rows: c.Row, Scale: c.Scale, Profiles: c.Keep, Out: s.out, Log: s.errs})
}

// profiled is muster serve that notes what it uses the processor for.
func (c *benchCmd) profiled(ctx context.Context) error {
	f, err := os.Create(c.Node)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	serve := serveCmd{
		database{DB: os.Getenv("MUSTER_DB"), Key: os.Getenv("MUSTER_KEY")},
		serving{Listen: os.Getenv("MUSTER_LISTEN"), URL: os.Getenv("MUSTER_URL")},
	}
	err = serve.Run(ctx)
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}
