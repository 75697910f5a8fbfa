package duty_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/roster/duty"
)

const day = 24 * time.Hour

func TestBS6TheLadderOfAYear(t *testing.T) {
	began := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	half, year, end := began.Add(182*day), began.Add(365*day), began.Add(380*day)
	for _, c := range []struct {
		at   time.Time
		want duty.Ladder
	}{
		{half.Add(-14*day - 1), duty.Ladder{Next: half.Add(-14 * day)}},
		{half.Add(-14 * day), duty.Ladder{Steps: 1, Until: half, Next: half}},
		{half.Add(-1), duty.Ladder{Steps: 1, Until: half, Next: half}},
		{half, duty.Ladder{Steps: 2, Overdue: true, Others: true, Until: year, Next: year}},
		{year, duty.Ladder{Steps: 3, Overdue: true, Until: end, Next: year.Add(5 * day)}},
		{year.Add(5 * day), duty.Ladder{Steps: 4, Overdue: true, Until: end, Next: year.Add(10 * day)}},
		{year.Add(10*day - 1), duty.Ladder{Steps: 4, Overdue: true, Until: end, Next: year.Add(10 * day)}},
		{year.Add(10 * day), duty.Ladder{Steps: 5, Overdue: true, Others: true, Until: end, Next: year.Add(13 * day)}},
		{year.Add(13 * day), duty.Ladder{Steps: 6, Overdue: true, Others: true, Until: end, Next: end}},
		{end.Add(-1), duty.Ladder{Steps: 6, Overdue: true, Others: true, Until: end, Next: end}},
		{end, duty.Ladder{Steps: 7, Overdue: true, Others: true, Stale: true}},
		{end.Add(1000 * day), duty.Ladder{Steps: 7, Overdue: true, Others: true, Stale: true}},
	} {
		if got := duty.At(began, c.at); got != c.want {
			t.Errorf("%s after it was confirmed: %+v, want %+v", c.at.Sub(began), got, c.want)
		}
	}
}

// The ladder only climbs, and whoever sleeps until Next misses nothing.
func TestBS6TheLadderChangesOnlyWhenItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		began := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
		now := began.Add(time.Duration(rapid.Int64Range(0, int64(500*day)).Draw(t, "now")))
		later := now.Add(time.Duration(rapid.Int64Range(0, int64(500*day)).Draw(t, "later")))
		a, b := duty.At(began, now), duty.At(began, later)
		if b.Steps < a.Steps || a.Stale && !b.Stale || a.Overdue && !b.Overdue {
			t.Fatalf("%+v, then %+v", a, b)
		}
		if moved := a != b; moved != (!a.Next.IsZero() && !later.Before(a.Next)) {
			t.Fatalf("%+v at %s, %+v at %s", a, now, b, later)
		}
	})
}
