package proof

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// member is somebody in the world, as the world knows them.
type member struct {
	actor.Actor
	workspace id.Workspace // where a worker works
	watches   bool         // a monitor or administrator: told when an alarm widens
	first     func(id.Workspace) bool
	duress    string

	mu     sync.Mutex
	inputs []input // what was done to this worker, in the order in which it took effect
}

func (m *member) note(in input) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs = append(m.inputs, in)
}

// world is organisations, their people, and the machine that watches them.
type world struct {
	*machine
	orgs    []*company
	people  map[id.Person]*member
	address map[string]*member
	until   time.Time // workers stop then
	out     sync.WaitGroup
	silent  atomic.Bool // monitors react no more
}

type company struct {
	roster.Organisation
	admin   actor.Actor
	workers []*member
}

// settle makes an organisation: a yard with two monitors, one of whom works
// there too, a tower with one, a quarry with none, and somebody who watches
// all of them where all is true.
func (w *world) settleCompany(s *store.Store, name string, workers int, org roster.Organisation, all bool) {
	w.t.Helper()
	ctx := context.Background()
	tw := town.New(w.t, s)
	tw.Stop()
	made := tw.Organisation(name)
	c := &company{admin: made.Admin.Actor}
	must(w.t, s.View(ctx, made.ID, func(tx *store.Tx) (err error) { c.Organisation, err = roster.Get(tx); return err }))
	c.CheckIn, c.Grace, c.Repeat, c.Reopen = org.CheckIn, org.Grace, org.Repeat, org.Reopen
	must(w.t, roster.UpdateOrganisation(ctx, s, c.admin, c.Organisation))
	yards := []id.Workspace{made.Workspace}
	for _, name := range []string{"Tower", "Quarry"} {
		ws, err := roster.AddWorkspace(ctx, s, c.admin, name, "")
		must(w.t, err)
		yards = append(yards, ws.ID)
	}
	w.join(&member{Actor: c.admin, watches: true}, made.Admin.Person)
	add := func(name string, roles ...actor.Membership) *member { return w.hire(s, c, name, roles) }
	monitor := func(ws id.Workspace) actor.Membership {
		return actor.Membership{Workspace: ws, Role: actor.Monitor}
	}
	worker := func(ws id.Workspace) actor.Membership {
		return actor.Membership{Workspace: ws, Role: actor.Worker}
	}
	add("Yard Monitor", monitor(yards[0]))
	c.workers = append(c.workers, add("Yard Foreman", worker(yards[0]), monitor(yards[0])))
	add("Tower Monitor", monitor(yards[1]))
	if all {
		add("Night Watch", monitor(""))
	}
	for i := range workers {
		c.workers = append(c.workers, add(fmt.Sprintf("Worker %d", i), worker(yards[i%len(yards)])))
	}
	w.orgs = append(w.orgs, c)
}

var hired int

func (w *world) hire(s *store.Store, c *company, name string, roles []actor.Membership) *member {
	w.t.Helper()
	hired++
	m := &member{duress: fmt.Sprint(600000 + hired)}
	email := ""
	if roles[0].Role == actor.Worker || hired%2 == 0 { // some have a telephone only
		email = fmt.Sprintf("p%d@good.test", hired)
	}
	p, err := roster.AddPerson(context.Background(), s, w.keys, c.admin, roster.NewPerson{
		Name: name, Email: email, Mobile: fmt.Sprintf("+35850%07d", hired),
		Roles: roles, PIN: fmt.Sprint(100000 + hired), DuressPIN: m.duress,
	})
	must(w.t, err)
	m.Actor = actor.Actor{Kind: actor.Person, Org: c.ID, Person: p.Person, Name: name, Roles: p.Roles, Door: actor.App}
	for _, r := range roles {
		if r.Role == actor.Worker {
			m.workspace = r.Workspace
		} else {
			m.watches = true
		}
	}
	m.first = func(ws id.Workspace) bool { return m.Has(actor.Monitor, ws) }
	w.join(m, p)
	return m
}

func (w *world) join(m *member, p roster.Person) {
	if m.first == nil {
		m.first = func(id.Workspace) bool { return false }
	}
	w.people[m.Person] = m
	for _, point := range p.Points {
		w.address[point.Address] = m
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// work is a worker's days.
func (w *world) work(m *member) {
	for {
		home := w.rnd.between(time.Minute, 5*time.Hour)
		if !clock().Add(home).Before(w.until) {
			return
		}
		time.Sleep(home)
		w.shift(m)
	}
}

// outing is one shift as the worker's phone knows it.
type outing struct {
	*member
	w     *world
	id    id.Shift
	every time.Duration
	due   time.Time
}

func (w *world) shift(m *member) {
	terms := shift.Terms{
		Every: w.rnd.between(15*time.Minute, 90*time.Minute).Truncate(time.Second),
		Grace: w.rnd.between(time.Minute, 10*time.Minute).Truncate(time.Second),
		Warn:  w.rnd.between(time.Minute, 5*time.Minute).Truncate(time.Second),
	}
	if w.rnd.chance(0.3) {
		terms.Planned = w.rnd.between(2*time.Hour, 6*time.Hour).Truncate(time.Second)
	}
	o := &outing{member: m, w: w, every: terms.Every}
	at, err := w.request(func(ctx context.Context, p *process) error {
		s, err := p.desk.Start(ctx, m.Actor, m.Person, m.workspace, terms)
		o.id = s.ID
		return err
	})
	if err != nil {
		w.t.Errorf("start of a shift: %v", err)
		return
	}
	m.note(input{at: at, kind: starts, every: terms.Every, grace: terms.Grace, planned: terms.Planned})
	for o.id == "" { // the answer was lost
		p := w.running()
		_ = p.store.View(context.Background(), m.Org, func(tx *store.Tx) error {
			s, _, err := shift.ActiveOf(tx, m.Person)
			o.id = s.ID
			return err
		})
		time.Sleep(time.Second)
	}
	o.due = at.Add(o.every)
	home := at.Add(w.rnd.between(time.Hour, 5*time.Hour))
	for clock().Before(home) && clock().Before(w.until) {
		if !o.act() {
			return // somebody else ended the shift
		}
	}
	o.goHome()
}

// act is the next thing the worker does; false when the shift is over.
func (o *outing) act() bool {
	rnd := o.w.rnd
	early := o.due.Sub(clock()) - rnd.between(0, o.every/3)
	switch f := rnd.float(); {
	case f < 0.82: // in time
		time.Sleep(max(time.Second, early))
		return o.checkIn(clock(), shift.Signal{})
	case f < 0.845: // forgotten for a while
		time.Sleep(max(0, o.due.Sub(clock())) + rnd.between(0, 2*o.every))
		return o.checkIn(clock(), shift.Signal{})
	case f < 0.88: // made in time, without a network
		time.Sleep(max(time.Second, early))
		made := clock()
		time.Sleep(rnd.between(time.Second, 2*o.every))
		return o.checkIn(made, shift.Signal{At: made})
	case f < 0.905: // two of them, the newer one first
		time.Sleep(rnd.between(time.Second, o.every/4))
		old := clock()
		time.Sleep(rnd.between(time.Second, o.every/2))
		return o.checkIn(clock(), shift.Signal{At: clock()}) && o.pause() && o.checkIn(old, shift.Signal{At: old})
	case f < 0.925: // the same twice
		time.Sleep(max(time.Second, early))
		made := clock()
		return o.checkIn(made, shift.Signal{At: made}) && o.pause() && o.checkIn(made, shift.Signal{At: made})
	case f < 0.935: // by a clock that runs fast
		time.Sleep(max(time.Second, early))
		made := clock().Add(time.Hour)
		return o.checkIn(made, shift.Signal{At: made})
	case f < 0.96:
		time.Sleep(max(time.Second, early))
		return o.extend(rnd.between(time.Minute, 2*time.Hour).Truncate(time.Second))
	case f < 0.985:
		return o.dangerous()
	case f < 0.995:
		return o.help() && (rnd.chance(0.5) || o.help())
	}
	time.Sleep(max(time.Second, early))
	return o.checkIn(clock(), shift.Signal{PIN: o.duress})
}

func (o *outing) pause() bool {
	time.Sleep(o.w.rnd.between(time.Second, time.Minute))
	return true
}

// over tells whether an error means that the shift has ended; any other is a
// failure of the test.
func (o *outing) over(err error) bool {
	if err == nil {
		return false
	}
	if f := fault.From(err); f.Code != "shift_ended" {
		o.w.t.Errorf("%s of %s: %v", o.id, o.Name, err)
	}
	return true
}

func (o *outing) checkIn(made time.Time, sig shift.Signal) bool {
	var s shift.Shift
	at, err := o.w.request(func(ctx context.Context, p *process) (err error) {
		s, err = p.desk.CheckIn(ctx, o.Actor, o.id, sig)
		if err != nil && sig.PIN != "" && o.silent(p) {
			o.note(input{at: clock(), kind: duress, made: clock()})
		}
		return err
	})
	if err != nil && sig.PIN != "" && !o.silent(o.w.running()) {
		o.w.t.Errorf("%s: a duress PIN was refused and nobody called", o.Name)
	}
	if o.over(err) {
		return false
	}
	if sig.At.IsZero() {
		made = at
	}
	if sig.PIN != "" {
		o.note(input{at: at, kind: duress, made: made})
	}
	o.note(input{at: at, kind: signs, made: made})
	o.moved(s, at)
	return true
}

// silent tells whether a duress PIN has called for help although the check-in
// that it came with was refused, or failed: it may, and must if it was refused.
func (o *outing) silent(p *process) (called bool) {
	_ = p.store.View(context.Background(), o.Org, func(tx *store.Tx) error {
		a, open, err := alarm.Of(tx, o.Person)
		called = open && a.Kind == alarm.Duress
		return err
	})
	return called
}

// moved is what the phone learns from an answer.
func (o *outing) moved(s shift.Shift, at time.Time) {
	if o.due = s.Deadline; o.due.IsZero() {
		o.due = at.Add(o.every)
	}
}

func (o *outing) extend(by time.Duration) bool {
	var s shift.Shift
	at, err := o.w.request(func(ctx context.Context, p *process) (err error) {
		s, err = p.desk.Extend(ctx, o.Actor, o.id, by)
		return err
	})
	if o.over(err) {
		return false
	}
	o.note(input{at: at, kind: extends, by: by})
	o.moved(s, at)
	return true
}

// dangerous is a task with a countdown, with an old sign of life on its way,
// sometimes.
func (o *outing) dangerous() bool {
	rnd := o.w.rnd
	old := clock()
	time.Sleep(rnd.between(time.Second, time.Minute))
	d := rnd.between(time.Minute, 30*time.Minute).Truncate(time.Second)
	at, err := o.w.request(func(ctx context.Context, p *process) error {
		_, err := p.desk.HighRisk(ctx, o.Actor, o.id, d)
		return err
	})
	if o.over(err) {
		return false
	}
	o.note(input{at: at, kind: risks, by: d})
	if rnd.chance(0.3) && !(o.pause() && o.checkIn(old, shift.Signal{At: old})) {
		return false
	}
	if rnd.chance(0.6) {
		time.Sleep(rnd.between(0, d))
	} else {
		time.Sleep(d + rnd.between(0, 20*time.Minute))
	}
	return o.checkIn(clock(), shift.Signal{})
}

func (o *outing) help() bool {
	made := clock()
	sig := shift.Signal{Note: "fell", Place: &shift.Place{Place: alarm.Place{Lat: 60.1, Lon: 24.9, Accuracy: 12, Battery: 80}}}
	if o.w.rnd.chance(0.3) { // without a network
		sig.At = made
		time.Sleep(o.w.rnd.between(time.Second, 10*time.Minute))
	}
	at, err := o.w.request(func(ctx context.Context, p *process) error {
		_, err := p.desk.Help(ctx, o.Actor, o.id, sig)
		return err
	})
	if o.over(err) {
		return false
	}
	if sig.At.IsZero() {
		made = at
	}
	o.note(input{at: at, kind: helps, made: made})
	time.Sleep(o.w.rnd.between(time.Second, 10*time.Minute))
	return true
}

// goHome ends the shift, late sometimes; now and then somebody falls on the
// doorstep.
func (o *outing) goHome() {
	if o.w.rnd.chance(0.05) {
		time.Sleep(o.w.rnd.between(time.Hour, 3*time.Hour))
	}
	at, err := o.w.request(func(ctx context.Context, p *process) error {
		_, err := p.desk.Finish(ctx, o.Actor, o.id, shift.Signal{})
		return err
	})
	if o.over(err) {
		return
	}
	o.note(input{at: at, kind: finishes})
	if o.w.rnd.chance(0.02) {
		time.Sleep(o.w.rnd.between(time.Second, time.Hour))
		o.help()
	}
}
