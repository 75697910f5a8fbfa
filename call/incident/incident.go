// Package incident is what remains of an alarm: its whole story, the list of
// those that are over, and what many of them together say.
//
// An incident is no row of its own. Its record is read from the alarm, the
// book, the messages and the positions; its number is the place of its first
// entry in the book, so that a paper with a number on it leads back there.
package incident

import (
	"cmp"
	"context"
	"slices"

	"muster/actor"
	"muster/call/alarm"
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

// Export lists incidents to be taken out of the house as a file, at most
// 10,000. That it was done is in the book. Silent alarms about the actor are
// left out (OA10).
func Export(ctx context.Context, s *store.Store, who actor.Actor, f Filter) (list []alarm.Alarm, err error) {
	f.Limit = maxExport
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := watching(who, f.Workspace)
		if err != nil {
			return err
		}
		if list, err = alarm.Closed(tx, who, f); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(a alarm.Alarm) bool { return a.Hidden(who) || !whole(who, a) })
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "incident.listed", Subject: string(who.Org), Rule: rule, Facts: map[string]any{"Count": len(list)},
		})
	})
	return list, err
}

// maxExport is the longest list that leaves the house in one file.
const maxExport = 10_000
