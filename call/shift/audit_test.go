package shift_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/shift"
	"muster/store"
	"muster/timer"
)

// A timer whose handler fails again and again is parked for a human to look
// at. Nobody may go unwatched until then.
func TestAuditWatchesAgainWhoseTimerWasParked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		c := newTeam(t, s)
		sh := c.start()
		c.help(sh)
		run := func(span time.Duration, handlers map[string]timer.Handler) {
			ctx, cancel := context.WithTimeout(t.Context(), span)
			defer cancel()
			timer.NewEngine(s, c.log, handlers).Run(ctx)
		}
		fail := func(*store.Tx, timer.Timer) error { return errors.New("something is broken") }
		run(90*time.Minute, map[string]timer.Handler{shift.TimerKind: fail, alarm.TimerKind: fail})
		if parked, err := timer.Trouble(t.Context(), s, 10); err != nil || len(parked) != 2 {
			t.Fatalf("%d timers are parked (%v), want the shift's and the alarm's", len(parked), err)
		}
		for name, audit := range map[string]func(context.Context, *store.Store) (int, error){"shift": shift.Audit, "alarm": alarm.Audit} {
			if n, err := audit(t.Context(), s); err != nil || n != 1 {
				t.Errorf("the auditor of the %s mended %d (%v), want 1", name, n, err)
			}
		}
		run(time.Minute, map[string]timer.Handler{shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire})
		got, err := alarm.Get(t.Context(), s, c.as("Mika"), c.openAlarm().ID)
		if err != nil || got.Round < 2 {
			t.Errorf("round %d, %v; want people to be called again", got.Round, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (c *team) openAlarm() (a alarm.Alarm) {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		var open bool
		var err error
		if a, open, err = alarm.Of(tx, c.worker.Person); err == nil && !open {
			c.t.Fatal("no alarm is open")
		}
		return err
	})
	return a
}
