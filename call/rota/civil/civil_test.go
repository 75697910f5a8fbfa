package civil

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// The days on which clocks move, and a country that left out a whole one.
func TestSkippedAndDoubledTimesOfDay(t *testing.T) {
	for name, c := range map[string]struct {
		zone   string
		day    Day
		minute int
		want   string
	}{
		"an ordinary day":               {"Europe/Helsinki", On(2026, 11, 22), 8 * 60, "2026-11-22T06:00:00Z"},
		"before the hour is skipped":    {"Europe/Helsinki", On(2027, 3, 28), 2*60 + 59, "2027-03-28T00:59:00Z"},
		"skipped":                       {"Europe/Helsinki", On(2027, 3, 28), 3*60 + 30, "2027-03-28T01:00:00Z"},
		"after the skipped hour":        {"Europe/Helsinki", On(2027, 3, 28), 4 * 60, "2027-03-28T01:00:00Z"},
		"comes twice":                   {"Europe/Helsinki", On(2026, 10, 25), 3*60 + 30, "2026-10-25T00:30:00Z"},
		"after the hour that did":       {"Europe/Helsinki", On(2026, 10, 25), 4 * 60, "2026-10-25T02:00:00Z"},
		"half an hour, Lord Howe":       {"Australia/Lord_Howe", On(2026, 10, 4), 2*60 + 15, "2026-10-03T15:30:00Z"},
		"midnight is skipped, Beirut":   {"Asia/Beirut", On(2026, 3, 29), 0, "2026-03-28T22:00:00Z"},
		"the day is skipped, Apia":      {"Pacific/Apia", On(2011, 12, 30), 9 * 60, "2011-12-30T10:00:00Z"},
		"the end of the day":            {"Europe/Paris", On(2026, 11, 22), Midnight, "2026-11-22T23:00:00Z"},
		"two days later, by the minute": {"Europe/Paris", On(2026, 11, 22), 2 * Midnight, "2026-11-23T23:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := At(c.day, c.minute, zone(t, c.zone)).Format(time.RFC3339); got != c.want {
				t.Errorf("%s: %s at minute %d begins %s, want %s", c.zone, c.day, c.minute, got, c.want)
			}
		})
	}
}

// A small model of its own: it looks at the clock each minute.
func TestATimeOfDayBeginsWhenTheClockFirstShowsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "America/Asuncion", "UTC", "Asia/Kolkata"}).Draw(t, "zone")
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		day := Day(rapid.IntRange(int(On(1995, 1, 1)), int(On(2035, 12, 31))).Draw(t, "day"))
		minute := rapid.IntRange(0, Midnight).Draw(t, "minute")
		wall := day.utc().Add(time.Duration(minute) * time.Minute).Format("2006-01-02 15:04")
		at := day.utc().Add(-15 * time.Hour)
		for at.In(loc).Format("2006-01-02 15:04") < wall {
			at = at.Add(time.Minute)
		}
		if got := At(day, minute, loc); !got.Equal(at) {
			t.Errorf("%s in %s: %s, a watched clock shows it at %s", wall, name, got, at)
		}
	})
}

func TestDaysAndTimesAsTyped(t *testing.T) {
	for text, want := range map[string]int{"8": 480, "8:00": 480, "08:00": 480, "8.30": 510, "0830": 510, "830": 510, "8 h 30": 510, "24:00": Midnight, "0:00": 0} {
		if got, err := ParseMinute(text); err != nil || got != want {
			t.Errorf("%q is %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":", "25:00", "24:01", "8:60", "8:0", "08:000", "eight", "8:00pm", "-8", "8:00:00"} {
		if got, err := ParseMinute(text); err == nil {
			t.Errorf("%q was taken for %d", text, got)
		}
	}
	d, err := ParseDay("2026-11-22")
	if err != nil || d.String() != "2026-11-22" || d.Weekday() != time.Sunday {
		t.Errorf("%s %v", d, err)
	}
	for _, text := range []string{"", "22.11.2026", "2026-02-30", "1989-12-31", "2200-01-01"} {
		if _, err := ParseDay(text); err == nil {
			t.Errorf("%q was taken for a day", text)
		}
	}
}
