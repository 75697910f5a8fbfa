package quiet_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/fault"
	"muster/roster/quiet"
)

func at(t interface{ Fatal(...any) }, place *time.Location, text string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04", text, place)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestQuietHoursBelongToTheDayOnWhichTheyBegin(t *testing.T) {
	t.Parallel()
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	for _, c := range []struct {
		from, till string
		days       []time.Weekday
		now, end   string // end empty: it is not quiet
	}{
		{"22:00", "06:00", nil, "2026-11-22 21:59", ""},
		{"22:00", "06:00", nil, "2026-11-22 22:00", "2026-11-23 06:00"},
		{"22:00", "06:00", nil, "2026-11-23 05:59", "2026-11-23 06:00"},
		{"22:00", "06:00", nil, "2026-11-23 06:00", ""},
		{"12:00", "13:30", nil, "2026-11-23 13:29", "2026-11-23 13:30"},
		{"12:00", "13:30", nil, "2026-11-23 11:59", ""},
		{"00:00", "06:00", nil, "2026-11-23 00:00", "2026-11-23 06:00"},
		{"22:00", "00:00", nil, "2026-11-23 23:59", "2026-11-24 00:00"},
		{"22:00", "06:00", week, "2026-11-21 03:00", "2026-11-21 06:00"}, // Saturday: of Friday's night
		{"22:00", "06:00", week, "2026-11-21 23:00", ""},                 // Saturday
		{"22:00", "06:00", week, "2026-11-23 03:00", ""},                 // Monday: of Sunday's night
		{"22:00", "21:59", nil, "2026-11-23 22:00", "2026-11-24 21:59"},
		// The clock is turned in the night to 29 March and to 25 October 2026.
		{"22:00", "06:00", nil, "2026-03-28 22:00", "2026-03-29 06:00"},
		{"22:00", "06:00", nil, "2026-03-29 05:59", "2026-03-29 06:00"},
		{"22:00", "06:00", nil, "2026-10-25 05:59", "2026-10-25 06:00"},
		{"02:00", "05:00", nil, "2026-03-29 02:30", "2026-03-29 05:00"},
	} {
		h, err := quiet.New(c.from, c.till, c.days)
		if err != nil {
			t.Fatal(err)
		}
		end, is := h.Until(at(t, helsinki, c.now), helsinki)
		if is != (c.end != "") || is && !end.Equal(at(t, helsinki, c.end)) {
			t.Errorf("%s to %s: at %s quiet %t until %s, want %q", c.from, c.till, c.now, is, end.In(helsinki), c.end)
		}
		if again, err := quiet.Parse(h.String()); err != nil || again != h {
			t.Errorf("%q is read as %+v: %v", h, again, err)
		}
	}
	h, _ := quiet.New("22:00", "06:00", nil)
	night := func(day string) time.Duration {
		begin := at(t, helsinki, day+" 22:00")
		end, _ := h.Until(begin, helsinki)
		return end.Sub(begin)
	}
	if a, b, c := night("2026-03-28"), night("2026-10-24"), night("2026-11-22"); a != 7*time.Hour || b != 9*time.Hour || c != 8*time.Hour {
		t.Errorf("the nights last %v, %v, %v", a, b, c)
	}
}

func TestWhatIsNoTimeOfDayIsSaidWhereItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, till, code, field string }{
		{"22", "06:00", "clock_form", "quiet_from"},
		{"22:00", "25:00", "clock_form", "quiet_till"},
		{"22:00", "", "clock_form", "quiet_till"},
		{"08:00", "08:00", "quiet_same", "quiet_till"},
	} {
		if _, err := quiet.New(c.from, c.till, nil); fault.From(err).Code != c.code || fault.From(err).Field != c.field {
			t.Errorf("%s to %s: %v", c.from, c.till, err)
		}
	}
	if h, err := quiet.New("", "", nil); err != nil || !h.None() {
		t.Errorf("nothing chosen: %+v, %v", h, err)
	}
}

// Whatever is chosen, what waits is let go within a day, and then it is not
// quiet any more.
func TestQuietHoursAlwaysEnd(t *testing.T) {
	t.Parallel()
	var places []*time.Location
	for _, name := range []string{"Europe/Helsinki", "America/St_Johns", "Australia/Lord_Howe", "UTC"} {
		place, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, place)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 1439).Draw(t, "from")
		till := rapid.IntRange(0, 1439).Filter(func(m int) bool { return m != from }).Draw(t, "till")
		var days []time.Weekday
		for range rapid.IntRange(0, 3).Draw(t, "days") {
			days = append(days, time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")))
		}
		h, err := quiet.New(quiet.Clock(from), quiet.Clock(till), days)
		if err != nil {
			t.Fatal(err)
		}
		place := rapid.SampledFrom(places).Draw(t, "place")
		now := time.Date(2026, 1, 1, 0, rapid.IntRange(0, 366*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		end, is := h.Until(now, place)
		if !is {
			return
		}
		if wait := end.Sub(now); wait <= 0 || wait > 25*time.Hour {
			t.Fatalf("%s in %s: from %s it is quiet for %v", h, place, now, wait)
		}
		if _, still := h.Until(end, place); still {
			t.Fatalf("%s in %s: at its end, %s, it is still quiet", h, place, end)
		}
	})
}
