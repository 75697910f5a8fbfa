package shift

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func terms() Terms {
	return Terms{Every: 30 * time.Minute, Grace: 5 * time.Minute, Warn: 2 * time.Minute}
}

func TestClockBringsReminderThenQuestionThenAlarm(t *testing.T) {
	s := start(terms(), t0)
	for _, want := range []struct {
		after time.Duration
		event Event
	}{{28 * time.Minute, Remind}, {30 * time.Minute, Due}, {35 * time.Minute, Miss}} {
		at, e := s.next()
		if at != t0.Add(want.after) || e != want.event {
			t.Fatalf("next is %s at %v, want %s at %v", e, at.Sub(t0), want.event, want.after)
		}
		if _, early := s.pass(at.Add(-time.Microsecond)); len(early) != 0 {
			t.Fatalf("%s came early", e)
		}
		var all []happening
		if s, all = s.pass(at); len(all) != 1 || all[0].event != want.event || all[0].at != at {
			t.Fatalf("at its time came %v, want %s", all, want.event)
		}
	}
	if at, e := s.next(); e != Miss || at != t0.Add(65*time.Minute) {
		t.Errorf("after a miss the next is %s at %v, want another deadline an interval later", e, at.Sub(t0))
	}
}

func TestOldSignsOfLifeNeverExtendADeadline(t *testing.T) {
	s := start(terms(), t0)
	s, _ = s.alive(t0.Add(10*time.Minute), t0.Add(10*time.Minute))
	for _, c := range []struct {
		name    string
		at, now time.Duration
		counted bool
		due     time.Duration
	}{
		{"now", 20 * time.Minute, 20 * time.Minute, true, 50 * time.Minute},
		{"made a while ago, arriving now", 15 * time.Minute, 25 * time.Minute, true, 45 * time.Minute},
		{"older than what is known", 5 * time.Minute, 25 * time.Minute, false, 40 * time.Minute},
		{"the same again", 10 * time.Minute, 25 * time.Minute, false, 40 * time.Minute},
		{"from a clock that runs fast", 90 * time.Minute, 25 * time.Minute, true, 55 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, counted := s.alive(t0.Add(c.at), t0.Add(c.now))
			if counted != c.counted || got.Deadline != t0.Add(c.due) {
				t.Errorf("counted %t, due after %v; want %t, %v", counted, got.Deadline.Sub(t0), c.counted, c.due)
			}
		})
	}
}

func TestHighRiskCountsDownOnTopOfTheShift(t *testing.T) {
	s, err := start(terms(), t0).risk(10*time.Minute, t0)
	if err != nil {
		t.Fatal(err)
	}
	if at, e := s.next(); e != RiskOver || at != t0.Add(10*time.Minute) {
		t.Fatalf("next is %s at %v, want the countdown's end", e, at.Sub(t0))
	}
	safe, _ := s.alive(t0.Add(9*time.Minute), t0.Add(9*time.Minute))
	if at, e := safe.next(); e != Remind || at != t0.Add(37*time.Minute) {
		t.Errorf("after a check-in the next is %s at %v, want the base timer", e, at.Sub(t0))
	}
	over, all := s.pass(t0.Add(10 * time.Minute))
	if len(all) != 1 || all[0].event != RiskOver || !over.HighRisk.IsZero() || over.Deadline != t0.Add(30*time.Minute) {
		t.Errorf("the countdown's end brought %v and the base deadline %v", all, over.Deadline.Sub(t0))
	}
}

func TestShiftEndsWithACheck(t *testing.T) {
	tm := terms()
	tm.Planned = 70 * time.Minute
	s := start(tm, t0)
	s, _ = s.alive(t0.Add(25*time.Minute), t0.Add(25*time.Minute))
	s, _ = s.alive(t0.Add(50*time.Minute), t0.Add(50*time.Minute))
	if want := t0.Add(70 * time.Minute); s.Deadline != want {
		t.Errorf("due after %v, want the planned end", s.Deadline.Sub(t0))
	}
	longer, err := s.extend(40*time.Minute, t0.Add(60*time.Minute))
	if err != nil || longer.Deadline != t0.Add(100*time.Minute) || longer.End != t0.Add(100*time.Minute) {
		t.Errorf("extended to %v (%v), want 100m", longer.Deadline.Sub(t0), err)
	}
}

func TestNoPositionIsKeptOffShift(t *testing.T) {
	s := start(terms(), t0)
	at := func(d time.Duration) Place { p := Place{}; p.At = t0.Add(d); p.Lat = 60; return p }
	if _, keep := s.moved(at(-time.Minute), t0.Add(time.Minute)); keep {
		t.Error("a position from before the shift was kept")
	}
	s, keep := s.moved(at(5*time.Minute), t0.Add(5*time.Minute))
	if !keep || s.Place.At != t0.Add(5*time.Minute) {
		t.Error("a position on shift was not kept")
	}
	if later, keep := s.moved(at(2*time.Minute), t0.Add(6*time.Minute)); !keep || later.Place.At != t0.Add(5*time.Minute) {
		t.Error("an older position must be history and not become the last known one")
	}
	over, err := s.end("Aino", t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, keep := over.moved(at(61*time.Minute), t0.Add(61*time.Minute)); keep {
		t.Error("a position after the end was kept")
	}
}

func TestLongStandstillBringsEachEventOnceAtItsFirstTime(t *testing.T) {
	s := start(terms(), t0)
	s, all := s.pass(t0.Add(10 * time.Hour))
	if len(all) != 1 || all[0].event != Miss || all[0].at != t0.Add(35*time.Minute) {
		t.Fatalf("after a standstill came %v, want one miss that states its time", all)
	}
	if at, _ := s.next(); !at.After(t0.Add(10 * time.Hour)) {
		t.Error("the clock did not catch up")
	}
}

// A running shift always has something next, never in the past once the clock
// has passed, and never later than its deadline and grace.
func TestRunningShiftAlwaysHasADeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sec := func(name string, low, high int) time.Duration {
			return time.Duration(rapid.IntRange(low, high).Draw(t, name)) * time.Second
		}
		every := sec("every", 10, 7200)
		s := start(Terms{Every: every, Grace: sec("grace", 0, 600), Warn: sec("warn", 0, int(every/time.Second)), Planned: sec("planned", 0, 10000)}, t0)
		now := t0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(sec("wait", 0, 4000))
			var all []happening
			s, all = s.pass(now)
			for _, h := range all {
				if h.at.After(now) {
					t.Fatalf("%s came %v early", h.event, h.at.Sub(now))
				}
			}
			before := s.Deadline
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				back := sec("back", 0, 5000)
				var counted bool
				if s, counted = s.alive(now.Add(-back), now); !counted && s.Deadline != before {
					t.Fatal("a sign of life that did not count moved the deadline")
				}
			case 1:
				s, _ = s.risk(sec("risk", 10, 1000), now)
			case 2:
				s, _ = s.extend(sec("extend", 60, 5000), now)
			}
			s, _ = s.pass(now)
			at, _ := s.next()
			if !at.After(now) {
				t.Fatalf("the next event lies in the past: %v", at.Sub(now))
			}
			if at.After(s.Deadline.Add(s.Grace)) {
				t.Fatalf("nothing happens until %v after the end of grace", at.Sub(s.Deadline.Add(s.Grace)))
			}
		}
	})
}

func TestOldSignOfLifeNeverBringsAnAlarm(t *testing.T) {
	s, err := start(terms(), t0).extend(2*time.Hour, t0.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s, counted := s.alive(t0.Add(5*time.Minute), t0.Add(50*time.Minute))
	if want := t0.Add(121 * time.Minute); !counted || s.Deadline != want {
		t.Errorf("after an old sign of life the extended deadline is %v, want it where it was, %v", s.Deadline.Sub(t0), want.Sub(t0))
	}
	s, _ = start(terms(), t0).pass(t0.Add(36 * time.Minute)) // missed, an alarm was raised
	s, _ = s.alive(t0.Add(10*time.Minute), t0.Add(50*time.Minute))
	if _, all := s.pass(t0.Add(50 * time.Minute)); len(all) != 0 || s.Deadline != t0.Add(60*time.Minute) {
		t.Errorf("an old sign of life brought %v and a deadline after %v", all, s.Deadline.Sub(t0))
	}
}

func TestOldSignOfLifeDoesNotEndACountdownThatBeganLater(t *testing.T) {
	s, err := start(terms(), t0).risk(10*time.Minute, t0.Add(5*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s, counted := s.alive(t0.Add(4*time.Minute), t0.Add(6*time.Minute))
	if want := t0.Add(15 * time.Minute); counted || s.HighRisk != want {
		t.Errorf("the countdown ends at %v, want %v", s.HighRisk.Sub(t0), want.Sub(t0))
	}
}
