package outage

import (
	"context"
	"time"

	"muster/actor"
	"muster/identity"
	"muster/policy"
	"muster/store"
)

// Trouble is why customers might not be told of our own outage.
type Trouble string

// The troubles, the worst first.
const (
	Unkept    Trouble = "unkept"    // no snapshot is kept anywhere
	Stale     Trouble = "stale"     // the newest is old
	Undrilled Trouble = "undrilled" // there was no drill for long
)

// State is what is known of snapshots and runs.
type State struct {
	Kept []Kept // the last tried first
	Held []Held // the newest first
}

// Look gives staff what is known.
func Look(ctx context.Context, s *store.Store, who actor.Actor) (state State, err error) {
	if _, err := policy.Check(who, "seeNotices", policy.Resource{Type: "Installation"}); err != nil {
		return state, err
	}
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		if state.Kept, err = store.All(tx, snapshots, scanKept); err != nil {
			return err
		}
		state.Held, err = store.All(tx, runs, scanHeld)
		return err
	})
	return state, err
}

// Newest is when the newest snapshot was taken; zero: never.
func (s State) Newest() (at time.Time) {
	for _, k := range s.Kept {
		if k.Taken.After(at) {
			at = k.Taken
		}
	}
	return at
}

// Drilled is when the last drill that reached somebody was; zero: never.
func (s State) Drilled() (at time.Time) {
	for _, h := range s.Held {
		if h.Drill && h.Tally.Out > 0 && h.Began.After(at) {
			at = h.Began
		}
	}
	return at
}

// Trouble is the worst there is at an instant; empty: none.
func (s State) Trouble(now time.Time) Trouble {
	switch {
	case len(s.Kept) == 0:
		return Unkept
	case now.Sub(s.Newest()) > Overdue:
		return Stale
	case now.Sub(s.Drilled()) > DrillDue:
		return Undrilled
	}
	return ""
}

// MayDrill tells whether somebody may hold a drill: whoever writes news.
func MayDrill(who actor.Actor) error {
	_, err := policy.Check(who, "writeNotice", policy.Resource{Type: "Installation"})
	return err
}
