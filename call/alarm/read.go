package alarm

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/store"
)

// Get reads an alarm that the actor may see.
func Get(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm) (a Alarm, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if a, err = store.One(tx, get, scan, alarm); err != nil {
			return err
		}
		_, err = policy.Check(who, "seeAlarm", a.Resource(who))
		return err
	})
	if err != nil {
		return Alarm{}, err
	}
	return a, nil
}

// Read reads an alarm as a part of a unit of Muster's own, in which nobody
// looks at it.
func Read(tx *store.Tx, alarm id.Alarm) (Alarm, error) { return store.One(tx, get, scan, alarm) }

// Of reads the worker's open alarm, if there is one.
func Of(tx *store.Tx, worker id.Person) (a Alarm, open bool, err error) {
	a, err = store.One(tx, openOf, scan, worker)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return Alarm{}, false, nil
	}
	return a, err == nil, err
}

// Open lists the organisation's open alarms that the actor may see, those that
// nobody has answered first, then the newest.
func Open(tx *store.Tx, who actor.Actor) ([]Alarm, error) {
	all, err := store.All(tx, listOpen, scan)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(a Alarm) bool {
		_, err := policy.Check(who, "seeAlarm", a.Resource(who))
		return err != nil
	}), nil
}

// Filter chooses alarms that are over; zero values choose all.
type Filter struct {
	Before    id.Alarm // the last one of the page before
	Worker    id.Person
	Workspace id.Workspace
	Outcome   Outcome
	Kind      Kind
	From      time.Time // raised then or later
	Until     time.Time // raised before
	Name      string    // part of the worker's name, as people type it
	Limit     int
}

// Closed lists alarms that are over and that the actor may see, newest first.
// A list that is shorter than the limit is the last.
func Closed(tx *store.Tx, who actor.Actor, f Filter) ([]Alarm, error) {
	step, name := f.Limit, strings.ToLower(strings.TrimSpace(f.Name))
	if name != "" {
		step = max(step, searchStep)
	}
	from, until := int64(0), int64(math.MaxInt64)
	if !f.From.IsZero() {
		from = f.From.UnixMicro()
	}
	if !f.Until.IsZero() {
		until = f.Until.UnixMicro()
	}
	var kept []Alarm
	for range closedRounds {
		page, err := store.All(tx, listClosed, scan, f.Before, f.Worker, f.Workspace, string(f.Kind), string(f.Outcome), from, until, step)
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			f.Before = a.ID
			if !strings.Contains(strings.ToLower(a.WorkerName), name) {
				continue
			}
			if _, err := policy.Check(who, "seeAlarm", a.Resource(who)); err != nil {
				continue
			}
			if kept = append(kept, a); len(kept) == f.Limit {
				return kept, nil
			}
		}
		if len(page) < step {
			break
		}
	}
	return kept, nil
}

// How far one list looks past what the actor may not see or did not ask for,
// and how much it reads at a time when it looks for a name.
const (
	closedRounds = 50
	searchStep   = 500
)
