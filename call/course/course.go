// Package course is what an alarm's procedure asks of people: how far the
// alarm has come on it, what comes next, and which instructions were ticked
// off by whom.
package course

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/procedure"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Tick is one instruction that somebody has ticked off, or taken back.
type Tick struct {
	Step int // 0: one of the general instructions
	Line int // from 1
	Done bool
	Text string // as it was then
	By   alarm.Act
}

// Set ticks an instruction of the alarm's procedure off, or takes that back
// (OA8). Both are in the book, with name and time; saying the same again
// changes nothing, and the first name stays. What is over is Conflict
// "already_resolved".
func Set(ctx context.Context, s *store.Store, who actor.Actor, which id.Alarm, step, line int, done bool) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		a, err := alarm.Read(tx, which)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "note", a.Resource(who))
		if err != nil {
			return err
		}
		if !a.Open() {
			return fault.New(fault.Conflict, "already_resolved").With("By", a.Closed.Name).With("At", a.Closed.At)
		}
		text, err := instruction(tx, a, step, line)
		if err != nil {
			return err
		}
		now, err := ticks(tx, which)
		if err != nil || ticked(now, step, line) == done {
			return err
		}
		tx.Touch(string(a.ID))
		kind := "alarm.ticked"
		if !done {
			kind = "alarm.unticked"
		}
		return errors.Join(tx.Write(setTick, a.ID, step, line, done, text, who.Person, who.Name, tx.Now()),
			ledger.Append(tx, who, ledger.Entry{
				Kind: kind, Subject: string(a.ID), About: a.Worker, Rule: rule,
				Facts:    map[string]any{"Step": step, "Line": line},
				Personal: map[string]string{"Worker": a.WorkerName, "Instruction": text},
			}))
	})
}

// instruction is one line of what the alarm's procedure asks for. One that is
// not there is NotFound.
func instruction(tx *store.Tx, a alarm.Alarm, step, line int) (string, error) {
	l, err := procedure.Kept(tx, a.Workspace, a.Procedure, a.Version)
	if err != nil {
		return "", err
	}
	lines := procedure.Items(l.Instructions)
	if step > 0 && step <= len(l.Steps) {
		lines = procedure.Items(l.Steps[step-1].Do)
	}
	if step < 0 || step > len(l.Steps) || line < 1 || line > len(lines) {
		return "", fault.New(fault.NotFound, "not_found")
	}
	return lines[line-1], nil
}

func ticked(all []Tick, step, line int) bool {
	for _, t := range all {
		if t.Step == step && t.Line == line {
			return t.Done
		}
	}
	return false
}

func ticks(tx *store.Tx, which id.Alarm) ([]Tick, error) {
	return store.All(tx, listTicks, func(r store.Row) (t Tick, err error) {
		err = r.Scan(&t.Step, &t.Line, &t.Done, &t.Text, &t.By.By, &t.By.Name, store.Time(&t.By.At))
		return t, err
	}, which)
}

// Course is what an alarm's procedure asks for, how far it has come, and what
// comes next while nobody answers.
type Course struct {
	Ladder procedure.Ladder
	Coming []procedure.Rung // the steps that have not begun, with whom they would call and when
	End    time.Time        // when everybody would be called; zero: they have been
	Ticks  []Tick
}

// Of reads the course of an alarm that the actor may see.
func Of(ctx context.Context, s *store.Store, who actor.Actor, which id.Alarm) (c Course, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		c, err = In(tx, who, which)
		return err
	})
	return c, err
}

// In is Of as part of a unit.
func In(tx *store.Tx, who actor.Actor, which id.Alarm) (c Course, err error) {
	a, err := alarm.Hand{Tx: tx, Who: who}.See(which)
	if err != nil {
		return c, err
	}
	if c.Ticks, err = ticks(tx, which); err != nil {
		return c, err
	}
	if c.Ladder, err = procedure.Kept(tx, a.Workspace, a.Procedure, a.Version); err != nil {
		return c, err
	}
	if a.State == alarm.Raised && !a.StepDue.IsZero() {
		c.Coming, c.End, err = c.Ladder.Walk(tx, a.Step, a.StepDue, a.Worker)
	}
	return c, err
}
