package incident

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/call/alarm"
	"muster/id"
)

var t0 = time.Date(2026, 11, 30, 21, 0, 0, 0, time.UTC)

func TestTallySaysWhatItMeans(t *testing.T) {
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	at := func(after time.Duration) time.Time { return t0.Add(after) }
	s := Tally([]Case{
		{Worker: "per_a", Name: "Aino", Workspace: "wsp_1", Kind: alarm.Help, Outcome: alarm.Real, Raised: t0, Answered: at(30 * time.Second), Resolved: at(time.Hour)},
		{Worker: "per_a", Name: "Aino", Workspace: "wsp_1", Kind: alarm.MissedCheckIn, Outcome: alarm.False, Raised: t0, Answered: at(31 * time.Second), Resolved: at(2 * time.Hour)},
		{Worker: "per_b", Name: "Eero", Workspace: "wsp_2", Kind: alarm.MissedCheckIn, Outcome: alarm.Drill, Raised: at(2 * time.Hour), Answered: at(2*time.Hour + 3*time.Minute), Resolved: at(5 * time.Hour)},
		{Worker: "per_b", Name: "Eero", Workspace: "wsp_2", Kind: alarm.Help, Raised: at(3 * time.Hour)},
	}, helsinki)
	s.CheckIns = 8
	// 21:00 UTC is still November there, 23:00 is December.
	if len(s.Months) != 2 || s.Months[0].Key != "2026-11" || s.Months[0].Alarms != 2 || s.Months[1].Key != "2026-12" {
		t.Errorf("months %+v", s.Months)
	}
	a := s.All.Answered
	if a.Count != 3 || a.Of != 4 || a.Median != 31*time.Second || a.P95 != 3*time.Minute || a.Within != [...]int{1, 2, 3} {
		t.Errorf("answered %+v", a)
	}
	if a.Share(2) != 0.75 || s.All.FalseShare() != 0.5 || s.InTime() != 0.8 || s.All.Resolved.Median != 2*time.Hour {
		t.Errorf("shares %v, %v, %v; resolved %+v", a.Share(2), s.All.FalseShare(), s.InTime(), s.All.Resolved)
	}
	if len(s.Workers) != 2 || s.Workers[0].Name != "Aino" || s.Workspaces[1].Key != "wsp_2" || s.Workspaces[1].Outcomes[""] != 1 {
		t.Errorf("workers %+v, workspaces %+v", s.Workers, s.Workspaces)
	}
	if none := Tally(nil, time.UTC); !math.IsNaN(none.All.FalseShare()) || !math.IsNaN(none.All.Answered.Share(0)) || !math.IsNaN(none.InTime()) {
		t.Error("of nothing something was said")
	}
}

// Whatever happened, the groups add up to the whole, and the figures hold
// against what they are defined as.
func TestTallyAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Case {
			c := Case{
				Worker: rapid.SampledFrom([]id.Person{"per_a", "per_b", "per_c"}).Draw(t, "worker"), Workspace: rapid.SampledFrom([]id.Workspace{"wsp_1", "wsp_2"}).Draw(t, "workspace"),
				Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Raised: t0.Add(time.Duration(rapid.IntRange(0, 200*24).Draw(t, "hours")) * time.Hour),
			}
			if rapid.Bool().Draw(t, "answered") {
				c.Answered = c.Raised.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "after")) * time.Second)
				if rapid.Bool().Draw(t, "resolved") {
					c.Resolved, c.Outcome = c.Answered.Add(time.Minute), rapid.SampledFrom(alarm.Outcomes()).Draw(t, "outcome")
				}
			}
			return c
		}), 0, 60).Draw(t, "cases")
		s := Tally(cases, time.UTC)
		for name, groups := range map[string][]Group{"months": s.Months, "workspaces": s.Workspaces, "workers": s.Workers} {
			sum, answered, within := 0, 0, 0
			for _, g := range groups {
				sum, answered, within = sum+g.Alarms, answered+g.Answered.Count, within+g.Answered.Within[1]
			}
			if sum != len(cases) || answered != s.All.Answered.Count || within != s.All.Answered.Within[1] {
				t.Fatalf("%s add up to %d alarms, %d answered, %d in time", name, sum, answered, within)
			}
		}
		a := s.All.Answered
		atMost := func(d time.Duration) (n int) {
			for _, c := range cases {
				if !c.Answered.IsZero() && c.Answered.Sub(c.Raised) <= d {
					n++
				}
			}
			return n
		}
		for i, m := range Marks {
			if a.Within[i] != atMost(m) {
				t.Fatalf("within %v: %d, want %d", m, a.Within[i], atMost(m))
			}
		}
		if a.Count > 0 {
			if 20*atMost(a.P95) < 19*a.Count || 20*atMost(a.P95-1) >= 19*a.Count {
				t.Fatalf("p95 of %d is %v", a.Count, a.P95)
			}
			if below := atMost(a.Median); 2*below < a.Count {
				t.Fatalf("median %v has only %d of %d at or below it", a.Median, below, a.Count)
			}
		}
		if !slices.IsSortedFunc(s.Months, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) }) {
			t.Fatal("months are out of order")
		}
	})
}
