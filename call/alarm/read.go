package alarm

import (
	"context"
	"errors"
	"slices"

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
		_, err = policy.Check(who, "seeAlarm", a.resource())
		return err
	})
	if err != nil {
		return Alarm{}, err
	}
	return a, nil
}

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
		_, err := policy.Check(who, "seeAlarm", a.resource())
		return err != nil
	}), nil
}

// Closed lists alarms that are over and that the actor may see, newest first,
// from before the one named on. Where like has a worker, a workspace, a kind or
// an outcome, they have the same.
func Closed(tx *store.Tx, who actor.Actor, like Alarm, before id.Alarm, limit int) ([]Alarm, error) {
	var kept []Alarm
	for range closedRounds {
		page, err := store.All(tx, listClosed, scan, before, like.Worker, like.Workspace, string(like.Kind), string(like.Outcome), limit)
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			before = a.ID
			if _, err := policy.Check(who, "seeAlarm", a.resource()); err != nil {
				continue
			}
			if kept = append(kept, a); len(kept) == limit {
				return kept, nil
			}
		}
		if len(page) < limit {
			break
		}
	}
	return kept, nil
}

// closedRounds bounds how far one list looks past what the actor may not see.
const closedRounds = 50
