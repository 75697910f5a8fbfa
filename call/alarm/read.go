package alarm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Get reads an alarm that the actor may see.
func Get(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm) (a Alarm, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		a, err = see(tx, who, alarm)
		return err
	})
	return a, err
}

func see(tx *store.Tx, who actor.Actor, alarm id.Alarm) (Alarm, error) {
	a, err := store.One(tx, get, scan, alarm)
	if err != nil {
		return Alarm{}, err
	}
	if _, err := policy.Check(who, "seeAlarm", a.resource()); err != nil {
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

// Filter chooses incidents; zero values choose all.
type Filter struct {
	Before    time.Time
	Worker    id.Person
	Workspace id.Workspace
	Outcome   Outcome
	Kind      Kind
	Limit     int // default 50, at most 500
}

// Incidents lists alarms that are over, newest first. A page may hold fewer
// than Limit where the actor may not see some; the last one's Raised is the
// next page's Before.
func Incidents(ctx context.Context, s *store.Store, who actor.Actor, f Filter) (list []Alarm, err error) {
	if f.Before.IsZero() {
		f.Before = s.Now().Add(time.Hour)
	}
	limit := min(cmp.Or(f.Limit, 50), 500)
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		list, err = store.All(tx, listClosed, scan, f.Before, f.Worker, string(f.Outcome), string(f.Kind), f.Workspace, limit)
		return err
	})
	return slices.DeleteFunc(list, func(a Alarm) bool {
		_, err := policy.Check(who, "seeAlarm", a.resource())
		return err != nil
	}), err
}

// Record is an alarm with its whole story: what the book says, and how each
// message fared.
type Record struct {
	Alarm    Alarm
	Entries  []ledger.Record // oldest first
	Messages []deliver.Message
	Attempts []deliver.Attempt
}

// recordLimit bounds what one page of an incident shows of each kind.
const recordLimit = 1000

// Story reads an alarm's record.
func Story(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm) (r Record, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if r.Alarm, err = see(tx, who, alarm); err != nil {
			return err
		}
		if r.Entries, err = ledger.List(tx, ledger.Filter{Subject: string(alarm), Limit: recordLimit}); err != nil {
			return err
		}
		slices.Reverse(r.Entries)
		if r.Messages, err = deliver.About(tx, string(alarm), recordLimit); err != nil {
			return err
		}
		r.Attempts, err = deliver.AttemptsAbout(tx, string(alarm), recordLimit)
		return err
	})
	return r, err
}
