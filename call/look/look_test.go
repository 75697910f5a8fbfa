package look_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/look"
	"muster/call/shift"
	"muster/fault"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// scene is a worker who is watched over.
type scene struct {
	*testing.T
	s       *store.Store
	tn      *town.Town
	org     *town.Organisation
	aino    town.Member
	mika    town.Member
	started shift.Shift
}

func newScene(t *testing.T, s *store.Store) *scene {
	t.Helper()
	tn := town.New(t, s)
	c := &scene{T: t, s: s, tn: tn, org: tn.Organisation("Harbour Works")}
	c.aino, c.mika = c.org.Worker("Aino"), c.org.Monitor("Mika")
	var err error
	if c.started, err = tn.Desk.Start(t.Context(), c.aino.Actor, c.aino.Person.Person, "", shift.Terms{Every: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *scene) look(who town.Member, why look.Why) {
	c.Helper()
	err := look.Note(c.Context(), c.s, who.Actor, look.Look{Worker: c.aino.Person.Person, Workspace: c.started.Workspace, Why: why})
	if err != nil {
		c.Fatal(err)
	}
}

func (c *scene) mine() []look.Look {
	c.Helper()
	all, err := look.Mine(c.Context(), c.s, c.aino.Actor)
	if err != nil {
		c.Fatal(err)
	}
	return all
}

func TestWorkersSeeWhoLookedAndTheBookHasIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newScene(t, s)
		c.look(c.mika, look.Profile)
		c.look(c.mika, look.Alarm) // the same minute: one look
		c.look(c.org.Admin, look.Alarm)
		c.look(c.aino, look.Profile) // their own
		all := c.mine()
		if len(all) != 2 || all[1].Name != "Mika" || all[1].Role != "monitor" || all[1].Why != look.Profile ||
			all[0].Role != "administrator" || all[0].Why != look.Alarm || all[0].At.Before(all[1].At) {
			t.Errorf("%+v", all)
		}
		err := s.View(t.Context(), c.org.ID, func(tx *store.Tx) error {
			entries, err := ledger.List(tx, ledger.Filter{About: c.aino.Person.Person, Kind: "position.looked"})
			if len(entries) != 2 || entries[1].Actor.Name != "Mika" {
				t.Errorf("the book has %+v", entries)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		other := c.tn.Organisation("Forest Works").Worker("Eero")
		if err := look.Note(t.Context(), s, other.Actor, look.Look{Worker: c.aino.Person.Person, Why: look.Profile}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("from another organisation: %v", err)
		}
		if all, err := look.Mine(t.Context(), s, other.Actor); err != nil || len(all) != 0 {
			t.Errorf("another organisation's worker reads %+v, %v", all, err)
		}
	})
}

// Whoever has the phone of a worker under duress must not read in it that
// people are looking.
func TestOA10LooksUnderDuressAreSeenADayAfterItIsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		c := newScene(t, s)
		pass := func(d time.Duration) { <-time.After(d) }
		c.look(c.mika, look.Profile)
		pass(11 * time.Minute)
		var a alarm.Alarm
		if err := s.Do(t.Context(), c.org.ID, func(tx *store.Tx) error {
			a, err = alarm.Raise(tx, c.aino.Actor, alarm.Cause{
				Shift: c.started.ID, Worker: c.aino.Person.Person, Workspace: c.started.Workspace, Kind: alarm.MissedCheckIn, Due: tx.Now(),
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		c.look(c.mika, look.Alarm)
		if n := len(c.mine()); n != 2 {
			t.Fatalf("with an alarm that everybody may know of, %d looks are seen", n)
		}
		pass(11 * time.Minute)
		if err := s.Do(t.Context(), c.org.ID, func(tx *store.Tx) error {
			_, err := alarm.Raise(tx, c.aino.Actor, alarm.Cause{
				Shift: c.started.ID, Worker: c.aino.Person.Person, Workspace: c.started.Workspace, Kind: alarm.Duress, Due: tx.Now(),
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		c.look(c.mika, look.Alarm)
		if n := len(c.mine()); n != 2 {
			t.Errorf("under duress %d looks are seen, want those from before, neither more nor fewer", n)
		}
		if _, err := alarm.Resolve(t.Context(), s, c.mika.Actor, a.ID, alarm.Real, "police were there"); err != nil {
			t.Fatal(err)
		}
		pass(23 * time.Hour)
		if n := len(c.mine()); n != 2 {
			t.Errorf("hours later %d looks are seen", n)
		}
		pass(2 * time.Hour)
		if n := len(c.mine()); n != 3 {
			t.Errorf("a day later %d looks are seen, want all", n)
		}
	})
}
