package desk

import (
	"context"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
	"muster/store"
)

// PageOf is how many requests a page lists.
const PageOf = 50

// mostQueued bounds a queue; who has more than that needs no longer page.
const mostQueued = 200

// Queue lists requests of all customers: the open ones of a department, or of
// all that the actor may see; or those that are closed. Those that count come
// first.
func (d Desk) Queue(ctx context.Context, who actor.Actor, department actor.Department, open bool) (all []Request, depths []Depth, err error) {
	_, err = policy.Check(who, "seeRequest", policy.Resource{Type: "Request", Facts: policy.Ours}) // of their own department
	if err != nil {
		return nil, nil, err
	}
	err = d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		if all, err = store.All(tx, queue, scan, queues(who, department), open, mostQueued); err != nil {
			return err
		}
		depths, err = store.All(tx, openDepths, scanDepth)
		return err
	})
	return all, depths, err
}

// queues are the departments at whose requests the actor may look, of those
// that are asked for, between commas: what is not theirs to see takes no room
// in the list.
func queues(who actor.Actor, asked actor.Department) string {
	theirs := ","
	for _, d := range staff.Departments() {
		if (asked == "" || d == asked) && (Request{Department: d}).Shown(who) {
			theirs += string(d) + ","
		}
	}
	return theirs
}

// Shown tells whether the actor may look at the request; of one that has
// nothing but a department, whether staff may look at its queue.
func (q Request) Shown(who actor.Actor) bool { return q.see(who) == nil }

// Customers are those whom lists name to whoever writes a request down.
func (d Desk) Customers(ctx context.Context, who actor.Actor) (all []account.Account, err error) {
	err = d.noting(ctx, who, func(tx *store.AcrossTx) error {
		all, _, err = account.List(tx, who, account.Filter{})
		return err
	})
	return all, err
}

// Customer finds the one for whom a request is to be written down, as it was
// typed.
func (d Desk) Customer(ctx context.Context, who actor.Actor, typed string) (a account.Account, err error) {
	err = d.noting(ctx, who, func(tx *store.AcrossTx) error {
		a, err = account.Seek(tx, who, typed)
		return err
	})
	return a, err
}

func (d Desk) noting(ctx context.Context, who actor.Actor, read func(tx *store.AcrossTx) error) error {
	if _, err := policy.Check(who, "noteRequest", policy.Resource{Type: "Request"}); err != nil {
		return err
	}
	return d.Store.Across().View(ctx, read)
}

// Open reads a request with all that was said about it. A customer's people do
// not see what is inside the provider.
func (d Desk) Open(ctx context.Context, who actor.Actor, which id.Request) (q Request, said []Line, err error) {
	err = d.within(ctx, who, which, func(tx *store.Tx, found Request) error {
		q = found
		if err := q.see(who); err != nil {
			return err
		}
		lines, err := q.Lines(tx)
		if err == nil {
			err = q.show(tx, who, lines)
		}
		said = nil
		for _, l := range lines {
			if l.Side != Inside || who.Kind == actor.Staff && !who.Guest() {
				said = append(said, l)
			}
		}
		return err
	})
	return q, said, err
}

// List is what the organisation asked, or only what the actor did, newest
// first; older than a time, if that is given.
func (d Desk) List(ctx context.Context, who actor.Actor, older time.Time) (all []Request, err error) {
	person := who.Person
	if _, err := policy.Check(who, "seeRequest", policy.Resource{Type: "Request", Org: who.Org}); err == nil {
		person = ""
	} else if person == "" {
		return nil, err
	}
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		all, err = store.All(tx, list, scan, person, before(older), PageOf)
		return err
	})
	return all, err
}

// Wish is a setting that an open request asks for.
type Wish struct {
	Setting string // its Ref
	Counts  bool
	Channel Channel
}

// Wishes are the settings that the unit's organisation asks for now, whether or
// not it counts.
func Wishes(tx *store.Tx) ([]Wish, error) { return store.All(tx, wishes, scanWish) }

// Known tells whether the unit's organisation has made a request of this
// reference: who asks for leave to enter names one (access A9).
func Known(tx *store.Tx, reference string) (bool, error) {
	year, number, ok := parseReference(reference)
	if !ok {
		return false, nil
	}
	_, err := store.One(tx, byNumber, scan, year, number)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}
