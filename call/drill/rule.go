// Package drill tries what must work in earnest: it raises an alarm in which
// nobody needs help, lets it climb the real ladder over the real channels,
// marked as a drill in every message, and keeps what came of it.
package drill

import (
	"strings"
	"time"
	"unicode/utf8"

	"muster/call/alarm"
	"muster/fault"
	"muster/id"
)

// Limit is how long a drill lasts if nobody ends it sooner; one that nobody
// has answered by then has failed.
const Limit = 30 * time.Minute

// Notice is how long before an announced drill people hear of it.
const Notice = 24 * time.Hour

// Rhythm is how often a drill comes back.
type Rhythm string

// The rhythms.
const (
	Once      Rhythm = "once"
	Weekly    Rhythm = "weekly"
	Monthly   Rhythm = "monthly"
	Quarterly Rhythm = "quarterly"
)

// Rhythms lists them in the order in which forms offer them.
func Rhythms() []Rhythm { return []Rhythm{Once, Weekly, Monthly, Quarterly} }

// LocalTime is how the date and time of a plan are written, in the
// organisation's time zone.
const LocalTime = "2006-01-02T15:04"

// Plan is a drill that comes by itself.
type Plan struct {
	ID        id.Drill
	Name      string
	Worker    id.Person // whose ladder is tried
	Every     Rhythm
	First     string // date and time of the first, as of LocalTime
	Announced bool   // those who may be called hear of it the day before

	Next       time.Time // zero: none comes any more
	told       bool      // the next one has been announced
	WorkerName string    // for whoever reads it
}

// check holds what people write to its limits.
func (p Plan) check() error {
	var wrong []error
	switch n := utf8.RuneCountInString(strings.TrimSpace(p.Name)); {
	case n == 0:
		wrong = append(wrong, fault.New(fault.Invalid, "required").At("name"))
	case n > 100:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("name").With("Max", 100))
	}
	if p.Worker == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "required").At("worker_id"))
	}
	if _, err := time.Parse(LocalTime, p.First); err != nil {
		wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At("first"))
	}
	if _, known := months[p.Every]; !known && p.Every != Once && p.Every != Weekly {
		wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At("every"))
	}
	return fault.Join(wrong...)
}

var months = map[Rhythm]int{Monthly: 1, Quarterly: 3}

// after is the first time of the plan that lies after an instant, by the wall
// clock of the zone; zero when there is none. In a month that is too short for
// the day, it is the last one.
func (p Plan) after(t time.Time, zone *time.Location) time.Time {
	first, err := time.ParseInLocation(LocalTime, p.First, zone)
	if err != nil {
		return time.Time{}
	}
	at := first
	for n := p.skip(first, t); !at.After(t); n++ {
		switch {
		case p.Every == Weekly:
			at = time.Date(first.Year(), first.Month(), first.Day()+7*n, first.Hour(), first.Minute(), 0, 0, zone)
		case months[p.Every] > 0:
			at = inMonth(first, n*months[p.Every], zone)
		default:
			return time.Time{}
		}
	}
	return at
}

// skip is a number of turns that surely lie before an instant, so that a plan
// of long ago is not counted out one by one.
func (p Plan) skip(first, t time.Time) int {
	longest := 8 * 24 * time.Hour
	if m := months[p.Every]; m > 0 {
		longest = time.Duration(m) * 31 * 24 * time.Hour
	}
	return max(1, int(t.Sub(first)/longest))
}

func inMonth(first time.Time, later int, zone *time.Location) time.Time {
	last := time.Date(first.Year(), first.Month()+time.Month(later)+1, 0, 0, 0, 0, 0, zone).Day()
	return time.Date(first.Year(), first.Month()+time.Month(later), min(first.Day(), last), first.Hour(), first.Minute(), 0, 0, zone)
}

// wake is when the plan has something to do next: announce, or begin.
func (p Plan) wake() time.Time {
	if p.Announced && !p.told {
		return p.Next.Add(-Notice)
	}
	return p.Next
}

// Verdict is what came of a drill.
type Verdict string

// The verdicts.
const (
	UnderWay   Verdict = "under_way"
	Answered   Verdict = "answered"
	Unanswered Verdict = "unanswered"
	BrokenOff  Verdict = "broken_off" // it became serious, or was ended before anybody had answered
)

// Run is one drill that was held.
type Run struct {
	ID     id.DrillRun
	Plan   id.Drill // empty: somebody began it by hand
	Alarm  alarm.Alarm
	Began  time.Time
	By     string // who began it; Muster itself for a planned one
	Reason string
}

// Verdict is what has come of it so far.
func (r Run) Verdict() Verdict {
	a := r.Alarm
	switch {
	case !a.Ack.At.IsZero():
		return Answered
	case a.Open():
		return UnderWay
	case a.Closed.At.Before(r.Began.Add(Limit)) && a.Closed.By == "":
		return BrokenOff
	case a.Closed.By != "":
		return Answered
	}
	return Unanswered
}

// Within is how long it took until somebody answered; zero if nobody did.
func (r Run) Within() time.Duration {
	switch {
	case r.Verdict() != Answered:
		return 0
	case r.Alarm.Ack.At.IsZero():
		return r.Alarm.Closed.At.Sub(r.Began)
	}
	return r.Alarm.Ack.At.Sub(r.Began)
}

func checkReason(reason string) error {
	const most = 500
	switch n := utf8.RuneCountInString(strings.TrimSpace(reason)); {
	case n == 0:
		return fault.New(fault.Invalid, "required").At("reason")
	case n > most:
		return fault.New(fault.Invalid, "too_long").At("reason").With("Max", most)
	}
	return nil
}
