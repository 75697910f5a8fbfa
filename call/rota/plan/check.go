package plan

import (
	"cmp"
	"slices"
	"time"

	"muster/call/rota/civil"
	"muster/fault"
	"muster/id"
)

// Bounds of a pattern.
const (
	mostDays  = 366
	mostTeams = 100
	mostTeam  = 20
	mostSpans = 200
	mostNames = 600 // in all teams together
)

// Settled checks a pattern and leaves out what its kind does not use. Faults
// are at kind, start, handover, days, order and spans.
func (p Pattern) Settled() (Pattern, error) {
	switch p.Need {
	case "":
		p.Need = Always
	case Always, InHours, OutOfHours, InTurnsOnly:
	default:
		return p, fault.New(fault.Invalid, "rota_need").At("need")
	}
	names := 0
	for _, t := range p.Order {
		names += len(t)
	}
	for _, s := range p.Spans {
		names += len(s.Team)
	}
	if names > mostNames {
		return p, fault.New(fault.Invalid, "too_many").At("order").With("Max", mostNames)
	}
	switch p.Kind {
	case Rotating:
		p.Spans = nil
		return p, p.checkRotating()
	case Weekly:
		p.Start, p.Handover, p.Days, p.Order = 0, 0, 0, nil
		p.Spans = slices.Clone(p.Spans)
		err := p.checkWeekly()
		slices.SortStableFunc(p.Spans, func(a, b Span) int {
			return cmp.Or(cmp.Compare(fromMonday(a.Weekday), fromMonday(b.Weekday)), cmp.Compare(a.From, b.From))
		})
		return p, err
	}
	return p, fault.New(fault.Invalid, "rota_kind").At("kind")
}

// fromMonday counts the days of the week as calendars in Europe do.
func fromMonday(d time.Weekday) int { return (int(d) + 6) % 7 }

func (p Pattern) checkRotating() error {
	var errs []error
	within := func(field string, n, least, most int) {
		if n < least || n > most {
			errs = append(errs, fault.New(fault.Invalid, "out_of_range").At(field).With("Min", least).With("Max", most))
		}
	}
	within("days", p.Days, 1, mostDays)
	within("handover", p.Handover, 0, civil.Midnight-1)
	if p.Start < civil.First || p.Start > civil.Last {
		errs = append(errs, fault.New(fault.Invalid, "day_form").At("start"))
	}
	if len(p.Order) == 0 {
		errs = append(errs, fault.New(fault.Invalid, "rota_empty").At("order"))
	}
	if len(p.Order) > mostTeams {
		errs = append(errs, fault.New(fault.Invalid, "too_many").At("order").With("Max", mostTeams))
	}
	for _, t := range p.Order {
		errs = append(errs, t.check("order"))
	}
	return fault.Join(errs...)
}

func (p Pattern) checkWeekly() error {
	var errs []error
	if len(p.Spans) == 0 {
		errs = append(errs, fault.New(fault.Invalid, "rota_empty").At("spans"))
	}
	if len(p.Spans) > mostSpans {
		errs = append(errs, fault.New(fault.Invalid, "too_many").At("spans").With("Max", mostSpans))
	}
	for _, s := range p.Spans {
		if s.Weekday < time.Sunday || s.Weekday > time.Saturday || s.From < 0 || s.From >= civil.Midnight || s.To < 0 || s.To > civil.Midnight {
			errs = append(errs, fault.New(fault.Invalid, "clock_form").At("spans"))
		}
		errs = append(errs, s.Team.check("spans"))
	}
	return fault.Join(errs...)
}

func (t Team) check(field string) error {
	switch {
	case len(t) == 0:
		return fault.New(fault.Invalid, "rota_empty").At(field)
	case len(t) > mostTeam:
		return fault.New(fault.Invalid, "too_many").At(field).With("Max", mostTeam)
	case len(unique(t)) != len(t):
		return fault.New(fault.Invalid, "rota_twice").At(field)
	}
	return nil
}

// People is everybody who stands in the pattern, once.
func (p Pattern) People() Team {
	var all Team
	for _, t := range p.Order {
		all = append(all, t...)
	}
	for _, s := range p.Spans {
		all = append(all, s.Team...)
	}
	return unique(all)
}

// mostCover is how long a cover may last.
const (
	mostCover = 366 * 24 * time.Hour
	mostWhy   = 500
)

// Check holds a cover to what can be meant. Faults are at from, to, in, out
// and why.
func (c Cover) Check(now time.Time) error {
	var errs []error
	no := func(field, code string) { errs = append(errs, fault.New(fault.Invalid, code).At(field)) }
	switch {
	case c.From.IsZero() || c.To.IsZero():
		no("from", "bad_time")
	case !c.To.After(c.From):
		no("to", "rota_ends_first")
	case !c.To.After(now):
		no("to", "rota_past")
	case c.To.Sub(c.From) > mostCover || c.From.Sub(now) > 5*mostCover:
		no("to", "rota_too_long")
	}
	if c.In == c.Out || c.In == Everyone {
		no("in", "rota_same")
	}
	if len([]rune(c.Why)) > mostWhy {
		errs = append(errs, fault.New(fault.Invalid, "too_long").At("why").With("Max", mostWhy))
	}
	return fault.Join(errs...)
}

// Has tells whether a person is on duty for some of the time between two
// instants, as the plan is.
func (p Plan) Has(person id.Person, from, to time.Time) bool {
	return slices.ContainsFunc(p.Between(from, to), func(t Turn) bool { return slices.Contains(t.Team, person) })
}
