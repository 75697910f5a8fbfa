package proof

import (
	"fmt"
	"time"

	"muster/id"
)

// The model says, from the requirements alone, which alarms one worker's days
// must have brought and when people must have been told. It knows what was
// done, when processes lived, and when the database failed once; and it reads,
// from what it has to judge, only on which side of a crash a commit fell.

// deed is what can be done to a worker.
type deed string

const (
	starts       deed = "start"
	signs        deed = "check-in"
	extends      deed = "extend"
	risks        deed = "high-risk"
	helps        deed = "help"
	duress       deed = "duress"
	finishes     deed = "finish"
	acknowledges deed = "acknowledge"
	resolves     deed = "resolve"
	reaches      deed = "reach"      // a monitor's check-in for the worker
	bringsHome   deed = "bring home" // a monitor ends the worker's shift
)

// input is one deed and the instant at which it took effect.
type input struct {
	at, made              time.Time // made: by the phone's clock
	kind                  deed
	every, grace, planned time.Duration
	by                    time.Duration
	who                   id.Person
}

// told is one round of calls, as it is on record.
type told struct {
	at   time.Time
	kind string // alarm.raised, alarm.graver, alarm.repeated, alarm.reopened
}

// incident is an alarm that there must be.
type incident struct {
	kind     string
	due      time.Time // when it should have been raised
	raised   time.Time
	acked    bool
	ackBy    id.Person
	round    int
	next     time.Time // when people are told again
	closed   time.Time
	closedBy id.Person
}

// slack is how late anything may be while a process runs.
const slack = time.Second

// How an unanswered alarm is repeated: five rounds at the organisation's own
// pace, then ever slower, down to a quarter of an hour.
const (
	patientRounds = 5
	slowest       = 15 * time.Minute
)

var graver = map[string]int{"missed_check_in": 1, "high_risk": 2, "help": 3, "duress": 4}

type model struct {
	repeat, reopen time.Duration
	lives          []span
	trips          []time.Time
	told           []told

	on           bool
	every, grace time.Duration
	end          time.Time // planned; zero for none
	since        time.Time // last sign of life
	due          time.Time // of the next one
	risk         time.Time // end of the countdown; zero for none

	open     *incident
	all      []*incident
	problems []string
}

func (m *model) blame(format string, args ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, args...))
}

// run lets a worker's days pass, up to the horizon.
func (m *model) run(inputs []input, horizon time.Time) {
	for {
		at, event := m.next()
		if event != nil {
			at = m.windows(at)[0].from
		}
		if len(inputs) > 0 && (event == nil || inputs[0].at.Before(at)) {
			m.take(inputs[0])
			inputs = inputs[1:]
			continue
		}
		if event == nil || at.After(horizon) {
			break
		}
		event()
	}
	for _, t := range m.told {
		m.blame("%s at %v that nothing asked for", t.kind, t.at)
	}
}

// next is what the clock brings next.
func (m *model) next() (at time.Time, event func()) {
	sooner := func(t time.Time, do func()) {
		if !t.IsZero() && (event == nil || t.Before(at)) {
			at, event = t, do
		}
	}
	if m.on {
		sooner(m.due.Add(m.grace), m.miss)
		sooner(m.risk, m.outrun)
	}
	if m.open != nil {
		sooner(m.open.next, m.again)
	}
	return at, event
}

func (m *model) miss() {
	missed := m.due.Add(m.grace)
	m.due = m.due.Add(max(m.every, m.grace+time.Second)) // the clock never stops
	m.cause("missed_check_in", missed, missed)
}

func (m *model) outrun() {
	over := m.risk
	m.risk = time.Time{}
	m.cause("high_risk", over, over)
}

// again is the next round of an alarm: a repeat, or the return of one that was
// taken over and forgotten. Repeats are reckoned from when this one was due.
func (m *model) again() {
	a, kind := m.open, "alarm.repeated"
	if a.acked {
		a.acked, kind = false, "alarm.reopened"
	}
	at := m.hear(a.next, kind)
	a.round++
	due := a.next
	if a.next = due.Add(m.pause(a.round)); a.next.Before(at) {
		a.next = at.Add(m.pause(a.round))
	}
	if m.tripped(due, at) && len(m.told) > 0 && m.told[0].at.After(a.next) && !m.told[0].at.After(a.next.Add(at.Sub(due))) {
		a.next = m.told[0].at // the timer that failed was set anew, or the whole batch was undone
	}
}

func (m *model) pause(round int) time.Duration {
	p := m.repeat
	for ; round > patientRounds && p < slowest; round-- {
		p *= 2
	}
	return min(p, max(slowest, m.repeat))
}

// cause is something that makes an alarm, or makes the open one graver; it
// should have done so at due, and can have from the instant possible.
func (m *model) cause(kind string, due, possible time.Time) {
	a, entry := m.open, "alarm.graver"
	switch {
	case a == nil:
		a, entry = &incident{due: due}, "alarm.raised"
		m.open = a
		m.all = append(m.all, a)
	case graver[kind] <= graver[a.kind]:
		return
	}
	at := m.hear(possible, entry)
	if entry == "alarm.raised" {
		a.raised = at
	}
	a.kind, a.acked, a.ackBy, a.round = kind, false, "", 1
	a.next = at.Add(m.pause(1))
}

// hear takes the next round on record, which must be of the kind and in time.
func (m *model) hear(possible time.Time, kind string) time.Time {
	windows := m.windows(possible)
	if len(m.told) == 0 {
		m.blame("LOST: no %s at %v", kind, possible)
		return windows[len(windows)-1].from
	}
	got := m.told[0]
	for _, w := range windows {
		if got.kind == kind && !got.at.Before(w.from) && !got.at.After(w.to) {
			m.told = m.told[1:]
			return got.at
		}
	}
	m.blame("want %s in %v, got %s at %v", kind, windows, got.kind, got.at)
	m.told = m.told[1:]
	return got.at
}

// windows are when something that is due at an instant may happen: within the
// slack, while a process lives; and if that one dies first, when the next one
// starts.
func (m *model) windows(due time.Time) []span {
	var all []span
	for _, life := range m.lives {
		from := life.from
		if due.After(from) {
			from = due
		}
		switch last := life.to.IsZero(); {
		case !last && from.After(life.to):
			continue
		case last || life.to.After(from.Add(slack)):
			return append(all, span{from, from.Add(slack)})
		default:
			all = append(all, span{from, life.to})
		}
	}
	return all
}

// tripped tells whether the database failed once in between: the round after
// one that it hit may be as late as that one was.
func (m *model) tripped(from, to time.Time) bool {
	for _, t := range m.trips {
		if !t.Before(from) && !t.After(to) {
			return true
		}
	}
	return false
}

// take is a deed.
func (m *model) take(in input) {
	switch in.kind {
	case starts:
		m.on, m.every, m.grace, m.end, m.risk = true, in.every, in.grace, time.Time{}, time.Time{}
		if in.planned > 0 {
			m.end = in.at.Add(in.planned)
		}
		m.since, m.due = in.at, m.after(in.at)
	case signs:
		m.alive(in.made, in.at)
	case extends:
		m.alive(in.at, in.at)
		if m.due = in.at.Add(in.by); !m.end.IsZero() && m.end.Before(m.due) {
			m.end = m.due
		}
	case risks:
		m.since, m.risk = in.at, in.at.Add(in.by)
	case helps, duress:
		m.cause(string(in.kind), in.made, in.at)
	case finishes:
		m.on = false
	case acknowledges:
		m.acknowledge(in)
	case resolves, reaches, bringsHome:
		m.close(in)
	}
}

// after is when a sign of life is due after one: an interval later, or at the
// planned end if that comes first.
func (m *model) after(at time.Time) time.Time {
	due := at.Add(m.every)
	if m.end.After(at) && m.end.Before(due) {
		return m.end
	}
	return due
}

// alive is a sign of life made at one instant and received at another. An old
// one never moves the deadline further than it would have then; and if the next
// would be due by now, it brings no alarm that was not to come anyway.
func (m *model) alive(made, received time.Time) {
	if made.After(received) {
		made = received
	}
	if !m.on || !made.After(m.since) {
		return
	}
	due := m.after(made)
	if !due.After(received) && due.Before(m.due) {
		due = m.due
	}
	m.since, m.due, m.risk = made, due, time.Time{}
}

func (m *model) acknowledge(in input) {
	switch a := m.open; {
	case a == nil:
		m.blame("acknowledged at %v although there is no alarm", in.at)
	case a.acked && a.ackBy != in.who:
		m.blame("acknowledged at %v although somebody else had", in.at)
	case !a.acked:
		a.acked, a.ackBy, a.next = true, in.who, in.at.Add(m.reopen)
	}
}

func (m *model) close(in input) {
	if a := m.open; a != nil {
		a.closed, a.closedBy, m.open = in.at, in.who, nil
	} else if in.kind == resolves {
		m.blame("resolved at %v although there is no alarm", in.at)
	}
	switch in.kind {
	case reaches:
		m.alive(in.at, in.at)
	case bringsHome:
		m.on = false
	}
}
