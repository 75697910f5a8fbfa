package api

import (
	"context"
	"errors"
	"math"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// shiftView is one work session.
type shiftView struct {
	ID             string     `json:"id" example:"shf_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Organisation   string     `json:"organisation_id"`
	State          string     `json:"state" enum:"active,ended"`
	Status         string     `json:"status,omitempty" enum:"alarm,late,high_risk,due_soon,well,ended" doc:"How it stands, alarms included; absent in answers to signals"`
	Worker         workerView `json:"worker"`
	Workspace      string     `json:"workspace_id"`
	Activity       string     `json:"activity"`
	Note           string     `json:"note"`
	CheckInSeconds int64      `json:"check_in_seconds" example:"1800"`
	GraceSeconds   int64      `json:"grace_seconds" example:"120"`
	RemindSeconds  int64      `json:"remind_seconds" example:"120"`
	StartedAt      Instant    `json:"started_at"`
	PlannedEndAt   Instant    `json:"planned_end_at"`
	LastCheckInAt  Instant    `json:"last_check_in_at" doc:"The last sign of life; at first the start"`
	NextCheckInAt  Instant    `json:"next_check_in_at" doc:"When the next one is due"`
	HighRiskUntil  Instant    `json:"high_risk_until" doc:"When the countdown ends"`
	AwayUntil      Instant    `json:"away_until" doc:"Out of coverage until then, as the worker planned"`
	SilenceSeconds int64      `json:"silence_seconds" doc:"How long the phone may be unheard; 0: nobody asks"`
	HeardAt        Instant    `json:"phone_heard_at" doc:"When a device of the worker was last heard"`
	QuietSince     Instant    `json:"phone_silent_since" doc:"Set once the worker was asked about a silent phone"`
	BatteryLow     bool       `json:"battery_low,omitempty"`
	Missed         int        `json:"missed_check_ins" doc:"In a row"`
	Position       *Position  `json:"position,omitempty" doc:"The last one known"`
	EndedAt        Instant    `json:"ended_at"`
	EndedBy        string     `json:"ended_by,omitempty"`
	UnprotectedAt  Instant    `json:"unprotected_since" doc:"Since when fewer than two people with a verified address would be called in an alarm"`
	AlarmID        string     `json:"alarm_id,omitempty" doc:"The worker's open alarm"`
	Alarm          *alarmView `json:"alarm,omitempty"`
}

func (s shiftView) location() string { return "/shifts/" + s.ID }

// Position is where somebody is, and how sure that is.
type Position struct {
	Latitude  float64  `json:"latitude" example:"60.1699"`
	Longitude float64  `json:"longitude" example:"24.9384"`
	Accuracy  float64  `json:"accuracy_m,omitempty" doc:"Metres; kept to the whole metre" example:"12"`
	Battery   *float64 `json:"battery_percent,omitempty" doc:"Of the sender" example:"80"`
	At        Instant  `json:"at,omitzero" doc:"By the sender's clock; default now"`
	Source    string   `json:"source,omitempty" maxLength:"500" doc:"What found it" example:"gps"`
}

func viewPosition(p alarm.Place, source string) *Position {
	if p.At.IsZero() {
		return nil
	}
	v := Position{Latitude: p.Lat, Longitude: p.Lon, Accuracy: float64(p.Accuracy), At: at(p.At), Source: source}
	if p.Battery >= 0 {
		percent := float64(p.Battery)
		v.Battery = &percent
	}
	return &v
}

func (p *Position) place() *shift.Place {
	if p == nil {
		return nil
	}
	place := shift.Place{Source: p.Source}
	place.Lat, place.Lon, place.Accuracy, place.Battery, place.At = p.Latitude, p.Longitude, whole(p.Accuracy), -1, p.At.Time
	if p.Battery != nil {
		place.Battery = whole(*p.Battery)
		if *p.Battery < 0 {
			place.Battery = -2 // -1 means not known, which is for nobody to say
		}
	}
	return &place
}

// whole rounds what senders measure. What is beyond all bounds stays so.
func whole(f float64) int { return int(math.Round(min(max(f, math.MinInt32), math.MaxInt32))) }

func viewShift(s shift.Shift, w workerView) shiftView {
	v := shiftView{
		ID: string(s.ID), Organisation: string(s.Org), State: string(s.State), Worker: w, Workspace: string(s.Workspace),
		Activity: s.Activity, Note: s.Note,
		CheckInSeconds: seconds(s.Every), GraceSeconds: seconds(s.Grace), RemindSeconds: seconds(s.Warn),
		StartedAt: at(s.Began), PlannedEndAt: at(s.End), LastCheckInAt: at(s.Since), HighRiskUntil: at(s.HighRisk),
		Missed: s.Missed, Position: viewPosition(s.Place.Place, s.Place.Source), EndedAt: at(s.Ended), EndedBy: s.EndedName, UnprotectedAt: at(s.Unprotected),
	}
	v.AwayUntil, v.SilenceSeconds, v.HeardAt, v.QuietSince, v.BatteryLow = at(s.Away), seconds(s.Silence), at(s.Heard), at(s.QuietSince()), s.Low
	if s.State == shift.Active {
		v.NextCheckInAt = at(s.Deadline)
	}
	return v
}

type newShift struct {
	Org
	Body struct {
		Worker    string `json:"worker_id,omitempty" maxLength:"40" doc:"Default: whom the token stands for"`
		Workspace string `json:"workspace_id,omitempty" maxLength:"40" doc:"Default: where the worker works"`
		CheckIn   int64  `json:"check_in_seconds,omitempty" doc:"10 to 86400; default: the organisation's" example:"1800"`
		Grace     int64  `json:"grace_seconds,omitempty" doc:"Up to 7200; default: the organisation's" example:"120"`
		Remind    int64  `json:"remind_seconds,omitempty" doc:"Before a check-in is due; default: the organisation's"`
		Duration  int64  `json:"duration_seconds,omitempty" doc:"How long the shift should last; default: open"`
		Silence   int64  `json:"silence_seconds,omitempty" doc:"How long a phone that sends may be unheard; -1: for ever; default: the organisation's"`
		Activity  string `json:"activity,omitempty" maxLength:"2000" example:"Checking the cranes"`
		Note      string `json:"note,omitempty" maxLength:"2000"`
	}
}

// signalBody is what may come with a sign of life. All of it may be left out.
type signalBody struct {
	At       Instant   `json:"at,omitzero" doc:"By the sender's clock; a late one never extends a deadline further than it would have then; default now"`
	PIN      string    `json:"pin,omitempty" maxLength:"50" doc:"If given it must be the worker's"`
	Position *Position `json:"position,omitempty"`
	Note     string    `json:"note,omitempty" maxLength:"8000"`
	Outcome  string    `json:"outcome,omitempty" maxLength:"50" doc:"On the worker's behalf: what the open alarm turned out to be: real, precautionary, false or drill"`
	Behalf   bool      `json:"on_behalf,omitempty" doc:"A program says that a monitor has reached the worker"`
}

// signal is the body as the room takes it. A person is on the worker's behalf
// or not by being somebody else; only a program has to say so.
func (b *signalBody) signal(who actor.Actor) shift.Signal {
	if b == nil {
		return shift.Signal{}
	}
	return shift.Signal{
		At: b.At.Time, PIN: b.PIN, Place: b.Position.place(), Note: b.Note, Outcome: alarm.Outcome(b.Outcome),
		Behalf: b.Behalf && who.Kind == actor.Program,
	}
}

type signalled struct {
	Thing
	Body *signalBody
}

type lasting struct {
	Thing
	Body *struct {
		Seconds int64 `json:"seconds,omitempty" doc:"From now; default: the shift's check_in_seconds" example:"3600"`
	}
}

func (d *desk) shiftRoutes() {
	create(d, post("/organisations/{id}/shifts", "shift-start", "Start a shift"), d.startShift)
	serve(d, get("/organisations/{id}/shifts", "shift-list", "Running shifts, most urgent first, or the latest 20 of one worker"), d.listShifts)
	serve(d, get("/shifts/{id}", "shift-get", "A shift as it stands"),
		func(ctx context.Context, who actor.Actor, in *Thing) (shiftView, error) {
			return d.shift(ctx, who, in.ID)
		})
	serve(d, post("/shifts/{id}/check-in", "shift-check-in", "A sign of life, or on_behalf: the worker was reached"),
		signalling(d, d.shifts.CheckIn))
	serve(d, post("/shifts/{id}/finish", "shift-finish", "End the shift"), signalling(d, d.shifts.Finish))
	serve(d, post("/shifts/{id}/help", "shift-help", "Call for help; pressing twice is one alarm"), d.help)
	serve(d, post("/shifts/{id}/extend", "shift-extend", "A sign of life that asks for the next one to be due later, once"), d.extend)
	serve(d, post("/shifts/{id}/high-risk", "shift-high-risk", "Start a countdown that a check-in takes away; it ends in an alarm"), d.highRisk)
	serve(d, post("/shifts/{id}/positions", "shift-positions", "Send one position, or up to 500"), d.move)
}

func (d *desk) startShift(ctx context.Context, who actor.Actor, in *newShift) (shiftView, error) {
	b := in.Body
	worker := id.Person(b.Worker)
	if worker == "" {
		worker = who.Person
	}
	if worker == "" {
		return shiftView{}, fault.New(fault.Invalid, "required").At("worker_id")
	}
	s, err := d.shifts.Start(ctx, who, worker, id.Workspace(b.Workspace), shift.Terms{
		Every: span(b.CheckIn), Grace: span(b.Grace), Warn: span(b.Remind), Planned: span(b.Duration), Silence: span(b.Silence),
		Activity: b.Activity, Note: b.Note,
	})
	if errors.Is(err, errNothing) && who.Org != "" {
		return shiftView{}, fault.New(fault.NotFound, "not_found").At("worker_id")
	}
	if err != nil {
		return shiftView{}, err
	}
	return d.named(ctx, who, s)
}

// named is the shift with its worker's name, without its alarm.
func (d *desk) named(ctx context.Context, who actor.Actor, s shift.Shift) (shiftView, error) {
	w, err := d.names.of(ctx, d.Store, who.Org, s.Worker)
	return viewShift(s, w), err
}

// shift reads a shift with everything that the actor may know of it.
func (d *desk) shift(ctx context.Context, who actor.Actor, text string) (shiftView, error) {
	which, err := id.Parse[id.Shift](text)
	if err != nil {
		return shiftView{}, err
	}
	var v shiftView
	var shown shift.Shift
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		s, err := shift.See(tx, who, which)
		if err != nil {
			return err
		}
		w, err := d.names.in(tx, s.Worker)
		if err != nil {
			return err
		}
		v, shown = viewShift(s, w), s
		a, open, err := alarm.Of(tx, s.Worker)
		if err != nil {
			return err
		}
		if open {
			var seen alarmView
			if seen, open, err = d.seen(tx, who, a); open {
				v.AlarmID, v.Alarm = seen.ID, &seen
			}
		}
		v.Status = string(s.Status(tx.Now(), open))
		return err
	})
	if err == nil {
		err = d.lookedAtShift(ctx, who, shown)
	}
	return v, err
}

func (d *desk) listShifts(ctx context.Context, who actor.Actor, in *struct {
	Org
	Worker    string `query:"worker_id" maxLength:"40"`
	Workspace string `query:"workspace_id" maxLength:"40"`
},
) (List[shiftView], error) {
	if in.Worker == "" && who.Person != "" && !slices.ContainsFunc(who.Roles, func(m actor.Membership) bool { return m.Role != actor.Worker }) {
		in.Worker = string(who.Person) // who watches nobody means their own
	}
	if in.Worker == "" {
		b, err := d.readBoard(ctx, who, id.Workspace(in.Workspace))
		return List[shiftView]{Items: b.Workers}, err
	}
	worker, err := id.Parse[id.Person](in.Worker)
	if err != nil {
		return List[shiftView]{}, fault.From(err).At("worker_id")
	}
	p, err := shift.ProfileOf(ctx, d.Store, who, worker)
	if err != nil {
		return List[shiftView]{}, err
	}
	all := p.Past
	if p.Current != nil {
		all = append([]shift.Shift{*p.Current}, all...)
	}
	list := List[shiftView]{Items: make([]shiftView, 0, len(all))}
	for _, s := range all {
		if err := d.lookedAtShift(ctx, who, s); err != nil {
			return List[shiftView]{}, err
		}
		v, err := d.named(ctx, who, s)
		if err != nil {
			return List[shiftView]{}, err
		}
		list.Items = append(list.Items, v)
	}
	return list, nil
}

// signalling is a route that passes a signal on and answers with the shift.
func signalling(d *desk, do func(context.Context, actor.Actor, id.Shift, shift.Signal) (shift.Shift, error)) func(context.Context, actor.Actor, *signalled) (shiftView, error) {
	return func(ctx context.Context, who actor.Actor, in *signalled) (shiftView, error) {
		which, err := id.Parse[id.Shift](in.ID)
		if err != nil {
			return shiftView{}, err
		}
		s, err := do(ctx, who, which, in.Body.signal(who))
		if err != nil {
			return shiftView{}, err
		}
		return d.named(ctx, who, s)
	}
}

func (d *desk) help(ctx context.Context, who actor.Actor, in *signalled) (shiftView, error) {
	which, err := id.Parse[id.Shift](in.ID)
	if err != nil {
		return shiftView{}, err
	}
	l, err := d.shifts.Help(ctx, who, which, in.Body.signal(who))
	if err != nil {
		return shiftView{}, err
	}
	return d.called(ctx, who, l)
}

// called answers a call for help with what its unit saw. What must not be
// shown as it is has a story that must be read first.
func (d *desk) called(ctx context.Context, who actor.Actor, l shift.Line) (shiftView, error) {
	if l.Alarm.Hidden(who) {
		return d.shift(ctx, who, string(l.ID))
	}
	if err := l.See(who); err != nil {
		return shiftView{}, err
	}
	w := workerView{ID: string(l.Worker), Name: l.Name, PIN: l.PIN, Phone: l.Phone}
	v, seen := viewShift(l.Shift, w), viewAlarm(*l.Alarm, w)
	v.AlarmID, v.Alarm, v.Status = seen.ID, &seen, string(l.Status)
	return v, nil
}

func (d *desk) extend(ctx context.Context, who actor.Actor, in *lasting) (shiftView, error) {
	which, err := id.Parse[id.Shift](in.ID)
	if err != nil {
		return shiftView{}, err
	}
	var by int64
	if in.Body != nil {
		by = in.Body.Seconds
	}
	if by == 0 {
		s, err := shift.Get(ctx, d.Store, who, which)
		if err != nil {
			return shiftView{}, err
		}
		by = max(seconds(s.Every), 60)
	}
	s, err := d.shifts.Extend(ctx, who, which, span(by))
	if err != nil {
		return shiftView{}, err
	}
	return d.named(ctx, who, s)
}

func (d *desk) highRisk(ctx context.Context, who actor.Actor, in *struct {
	Thing
	Body struct {
		Seconds int64 `json:"seconds" doc:"10 to 14400" example:"600"`
	}
},
) (shiftView, error) {
	which, err := id.Parse[id.Shift](in.ID)
	if err != nil {
		return shiftView{}, err
	}
	s, err := d.shifts.HighRisk(ctx, who, which, span(in.Body.Seconds))
	if err != nil {
		return shiftView{}, err
	}
	return d.named(ctx, who, s)
}

// moved says how many positions were taken in.
type moved struct {
	Received int `json:"received" example:"1"`
}

func (d *desk) move(ctx context.Context, who actor.Actor, in *struct {
	Thing
	Body struct {
		Latitude  *float64   `json:"latitude,omitempty" example:"60.1699"`
		Longitude *float64   `json:"longitude,omitempty" example:"24.9384"`
		Accuracy  float64    `json:"accuracy_m,omitempty"`
		Battery   *float64   `json:"battery_percent,omitempty"`
		At        Instant    `json:"at,omitzero"`
		Source    string     `json:"source,omitempty" maxLength:"500"`
		Positions []Position `json:"positions,omitempty" maxItems:"500" doc:"Instead of one"`
	}
},
) (moved, error) {
	which, err := id.Parse[id.Shift](in.ID)
	if err != nil {
		return moved{}, err
	}
	b := in.Body
	all := b.Positions
	if len(all) == 0 {
		if b.Latitude == nil || b.Longitude == nil {
			return moved{}, fault.New(fault.Invalid, "required").At("latitude")
		}
		all = []Position{{
			Latitude: *b.Latitude, Longitude: *b.Longitude, Accuracy: b.Accuracy, Battery: b.Battery, At: b.At, Source: b.Source,
		}}
	}
	for _, p := range all {
		if err := d.shifts.Move(ctx, who, which, *p.place()); err != nil {
			return moved{}, err
		}
	}
	return moved{len(all)}, nil
}
