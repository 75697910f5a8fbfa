package rota

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/rota/office"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// OnDuty is who is on duty at an instant, without those who have left. A rota
// that has been closed has nobody.
func OnDuty(tx *store.Tx, rota id.Rota, at time.Time) ([]id.Person, error) {
	r, err := store.One(tx, get, scan, rota)
	if err != nil || !r.Closed.IsZero() {
		return nil, err
	}
	p, err := planOf(tx, r, at, at.Add(time.Second))
	if err != nil {
		return nil, err
	}
	var team []id.Person
	for _, person := range p.At(at) {
		found, err := roster.Find(tx, person)
		if err != nil {
			return nil, err
		}
		if found.Active {
			team = append(team, person)
		}
	}
	return team, nil
}

// Duty counts the changes of who is on duty by a rota, and says from when the
// latest counts: zero where there was none.
func Duty(tx *store.Tx, rota id.Rota) (n int64, counts time.Time, err error) {
	n, err = store.One(tx, duty, func(r store.Row) (n int64, err error) { return n, r.Scan(&n, store.Time(&counts)) }, rota)
	return n, counts, err
}

// InOffice tells whether the organisation's office is staffed at an instant
// (SS9).
func InOffice(tx *store.Tx, at time.Time) (bool, error) { return office.Open(tx, at) }

// planOf is the rota with the covers that touch a time.
func planOf(tx *store.Tx, r Rota, from, to time.Time) (plan.Plan, error) {
	zone, err := zoneOf(tx)
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Plan{Pattern: r.Pattern, Zone: zone}
	if p.Office, _, err = office.Get(tx); err != nil {
		return p, err
	}
	p.Covers, err = store.All(tx, covers, scanCover, r.ID, from, to)
	return p, err
}

func zoneOf(tx *store.Tx) (*time.Location, error) {
	org, err := roster.Get(tx)
	if err != nil {
		return nil, err
	}
	return lang.Zone(org.TimeZone)
}

// Sheet is a rota as it is shown for a time.
type Sheet struct {
	Rota
	From, To time.Time
	Plan     plan.Plan
	Now      time.Time
	On       plan.Team // on duty now
	Turns    []plan.Turn
	Gaps     []plan.Gap // from now on, where that is later than From
	Names    map[id.Person]string
}

// Find reads a rota in use that the actor may see.
func Find(tx *store.Tx, who actor.Actor, rota id.Rota) (Rota, error) {
	r, err := store.One(tx, get, scan, rota)
	if err != nil {
		return Rota{}, err
	}
	if !r.Closed.IsZero() {
		return Rota{}, fault.New(fault.NotFound, "not_found")
	}
	return r, r.visible(who)
}

// See reads a rota that the actor may see, for a time.
func See(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, from, to time.Time) (sheet Sheet, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		r, err := Find(tx, who, rota)
		if err != nil {
			return err
		}
		sheet, err = newEyes(tx).sheet(r, from, to)
		return err
	})
	return sheet, err
}

// List reads every rota in use that the actor may see, for a time. Whoever may
// see none, wherever it belonged, is refused.
func List(ctx context.Context, s *store.Store, who actor.Actor, from, to time.Time) (all []Sheet, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := (Rota{Org: tx.Org()}).visible(who); err != nil {
			return err
		}
		rotas, err := store.All(tx, open, scan, mostRotas)
		if err != nil {
			return err
		}
		eyes := newEyes(tx)
		all = nil
		for _, r := range rotas {
			if err := r.visible(who); fault.KindOf(err) == fault.Forbidden {
				continue
			} else if err != nil {
				return err
			}
			sheet, err := eyes.sheet(r, from, to)
			if err != nil {
				return err
			}
			all = append(all, sheet)
		}
		return nil
	})
	return all, err
}

// Candidates are the people who can be put on duty, by name.
func Candidates(tx *store.Tx) ([]roster.Person, error) {
	all, err := roster.All(tx)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, p := range all {
		if p.Has(actor.Monitor) || p.Has(actor.Administrator) {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// visible asks policy whether the actor may see the rota. One of the whole
// organisation is seen from each of its workspaces.
func (r Rota) visible(who actor.Actor) error {
	_, err := r.may(who, "viewRota")
	if err == nil || r.Workspace != "" {
		return err
	}
	for _, m := range who.Roles {
		in := r
		in.Workspace = m.Workspace
		if _, err := in.may(who, "viewRota"); err == nil {
			return nil
		}
	}
	return err
}

// eyes look at people, each once.
type eyes struct {
	tx    *store.Tx
	known map[id.Person]roster.Person
	err   error
}

func newEyes(tx *store.Tx) *eyes { return &eyes{tx: tx, known: map[id.Person]roster.Person{}} }

func (e *eyes) find(person id.Person) roster.Person {
	p, ok := e.known[person]
	if !ok {
		var err error
		if p, err = roster.Find(e.tx, person); err != nil && fault.KindOf(err) != fault.NotFound {
			e.err = err
		}
		e.known[person] = p
	}
	return p
}

// trouble is why a person on duty would not be reached.
func (e *eyes) trouble(person id.Person) plan.Reason {
	p := e.find(person)
	switch {
	case !p.Active:
		return plan.Gone
	case !p.Has(actor.Monitor) && !p.Has(actor.Administrator):
		return plan.Unfit
	}
	for _, point := range p.Points {
		if point.Sure() {
			return ""
		}
	}
	return plan.Unreachable
}

func (e *eyes) sheet(r Rota, from, to time.Time) (Sheet, error) {
	now := e.tx.Now()
	first, last, next := from, to, from
	if now.Before(first) {
		first = now
	}
	if now.After(next) {
		next = now
	}
	if !last.After(now) {
		last = now.Add(time.Second)
	}
	p, err := planOf(e.tx, r, first, last)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{Rota: r, From: from, To: to, Plan: p, Now: now, On: p.At(now), Turns: p.Between(from, to), Names: map[id.Person]string{}}
	if to.After(now) {
		s.Gaps = p.Gaps(next, to, e.trouble)
	}
	note := func(people ...id.Person) {
		for _, person := range people {
			if person != "" && person != plan.Everyone {
				s.Names[person] = e.find(person).Name
			}
		}
	}
	note(r.People()...)
	note(s.On...)
	for _, c := range p.Covers {
		note(c.Out, c.In, c.By)
	}
	return s, e.err
}
