package lang

import (
	"fmt"
	"strconv"
	"sync"
	"time"
	_ "time/tzdata" // a machine need not have the zones installed

	"golang.org/x/text/language"
	xmessage "golang.org/x/text/message"
	"golang.org/x/text/number"

	"muster/fault"
)

// Style is how much of a time is written.
type Style string

// The styles, with what English makes of them.
const (
	Clock   Style = "clock"   // 14:05
	Seconds Style = "seconds" // 14:05:09
	Day     Style = "day"     // 22 Nov 2026
	Short   Style = "short"   // 22 Nov 2026, 14:05
	Exact   Style = "exact"   // 22 Nov 2026, 14:05:09 (UTC+2)
	Long    Style = "long"    // Sunday 22 November 2026 at 14:05
	Spoken  Style = "spoken"  // 14 05, as a voice reads it well
)

// Time writes t as seen in loc. The zero time is a dash, for it means that
// nothing has happened yet. What is relative to now is written by Relative,
// since only a transaction knows what now is.
func (t Tag) Time(at time.Time, loc *time.Location, style Style) string {
	if at.IsZero() {
		return "–"
	}
	at = at.In(loc)
	day := strconv.Itoa(at.Day())
	first := day
	if day == "1" {
		first = t.Text("time.first", nil)
	}
	if style == Spoken && at.Minute() == 0 {
		style = "spoken_hour"
	}
	month := strconv.Itoa(int(at.Month()))
	return t.Text("time."+string(style), map[string]any{
		"Hour": strconv.Itoa(at.Hour()), "Hour2": two(at.Hour()),
		"Minute": two(at.Minute()), "Second": two(at.Second()),
		"Day": day, "Day2": two(at.Day()), "DayOrdinal": first,
		"Month2": two(int(at.Month())), "MonthNumber": month,
		"Month": t.Text("time.month."+month, nil), "Mon": t.Text("time.mon."+month, nil),
		"Weekday": t.Text("time.weekday."+strconv.Itoa(int(at.Weekday())), nil),
		"Year":    strconv.Itoa(at.Year()), "Zone": zone(at),
	})
}

// zones keeps what Zone has read: there are some 600 names, and reading one
// takes longer than writing a whole message.
var zones sync.Map

// Zone finds a time zone by its IANA name, like Europe/Helsinki. Anything
// else is Invalid.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // which would be the server's own
		return nil, fault.New(fault.Invalid, "unknown_time_zone").With("Value", clip(name))
	}
	zones.Store(name, loc)
	return loc, nil
}

func two(n int) string { return fmt.Sprintf("%02d", n) }

// zone names the offset instead of the zone: abbreviations like CST mean
// several things, and the offset is what a reader elsewhere needs.
func zone(at time.Time) string {
	_, offset := at.Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "−", -offset
	}
	s := "UTC" + sign + strconv.Itoa(offset/3600)
	if m := offset % 3600 / 60; m != 0 {
		s += ":" + two(m)
	}
	return s
}

// Relative says how long before or after now it is, in the one largest unit:
// "4 min ago", "in 2 h". Less than a second is "now".
func (t Tag) Relative(at, now time.Time) string {
	if at.IsZero() {
		return "–"
	}
	d := now.Sub(at)
	switch {
	case d.Abs() < time.Second:
		return t.Text("time.now", nil)
	case d > 0:
		return t.Text("time.ago", map[string]any{"Long": t.span(d, 1)})
	}
	return t.Text("time.ahead", map[string]any{"Long": t.span(-d, 1)})
}

// Duration writes d in its two largest units, whole seconds being the
// smallest: "2 h 5 min", "45 s", "3 d". A negative one is written as if it
// were positive; the text around it says which way.
func (t Tag) Duration(d time.Duration) string { return t.span(d.Abs(), 2) }

var units = []struct {
	key string
	is  time.Duration
}{
	{"time.unit.days", 24 * time.Hour},
	{"time.unit.hours", time.Hour},
	{"time.unit.minutes", time.Minute},
	{"time.unit.seconds", time.Second},
}

func (t Tag) span(d time.Duration, most int) string {
	var s string
	for i, u := range units {
		n := int(d / u.is)
		last := i == len(units)-1
		if n == 0 && (s != "" || !last) {
			if s != "" {
				break // 2 h 0 min 5 s is 2 h: the rest does not matter beside it
			}
			continue
		}
		if s != "" {
			s += " "
		}
		s += t.Text(u.key, map[string]any{"N": n})
		d -= time.Duration(n) * u.is
		if most--; most == 0 {
			break
		}
	}
	return s
}

var printers = func() map[Tag]*xmessage.Printer {
	out := make(map[Tag]*xmessage.Printer)
	for _, t := range supported {
		region := language.MustParse(string(t))
		if t == English {
			region = language.BritishEnglish
		}
		out[t] = xmessage.NewPrinter(region)
	}
	return out
}()

// Number writes a whole number with the language's grouping: 12,000 in
// English, 12 000 (with a space that does not break) in Finnish and French.
func (t Tag) Number(n int) string {
	if n > -1000 && n < 1000 {
		if n < 0 {
			return "−" + strconv.Itoa(-n)
		}
		return strconv.Itoa(n)
	}
	return t.printer().Sprint(number.Decimal(n))
}

// Decimal writes f with exactly so many places after the decimal mark.
func (t Tag) Decimal(f float64, places int) string {
	return t.printer().Sprint(number.Decimal(f, number.Scale(places)))
}

func (t Tag) printer() *xmessage.Printer {
	if p, ok := printers[t]; ok {
		return p
	}
	return printers[English]
}
