package plan

import (
	"slices"
	"time"

	"muster/call/rota/office"
	"muster/id"
)

// Gap is a time in which nobody is on duty, or nobody of those on duty can be
// reached.
type Gap struct {
	From, To time.Time
	Why      Reason
	Team     Team // who is on duty and cannot be reached
}

// Touches tells whether two gaps are parts of one.
func (g Gap) Touches(other Gap) bool { return !g.From.After(other.To) && !other.From.After(g.To) }

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
