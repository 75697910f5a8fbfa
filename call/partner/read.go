package partner

import (
	"context"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/look"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/call/rota"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Page is how many closed cases one page of the desk shows.
const Page = 50

const (
	mostOpen  = 500
	pageStory = 200
)

// Board is a partner's desk as a whole.
type Board struct {
	Open   []Case // those that nobody has taken first, the newest on top
	Closed []Case // newest first
}

// Look reads the partner's desk: cases of its own customers and of nobody else.
// before leads on through those that are closed.
func (d Desk) Look(ctx context.Context, who actor.Actor, before id.Case) (b Board, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := seeDesk(tx, who); err != nil {
			return err
		}
		if b.Open, err = store.All(tx, listOpen, scan, mostOpen); err != nil {
			return err
		}
		b.Closed, err = store.All(tx, listClosed, scan, before, Page)
		return err
	})
	return b, err
}

func seeDesk(tx *store.Tx, who actor.Actor) error {
	_, err := policy.Check(who, "seeDesk", policy.Resource{Type: "Desk", ID: string(tx.Org()), Org: tx.Org()})
	return err
}

// Sight is one case with everything that helps, as it is now. When the case is
// closed, or the connection has ended, only the case itself and what the
// partner did are left.
type Sight struct {
	Case
	Live  *Live
	Look  *Look           // whom the worker must be able to see that looked; nil where no position is shown
	Deeds []ledger.Record // what the partner's book says of the case, oldest first
	Mine  bool            // the actor is at work on it
}

// Look is an operator, inside the customer's organisation, who is shown where a
// worker is.
type Look struct {
	Who actor.Actor
	At  look.Look
}

// Live is what the customer knows at this moment.
type Live struct {
	Alarm        alarm.Alarm
	Person       roster.Person
	Place        shift.Place // the newest, of the shift or of the alarm
	Activity     string
	Enrolment    *enrol.Facts
	Form         []enrol.Field
	Standing     enrol.Standing
	Duty         []roster.Recipient // on the rota that stands in for contacts (SS7)
	Watch        []roster.Recipient // who watches over the worker at the customer
	Out          bool               // it is out of office hours there (SS9)
	Instructions string
	Link         connection.Connection
	Story        []ledger.Record // what the customer's book says of the alarm, oldest first
}

// See reads one case.
func (d Desk) See(ctx context.Context, who actor.Actor, which id.Case) (s Sight, err error) {
	if _, err := policy.Check(who, "seeCase", Case{Org: who.Org, ID: which}.resource()); err != nil {
		return Sight{}, err
	}
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if s.Case, err = store.One(tx, get, scan, which); err != nil {
			return err
		}
		s.Deeds, err = ledger.List(tx, ledger.Filter{Subject: string(which), Limit: pageStory})
		slices.Reverse(s.Deeds)
		return err
	})
	if err != nil {
		return Sight{}, err
	}
	s.Mine = s.handling(who) == nil
	if !s.Working() {
		return s, nil
	}
	err = d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		return tx.For(s.Customer, func(tx *store.Tx) error {
			if s.Live, err = s.live(tx, who); err != nil || s.Live.Place.At.IsZero() {
				return err
			}
			a := s.Live.Alarm
			s.Look = &Look{
				Who: s.Live.Link.Inside(who, s.Live.Link.OtherName),
				At:  look.Look{Worker: a.Worker, Workspace: a.Workspace, Why: look.Alarm, Alarm: a.ID},
			}
			return nil
		})
	})
	if fault.KindOf(err) == fault.NotFound {
		return s, nil // the connection has just ended
	}
	return s, err
}

func (c Case) live(tx *store.Tx, who actor.Actor) (*Live, error) {
	link, err := connection.Working(tx, c.Link)
	if err != nil {
		return nil, err
	}
	l := &Live{Link: link}
	if l.Alarm, err = (alarm.Hand{Tx: tx, Who: link.Inside(who, link.OtherName)}).See(c.Alarm); err != nil {
		return nil, err
	}
	worker := l.Alarm.Worker
	if l.Person, err = roster.Find(tx, worker); err != nil {
		return nil, err
	}
	if l.Standing, err = enrol.Of(tx, c.Link, worker); err != nil {
		return nil, err
	}
	e, known, err := enrol.Find(tx, worker)
	if err != nil {
		return nil, err
	}
	if known {
		l.Enrolment = &e.Facts
		if l.Duty, err = duty(tx, e.Facts.Rota); err != nil {
			return nil, err
		}
	}
	in, err := rota.InOffice(tx, tx.Now())
	if err != nil {
		return nil, err
	}
	l.Out = !in
	if l.Form, err = enrol.Form(tx); err != nil {
		return nil, err
	}
	if err := l.surroundings(tx); err != nil {
		return nil, err
	}
	l.Story, err = ledger.List(tx, ledger.Filter{Subject: string(c.Alarm), Limit: pageStory})
	slices.Reverse(l.Story)
	return l, err
}

// duty is who is on duty now on the rota that stands in for a worker's
// contacts, if there is one.
func duty(tx *store.Tx, which id.Rota) (out []roster.Recipient, err error) {
	if which == "" {
		return nil, nil
	}
	team, err := rota.OnDuty(tx, which, tx.Now())
	if err != nil {
		return nil, err
	}
	for _, person := range team {
		p, err := roster.Reach(tx, person)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// surroundings is where the worker is and what is to be done there.
func (l *Live) surroundings(tx *store.Tx) error {
	l.Place = shift.Place{Place: l.Alarm.Place}
	s, running, err := shift.ActiveOf(tx, l.Alarm.Worker)
	if err != nil {
		return err
	}
	if running {
		l.Activity = s.Activity
		if s.Place.At.After(l.Place.At) {
			l.Place = s.Place
		}
	}
	if l.Watch, err = roster.Responders(tx, l.Alarm.Workspace); err != nil {
		return err
	}
	all, err := roster.Workspaces(tx)
	for _, w := range all {
		if w.ID == l.Alarm.Workspace {
			l.Instructions = w.Instructions
		}
	}
	return err
}
