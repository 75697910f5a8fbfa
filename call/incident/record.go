package incident

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Record is an alarm with its whole story.
type Record struct {
	Alarm        alarm.Alarm
	Number       int64 // of the incident: the place in the book of the entry that raised it
	Organisation string
	Workspace    string
	PIN          string
	Entries      []ledger.Record   // what the book says, oldest first
	Messages     []deliver.Message // oldest first
	Attempts     []deliver.Attempt // oldest first
	Trail        []Point           // where the worker was meanwhile, oldest first
	Names        map[id.Person]string
	Narrow       bool // the reader gets the alarm alone, without its story
}

// Name is the incident's number as text, empty where it has none.
func (r Record) Name() string {
	if r.Number < 0 {
		return ""
	}
	return strconv.FormatInt(r.Number, 10)
}

// Point is one place on the worker's way.
type Point struct {
	alarm.Place
	Source string // the app that sent it
}

// How much one record holds of each kind (an alarm that nobody closes for a
// month stays below it), and how far before the alarm the worker's way begins.
const (
	recordLimit = 50_000
	leadIn      = 15 * time.Minute
)

// Story reads the record of an alarm, open or over, that the actor may see.
//
// Whoever does no more than workers do gets the alarm itself and nothing of
// its story, whatever its kind: one that were shorter for some alarms than for
// others would tell those apart (OA10).
func Story(ctx context.Context, s *store.Store, who actor.Actor, which id.Alarm) (r Record, err error) {
	if r.Alarm, err = alarm.Get(ctx, s, who, which); err != nil {
		return Record{}, err
	}
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		r, err = read(tx, who, r.Alarm)
		return err
	})
	return r, err
}

func read(tx *store.Tx, who actor.Actor, a alarm.Alarm) (r Record, err error) {
	r.Alarm, r.Names = a, map[id.Person]string{a.Worker: a.WorkerName}
	org, err := roster.Get(tx)
	if err != nil {
		return r, err
	}
	r.Organisation = org.Name
	spaces, err := roster.Workspaces(tx)
	if err != nil {
		return r, err
	}
	for _, ws := range spaces {
		if ws.ID == a.Workspace {
			r.Workspace = ws.Name
		}
	}
	worker, err := roster.Find(tx, a.Worker)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return r, err
	}
	r.PIN = worker.PIN
	until := a.Closed.At
	if a.Open() {
		until = tx.Now()
	}
	if r.Entries, err = entries(tx, a, until); err != nil {
		return r, err
	}
	r.Number = number(r.Entries, a)
	if !whole(who, a) {
		r.Entries, r.Narrow = nil, true
		return r, nil
	}
	if r.Messages, err = deliver.About(tx, string(a.ID), recordLimit); err != nil {
		return r, err
	}
	if r.Attempts, err = deliver.AttemptsAbout(tx, string(a.ID), recordLimit); err != nil {
		return r, err
	}
	return r, errors.Join(r.follow(tx, until), r.name(tx))
}

// follow reads the worker's way, from a little before the alarm to its end.
func (r *Record) follow(tx *store.Tx, until time.Time) (err error) {
	r.Trail, err = store.All(tx, trail, func(row store.Row) (p Point, err error) {
		err = row.Scan(store.Time(&p.At), &p.Lat, &p.Lon, &p.Accuracy, &p.Battery, &p.Source)
		return p, err
	}, r.Alarm.Shift, r.Alarm.Raised.Add(-leadIn), until, recordLimit)
	slices.Reverse(r.Trail)
	return err
}

// name learns who was told.
func (r *Record) name(tx *store.Tx) error {
	_, err := store.All(tx, told, func(row store.Row) (name string, err error) {
		var person id.Person
		err = row.Scan(&person, &name)
		r.Names[person] = name
		return name, err
	}, r.Alarm.ID)
	return err
}

// kindLooked is how the book says that somebody looked where the worker is.
const kindLooked = "position.looked"

// entries are what the book says of the alarm, of its shift while it was
// open, and of who looked at the worker's position meanwhile, oldest first.
func entries(tx *store.Tx, a alarm.Alarm, until time.Time) ([]ledger.Record, error) {
	all, err := pages(tx, ledger.Filter{Subject: string(a.ID)}, a.Raised)
	if err != nil {
		return nil, err
	}
	for _, f := range []ledger.Filter{{Subject: string(a.Shift)}, {About: a.Worker, Kind: kindLooked}} {
		if f.Subject == "" && f.About == "" {
			continue // an alarm without a shift
		}
		more, err := pages(tx, f, a.Raised)
		if err != nil {
			return nil, err
		}
		for _, e := range more {
			if !e.At.After(until) {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b ledger.Record) int { return int(a.Seq - b.Seq) })
	return slices.CompactFunc(all, func(a, b ledger.Record) bool { return a.Seq == b.Seq }), nil
}

// pages reads all entries back to an instant, newest first, however many there
// are: how it all began comes last, and is what counts most.
func pages(tx *store.Tx, f ledger.Filter, back time.Time) (all []ledger.Record, err error) {
	f.Limit = ledger.MaxList
	for {
		page, err := ledger.List(tx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if e.At.Before(back) {
				return all, nil
			}
			all = append(all, e)
		}
		if len(page) < f.Limit || page[len(page)-1].Seq == 0 {
			return all, nil
		}
		f.Before = page[len(page)-1].Seq
	}
}

// Note writes into the book that somebody took the record out of the house,
// on paper or as a file. It is refused to whom the story is not shown.
func Note(ctx context.Context, s *store.Store, who actor.Actor, which id.Alarm) (at time.Time, err error) {
	a, err := alarm.Get(ctx, s, who, which)
	if err != nil {
		return at, err
	}
	if a.Hidden(who) || !whole(who, a) {
		return at, fault.New(fault.NotFound, "not_found")
	}
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		at = tx.Now()
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "incident.printed", Subject: string(a.ID), About: a.Worker,
			Personal: map[string]string{"Worker": a.WorkerName},
		})
	})
	return at, err
}
