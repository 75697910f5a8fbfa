package shift

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Sign is one sign of life.
type Sign struct {
	Kind     string
	At       time.Time // by the sender's clock
	Received time.Time
	Counted  bool // it moved the deadline
	By       string
}

// Line is one worker on the board.
type Line struct {
	Shift
	Name   string
	PIN    string
	Phone  string // the number to ring; not on the board
	Status Status
	Alarm  *alarm.Alarm // open; whether to show it is for the edge to ask of it (Hidden)
}

// View is what a board shows: everybody on shift, most urgent first, and every
// open alarm, also of those whose shift is over.
type View struct {
	At     time.Time
	Lines  []Line
	Alarms []alarm.Alarm
}

// boardLimit bounds one board; beyond it workspaces are watched one by one.
const boardLimit = 5000

// Board reads everything that the actor may watch; ws narrows it to one
// workspace. Somebody who watches nothing is refused.
func Board(ctx context.Context, s *store.Store, who actor.Actor, ws id.Workspace) (v View, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := mayWatch(who, ws); err != nil {
			return err
		}
		v.At = tx.Now()
		if v.Alarms, err = alarm.Open(tx, who); err != nil {
			return err
		}
		v.Lines, err = lines(tx, who, ws, v.Alarms)
		return err
	})
	if ws != "" {
		v.Alarms = slices.DeleteFunc(v.Alarms, func(a alarm.Alarm) bool { return a.Workspace != ws })
	}
	return v, err
}

// mayWatch asks policy about one workspace's board or, without one, about any
// that the actor has a role in.
func mayWatch(who actor.Actor, ws id.Workspace) error {
	check := func(ws id.Workspace) error {
		_, err := policy.Check(who, "seeBoard", policy.Resource{Type: "Board", Org: who.Org, Workspace: ws})
		return err
	}
	refused := check(ws)
	if refused == nil || ws != "" {
		return refused
	}
	for _, m := range who.Roles {
		if check(m.Workspace) == nil {
			return nil
		}
	}
	return refused
}

func lines(tx *store.Tx, who actor.Actor, ws id.Workspace, alarms []alarm.Alarm) ([]Line, error) {
	open := make(map[id.Person]*alarm.Alarm, len(alarms))
	for i := range alarms {
		if !alarms[i].Drill { // who is drilled about is well
			open[alarms[i].Worker] = &alarms[i]
		}
	}
	all, err := store.All(tx, board, func(r store.Row) (l Line, err error) {
		err = r.Scan(append(l.fields(), &l.Name, &l.PIN)...)
		return l, err
	}, ws, boardLimit)
	if err != nil {
		return nil, err
	}
	watched := map[id.Workspace]bool{}
	kept := all[:0]
	for _, l := range all {
		if _, asked := watched[l.Workspace]; !asked {
			watched[l.Workspace] = mayWatch(who, l.Workspace) == nil
		}
		if !watched[l.Workspace] {
			continue
		}
		l.Alarm = open[l.Worker]
		l.Status = l.Shift.Status(tx.Now(), l.Alarm != nil)
		kept = append(kept, l)
	}
	slices.SortStableFunc(kept, func(a, b Line) int {
		return cmp.Or(cmp.Compare(urgency[a.Status], urgency[b.Status]), a.Deadline.Compare(b.Deadline))
	})
	return kept, nil
}

var urgency = map[Status]int{InAlarm: 0, Late: 1, Risky: 2, DueSoon: 3, Well: 4, Over: 5}

func (s Shift) resource() policy.Resource {
	return policy.Resource{Type: "Shift", ID: string(s.ID), Org: s.Org, Workspace: s.Workspace, Person: s.Worker}
}

// Get reads a shift that the actor may see.
func Get(ctx context.Context, s *store.Store, who actor.Actor, shift id.Shift) (got Shift, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		got, err = See(tx, who, shift)
		return err
	})
	return got, err
}

// See is Get as part of the caller's view.
func See(tx *store.Tx, who actor.Actor, shift id.Shift) (Shift, error) {
	got, err := store.One(tx, get, scan, shift)
	if err != nil {
		return Shift{}, err
	}
	if err := got.See(who); err != nil {
		return Shift{}, err
	}
	return got, nil
}

// See checks that the actor may look at the shift.
func (s Shift) See(who actor.Actor) error {
	_, err := policy.Check(who, "seeShift", s.resource())
	return err
}

// ActiveOf reads the worker's running shift, if there is one.
func ActiveOf(tx *store.Tx, worker id.Person) (s Shift, running bool, err error) {
	s, err = store.One(tx, activeOf, scan, worker)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return Shift{}, false, nil
	}
	return s, err == nil, err
}

// Profile is what a monitor sees of one worker, and what a worker sees of
// themselves, but for a silent alarm.
type Profile struct {
	Person  roster.Person
	Current *Shift
	Alarm   *alarm.Alarm
	Signs   []Sign             // of the current or the last shift, newest first
	Trail   []Place            // likewise
	Past    []Shift            // newest first
	Watch   []roster.Recipient // who is told first
	Wide    []roster.Recipient // who is told when nobody answers
	At      time.Time
}

// How much of a worker's history one page shows.
const (
	pastShifts = 20
	recentRows = 50
)

// ProfileOf reads a worker's profile. The worker in question never sees an
// alarm raised under duress: whoever holds the phone would see it too.
func ProfileOf(ctx context.Context, s *store.Store, who actor.Actor, worker id.Person) (p Profile, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		p, err = profile(tx, who, worker)
		return err
	})
	return p, err
}

func profile(tx *store.Tx, who actor.Actor, worker id.Person) (p Profile, err error) {
	p.At = tx.Now()
	if p.Person, err = roster.Find(tx, worker); err != nil {
		return p, err
	}
	ws, err := WorksIn(tx, p.Person)
	if err != nil {
		return p, err
	}
	if p.Past, err = store.All(tx, ofWorker, scan, worker, pastShifts); err != nil {
		return p, err
	}
	if len(p.Past) > 0 {
		ws = p.Past[0].Workspace
	}
	if _, err := policy.Check(who, "seeShift", policy.Resource{Type: "Shift", Org: tx.Org(), Workspace: ws, Person: worker}); err != nil {
		return p, err
	}
	if p.Watch, err = roster.Responders(tx, ws); err != nil {
		return p, err
	}
	if p.Wide, err = roster.EveryResponder(tx); err != nil {
		return p, err
	}
	a, open, err := alarm.Of(tx, worker)
	if err != nil {
		return p, err
	}
	if open && !a.Drill && !a.Hidden(who) {
		p.Alarm = &a
	}
	if len(p.Past) == 0 {
		return p, nil
	}
	last := p.Past[0]
	if last.State == Active {
		p.Current = &last
		p.Past = p.Past[1:]
	}
	if p.Signs, err = store.All(tx, checkIns, scanSign, last.ID, recentRows); err != nil {
		return p, err
	}
	p.Trail, err = store.All(tx, positions, scanPlace, last.ID, recentRows)
	return p, err
}

func scanSign(r store.Row) (c Sign, err error) {
	err = r.Scan(&c.Kind, store.Time(&c.At), store.Time(&c.Received), &c.Counted, &c.By)
	return c, err
}

func scanPlace(r store.Row) (p Place, err error) {
	err = r.Scan(store.Time(&p.At), &p.Lat, &p.Lon, &p.Accuracy, &p.Battery, &p.Source)
	return p, err
}
