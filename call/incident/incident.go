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

	"muster/actor"
	"muster/call/alarm"
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
