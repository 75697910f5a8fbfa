package drill

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPlansKeepTheWallClockAndTheLastDayOfShortMonths(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation(LocalTime, s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		every              Rhythm
		first, after, want string
	}{
		{Once, "2026-03-01T10:00", "2026-02-01T10:00", "2026-03-01T10:00"},
		{Once, "2026-03-01T10:00", "2026-03-01T10:00", ""},
		{Weekly, "2026-03-23T10:00", "2026-03-23T10:00", "2026-03-30T10:00"}, // over the change to summer time
		{Monthly, "2026-01-31T10:00", "2026-01-31T10:00", "2026-02-28T10:00"},
		{Monthly, "2026-01-31T10:00", "2026-02-28T10:00", "2026-03-31T10:00"},
		{Quarterly, "2025-11-30T08:30", "2025-12-24T00:00", "2026-02-28T08:30"},
		{Weekly, "2020-01-06T09:00", "2026-11-22T12:00", "2026-11-23T09:00"},
	} {
		got := Plan{Every: c.every, First: c.first}.after(at(c.after), zone)
		if c.want == "" != got.IsZero() || !got.IsZero() && !got.Equal(at(c.want)) {
			t.Errorf("%s from %s after %s: %v, want %s", c.every, c.first, c.after, got, c.want)
		}
	}
}

// However long ago a plan began, the next time is the first that lies ahead:
// there is none between now and it, counted one by one.
func TestTheNextDrillIsTheFirstThatLiesAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Helsinki", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(2020, 1, rapid.IntRange(1, 1500).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, zone)
		now := first.Add(time.Duration(rapid.IntRange(-1000, 60_000).Draw(t, "hours later")) * time.Hour)
		p := Plan{Every: rapid.SampledFrom([]Rhythm{Weekly, Monthly, Quarterly}).Draw(t, "every"), First: first.Format(LocalTime)}
		begin, err := time.ParseInLocation(LocalTime, p.First, zone)
		if err != nil {
			t.Fatal(err)
		}
		want := begin
		for n := 1; !want.After(now); n++ {
			if p.Every == Weekly {
				want = time.Date(begin.Year(), begin.Month(), begin.Day()+7*n, begin.Hour(), begin.Minute(), 0, 0, zone)
			} else {
				want = inMonth(begin, n*months[p.Every], zone)
			}
		}
		if got := p.after(now, zone); !got.Equal(want) {
			t.Fatalf("%+v after %v: %v, want %v", p, now, got, want)
		}
	})
}
