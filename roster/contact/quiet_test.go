package contact_test

import (
	"testing"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/mustertest"
	"muster/roster/contact"
	"muster/roster/quiet"
	"muster/store"
)

// always is quiet now, whenever that is, and for an hour yet.
func always(t *testing.T, now time.Time) (quiet.Hours, time.Time) {
	t.Helper()
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	end := now.In(helsinki).Truncate(time.Minute).Add(time.Hour)
	h, err := quiet.New(end.Add(-2*time.Hour).Format("15:04"), end.Format("15:04"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return h, end
}

func TestOA1QuietHoursHoldNewsAndNeverAnAlarm(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		hours, end := always(t, s.Now())
		other := actor.Actor{Kind: actor.Person, Org: w.org, Person: "per_other"}
		if err := contact.Rest(t.Context(), s, other, w.aino.Person, hours); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("somebody else's hours: %v", err)
		}
		if err := contact.Rest(t.Context(), s, w.self, w.aino.Person, hours); err != nil {
			t.Fatal(err)
		}
		if w.refresh(); w.aino.Quiet != hours {
			t.Fatalf("kept as %s, want %s", w.aino.Quiet, hours)
		}
		for _, c := range []struct {
			purpose string
			lane    deliver.Lane
			waits   bool
		}{
			{"drill_announced", deliver.Notice, true},
			{"enrolment_waiting", deliver.Notice, true},
			{"test", deliver.Bulk, true},
			{"address_dead", deliver.Duty, true},
			{"alarm_raised", deliver.SOS, false},
			{"alarm_resolved", deliver.SOS, false},
			{"alarm_resolved", deliver.Duty, false},
			{"shift_reminder", deliver.Duty, false},
			{"shift_unprotected", deliver.Duty, false},
			{"sign_in_code", deliver.Duty, false},
			{"rota_swap", deliver.Duty, false},
		} {
			err := s.Do(t.Context(), w.org, func(tx *store.Tx) error {
				_, err := w.aino.Tell(tx, deliver.Message{Purpose: c.purpose, Lane: c.lane, About: "x", Valid: 10 * time.Minute})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.view(func(tx *store.Tx) error {
				all, err := deliver.Latest(tx, 1)
				if err == nil {
					from := all[0].Made
					if c.waits {
						from = end
					}
					if got := all[0].Expires; !got.Equal(from.Add(10 * time.Minute)) {
						t.Errorf("%s in lane %s is good until %s, want ten minutes after %s", c.purpose, c.lane, got, from)
					}
				}
				return err
			})
		}
		if err := contact.Rest(t.Context(), s, w.self, w.aino.Person, quiet.Hours{}); err != nil {
			t.Fatal(err)
		}
		if w.refresh(); !w.aino.Quiet.None() {
			t.Errorf("taken away, and still %s", w.aino.Quiet)
		}
	})
}
