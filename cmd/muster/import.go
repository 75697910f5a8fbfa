package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"muster/actor"
	"muster/call/shift"
	"muster/id"
	"muster/lang"
	"muster/roster/intake"
)

type importCmd struct {
	database
	Organisation string `required:"" help:"The organisation's id."`
	File         string `arg:"" type:"existingfile" help:"The spreadsheet (XLSX or CSV)."`
	Apply        bool   `help:"Do what the plan says; without it only the plan is shown."`
	Leave        bool   `help:"With --apply: those who are not in the sheet leave."`
}

// Run shows what a sheet would change, and changes it if asked to.
func (c *importCmd) Run(ctx context.Context, s *streams) error {
	return c.within(ctx, c.Organisation, func(n *node, org id.Org) error { return c.take(ctx, s, n, org) })
}

func (c *importCmd) take(ctx context.Context, s *streams, n *node, org id.Org) error {
	who := operator()
	who.Org = org
	who.Roles = []actor.Membership{{Role: actor.Administrator}}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	plan, err := intake.Prepare(ctx, n.store, who, filepath.Base(c.File), data, string(lang.English))
	if err != nil {
		return err
	}
	c.show(s, plan)
	if !c.Apply {
		return nil
	}
	var leave intake.MayLeave
	if c.Leave {
		leave = shift.OffShift
	}
	if _, err := intake.Apply(ctx, n.store, n.keys, who, plan.ID, leave); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "done")
	return nil
}

// show prints the plan row by row, with every cell that is wrong.
func (c *importCmd) show(s *streams, p intake.Plan) {
	for _, r := range p.Rows {
		fmt.Fprintf(s.out, "%5d  %-7s %s\n", r.Number, r.What, r.Name)
		for _, d := range r.Differences {
			fmt.Fprintf(s.out, "         %s: %q becomes %q\n", d.Field, d.Old, d.New)
		}
		for _, b := range r.Bad {
			fmt.Fprintf(s.out, "         %s: %s\n", b.Field, lang.Fault(lang.English, b.Fault()))
		}
	}
	fmt.Fprintf(s.out, "%d to add, %d to change, %d the same, %d not in the sheet, %d bad\n",
		p.Count(intake.Add), p.Count(intake.Change), p.Count(intake.Same), p.Count(intake.Leave), p.Count(intake.Bad))
}
