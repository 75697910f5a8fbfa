// Package incident is what remains of an alarm: its whole story, and the list
// of those that are over.
package incident

import (
	"cmp"
	"context"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// Filter chooses incidents; zero values choose all. Its limit is 50 by
// default and at most 501: a page and one that says whether there is another.
type Filter = alarm.Filter

const (
	usualPage = 50
	maxPage   = 501
)

// List lists alarms that are over and that the actor may see, newest first. A
// page that is shorter than the limit is the last.
func List(ctx context.Context, s *store.Store, who actor.Actor, f Filter) (list []alarm.Alarm, err error) {
	f.Limit = min(cmp.Or(f.Limit, usualPage), maxPage)
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		list, err = alarm.Closed(tx, who, f)
		return err
	})
	return list, err
}

// Record is an alarm with its whole story: what the book says, and how each
// message fared.
type Record struct {
	Alarm    alarm.Alarm
	Entries  []ledger.Record // oldest first
	Messages []deliver.Message
	Attempts []deliver.Attempt
}

// recordLimit bounds what one page of an incident shows of each kind.
const recordLimit = 1000

// Story reads the record of an alarm, open or over, that the actor may see.
func Story(ctx context.Context, s *store.Store, who actor.Actor, which id.Alarm) (r Record, err error) {
	if r.Alarm, err = alarm.Get(ctx, s, who, which); err != nil {
		return r, err
	}
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if r.Entries, err = ledger.List(tx, ledger.Filter{Subject: string(which), Limit: recordLimit}); err != nil {
			return err
		}
		slices.Reverse(r.Entries)
		if r.Messages, err = deliver.About(tx, string(which), recordLimit); err != nil {
			return err
		}
		r.Attempts, err = deliver.AttemptsAbout(tx, string(which), recordLimit)
		return err
	})
	return r, err
}
