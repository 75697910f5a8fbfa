package presence_test

import (
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/presence"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// room is a customer who is live, and an agent of second line.
type room struct {
	t     *testing.T
	s     *store.Store
	org   *town.Organisation
	agent actor.Actor
}

func open(t *testing.T, s *store.Store) *room {
	w := town.New(t, s)
	return &room{t, s, w.Organisation("Harbour Works").Live(), w.Staff("Axel Agent", actor.SecondLine).Actor}
}

func (r *room) ask() id.Presence {
	r.t.Helper()
	which, err := presence.Ask(r.t.Context(), r.s, r.agent, r.org.ID, "The bank account")
	if err != nil {
		r.t.Fatal(err)
	}
	return which
}

func (r *room) present() (online, supervised bool) {
	r.t.Helper()
	err := r.s.View(r.t.Context(), r.org.ID, func(tx *store.Tx) (err error) {
		online, supervised, err = presence.Present(tx, r.agent.Staff)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return online, supervised
}

// ended is how the latest one ended.
func (r *room) ended() (how presence.How) {
	r.t.Helper()
	err := r.s.View(r.t.Context(), r.org.ID, func(tx *store.Tx) error {
		all, err := presence.Of(tx)
		if len(all) > 0 {
			how = all[0].How
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return how
}

func TestAccessA8SomebodyOfTheCustomersWatches(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		r := open(t, s)
		ctx, admin := t.Context(), r.org.Admin.Actor
		which := r.ask()
		if _, watched := r.present(); watched {
			t.Error("watched before anybody joined")
		}
		monitor := r.org.Monitor("Mikko").Actor
		if err := presence.Join(ctx, s, monitor, which); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor: %v", err)
		}
		if err := presence.Prove(ctx, s, admin, which); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("proof before joining: %v", err)
		}
		if err := presence.Join(ctx, s, admin, which); err != nil {
			t.Fatal(err)
		}
		if online, watched := r.present(); online || !watched {
			t.Errorf("online %t, watched %t", online, watched)
		}
		if err := presence.Prove(ctx, s, admin, which); err != nil {
			t.Error(err)
		}
		other := r.agent
		other.Staff = id.New[id.Staff]()
		if err := presence.Stop(ctx, s, other, r.org.ID, which); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("stopped by somebody else: %v", err)
		}
		again := r.ask() // ends the one before
		if err := presence.Prove(ctx, s, admin, which); fault.From(err).Code != "presence_over" {
			t.Error(err)
		}
		if _, watched := r.present(); watched {
			t.Error("watched by the one that was replaced")
		}
		if err := presence.Join(ctx, s, admin, again); err != nil {
			t.Fatal(err)
		}
		if err := presence.Leave(ctx, s, admin, again); err != nil || r.ended() != presence.Left {
			t.Errorf("%s, %v", r.ended(), err)
		}
		if _, watched := r.present(); watched {
			t.Error("watched after the administrator left")
		}
		first := r.agent
		first.Support.Department = actor.FirstLine
		if _, err := presence.Ask(ctx, s, first, r.org.ID, "x"); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("first line: %v", err)
		}
	})
}

// Time passes: proofs each 20 seconds keep it, a minute without ends it, and
// one that nobody joins ends by itself.
func TestAccessA8AMinuteWithoutProofEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, mustertest.Store(t))
		which := r.ask()
		if err := presence.Join(t.Context(), r.s, r.org.Admin.Actor, which); err != nil {
			t.Fatal(err)
		}
		for range 9 {
			time.Sleep(presence.Every)
			if err := presence.Prove(t.Context(), r.s, r.org.Admin.Actor, which); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(59 * time.Second)
		if _, watched := r.present(); !watched {
			t.Error("over within the minute")
		}
		time.Sleep(1100 * time.Millisecond)
		if _, watched := r.present(); watched || r.ended() != presence.Lost {
			t.Errorf("watched %t, ended %q", watched, r.ended())
		}
		r.ask()
		time.Sleep(31 * time.Minute)
		if got := r.ended(); got != presence.Unanswered {
			t.Errorf("ended %q", got)
		}
	})
}

// Each time calls all administrators: after six within an hour it is enough.
func TestFL8TheCustomerIsNotCalledWithoutEnd(t *testing.T) {
	r := open(t, mustertest.Store(t))
	for range 6 {
		r.ask()
	}
	if _, err := presence.Ask(t.Context(), r.s, r.agent, r.org.ID, "Again"); fault.KindOf(err) != fault.Limited {
		t.Errorf("the seventh time: %v", err)
	}
}
