// Package notice is news about the service: an incident from the first word to
// the last, or maintenance from its announcement to its end (BS5). What is
// promised, the next word or the end, is held to by timers.
package notice

import (
	"slices"
	"time"

	"muster/fault"
	"muster/id"
)

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	Incident    Kind = "incident"
	Maintenance Kind = "maintenance"
)

// State is how far it is.
type State string

// The states, first those of an incident, then those of maintenance. Overrun
// is what maintenance comes to by itself when its end passes.
const (
	Investigating State = "investigating"
	Identified    State = "identified"
	Monitoring    State = "monitoring"
	Resolved      State = "resolved"

	Planned   State = "planned"
	Started   State = "started"
	Overrun   State = "overrun"
	Done      State = "done"
	Cancelled State = "cancelled"
)

// next are the states that may follow. A state may follow itself where there
// can be more to say in it; maintenance that is planned once more was moved.
var next = map[Kind]map[State][]State{
	Incident: {
		"":            {Investigating, Identified, Monitoring, Resolved},
		Investigating: {Investigating, Identified, Monitoring, Resolved},
		Identified:    {Investigating, Identified, Monitoring, Resolved},
		Monitoring:    {Investigating, Identified, Monitoring, Resolved},
		Resolved:      {Investigating, Resolved}, // it came back, or there is a report on it
	},
	Maintenance: {
		"":        {Planned, Started},
		Planned:   {Planned, Started, Cancelled},
		Started:   {Started, Overrun, Done},
		Overrun:   {Overrun, Done},
		Done:      {Done},
		Cancelled: {Cancelled},
	},
}

// Over tells whether nothing is promised any more.
func (s State) Over() bool { return s == Resolved || s == Done || s == Cancelled }

// Word is what is promised as the next word: maintenance that is planned, or
// under way, promises its times.
func (s State) Word(promised time.Time) time.Time {
	if s == Planned || s == Started {
		return time.Time{}
	}
	return promised
}

// Limits of what may be promised.
const (
	Longest   = 7 * 24 * time.Hour   // maintenance
	Ahead     = 366 * 24 * time.Hour // until it begins
	Silence   = 24 * time.Hour       // between two words on an incident
	Again     = 24 * time.Hour       // after which what comes back is another incident
	Late      = 5 * time.Minute      // after which whoever owns a promise is called
	Recall    = 15 * time.Minute     // and then again, until there is a word
	mostParts = 10                   // components named in one notice
)

// Notice is what is known of it by now.
type Notice struct {
	ID         id.Notice
	Kind       Kind
	Owner      id.Staff // who promised the next word
	OwnerName  string
	Phone      string // where they are called; empty: nowhere
	Called     int    // how often they were, since the last word
	Components []id.Component
	State      State
	Since      time.Time // incident: when it began
	From, Till time.Time // maintenance
	Promised   time.Time // when the next word is due; zero: nothing is promised
	Said       int       // how many news there were
	Moved      int       // how often its time changed: a calendar's SEQUENCE
	Last       time.Time
}

// News is one more word on it.
type News struct {
	State      State
	Since      time.Time // with an incident's first word
	From, Till time.Time // maintenance that is planned or moved
	Promised   time.Time // the next word
	Components []id.Component
}

// Take gives the notice after one more word, or what speaks against the word,
// by field.
func (n Notice) Take(w News, now time.Time) (Notice, error) {
	var wrong error
	bad := func(field, code string) { wrong = fault.Join(wrong, fault.New(fault.Invalid, code).At(field)) }
	if !slices.Contains(next[n.Kind][n.State], w.State) {
		bad("state", "notice_state")
	}
	if n.State == Resolved && w.State == Investigating && now.Sub(n.Last) > Again {
		bad("state", "notice_again")
	}
	if len(w.Components) == 0 || len(w.Components) > mostParts {
		bad("components", "notice_components")
	}
	after := n
	after.State, after.Components, after.Said, after.Last, after.Called = w.State, w.Components, n.Said+1, now, 0
	switch n.Kind {
	case Incident:
		if n.Said == 0 {
			after.Since = w.Since
			if w.Since.IsZero() || w.Since.After(now) {
				bad("since", "notice_since")
			}
		}
		after.Promised = w.Promised
	case Maintenance:
		after = after.scheduled(w, now, bad)
	}
	switch {
	case w.State.Over():
		after.Promised = time.Time{}
	case (n.Kind == Incident || w.State == Overrun) && (!w.Promised.After(now) || w.Promised.Sub(now) > Silence):
		bad("promised", "notice_promised")
	}
	if wrong != nil {
		return n, wrong
	}
	return after, nil
}

// scheduled takes over the time of maintenance. Its beginning and its end are
// what is promised.
func (n Notice) scheduled(w News, now time.Time, bad func(field, code string)) Notice {
	if w.State == Planned || n.Said == 1 {
		if n.Said > 1 && (!w.From.Equal(n.From) || !w.Till.Equal(n.Till)) {
			n.Moved++
		}
		n.From, n.Till = w.From, w.Till
		switch {
		case n.From.IsZero() || w.State == Planned && !n.From.After(now) || n.From.Sub(now) > Ahead:
			bad("from", "notice_from")
		case !n.Till.After(n.From) || n.Till.Sub(n.From) > Longest:
			bad("till", "notice_till")
		}
	}
	switch w.State {
	case Planned:
		n.Promised = n.From
	case Started:
		n.Promised = n.Till
	case Overrun:
		n.Promised = w.Promised
	}
	return n
}

// Overdue tells whether a promise was broken (BS5).
func (n Notice) Overdue(now time.Time) bool {
	return !n.Promised.IsZero() && !now.Before(n.Promised.Add(Late))
}

// before are when people are reminded of maintenance.
var before = []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour}

// Reminders are the instants at which people are reminded of maintenance that
// was told of at an instant. What would come within a quarter of its distance
// of the announcement says nothing new and is left out.
func Reminders(from, told time.Time) (at []time.Time) {
	for _, d := range before {
		if t := from.Add(-d); t.Sub(told) >= d/4 {
			at = append(at, t)
		}
	}
	return at
}

// Next are the states that may follow, in the order in which forms offer them.
func (n Notice) Next() []State { return slices.Clone(next[n.Kind][n.State]) }
