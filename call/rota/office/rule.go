// Package office says when an organisation's office is staffed: its hours in
// each week, less the public holidays of its country, less and plus the days
// that it names itself (SS9). Times of day are those of its time zone, by the
// rule of package civil.
package office

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"muster/call/rota/civil"
	"muster/fault"
)

// Span is a time of each week at which the office is staffed.
type Span struct {
	Weekday time.Weekday `json:"weekday"`
	From    int          `json:"from"` // minutes after midnight
	To      int          `json:"to"`   // later the same day, at most its end
}

// Special is a day on which the organisation departs from the calendar.
type Special struct {
	Day  civil.Day `json:"day"`
	Name string    `json:"name"`
	Open bool      `json:"open"` // a public holiday on which the office works as on any such weekday
}

// Office is when the office is staffed.
type Office struct {
	Hours    []Span
	Calendar string // whose public holidays count, as of Calendars; empty: none
	Days     []Special
}

// Usual is what counts until an organisation says otherwise: Monday to Friday,
// 8 to 16, but for the holidays of its country.
func Usual(country string) Office {
	o := Office{}
	for d := time.Monday; d <= time.Friday; d++ {
		o.Hours = append(o.Hours, Span{d, 8 * 60, 16 * 60})
	}
	if _, ok := countries[country]; ok {
		o.Calendar = country
	}
	return o
}

// Bounds of what an organisation may set.
const (
	mostSpans = 100
	mostDays  = 500
	mostName  = 100
)

// settled checks and sorts. Faults are at hours, calendar and days.
func (o Office) settled() (Office, error) {
	var errs []error
	no := func(field string, f *fault.Fault) { errs = append(errs, f.At(field)) }
	if len(o.Hours) > mostSpans {
		no("hours", fault.New(fault.Invalid, "too_many").With("Max", mostSpans))
	}
	if len(o.Days) > mostDays {
		no("days", fault.New(fault.Invalid, "too_many").With("Max", mostDays))
	}
	for _, s := range o.Hours {
		if s.Weekday < time.Sunday || s.Weekday > time.Saturday || s.From < 0 || s.To > civil.Midnight || s.From >= s.To {
			no("hours", fault.New(fault.Invalid, "office_span"))
			break
		}
	}
	if _, ok := countries[o.Calendar]; !ok && o.Calendar != "" {
		no("calendar", fault.New(fault.Invalid, "office_calendar"))
	}
	for _, d := range o.Days {
		switch {
		case d.Day < civil.First || d.Day > civil.Last:
			no("days", fault.New(fault.Invalid, "day_form"))
		case utf8.RuneCountInString(d.Name) > mostName:
			no("days", fault.New(fault.Invalid, "too_long").With("Max", mostName))
		}
	}
	o.Hours, o.Days = slices.Clone(o.Hours), slices.Clone(o.Days)
	slices.SortFunc(o.Hours, func(a, b Span) int {
		return cmp.Or(cmp.Compare((a.Weekday+6)%7, (b.Weekday+6)%7), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	o.Hours = slices.Compact(o.Hours)
	slices.SortStableFunc(o.Days, func(a, b Special) int { return cmp.Compare(a.Day, b.Day) })
	for i := 1; i < len(o.Days); i++ {
		if o.Days[i].Day == o.Days[i-1].Day {
			no("days", fault.New(fault.Invalid, "office_day_twice").With("Day", o.Days[i].Day.String()))
		}
	}
	return o, fault.Join(errs...)
}

// Closed tells whether the office is closed on a whole day for a holiday, and
// for which.
func (o Office) Closed(d civil.Day) (name string, closed bool) {
	if i := slices.IndexFunc(o.Days, func(s Special) bool { return s.Day == d }); i >= 0 {
		return o.Days[i].Name, !o.Days[i].Open
	}
	year, _, _ := d.Date()
	for _, h := range Holidays(o.Calendar, year) {
		if h.Day == d {
			return h.Name, true
		}
	}
	return "", false
}

// Interval is a time from one instant to another.
type Interval struct{ From, To time.Time }

// Between is when the office is staffed from one instant to another, in order
// and without overlaps.
func (o Office) Between(from, to time.Time, zone *time.Location) []Interval {
	var out []Interval
	for d := civil.Of(from, zone); d <= civil.Of(to, zone); d++ {
		if _, closed := o.Closed(d); closed {
			continue
		}
		for _, s := range o.Hours {
			if s.Weekday != d.Weekday() {
				continue
			}
			i := Interval{civil.At(d, s.From, zone), civil.At(d, s.To, zone)}
			if i.From.Before(from) {
				i.From = from
			}
			if i.To.After(to) {
				i.To = to
			}
			if i.To.After(i.From) {
				out = append(out, i)
			}
		}
	}
	slices.SortFunc(out, func(a, b Interval) int { return a.From.Compare(b.From) })
	merged := out[:0]
	for _, i := range out {
		if n := len(merged) - 1; n >= 0 && !i.From.After(merged[n].To) {
			if i.To.After(merged[n].To) {
				merged[n].To = i.To
			}
			continue
		}
		merged = append(merged, i)
	}
	return merged
}

// open tells whether the office is staffed at an instant.
func (o Office) open(at time.Time, zone *time.Location) bool {
	all := o.Between(at, at.Add(time.Second), zone)
	return len(all) > 0 && all[0].From.Equal(at)
}
