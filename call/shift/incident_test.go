package shift_test

import (
	"testing"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// The alarms of a storm are raised in one unit, at one instant, and most of
// them may belong to workspaces that the reader does not watch.
func TestOA3NoIncidentIsMissedBetweenPages(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newTeam(t, s)
		sh := c.start()
		raised := map[id.Alarm]bool{}
		err := s.Do(t.Context(), c.org, func(tx *store.Tx) error {
			clear(raised)
			for _, ws := range []id.Workspace{c.other, c.ws, c.ws, c.ws} {
				a, err := alarm.Raise(tx, c.as("Aino"), alarm.Cause{
					Shift: sh.ID, Worker: c.worker.Person, Workspace: ws, Kind: alarm.Help, Due: tx.Now(),
				})
				if err != nil {
					return err
				}
				if _, err := alarm.ResolveIn(tx, c.as("Päivi"), a.ID, alarm.Drill, ""); err != nil {
					return err
				}
				raised[a.ID] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f := incident.Filter{Limit: 1}
		for range len(raised) {
			page, err := incident.List(t.Context(), s, c.as("Päivi"), f)
			if err != nil || len(page) != 1 || !raised[page[0].ID] {
				t.Fatalf("a page of %d, %v; %d incidents are left", len(page), err, len(raised))
			}
			delete(raised, page[0].ID)
			f.Before = page[0].ID
		}
		if rest, err := incident.List(t.Context(), s, c.as("Päivi"), f); err != nil || len(rest) != 0 {
			t.Errorf("after the last page: %d, %v", len(rest), err)
		}
		if own, err := incident.List(t.Context(), s, c.as("Jukka"), incident.Filter{Limit: 2}); err != nil || len(own) != 1 || own[0].Workspace != c.other {
			t.Errorf("a monitor of another workspace sees %d incidents, %v; want the oldest one", len(own), err)
		}
	})
}
