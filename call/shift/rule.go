package shift

import (
	"slices"
	"time"

	"muster/call/alarm"
	"muster/call/procedure"
	"muster/fault"
	"muster/id"
)

// Limits of what a shift may be set to.
const (
	MinEvery    = 10 * time.Second // drills and demonstrations; advice is minutes
	MaxEvery    = 24 * time.Hour
	MaxGrace    = 2 * time.Hour
	MaxHighRisk = 4 * time.Hour
	MaxPlanned  = 7 * 24 * time.Hour
	maxText     = 500
)

// State of a shift.
type State string

// The states.
const (
	Active State = "active"
	Ended  State = "ended"
)

// Terms are what a shift is started with.
type Terms struct {
	Every    time.Duration // a check-in is due this long after the last sign of life
	Grace    time.Duration // a late worker is asked this long before monitors are alerted
	Warn     time.Duration // the worker is reminded this long before a check-in is due
	Planned  time.Duration // how long the shift should last; 0: open
	Silence  time.Duration // a phone that sends may be unheard this long; negative: for ever; 0: as the organisation has it
	Activity string
	Note     string
}

// check holds the terms to their limits and names the field that breaks one.
func (t Terms) check() error {
	return fault.Join(
		within("check_in_seconds", t.Every, MinEvery, MaxEvery),
		within("grace_seconds", t.Grace, 0, MaxGrace),
		within("remind_seconds", t.Warn, 0, t.Every),
		within("duration_seconds", t.Planned, 0, MaxPlanned),
		within("silence_seconds", max(t.Silence, 0), 0, MaxEvery),
		short("activity", t.Activity), short("note", t.Note),
	)
}

func within(field string, d, low, high time.Duration) error {
	if d < low || d > high {
		return fault.New(fault.Invalid, "out_of_range").At(field).
			With("Min", int64(low/time.Second)).With("Max", int64(high/time.Second))
	}
	return nil
}

func short(field, text string) error {
	if len(text) > maxText {
		return fault.New(fault.Invalid, "too_long").At(field).With("Max", maxText)
	}
	return nil
}

// Place is where and how the worker is; the alarm's own type, and where it
// came from.
type Place struct {
	alarm.Place
	Source string
}

// Shift is one work session.
type Shift struct {
	Org       id.Org
	ID        id.Shift
	Worker    id.Person
	Workspace id.Workspace
	State     State
	Terms
	Began     time.Time
	End       time.Time // planned; zero when open
	Since     time.Time // last sign of life
	Deadline  time.Time // when the next one is due
	HighRisk  time.Time // when the countdown ends; zero when there is none
	Warned    bool      // the worker was reminded of this deadline
	Overdue   bool      // the worker was told that it passed
	Missed    int       // how many in a row were missed
	Place     Place
	Ended     time.Time
	EndedName string

	Unprotected time.Time // since when too few people would be reached; zero: enough are

	Heard        time.Time // when a device of the worker was last heard, position or not; zero: never
	HeardBattery int       // percent, as that device said last; -1 when not known
	Listening    time.Time // since when silence counts; zero: nothing is known to send
	Asked        time.Time // when the worker was asked about a silent phone
	Muted        bool      // an alarm came of the silence
	Away         time.Time // out of coverage until then; zero: not
	LowAt        int       // percent of a battery that is low; 0: nobody is told
	Low          bool      // a low battery was told of
}

// start opens a shift at an instant.
func start(t Terms, now time.Time) Shift {
	s := Shift{State: Active, Terms: t, Began: now, Since: now, HeardBattery: -1}
	if t.Planned > 0 {
		s.End = now.Add(t.Planned)
	}
	s.Deadline = s.due(now)
	return s
}

// due is when the next sign of life is due after one at an instant: after the
// interval, or at the planned end if that comes first, since a shift ends with
// a check.
func (s Shift) due(at time.Time) time.Time {
	d := at.Add(s.Every)
	if !s.End.IsZero() && s.End.After(at) && s.End.Before(d) {
		return s.End
	}
	return d
}

// alive takes in a sign of life from an instant that may lie in the past: a
// phone without signal keeps it and sends it later. One that is older than
// what is known already changes nothing; counted says whether it did. One so
// old that the next would be due by now leaves the deadline where it is: it
// must not call people out because a worker was well.
func (s Shift) alive(at, now time.Time) (next Shift, counted bool) {
	if at.After(now) {
		at = now // a clock that runs fast gains no time
	}
	if s.State != Active || !at.After(s.Since) {
		return s, false
	}
	s.Since, s.HighRisk, s.Missed = at, time.Time{}, 0
	if due := s.due(at); due.After(now) || due.After(s.Deadline) {
		s.Deadline, s.Warned, s.Overdue, s.Away = due, false, false, time.Time{}
	}
	return s, true
}

// extend is a sign of life that asks for the next one to be due later, once.
func (s Shift) extend(by time.Duration, now time.Time) (Shift, error) {
	if s.State != Active {
		return s, fault.New(fault.Conflict, "shift_ended")
	}
	if err := within("seconds", by, time.Minute, MaxEvery); err != nil {
		return s, err
	}
	s, _ = s.alive(now, now)
	s.Deadline, s.Away = now.Add(by), time.Time{}
	if !s.End.IsZero() && s.End.Before(s.Deadline) {
		s.End = s.Deadline
	}
	return s, nil
}

// risk starts a countdown on top of the running shift: whoever does not check
// in before it ends is in danger, without grace.
func (s Shift) risk(d time.Duration, now time.Time) (Shift, error) {
	if s.State != Active {
		return s, fault.New(fault.Conflict, "shift_ended")
	}
	if err := within("seconds", d, MinEvery, MaxHighRisk); err != nil {
		return s, err
	}
	// Whoever says so is well at this moment: a sign of life from before it,
	// which comes later, must not take the countdown away.
	s.Since, s.HighRisk = now, now.Add(d)
	return s, nil
}

// end closes the shift.
func (s Shift) end(name string, now time.Time) (Shift, error) {
	if s.State != Active {
		return s, fault.New(fault.Conflict, "shift_ended")
	}
	s.State, s.Ended, s.EndedName, s.HighRisk = Ended, now, name, time.Time{}
	return s, nil
}

// moved takes in a position. One that is older than what is known, or from
// before the shift, is history at best.
func (s Shift) moved(p Place, now time.Time) (next Shift, keep bool) {
	if s.State != Active || p.At.Before(s.Began) || p.At.After(now.Add(time.Minute)) {
		return s, false // none is kept off shift
	}
	if p.At.After(s.Place.At) {
		s.Place = p
	}
	return s, true
}

// guarded is the shift with whom its procedure reaches now, and whether that
// makes a difference.
func (s Shift) guarded(reach procedure.Reach, now time.Time) (next Shift, changed bool) {
	if reach.Protected() == s.Unprotected.IsZero() {
		return s, false
	}
	if s.Unprotected = now; reach.Protected() {
		s.Unprotected = time.Time{}
	}
	return s, true
}

// Event is what a shift's clock brings.
type Event string

// The events, in the order in which one deadline brings them.
const (
	Remind   Event = "remind"    // a check-in will be due soon
	Due      Event = "due"       // it is due: the worker is asked
	Miss     Event = "miss"      // grace is over: an alarm
	Quiet    Event = "quiet"     // the phone has not been heard: the worker is asked
	Mute     Event = "mute"      // it still has not: an alarm
	RiskOver Event = "risk_over" // a high-risk countdown ran out: an alarm
)

// next is what the clock brings next, and when. A running shift always has
// something next.
func (s Shift) next() (at time.Time, e Event) {
	switch {
	case !s.Warned && s.Warn > 0:
		at, e = s.Deadline.Add(-s.Warn), Remind
	case !s.Overdue && s.Grace > 0:
		at, e = s.Deadline, Due
	default:
		at, e = s.Deadline.Add(s.Grace), Miss
	}
	if q, quiet, on := s.silent(); on && q.Before(at) {
		at, e = q, quiet
	}
	if !s.HighRisk.IsZero() && s.HighRisk.Before(at) {
		return s.HighRisk, RiskOver
	}
	return at, e
}

// happening is one event whose time has come.
type happening struct {
	event Event
	at    time.Time // when it should have happened
}

// pass lets the clock run to now. It returns what has come due, oldest first:
// each kind once, at its first time, however long the clock stood still; and
// no reminder of what is already past.
func (s Shift) pass(now time.Time) (Shift, []happening) {
	var all []happening
	for s.State == Active {
		at, e := s.next()
		if at.After(now) {
			break
		}
		switch e {
		case Remind:
			s.Warned = true
		case Due:
			s.Overdue = true
		case Miss:
			s.Missed++
			s.Deadline = s.Deadline.Add(max(s.Every, s.Grace+time.Second))
			s.Warned, s.Overdue = true, true // once in alarm, the worker is not asked again
			s.Away = time.Time{}
		case Quiet:
			s.Asked = now // who was deaf for a while gives the whole time to answer
		case Mute:
			s.Muted = true
		case RiskOver:
			s.HighRisk = time.Time{}
		}
		all = note(all, happening{e, at})
	}
	return s, all
}

func note(all []happening, h happening) []happening {
	for _, known := range all {
		if known.event == h.event {
			return all
		}
	}
	if h.event == Miss || h.event == RiskOver {
		all = slices.DeleteFunc(all, func(h happening) bool { return h.event == Remind || h.event == Due || h.event == Quiet })
	}
	return append(all, h)
}

// Status is how a shift stands, as the board shows it.
type Status string

// The statuses, most urgent first.
const (
	InAlarm Status = "alarm"
	Late    Status = "late"     // due, in grace
	DueSoon Status = "due_soon" // due within the reminder's time, or five minutes
	Risky   Status = "high_risk"
	Well    Status = "well"
	Over    Status = "ended"
)

// Status says how the shift stands at an instant. open tells whether the
// worker has an open alarm that may be shown.
func (s Shift) Status(now time.Time, open bool) Status {
	soon := min(5*time.Minute, max(s.Warn, s.Every/6))
	switch {
	case open:
		return InAlarm
	case s.State != Active:
		return Over
	case !now.Before(s.Deadline):
		return Late
	case !s.HighRisk.IsZero():
		return Risky
	case s.Deadline.Sub(now) <= soon:
		return DueSoon
	}
	return Well
}
