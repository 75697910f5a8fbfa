// Package quiet knows the hours in which somebody does not want to be disturbed
// by what can wait.
package quiet

import (
	"fmt"
	"strings"
	"time"

	"muster/fault"
)

// Hours are a time of the day, each day or on some, in the organisation's time
// zone. They belong to the day on which they begin: those from 22 to 6 that
// begin on a Friday end on a Saturday. The zero value is none.
type Hours struct {
	From, Till int // minutes after midnight
	Days       [7]bool
}

// None tells whether there are no quiet hours.
func (h Hours) None() bool { return h == Hours{} }

// New checks what somebody chose: two times as "22:00", and days, of which none
// means all. Two empty times are none. Faults are at quiet_from and quiet_till.
func New(from, till string, days []time.Weekday) (h Hours, err error) {
	if from == "" && till == "" {
		return h, nil
	}
	var errs []error
	if h.From, err = minutes(from); err != nil {
		errs = append(errs, fault.From(err).At("quiet_from"))
	}
	if h.Till, err = minutes(till); err != nil {
		errs = append(errs, fault.From(err).At("quiet_till"))
	}
	if errs == nil && h.From == h.Till { // a whole day would never end
		errs = append(errs, fault.New(fault.Invalid, "quiet_same").At("quiet_till"))
	}
	for _, d := range days {
		h.Days[d%7] = true
	}
	if h.Days == ([7]bool{}) {
		h.Days = [7]bool{true, true, true, true, true, true, true}
	}
	return h, fault.Join(errs...)
}

func minutes(clock string) (int, error) {
	at, err := time.Parse("15:04", strings.TrimSpace(clock))
	if err != nil {
		return 0, fault.New(fault.Invalid, "clock_form")
	}
	return at.Hour()*60 + at.Minute(), nil
}

// Clock is a time of the day as New reads it.
func Clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// String is how hours are kept: "22:00 06:00 1111100", days from Sunday on;
// empty for none.
func (h Hours) String() string {
	if h.None() {
		return ""
	}
	days := []byte("0000000")
	for i, on := range h.Days {
		if on {
			days[i] = '1'
		}
	}
	return Clock(h.From) + " " + Clock(h.Till) + " " + string(days)
}

// Parse reads what String wrote.
func Parse(text string) (h Hours, err error) {
	if text == "" {
		return h, nil
	}
	part := strings.Fields(text)
	if len(part) != 3 || len(part[2]) != 7 {
		return h, fmt.Errorf("quiet: %d words", len(part))
	}
	var days []time.Weekday
	for i, on := range part[2] {
		if on == '1' {
			days = append(days, time.Weekday(i))
		}
	}
	return New(part[0], part[1], days)
}

// Until is when the quiet hours end in which an instant lies; ok is false where
// it lies in none. The clock of the place counts: in the night in which it is
// turned, the hours are one shorter or longer.
func (h Hours) Until(at time.Time, place *time.Location) (end time.Time, ok bool) {
	if h.None() {
		return end, false
	}
	local := at.In(place)
	for back := range 2 {
		y, m, d := local.Year(), local.Month(), local.Day()-back
		begin := time.Date(y, m, d, 0, h.From, 0, 0, place)
		if !h.Days[time.Date(y, m, d, 12, 0, 0, 0, place).Weekday()] {
			continue
		}
		if h.Till <= h.From {
			d++
		}
		end = time.Date(y, m, d, 0, h.Till, 0, 0, place)
		if !at.Before(begin) && at.Before(end) {
			return end.UTC(), true
		}
	}
	return time.Time{}, false
}
