package web

import (
	"net/http"
	"time"

	"muster/call/wire"
	"muster/id"
)

// hookView is how a webhook stands.
type hookView struct {
	ID       string
	State    string // up, down, off, untried
	Heard    time.Time
	Failing  time.Time
	Tries    string
	Off      time.Time
	Why      string
	Waiting  int
	Next     time.Time
	OldUntil time.Time // until when the secret before signs too; zero: it does not
	Missed   []missedRow
}

// missedRow is one message that a webhook did not take.
type missedRow struct {
	At          time.Time
	Kind, Alarm string
}

// shownMissed is how many messages that were not taken a page lists.
const shownMissed = 20

// hookOf reads how a webhook stands.
func (s *site) hookOf(r *http.Request, v *visit, one wire.Wire) (*hookView, error) {
	waiting, missed, err := s.lines().Posts(r.Context(), v.who, one.ID)
	if err != nil {
		return nil, err
	}
	h := one.Health
	view := &hookView{ID: string(one.ID), State: hookState(h), Heard: h.Heard, Waiting: len(waiting)}
	switch {
	case !h.Off.IsZero():
		view.Off, view.Why = h.Off, v.tag.Text("web.hook.why."+h.Why, nil)
	case !h.Failing.IsZero():
		view.Failing = h.Failing
		view.Tries = v.tag.Text("web.hook.tries", map[string]any{"Count": h.Tries})
	}
	for _, p := range waiting {
		if view.Next.IsZero() || p.Due.Before(view.Next) {
			view.Next = p.Due
		}
	}
	if h.OldUntil.After(s.Store.Now()) {
		view.OldUntil = h.OldUntil
	}
	for _, p := range missed {
		view.Missed = append(view.Missed, missedRow{At: p.At, Kind: p.Kind, Alarm: string(p.Alarm)})
	}
	return view, nil
}

func hookState(h wire.Health) string {
	switch {
	case !h.Off.IsZero():
		return "off"
	case !h.Failing.IsZero():
		return "down"
	case !h.Heard.IsZero():
		return "up"
	}
	return "untried"
}

// Shown are the newest of what was not taken.
func (h hookView) Shown() []missedRow { return h.Missed[:min(len(h.Missed), shownMissed)] }

// resumeWire switches a webhook on again, or sends again what it missed.
func (s *site) resumeWire(w http.ResponseWriter, r *http.Request, v *visit, which id.Wire) error {
	again := r.PostFormValue("again") != ""
	sent, err := s.lines().Resume(r.Context(), v.who, which, again)
	if err != nil {
		return err
	}
	done := said{Key: "web.hook.on_done"}
	if again {
		done = said{Key: "web.hook.again_done", Args: map[string]any{"Count": sent}}
	}
	s.say(w, done)
	return see(w, r, wiresPage+"/"+string(which))
}
