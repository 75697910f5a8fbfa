// Package rota says who is on duty: now, at any time to come, and when nobody
// is.
//
// A rota belongs to the organisation or to one of its workspaces. It either
// rotates (teams in an order, handing over at a time of day each so many days)
// or is the same every week. Covers are exceptions to it: somebody else from
// one instant to another; a swap is two covers that stand or fall together.
// Times of day are those of the organisation's zone, by the rule of package
// civil, so that a hand-over leaves neither a gap nor an overlap on the days
// on which clocks move.
//
// Every change looks two weeks ahead for times without anybody who can be
// reached, and a watcher looks again each minute, since people leave and
// addresses change elsewhere. A gap is told to the administrators once.
package rota

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
// same people, and where a cover begins or ends.
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
				begins = begins || b.From.Equal(t.From) && p.Kind == Rotating
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

// Gap is a time in which nobody is on duty, or nobody of those on duty can be
// reached.
type Gap struct {
	From, To time.Time
	Why      Reason
	Team     Team // who is on duty and cannot be reached
}

// Reason is why a gap is one, the worst where there are several.
type Reason string

// The reasons.
const (
	Nobody      Reason = "nobody"      // the rota has nobody for this time
	Gone        Reason = "gone"        // who is on duty has left the organisation
	Unfit       Reason = "unfit"       // who is on duty is neither monitor nor administrator any more
	Unreachable Reason = "unreachable" // who is on duty has no address that is confirmed
)

// Gaps are the times without anybody who can be reached. trouble tells what is
// wrong with a person, empty if nothing is.
func (p Plan) Gaps(from, to time.Time, trouble func(id.Person) Reason) []Gap {
	var gaps []Gap
	add := func(g Gap) {
		if !g.To.After(g.From) {
			return
		}
		if n := len(gaps) - 1; n >= 0 && gaps[n].To.Equal(g.From) && gaps[n].Why == g.Why && slices.Equal(gaps[n].Team, g.Team) {
			gaps[n].To = g.To
			return
		}
		gaps = append(gaps, g)
	}
	at := from
	for _, t := range p.Between(from, to) {
		add(Gap{From: at, To: t.From, Why: Nobody})
		at = t.To
		why := Reason("")
		for _, person := range t.Team {
			if why = trouble(person); why == "" {
				break
			}
		}
		if why != "" {
			add(Gap{From: t.From, To: t.To, Why: why, Team: t.Team})
		}
	}
	add(Gap{From: at, To: to, Why: Nobody})
	return p.missed(gaps, from, to)
}

// missed leaves of the gaps what falls into the times of need.
func (p Plan) missed(gaps []Gap, from, to time.Time) (out []Gap) {
	need := p.needed(from, to)
	for _, g := range gaps {
		for _, n := range need {
			part := g
			part.From, part.To = later(g.From, n.From), earlier(g.To, n.To)
			if part.To.After(part.From) {
				out = append(out, part)
			}
		}
	}
	return out
}

// needed is when somebody has to be on duty, in order.
func (p Plan) needed(from, to time.Time) (out []office.Interval) {
	switch p.Need {
	case InHours:
		return p.Office.Between(from, to, p.Zone)
	case OutOfHours:
		at := from
		for _, i := range append(p.Office.Between(from, to, p.Zone), office.Interval{From: to, To: to}) {
			if i.From.After(at) {
				out = append(out, office.Interval{From: at, To: i.From})
			}
			at = i.To
		}
		return out
	case InTurnsOnly:
		for _, t := range p.base(from, to) {
			i := office.Interval{From: later(t.From, from), To: earlier(t.To, to)}
			if n := len(out) - 1; n >= 0 && !i.From.After(out[n].To) {
				out[n].To = later(out[n].To, i.To)
				continue
			}
			out = append(out, i)
		}
		return out
	}
	return []office.Interval{{From: from, To: to}}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
