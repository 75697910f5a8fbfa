package alarm_test

import (
	"slices"
	"time"

	"muster/id"
)

// A small model of one alarm's ladder, from the requirements alone, that knows
// of answers and of times in which nothing ran. Which side of a crash a turn
// fell on, that was due at the very instant of it, it reads from the record.

// rung is one step: whom it means at an instant, and how long until the next.
type rung struct {
	who  func(at time.Time) []id.Person
	wait time.Duration
}

// outage is a time in which nothing ran.
type outage struct{ from, to time.Time }

// answer is what somebody did, and when.
type answer struct {
	at   time.Time
	ends bool // resolved; else acknowledged
}

type ladder struct {
	rungs     []rung
	everybody []id.Person
	repeat    time.Duration
	reopen    time.Duration
	outages   []outage
	answers   []answer // in order
	happened  func(at time.Time) bool
}

// runs is when what is due at an instant takes place.
func (l ladder) runs(due time.Time) time.Time {
	for _, o := range l.outages {
		if due.Before(o.from.Add(-tick)) || !due.Before(o.to) {
			continue
		}
		if due.Before(o.from.Add(tick)) && l.happened(due) {
			return due
		}
		due = o.to
	}
	return due
}

// tick is how exact the record is held to be.
const tick = 500 * time.Millisecond

// slower are the rounds after which the rhythm slows down.
const slower = 5

// calls says who must be called at which instants, from when an alarm is due
// until the horizon.
func (l ladder) calls(due, horizon time.Time) map[time.Time][]id.Person {
	out := map[time.Time][]id.Person{}
	answers := l.answers
	raised := l.runs(due)
	begun, next, again, rounds, all := 0, raised, raised, 0, false
	var forgotten time.Time // when an answered alarm comes back
	for {
		at := again
		if !next.IsZero() && next.Before(at) {
			at = next
		}
		if !forgotten.IsZero() {
			at = forgotten
		}
		now := l.runs(at)
		if len(answers) > 0 && answers[0].at.Before(now) {
			if answers[0].ends {
				return out
			}
			forgotten = answers[0].at.Add(l.reopen)
			answers = answers[1:]
			continue
		}
		if now.After(horizon) {
			return out
		}
		if !forgotten.IsZero() {
			again, next, all, forgotten = forgotten, time.Time{}, true, time.Time{}
		}
		var called []id.Person
		for !next.IsZero() && !next.After(now) {
			if begun == len(l.rungs) { // everybody, no later than a step would have begun
				all = true
				if next.Before(again) {
					again = next
				}
				next = time.Time{}
				break
			}
			some := l.rungs[begun].who(now)
			if len(some) > 0 {
				next = next.Add(l.rungs[begun].wait)
			}
			called = append(called, some...)
			begun++
		}
		if !again.After(now) {
			for _, r := range l.rungs[:begun] {
				called = append(called, r.who(now)...)
			}
			if all {
				called = append(called, l.everybody...)
			}
			rounds++
			pause := l.repeat
			for range max(0, rounds-slower) {
				pause = min(2*pause, 15*time.Minute)
			}
			if again = again.Add(pause); again.Before(now) {
				again = now.Add(pause)
			}
		}
		slices.Sort(called)
		if called = slices.Compact(called); len(called) > 0 {
			out[now] = called
		}
	}
}
