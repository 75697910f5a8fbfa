// Package plan reckons with who is on duty: by a pattern, by the exceptions to
// it, and when nobody is. It is pure; package rota keeps what it reckons with.
//
// Times of day are those of one zone, by the rule of package civil, so that a
// hand-over leaves neither a gap nor an overlap on the days on which clocks
// move.
package plan

import (
	"cmp"
	"slices"
	"time"

	"muster/call/rota/civil"
	"muster/call/rota/office"
	"muster/id"
)

// Kind is how a rota decides who is on duty.
type Kind string

// The kinds of rota.
const (
	Rotating Kind = "rotating" // teams in turn
	Weekly   Kind = "weekly"   // the same every week
)

// Need is when somebody has to be on duty; at other times nobody is missed.
type Need string

// The times of need.
const (
	Always      Need = "always"
	InHours     Need = "office_hours"  // while the office is staffed
	OutOfHours  Need = "outside_hours" // while it is not
	InTurnsOnly Need = "turns"         // in the times of the rota itself
)

// Team is who is on duty together.
type Team []id.Person

// Span is a time of each week and who is on duty in it.
type Span struct {
	Weekday time.Weekday `json:"weekday"`
	From    int          `json:"from"` // minutes after midnight
	To      int          `json:"to"`   // not after From: on the next day
	Team    Team         `json:"team"`
}

// Pattern is the rota without its exceptions.
type Pattern struct {
	Kind     Kind
	Start    civil.Day // rotating: the first team begins on this day, and before it nobody is on duty
	Handover int       // rotating: minutes after midnight
	Days     int       // rotating: how long each turn is
	Order    []Team    // rotating
	Spans    []Span    // weekly; those that overlap are on duty together
	Need     Need      // empty: always
}

// Everyone, as who steps aside, is all who are on duty.
const Everyone id.Person = "everyone"

// Cover is one exception: between From and To, In is on duty and Out is not.
// Either may be empty: somebody comes in addition, or goes without replacement.
// It changes nothing while Out is not on duty.
type Cover struct {
	ID    id.Cover
	Rota  id.Rota
	Pair  id.Cover // the other half of a swap
	From  time.Time
	To    time.Time
	Out   id.Person // or Everyone
	In    id.Person
	Why   string
	Asked id.Person // a swap that waits for this person's yes; empty: in force
	Made  time.Time
	By    id.Person // who made it; empty for a program
}

// notice is how far ahead a change of a rota should reach a monitoring partner
// (SS7).
const notice = 3 * 24 * time.Hour

// Late tells whether the cover was made too late for a monitoring partner to
// learn of it in time (SS7). It counts all the same.
func (c Cover) Late() bool { return c.From.Sub(c.Made) < notice }

// Turn is a time in which the same people are on duty.
type Turn struct {
	From, To time.Time
	Team     Team
	Covered  []id.Cover // the covers that made it what it is
}

// Plan is a rota with everything that decides who is on duty.
type Plan struct {
	Pattern
	Zone   *time.Location
	Office office.Office
	Covers []Cover // in the order in which they were made; those that wait for a yes do not count
}

// At is who is on duty at t.
func (p Plan) At(t time.Time) Team {
	turns := p.Between(t, t.Add(time.Second))
	if len(turns) == 0 || turns[0].From.After(t) {
		return nil
	}
	return turns[0].Team
}

// longest is how much of a plan is looked at at once.
const longest = 800 * 24 * time.Hour

// Between is who is on duty from one instant to another, in order and without
// the times when nobody is. A turn ends where the rota hands over, also to the
// same people, where a cover begins or ends, and where the time asked for does.
func (p Plan) Between(from, to time.Time) []Turn {
	if limit := from.Add(longest); to.After(limit) {
		to = limit
	}
	base := p.base(from, to)
	cuts := []time.Time{from, to}
	for _, b := range base {
		cuts = append(cuts, b.From, b.To)
	}
	for _, c := range p.Covers {
		if c.Asked == "" {
			cuts = append(cuts, c.From, c.To)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var turns []Turn
	for i := 0; i+1 < len(cuts); i++ {
		t := Turn{From: cuts[i], To: cuts[i+1]}
		if t.From.Before(from) || t.To.After(to) {
			continue
		}
		begins := false
		for len(base) > 0 && !base[0].To.After(t.From) {
			base = base[1:]
		}
		for _, b := range base {
			if b.From.After(t.From) {
				break
			}
			if b.To.After(t.From) {
				t.Team = append(t.Team, b.Team...)
				begins = begins || b.From.Equal(t.From)
			}
		}
		t = p.covered(t)
		if len(t.Team) == 0 {
			continue
		}
		if n := len(turns) - 1; n >= 0 && !begins && turns[n].joins(t) {
			turns[n].To = t.To
			continue
		}
		turns = append(turns, t)
	}
	return turns
}

// joins tells whether next goes on where t ends, with nothing different.
func (t Turn) joins(next Turn) bool {
	return t.To.Equal(next.From) && slices.Equal(t.Team, next.Team) && slices.Equal(t.Covered, next.Covered)
}

// covered puts the covers into a turn that none of them cuts.
func (p Plan) covered(t Turn) Turn {
	team := unique(t.Team)
	for _, c := range p.Covers {
		if c.Asked != "" || c.From.After(t.From) || c.To.Before(t.To) {
			continue
		}
		next, changed := c.apply(team)
		if changed {
			team = next
			t.Covered = append(t.Covered, c.ID)
		}
	}
	t.Team = team
	return t
}

// apply is the team with the cover in it, and whether it made a difference.
func (c Cover) apply(team Team) (Team, bool) {
	at := slices.Index(team, c.Out)
	switch {
	case c.Out == Everyone:
		if c.In == "" {
			return nil, len(team) > 0
		}
		return Team{c.In}, !slices.Equal(team, Team{c.In})
	case c.Out == "" && c.In != "":
		next := unique(append(slices.Clone(team), c.In))
		return next, len(next) != len(team)
	case at < 0:
		return team, false
	case c.In == "":
		return slices.Delete(slices.Clone(team), at, at+1), true
	}
	next := slices.Clone(team)
	next[at] = c.In
	return unique(next), true
}

// unique leaves out whoever stands twice.
func unique(team Team) Team {
	out := make(Team, 0, len(team))
	for _, p := range team {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// base is the pattern's turns that touch the time from one instant to another,
// by their beginning. They are whole, so they may begin before and end after.
func (p Plan) base(from, to time.Time) []Turn {
	if p.Kind == Weekly {
		return p.weekly(from, to)
	}
	return p.rotating(from, to)
}

func (p Plan) rotating(from, to time.Time) (out []Turn) {
	if p.Days < 1 || len(p.Order) == 0 {
		return nil
	}
	// A turn is found by the calendar; the one before is looked at too, since
	// the hand-over of that day may be still to come.
	n := max(0, int(civil.Of(from, p.Zone)-p.Start)/p.Days-1)
	for ; ; n++ {
		t := Turn{From: p.handover(n), To: p.handover(n + 1), Team: p.Order[n%len(p.Order)]}
		if !t.From.Before(to) {
			return out
		}
		if t.To.After(from) && t.To.After(t.From) {
			out = append(out, t)
		}
	}
}

func (p Plan) handover(n int) time.Time {
	return civil.At(p.Start+civil.Day(n*p.Days), p.Handover, p.Zone)
}

func (p Plan) weekly(from, to time.Time) (out []Turn) {
	// A span that began the day before may go on past midnight.
	for d := civil.Of(from, p.Zone) - 2; d <= civil.Of(to, p.Zone)+1; d++ {
		for _, s := range p.Spans {
			if s.Weekday != d.Weekday() {
				continue
			}
			end := s.To
			if end <= s.From {
				end += civil.Midnight
			}
			t := Turn{From: civil.At(d, s.From, p.Zone), To: civil.At(d, end, p.Zone), Team: s.Team}
			if t.From.Before(to) && t.To.After(from) && t.To.After(t.From) {
				out = append(out, t)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Turn) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return out
}
