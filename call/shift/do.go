package shift

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/watch"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

// TimerKind is the kind of a shift's timer; its subject is the shift.
const TimerKind = "shift"

// Desk carries out what workers and monitors do with shifts.
type Desk struct {
	Store *store.Store
	Keys  *seal.Keys // to tell a duress PIN from a normal one
}

// Start opens a shift for a worker. Terms that are left out are the
// organisation's own. A worker has at most one running shift: another is
// Conflict "already_on_shift".
func (d Desk) Start(ctx context.Context, who actor.Actor, worker id.Person, ws id.Workspace, t Terms) (s Shift, err error) {
	err = d.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		s, err = StartIn(tx, who, worker, ws, t)
		return err
	})
	return s, err
}

// StartIn is Start as part of the caller's unit.
func StartIn(tx *store.Tx, who actor.Actor, worker id.Person, ws id.Workspace, t Terms) (Shift, error) {
	p, err := roster.Find(tx, worker)
	if err != nil {
		return Shift{}, err
	}
	if ws == "" {
		if ws, err = WorksIn(tx, p); err != nil {
			return Shift{}, err
		}
	}
	rule, err := policy.Check(who, "startShift", policy.Resource{Type: "Shift", Org: tx.Org(), Workspace: ws, Person: worker})
	if err != nil {
		return Shift{}, err
	}
	if !p.Active || !(actor.Actor{Roles: p.Roles}).Has(actor.Worker, ws) {
		return Shift{}, fault.New(fault.Invalid, "not_a_worker").At("worker_id")
	}
	org, err := roster.Get(tx)
	if err != nil {
		return Shift{}, err
	}
	rules, err := watch.Get(tx)
	if err != nil {
		return Shift{}, err
	}
	t = t.or(org, rules)
	if err := t.check(); err != nil {
		return Shift{}, err
	}
	if _, running, err := ActiveOf(tx, worker); err != nil {
		return Shift{}, err
	} else if running {
		return Shift{}, fault.New(fault.Conflict, "already_on_shift")
	}
	s := start(t, tx.Now())
	s.Org, s.ID, s.Worker, s.Workspace, s.LowAt = tx.Org(), id.New[id.Shift](), worker, ws, rules.LowBattery
	if s, err = s.expect(tx); err != nil {
		return Shift{}, err
	}
	err = tx.Write(add, s.ID, s.Worker, s.Workspace, s.Activity, s.Note, s.Began, s.Every, s.Grace, s.Warn, s.End, s.Since, s.Deadline,
		s.Silence, s.Listening, s.LowAt)
	if err != nil {
		return Shift{}, err
	}
	touch(tx, s)
	err = errors.Join(arm(tx, s), ledger.Append(tx, who, ledger.Entry{
		Kind: "shift.started", Subject: string(s.ID), About: worker, Rule: rule,
		Facts: map[string]any{
			"CheckInSeconds": int64(s.Every / time.Second), "GraceSeconds": int64(s.Grace / time.Second), "Workspace": string(ws),
		},
		Personal: map[string]string{"Worker": p.Name, "Note": s.Note, "Activity": s.Activity},
	}))
	if err != nil {
		return Shift{}, err
	}
	return protect(tx, who, s, p.Name)
}

// WorksIn is the workspace where the person works; somebody who works in all
// of them is watched from the first.
func WorksIn(tx *store.Tx, p roster.Person) (id.Workspace, error) {
	for _, m := range p.Roles {
		if m.Role == actor.Worker && m.Workspace != "" {
			return m.Workspace, nil
		}
	}
	all, err := roster.Workspaces(tx)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0].ID, nil
}

// or fills what was left out from what the organisation usually wants.
func (t Terms) or(org roster.Organisation, rules watch.Rules) Terms {
	if t.Every == 0 {
		t.Every = org.CheckIn
	}
	if t.Grace == 0 {
		t.Grace = org.Grace
	}
	if t.Warn == 0 {
		t.Warn = min(org.Remind, t.Every/2)
	}
	if t.Silence == 0 {
		t.Silence = rules.Silence
	}
	t.Silence = max(t.Silence, 0)
	return t
}

// Signal is what reaches Muster from a worker, or on a worker's behalf.
type Signal struct {
	At      time.Time     // when it was made, by the sender's clock; zero: now
	PIN     string        // if given it must be the worker's; the duress PIN raises a silent alarm
	Place   *Place        // where the worker was
	Note    string        // for help
	Outcome alarm.Outcome // on behalf: what the open alarm turned out to be
	Behalf  bool          // a program says that a monitor has reached the worker
}

// CheckIn takes in a sign of life. From a monitor it says that the worker was
// reached: it also resolves the worker's open alarm and tells everybody who
// was told of it (OA9).
func (d Desk) CheckIn(ctx context.Context, who actor.Actor, shift id.Shift, sig Signal) (s Shift, err error) {
	err = d.signal(ctx, who, "checkIn", shift, sig, func(tx *store.Tx, o open) error {
		at := o.at(tx)
		next, counted := o.Shift.alive(at, tx.Now())
		if o.State != Active {
			return fault.New(fault.Conflict, "shift_ended")
		}
		s = next
		err := tx.Write(addCheckIn, id.New[id.CheckIn](), s.ID, "check_in", at, tx.Now(), counted, who.Name)
		if err != nil {
			return err
		}
		if !o.behalf {
			return errors.Join(keep(tx, pulse, s), arm(tx, s))
		}
		return errors.Join(keep(tx, save, s), arm(tx, s), o.reached(tx, "shift.checked_in_for", "shift_checked_in"))
	})
	return s, err
}

// Extend is a sign of life that asks for the next one to be due by later, once.
func (d Desk) Extend(ctx context.Context, who actor.Actor, shift id.Shift, by time.Duration) (s Shift, err error) {
	err = d.signal(ctx, who, "extend", shift, Signal{}, func(tx *store.Tx, o open) error {
		if s, err = o.extend(by, tx.Now()); err != nil {
			return err
		}
		return errors.Join(keep(tx, save, s), arm(tx, s), o.book(tx, "shift.extended", map[string]any{"Seconds": int64(by / time.Second)}))
	})
	return s, err
}

// HighRisk starts a countdown on top of the running shift; a check-in before
// it ends takes it away.
func (d Desk) HighRisk(ctx context.Context, who actor.Actor, shift id.Shift, dur time.Duration) (s Shift, err error) {
	err = d.signal(ctx, who, "highRisk", shift, Signal{}, func(tx *store.Tx, o open) error {
		if s, err = o.risk(dur, tx.Now()); err != nil {
			return err
		}
		return errors.Join(keep(tx, save, s), arm(tx, s), o.book(tx, "shift.high_risk", map[string]any{"Seconds": int64(dur / time.Second)}))
	})
	return s, err
}

// Help says that the worker needs help now. It works after the shift's end
// too, and pressing twice is one alarm, which comes back with its worker.
func (d Desk) Help(ctx context.Context, who actor.Actor, shift id.Shift, sig Signal) (l Line, err error) {
	if err := short("note", sig.Note); err != nil {
		return Line{}, err
	}
	err = d.signal(ctx, who, "help", shift, sig, func(tx *store.Tx, o open) error {
		if err := o.keepMoved(tx); err != nil {
			return err
		}
		a, err := alarm.Raise(tx, who, o.cause(alarm.Help, o.at(tx), sig.Note))
		l = Line{
			Shift: o.Shift, Name: o.worker.name, PIN: o.worker.pin, Phone: o.worker.phone,
			Status: o.Shift.Status(tx.Now(), true), Alarm: &a,
		}
		return err
	})
	if err != nil {
		return Line{}, err
	}
	return l, nil
}

// keepMoved saves what a signal that is no sign of life may have changed.
func (o open) keepMoved(tx *store.Tx) error {
	if o.newer || o.broken {
		return keep(tx, pulse, o.Shift)
	}
	touch(tx, o.Shift)
	return nil
}

// Finish ends the shift. By a monitor it also resolves the worker's open alarm
// (OA9); by the worker it leaves that to the monitors.
func (d Desk) Finish(ctx context.Context, who actor.Actor, shift id.Shift, sig Signal) (s Shift, err error) {
	err = d.signal(ctx, who, "finish", shift, sig, func(tx *store.Tx, o open) error {
		if s, err = o.end(who.Name, tx.Now()); err != nil {
			return err
		}
		digest, err := digest(tx, s.ID)
		if err != nil {
			return err
		}
		if err := errors.Join(keep(tx, save, s), timer.Cancel(tx, TimerKind, string(s.ID))); err != nil {
			return err
		}
		if o.behalf {
			return errors.Join(o.reached(tx, "shift.ended_for", "shift_ended"), o.book(tx, "shift.digest", map[string]any{"Digest": digest}))
		}
		return o.book(tx, "shift.finished", map[string]any{"Digest": digest})
	})
	return s, err
}

// Move takes in a position. Off shift none is kept, and that is no error: the
// sender cannot know.
func (d Desk) Move(ctx context.Context, who actor.Actor, shift id.Shift, p Place) error {
	return d.signal(ctx, who, "sendPosition", shift, Signal{Place: &p}, func(tx *store.Tx, o open) error {
		if o.State != Active {
			return nil
		}
		battery := -1
		if o.newer {
			battery = p.Battery
		}
		return o.reported(tx, battery)
	})
}

// RemovePerson takes somebody off the roster who is not out: with a running
// shift that is Conflict "on_shift", for the shift's alarms would find nobody
// to name and no number to ring.
func RemovePerson(ctx context.Context, s *store.Store, who actor.Actor, person id.Person) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		if err := roster.RemovePerson(tx, who, person); err != nil {
			return err
		}
		return OffShift(tx, person)
	})
}

// OffShift is Conflict "on_shift" for somebody who is out.
func OffShift(tx *store.Tx, person id.Person) error {
	_, running, err := ActiveOf(tx, person)
	if err == nil && running {
		err = fault.New(fault.Conflict, "on_shift")
	}
	return err
}

// Fire is what a shift's timer does.
func Fire(tx *store.Tx, t timer.Timer) error {
	s, worker, err := held(tx, id.Shift(t.Subject))
	if err != nil || s.State != Active {
		return err
	}
	was := s
	s, all := was.pass(tx.Now())
	for _, h := range all {
		o := open{Shift: s, worker: worker, who: actor.Engine()}
		switch h.event {
		case Remind, Due, Quiet:
			err = o.ask(tx, h.event)
		case Miss:
			c := o.cause(alarm.MissedCheckIn, h.at, s.Note)
			c.Back = was.Away
			_, err = alarm.Raise(tx, o.who, c)
		case Mute:
			_, err = alarm.Raise(tx, o.who, o.cause(alarm.Silence, h.at, s.Note))
		case RiskOver:
			_, err = alarm.Raise(tx, o.who, o.cause(alarm.HighRisk, h.at, s.Note))
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(keep(tx, pulse, s), arm(tx, s))
}

// arm sets the timer to whatever the clock brings next.
func arm(tx *store.Tx, s Shift) error {
	at, _ := s.next()
	return timer.Set(tx, TimerKind, string(s.ID), at)
}

// keep saves a shift, as telemetry (pulse) or as a booked change (save).
func keep(tx *store.Tx, how *store.SQL, s Shift) error {
	touch(tx, s)
	p := s.Place
	var lat, lon, accuracy, battery, source any
	if !p.At.IsZero() {
		lat, lon, accuracy, source = p.Lat, p.Lon, p.Accuracy, p.Source
		battery = percent(p.Battery)
	}
	return tx.Write(how, s.ID, string(s.State), s.Every, s.End, s.Since, s.Deadline, s.HighRisk,
		s.Warned, s.Overdue, s.Missed, lat, lon, accuracy, battery, source, p.At, s.Ended, s.EndedName,
		s.Heard, percent(s.HeardBattery), s.Listening, s.Asked, s.Muted, s.Away, s.Low)
}

// percent is a battery as its row keeps it: nothing where nothing is known.
func percent(battery int) any {
	if battery < 0 || battery > 100 {
		return nil
	}
	return battery
}

func touch(tx *store.Tx, s Shift) {
	tx.Touch("board")
	tx.Touch(string(s.ID))
}

func scan(r store.Row) (s Shift, err error) {
	err = r.Scan(s.fields()...)
	return s, err
}

// fields are where a row's columns go.
func (s *Shift) fields() []any {
	return []any{
		&s.Org, &s.ID, &s.Worker, &s.Workspace, &s.State, &s.Activity, &s.Note, store.Time(&s.Began),
		store.Span(&s.Every), store.Span(&s.Grace), store.Span(&s.Warn), store.Time(&s.End),
		store.Time(&s.Since), store.Time(&s.Deadline), store.Time(&s.HighRisk), &s.Warned, &s.Overdue, &s.Missed,
		&s.Place.Lat, &s.Place.Lon, &s.Place.Accuracy, &s.Place.Battery, &s.Place.Source, store.Time(&s.Place.At),
		store.Time(&s.Ended), &s.EndedName, store.Time(&s.Unprotected),
		store.Time(&s.Heard), &s.HeardBattery, store.Span(&s.Silence), store.Time(&s.Listening), store.Time(&s.Asked), &s.Muted,
		store.Time(&s.Away), &s.LowAt, &s.Low,
	}
}
