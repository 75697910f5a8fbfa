package deliver

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"muster/id"
)

// wish is an error of a channel whose other end wants to be left alone.
type wish time.Duration

func (wish) Error() string               { return "429" }
func (w wish) RetryAfter() time.Duration { return time.Duration(w) }

// A program is tried thirteen times in the first half hour, so that an alarm
// does not wait for a restart, and for three days in all.
func TestAProgramIsTriedForThreeDaysAndOftenAtFirst(t *testing.T) {
	made := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	m := Message{ID: id.New[id.Message](), Route: []Stop{{"webhook", "wir_1"}}, Lane: SOS, Made: made, Expires: made.Add(96 * time.Hour), State: Queued}
	now, early := made, 0
	for tries := 1; ; tries++ {
		s := outcome{message: m, stop: m.Route[0], err: errors.New("500")}.next(now)
		if s.state == Failed {
			if took := now.Sub(made); tries != 21 || took < 75*time.Hour || took > 84*time.Hour {
				t.Errorf("it ends after %d tries and %s", tries, took)
			}
			break
		}
		wait, least := s.due.Sub(now), schedules["webhook"][m.Tries]
		if s.state != Queued || s.tries != m.Tries+1 || wait < least || wait > least+least/jitter {
			t.Fatalf("after try %d: %+v, %s later", tries, s, wait)
		}
		if m.Tries, now = s.tries, s.due; now.Before(made.Add(34 * time.Minute)) {
			early++
		}
	}
	if early != 13 {
		t.Errorf("%d tries follow in the first half hour", early)
	}
}

func TestWhoAsksToBeLeftAloneIsWithinBounds(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	m := Message{ID: id.New[id.Message](), Route: []Stop{{"webhook", "wir_1"}}, Made: now, Expires: now.Add(96 * time.Hour)}
	for asked, want := range map[time.Duration]time.Duration{
		-time.Hour: time.Second, 0: time.Second, 40 * time.Second: 40 * time.Second, 1000 * time.Hour: mostAsked,
	} {
		got := outcome{message: m, stop: m.Route[0], err: fmt.Errorf("webhook: %w", wish(asked))}.next(now).due.Sub(now)
		if got < want || got > want+want/jitter {
			t.Errorf("asked for %s: %s, want %s", asked, got, want)
		}
	}
	late := m
	late.Tries = 13
	if got := (outcome{message: late, stop: m.Route[0], err: wish(time.Second)}).next(now).due.Sub(now); got < 30*time.Minute {
		t.Errorf("asked for a second, late: %s", got)
	}
}

// What failed together does not come together again.
func TestPausesDiffer(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		m := Message{ID: id.New[id.Message](), Tries: 13}
		d, _ := outcome{message: m, stop: Stop{"webhook", "wir_1"}}.pause()
		seen[d] = true
	}
	if len(seen) < 50 {
		t.Errorf("%d different pauses of a hundred", len(seen))
	}
}
