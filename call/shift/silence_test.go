package shift

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// beat is how finely the model looks: everything in it is a multiple.
const beat = 30 * time.Second

// looker is the model: somebody who looks at the clock every half minute and
// knows no timers. All its instants are beats since the start.
type looker struct {
	every, grace, silence    int
	since, heard, from, away int // from: since when silence counts; away: the plan's end; -1: none
	deadline, asked          int
	late, missed, muted      bool
	seen                     []seen
}

type seen struct {
	what Event
	at   int
}

func (l *looker) look(now int) {
	say := func(e Event) { l.seen = append(l.seen, seen{e, now}) }
	if now == l.deadline && !l.late {
		l.late = true
		say(Due)
	}
	if now == l.deadline+l.grace {
		l.missed, l.away = true, -1
		l.deadline += l.every
		say(Miss)
	}
	if l.from < 0 || l.muted || l.late || l.missed || l.away >= 0 {
		return
	}
	if l.asked < 0 && now >= max(l.from, l.heard, l.since)+l.silence {
		l.asked = now
		say(Quiet)
	} else if l.asked >= 0 && now == l.asked+max(l.grace, 2) {
		l.muted = true
		say(Mute)
	}
}

// hears ends a silence.
func (l *looker) hears(now int) {
	if l.asked >= 0 {
		l.from = now
	}
	l.asked, l.muted = -1, false
}

func (l *looker) alive(now int) {
	l.hears(now)
	l.since, l.away, l.missed, l.late, l.deadline = now, -1, false, false, now+l.every
}

// TestSilenceAndCoverageAgreeWithSomebodyWhoWatchesTheClock drives a shift
// from one timer to the next and compares it with the model.
func TestSilenceAndCoverageAgreeWithSomebodyWhoWatchesTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &looker{heard: -1, from: -1, away: -1, asked: -1}
		l.grace = rapid.IntRange(1, 8).Draw(t, "grace")
		l.every = rapid.IntRange(l.grace+1, 60).Draw(t, "every")
		l.silence = rapid.IntRange(1, 40).Draw(t, "silence")
		span := func(n int) time.Duration { return time.Duration(n) * beat }
		s := start(Terms{Every: span(l.every), Grace: span(l.grace), Silence: span(l.silence)}, t0)
		l.deadline = l.every
		var got []seen
		for now := range 300 {
			at := t0.Add(span(now))
			for next, _ := s.next(); !next.After(at); next, _ = s.next() {
				var all []happening
				s, all = s.pass(next)
				for _, h := range all {
					got = append(got, seen{h.event, int(h.at.Sub(t0) / beat)})
				}
			}
			l.look(now)
			switch rapid.IntRange(0, 24).Draw(t, "what") {
			case 0: // the phone sends
				l.hears(now)
				l.heard = now
				if l.from < 0 {
					l.from = now
				}
				s, _ = s.hears(at)
				s = s.listen(at)
				s.Heard = at
			case 1: // the worker checks in
				if now > l.since {
					l.alive(now)
				}
				s, _ = s.hears(at)
				s, _ = s.alive(at, at)
			case 2: // the worker goes out of coverage
				n := rapid.IntRange(2, 40).Draw(t, "away")
				l.alive(now)
				l.away, l.deadline = now+n, now+n+int(awayMargin/beat)
				var err error
				if s, err = s.leave(at.Add(span(n)), time.Hour, at); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(got) != len(l.seen) {
			t.Fatalf("the shift brought %v, the model %v", got, l.seen)
		}
		for i := range got {
			if got[i] != l.seen[i] {
				t.Fatalf("the shift brought %v, the model %v", got, l.seen)
			}
		}
	})
}

func TestAPhoneThatNeverSentIsNotMissed(t *testing.T) {
	s := start(Terms{Every: time.Hour, Grace: time.Minute, Silence: 5 * time.Minute}, t0)
	if _, e := s.next(); e != Due {
		t.Errorf("next is %s", e)
	}
	s = s.listen(t0)
	if at, e := s.next(); e != Quiet || at != t0.Add(5*time.Minute) {
		t.Errorf("once it sends, next is %s at %v", e, at)
	}
}

// After an outage of ours every phone seems silent. Each gets the whole time
// to answer, and none is called for at once.
func TestWhoWasDeafGivesTheWholeTimeToAnswer(t *testing.T) {
	s := start(Terms{Every: 24 * time.Hour, Grace: 2 * time.Minute, Silence: 5 * time.Minute}, t0).listen(t0)
	now := t0.Add(time.Hour)
	s, all := s.pass(now)
	if len(all) != 1 || all[0].event != Quiet {
		t.Fatalf("%v", all)
	}
	if at, e := s.next(); e != Mute || at != now.Add(2*time.Minute) {
		t.Errorf("then %s at %v", e, at)
	}
}

func TestAPlanToBeOutOfCoverageHasBounds(t *testing.T) {
	began := start(Terms{Every: 30 * time.Minute, Grace: 5 * time.Minute, Planned: 2 * time.Hour}, t0)
	risky, err := began.risk(10*time.Minute, t0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		s       Shift
		away    time.Duration
		longest time.Duration
		due     time.Duration // 0: refused
	}{
		{"as long as it may", began, time.Hour, time.Hour, 65 * time.Minute},
		{"longer than the organisation lets it", began, time.Hour + time.Second, time.Hour, 0},
		{"to the end of the shift, which is a check-in itself", began, 2 * time.Hour, 4 * time.Hour, 2 * time.Hour},
		{"beyond the end of the shift", began, 2*time.Hour + time.Second, 4 * time.Hour, 0},
		{"into the past", began, -time.Minute, 4 * time.Hour, 0},
		{"where nobody may", began, time.Hour, 0, 0},
	} {
		got, err := c.s.leave(t0.Add(c.away), c.longest, t0)
		if (err != nil) != (c.due == 0) || err == nil && got.Deadline != t0.Add(c.due) {
			t.Errorf("%s: due after %v, %v; want %v", c.name, got.Deadline.Sub(t0), err, c.due)
		}
	}
	risky, err = risky.leave(t0.Add(time.Hour), time.Hour, t0)
	if at, e := risky.next(); err != nil || e != RiskOver || at != t0.Add(10*time.Minute) {
		t.Errorf("with a high-risk countdown, next is %s at %v (%v)", e, at, err)
	}
	s, _ := began.leave(t0.Add(time.Hour), time.Hour, t0)
	if s, _ = s.alive(t0.Add(20*time.Minute), t0.Add(20*time.Minute)); !s.Away.IsZero() || s.Deadline != t0.Add(50*time.Minute) {
		t.Errorf("back early: away until %v, due %v", s.Away, s.Deadline)
	}
}

// Around the edge a battery is told of once, however it wavers.
func TestALowBatteryIsToldOfOnceADischarge(t *testing.T) {
	s := Shift{LowAt: 15}
	told := 0
	for _, step := range []struct{ percent, told int }{
		{80, 0}, {16, 0}, {15, 1}, {16, 1}, {14, 1}, {24, 1}, {3, 1}, {-1, 1}, {25, 1}, {16, 1}, {15, 2}, {15, 2},
	} {
		var drained bool
		if s, drained = s.charged(step.percent); drained {
			told++
		}
		if told != step.told {
			t.Fatalf("at %d %% told %d times, want %d", step.percent, told, step.told)
		}
	}
	if _, drained := (Shift{}).charged(1); drained {
		t.Error("told although nobody wants to be")
	}
}
