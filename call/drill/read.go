package drill

import (
	"context"
	"errors"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// Overview is the drills of an organisation: those that will come, and the
// latest that were held.
type Overview struct {
	Plans []Plan
	Runs  []Run
}

// PageOfRuns is how many runs one look shows at most.
const PageOfRuns = 50

// See reads the drills; runs that are older than before, or the latest.
func See(ctx context.Context, s *store.Store, who actor.Actor, before id.DrillRun) (o Overview, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := may(tx, who, "seeDrill"); err != nil {
			return err
		}
		if o.Plans, err = store.All(tx, plans, scanPlan); err != nil {
			return err
		}
		for i, p := range o.Plans {
			if o.Plans[i].WorkerName, err = nameOf(tx, p.Worker); err != nil {
				return err
			}
		}
		if o.Runs, err = store.All(tx, runs, scanRun, before, PageOfRuns); err != nil {
			return err
		}
		for i, r := range o.Runs {
			if o.Runs[i].Alarm, err = alarm.Read(tx, r.Alarm.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return o, err
}

// Find reads one run; what was said to whom is the record of its alarm.
func Find(ctx context.Context, s *store.Store, who actor.Actor, run id.DrillRun) (r Run, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := may(tx, who, "seeDrill"); err != nil {
			return err
		}
		if r, err = store.One(tx, getRun, scanRun, run); err != nil {
			return err
		}
		r.Alarm, err = alarm.Read(tx, r.Alarm.ID)
		return err
	})
	return r, err
}

// FindPlan reads one plan.
func FindPlan(ctx context.Context, s *store.Store, who actor.Actor, plan id.Drill) (p Plan, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := may(tx, who, "seeDrill"); err != nil {
			return err
		}
		if p, err = store.One(tx, getPlan, scanPlan, plan); err != nil {
			return err
		}
		p.WorkerName, err = nameOf(tx, p.Worker)
		return err
	})
	return p, err
}

// nameOf is somebody's name; a plan outlives the people in it.
func nameOf(tx *store.Tx, person id.Person) (string, error) {
	p, err := roster.Find(tx, person)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return "", nil
	}
	return p.Name, err
}

func scanPlan(r store.Row) (p Plan, err error) {
	err = r.Scan(&p.ID, &p.Name, &p.Worker, &p.Every, &p.First, &p.Announced, store.Time(&p.Next), &p.told)
	return p, err
}

func scanRun(r store.Row) (run Run, err error) {
	err = r.Scan(&run.ID, &run.Plan, &run.Alarm.ID, store.Time(&run.Began), &run.By, &run.Reason)
	return run, err
}
