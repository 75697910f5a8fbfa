package shift_test

import (
	"errors"
	"testing"

	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
	"muster/store"
)

// Whoever is made to check in or to finish types the duress PIN once. That the
// request is refused, for whatever reason, must not take the alarm with it,
// and the refusal must be the one that the normal PIN gets.
func TestOA10RefusedSignalStillRaisesTheSilentAlarm(t *testing.T) {
	nowhere := shift.Place{Place: alarm.Place{Lat: 900, Battery: -1}}
	ended := fault.New(fault.Conflict, "shift_ended")
	for name, try := range map[string]struct {
		over bool
		act  func(c *team, s shift.Shift, pin string) error
		want *fault.Fault
	}{
		"check-in after the end": {true, func(c *team, s shift.Shift, pin string) error {
			_, err := c.desk.CheckIn(store.WithOnce(c.t.Context(), &store.Once{Key: "k"}), c.as("Aino"), s.ID, shift.Signal{PIN: pin})
			return err
		}, ended},
		"finish after the end": {true, func(c *team, s shift.Shift, pin string) error {
			_, err := c.desk.Finish(c.t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: pin})
			return err
		}, ended},
		"a position that cannot be": {false, func(c *team, s shift.Shift, pin string) error {
			_, err := c.desk.CheckIn(c.t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: pin, Place: &nowhere})
			return err
		}, fault.New(fault.Invalid, "not_on_earth")},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, c *team) {
				s := c.start()
				if try.over {
					if _, err := c.desk.Finish(t.Context(), c.as("Aino"), s.ID, shift.Signal{}); err != nil {
						t.Fatal(err)
					}
				}
				for _, pin := range []string{c.worker.PIN, "9911", "9911", c.worker.PIN} {
					if err := try.act(c, s, pin); !errors.Is(err, try.want) {
						t.Errorf("with PIN %s: %v, want %v", pin, err, try.want)
					}
				}
				c.view(func(tx *store.Tx) error {
					a, open, err := alarm.Of(tx, c.worker.Person)
					if err != nil || !open || a.Kind != alarm.Duress {
						t.Errorf("after the duress PIN: %+v, open %t, %v", a, open, err)
					}
					return err
				})
			})
		})
	}
}
