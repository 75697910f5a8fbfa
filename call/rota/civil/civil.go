// Package civil reckons in days and times of day as they stand on the wall of
// a time zone, and says at which instant a clock there first shows them.
//
// One rule covers the days on which clocks are moved: a time of day begins at
// the first instant at which the clock of that day shows it or a later one. A
// time that is skipped therefore begins when the clock is put forward, and one
// that comes twice begins the first time. Two times of day never change
// places, so that what ends when another thing begins always meets it: without
// a gap and without an overlap. (RFC 5545, 3.3.5, lets skipped times begin
// later, and would break that.)
package civil

import (
	"time"

	"muster/fault"
)

// Day is a day of the calendar, in no time zone: days since 1 January 1970.
type Day int

// Midnight is the number of minutes in a day; as a time of day it is the end
// of that day.
const Midnight = 24 * 60

const daySeconds = 24 * 60 * 60

// The days that a plan may name: what lies outside is a slip of the pen.
var (
	First = On(1990, time.January, 1)
	Last  = On(2199, time.December, 31)
)

// On is the day with this date.
func On(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

// Of is the day that the clock in loc shows at t.
func Of(t time.Time, loc *time.Location) Day {
	y, m, d := t.In(loc).Date()
	return On(y, m, d)
}

// ParseDay reads "2026-11-22". Anything else, and days before 1990 or after
// 2199, are Invalid "day_form".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "day_form")
	}
	if d := Of(t, time.UTC); d >= First && d <= Last {
		return d, nil
	}
	return 0, fault.New(fault.Invalid, "day_form")
}

// Date is the day as year, month and day.
func (d Day) Date() (year int, month time.Month, day int) { return d.utc().Date() }

// Weekday is Sunday to Saturday.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// String is "2026-11-22".
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText implements encoding.TextMarshaler.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

func (d Day) utc() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

// widest is more than any zone has ever been away from UTC.
const widest = 26 * 60 * 60

// At is the first instant at which the clock in loc shows so many minutes
// after the midnight that begins day d, or later. minute may be Midnight and
// more, which is a time of the days after.
func At(d Day, minute int, loc *time.Location) time.Time {
	wall := int64(d)*daySeconds + int64(minute)*60
	t := wall - widest
	for {
		here := time.Unix(t, 0).In(loc)
		_, offset := here.Zone()
		_, end := here.ZoneBounds()
		shown := max(t, wall-int64(offset))
		if end.IsZero() || shown < end.Unix() {
			return time.Unix(shown, 0).UTC()
		}
		t = end.Unix()
	}
}

// ParseMinute reads a time of day as people type it: "8:00", "08:00", "8.30",
// "0800", "8". "24:00" is the end of the day. Anything else is Invalid
// "clock_form".
func ParseMinute(text string) (int, error) {
	wrong := fault.New(fault.Invalid, "clock_form")
	var digits []int
	colon := -1
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits = append(digits, int(c-'0'))
		case (c == ':' || c == '.' || c == 'h') && colon < 0 && len(digits) > 0:
			colon = len(digits)
		case c == ' ':
		default:
			return 0, wrong
		}
	}
	if colon < 0 {
		colon = len(digits)
		if colon > 2 {
			colon -= 2
		}
	}
	rest := len(digits) - colon
	if colon == 0 || colon > 2 || rest != 0 && rest != 2 {
		return 0, wrong
	}
	hour, minute := number(digits[:colon]), number(digits[colon:])
	if hour > 24 || minute > 59 || hour == 24 && minute > 0 {
		return 0, wrong
	}
	return hour*60 + minute, nil
}

func number(digits []int) (n int) {
	for _, d := range digits {
		n = 10*n + d
	}
	return n
}
