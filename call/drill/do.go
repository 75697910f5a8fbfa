package drill

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// The kinds of a drill's timers: the subject of the first is the plan, that of
// the second the run.
const (
	PlanTimer = "drill"
	EndTimer  = "drill_end"
)

// mostPlans bounds what one organisation plans.
const mostPlans = 50

// Save makes a plan, or with an ID replaces one. Faults are at name,
// worker_id, every and first.
func Save(ctx context.Context, s *store.Store, who actor.Actor, p Plan) (Plan, error) {
	err := s.Do(ctx, who.Org, func(tx *store.Tx) (err error) {
		p, err = save(tx, who, p)
		return err
	})
	return p, err
}

func save(tx *store.Tx, who actor.Actor, p Plan) (Plan, error) {
	rule, err := may(tx, who, "holdDrill")
	if err != nil {
		return p, err
	}
	if err := p.check(); err != nil {
		return p, err
	}
	kind := "drill.changed"
	if p.ID == "" {
		kind, p.ID = "drill.planned", id.New[id.Drill]()
		n, err := store.One(tx, countPlan, store.Scalar[int])
		if err != nil {
			return p, err
		}
		if n >= mostPlans {
			return p, fault.New(fault.Limited, "too_many").With("Max", mostPlans)
		}
	} else if err := take(tx, p.ID); err != nil {
		return p, err
	}
	worker, zone, err := about(tx, p.Worker)
	if err != nil {
		return p, err
	}
	p.Name, p.WorkerName, p.told = strings.TrimSpace(p.Name), worker.Name, false
	if p.Next = p.after(tx.Now(), zone); p.Next.IsZero() {
		return p, fault.New(fault.Invalid, "in_the_past").At("first")
	}
	return p, errors.Join(keep(tx, p), ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(p.ID), About: p.Worker, Rule: rule,
		Facts:    map[string]any{"Drill": p.Name, "Every": string(p.Every), "First": p.First, "Announced": p.Announced},
		Personal: map[string]string{"Worker": p.WorkerName},
	}))
}

// Remove takes a plan away; what was held stays on file.
func Remove(ctx context.Context, s *store.Store, who actor.Actor, plan id.Drill) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "holdDrill")
		if err != nil {
			return err
		}
		if err := take(tx, plan); err != nil {
			return err
		}
		return errors.Join(
			tx.Write(dropPlan, plan), timer.Cancel(tx, PlanTimer, string(plan)),
			ledger.Append(tx, who, ledger.Entry{Kind: "drill.removed", Subject: string(plan), Rule: rule}),
		)
	})
}

// Begin holds a drill now. A worker who is in alarm, or about whom a drill is
// held, makes it Conflict "alarm_open" or "drill_under_way".
func Begin(ctx context.Context, s *store.Store, who actor.Actor, worker id.Person, reason string) (r Run, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "holdDrill")
		if err != nil {
			return err
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		r, err = begin(tx, who, rule, Run{Reason: strings.TrimSpace(reason)}, worker)
		return err
	})
	return r, err
}

// begin raises the alarm in which nobody needs help.
func begin(tx *store.Tx, who actor.Actor, rule string, r Run, worker id.Person) (Run, error) {
	p, _, err := about(tx, worker)
	if err != nil {
		return r, err
	}
	ws, err := shift.WorksIn(tx, p)
	if err != nil {
		return r, err
	}
	r.ID, r.Began, r.By = id.New[id.DrillRun](), tx.Now(), who.Name
	r.Alarm, err = alarm.Raise(tx, who, alarm.Cause{
		Worker: worker, Workspace: ws, Kind: alarm.Help, Drill: true, Due: tx.Now(), Note: r.Reason,
	})
	if err != nil {
		return r, err
	}
	return r, errors.Join(
		tx.Write(addRun, r.ID, r.Plan, r.Alarm.ID, r.Began, r.By, r.Reason),
		timer.Set(tx, EndTimer, string(r.ID), tx.Now().Add(Limit)),
		ledger.Append(tx, who, ledger.Entry{
			Kind: "drill.begun", Subject: string(r.ID), About: worker, Rule: rule,
			Facts: map[string]any{"Alarm": string(r.Alarm.ID), "Plan": string(r.Plan)}, Personal: map[string]string{"Worker": p.Name, "Note": r.Reason},
		}),
	)
}

// Fire is what a plan's timer does: it announces the drill, or begins it and
// looks for the next. One that would disturb an alarm is left out, and the
// book says so: nothing is tried on a worker who needs help.
func Fire(tx *store.Tx, t timer.Timer) error {
	p, err := store.One(tx, holdPlan, scanPlan, id.Drill(t.Subject))
	if err != nil || p.Next.IsZero() {
		return err
	}
	if tx.Now().Before(p.Next) {
		p.told = true
		return errors.Join(keep(tx, p), announce(tx, p))
	}
	zone, err := zoneOf(tx)
	if err != nil {
		return err
	}
	plan := p
	p.Next, p.told = p.after(tx.Now(), zone), false
	if err := keep(tx, p); err != nil {
		return err
	}
	_, err = begin(tx, actor.Engine(), "", Run{Plan: plan.ID, Reason: plan.Name}, plan.Worker)
	if why := fault.From(err); err != nil && why.Kind != fault.Internal && why.Kind != fault.Unavailable {
		return ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "drill.left_out", Subject: string(plan.ID), About: plan.Worker, Facts: map[string]any{"Drill": plan.Name, "Why": why.Code},
		})
	}
	return err
}

// End is what a run's timer does. A drill that nobody has answered is the
// administrators' business.
func End(tx *store.Tx, t timer.Timer) error {
	r, err := store.One(tx, getRun, scanRun, id.DrillRun(t.Subject))
	if err != nil {
		return err
	}
	if r.Alarm, err = alarm.EndDrill(tx, r.Alarm.ID); err != nil {
		return err
	}
	verdict := r.Verdict()
	err = ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "drill.ended", Subject: string(r.ID), About: r.Alarm.Worker,
		Facts:    map[string]any{"Verdict": string(verdict), "Alarm": string(r.Alarm.ID), "AfterMilliseconds": r.Within().Milliseconds()},
		Personal: map[string]string{"Worker": r.Alarm.WorkerName},
	})
	if err != nil || verdict != Unanswered {
		return err
	}
	administrators, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	if err != nil {
		return err
	}
	var people []roster.Recipient
	for _, p := range administrators {
		people = append(people, p.Recipient)
	}
	return tell(tx, people, "drill_unanswered", string(r.ID), deliver.Duty, map[string]any{
		"Who": r.Alarm.WorkerName, "At": r.Began, "Link": "/drills/" + string(r.ID),
	})
}

func announce(tx *store.Tx, p Plan) error {
	worker, err := roster.Reach(tx, p.Worker)
	if err != nil {
		return err
	}
	people, err := roster.EveryResponder(tx)
	if err != nil {
		return err
	}
	return errors.Join(
		tell(tx, people, "drill_announced", string(p.ID), deliver.Notice, map[string]any{"Who": worker.Name, "At": p.Next, "Note": p.Name}),
		ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "drill.announced", Subject: string(p.ID), About: p.Worker, Facts: map[string]any{"Drill": p.Name},
		}),
	)
}

// tell sends news; whoever has no address is named on the page of the roster.
func tell(tx *store.Tx, people []roster.Recipient, purpose, about string, lane deliver.Lane, facts map[string]any) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts["Org"], facts["Zone"] = org.Name, org.TimeZone
	for _, p := range people {
		_, err := p.Tell(tx, deliver.Message{Purpose: purpose, Lane: lane, About: about, Facts: facts, Valid: 12 * time.Hour})
		if err != nil {
			return err
		}
	}
	return nil
}

func may(tx *store.Tx, who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Drill", Org: tx.Org()})
}

// take holds a plan, its timer first as the engine does.
func take(tx *store.Tx, plan id.Drill) error {
	if err := timer.Hold(tx, PlanTimer, string(plan)); err != nil {
		return err
	}
	_, err := store.One(tx, holdPlan, scanPlan, plan)
	return err
}

func keep(tx *store.Tx, p Plan) error {
	err := tx.Write(putPlan, p.ID, p.Name, p.Worker, string(p.Every), p.First, p.Announced, p.Next, p.told)
	if err != nil || p.Next.IsZero() {
		return err
	}
	return timer.Set(tx, PlanTimer, string(p.ID), p.wake())
}

// about reads the worker whose ladder is tried.
func about(tx *store.Tx, worker id.Person) (roster.Person, *time.Location, error) {
	p, err := roster.Find(tx, worker)
	if err != nil {
		return p, nil, err
	}
	if !p.Active || !p.Has(actor.Worker) {
		return p, nil, fault.New(fault.Invalid, "not_a_worker").At("worker_id")
	}
	zone, err := zoneOf(tx)
	return p, zone, err
}

func zoneOf(tx *store.Tx) (*time.Location, error) {
	org, err := roster.Get(tx)
	if err != nil {
		return nil, err
	}
	return lang.Zone(org.TimeZone)
}
