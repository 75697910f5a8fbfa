package web

import (
	"net/http"
	"slices"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/presence"
	visited "muster/letin/visit"
	"muster/store"
)

// presenceView is where administrators join what support asks them to.
type presenceView struct {
	Frame
	Mine  *presenceRow // the one that the reader has joined
	Open  []presenceRow
	Ended []presenceRow
}

type presenceRow struct {
	ID, Staff, Words, Kind, Name, End string
	Asked, Joined, Proved, Ended      time.Time
	Holds                             bool
}

func (s *site) presenceRoutes(in func(string, handler)) {
	in("GET "+presence.Page, s.presences)
	in("POST "+presence.Page+"/{presence}/{act}", s.actOnPresence)
}

func (s *site) presences(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "setting.presence.title", "/let-in")
	if err != nil {
		return err
	}
	view := &presenceView{Frame: f}
	view.Scripts = []string{"presence.js"}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		if err := presence.May(tx, v.who); err != nil {
			return err
		}
		all, err := presence.Of(tx)
		view.fill(v.tag, all, v.who.Person, tx.Now())
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "presence", view)
}

func (view *presenceView) fill(tag lang.Tag, all []presence.Presence, reader id.Person, now time.Time) {
	for _, p := range all {
		row := presenceRowOf(tag, p, now)
		switch {
		case !p.Open():
			view.Ended = append(view.Ended, row)
		case p.Person == reader && reader != "":
			view.Mine = &row
		default:
			view.Open = append(view.Open, row)
		}
	}
}

func presenceRowOf(tag lang.Tag, p presence.Presence, now time.Time) presenceRow {
	row := presenceRow{
		ID: string(p.ID), Staff: p.StaffName, Words: p.Words, Kind: tag.Text("setting.presence."+string(p.Kind), nil), Name: p.Name,
		Asked: p.Asked, Joined: p.Joined, Proved: p.Proved, Ended: p.Ended, Holds: p.Holds(now),
	}
	if !p.Open() {
		row.End = tag.Text("setting.presence.end."+string(p.How), nil)
	}
	return row
}

func (s *site) actOnPresence(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Presence](r.PathValue("presence"))
	if err != nil {
		return err
	}
	switch r.PathValue("act") {
	case "join":
		err = presence.Join(r.Context(), s.Store, v.who, which)
	case "prove":
		err = presence.Prove(r.Context(), s.Store, v.who, which)
	case "leave":
		err = presence.Leave(r.Context(), s.Store, v.who, which)
	default:
		return fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return err
	}
	if r.Header.Get("Accept") == "application/json" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return see(w, r, presence.Page)
}

// askPresence asks the customer's administrators to watch. Nobody is watched
// who is not inside.
func (s *site) askPresence(w http.ResponseWriter, r *http.Request, v *visit) error {
	to := r.PostFormValue("back") // from the page where they are inside
	return s.actOnAccountFrom(w, r, v, to, "setting.presence.asked", func(org id.Org) error {
		var inside bool
		err := s.Store.View(r.Context(), org, func(tx *store.Tx) error {
			all, err := visited.Open(tx)
			inside = slices.ContainsFunc(all, func(one visited.Visit) bool { return one.Staff == v.who.Staff })
			return err
		})
		if err != nil {
			return err
		}
		if !inside {
			return fault.New(fault.Conflict, "presence_outside").At("words")
		}
		_, err = presence.Ask(r.Context(), s.Store, v.who, org, r.PostFormValue("words"))
		return err
	})
}

func (s *site) stopPresence(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actOnAccount(w, r, v, "setting.presence.stopped", func(org id.Org) error {
		which, err := id.Parse[id.Presence](r.PathValue("presence"))
		if err != nil {
			return err
		}
		return presence.Stop(r.Context(), s.Store, v.who, org, which)
	})
}

func (s *site) sendReset(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actOnAccount(w, r, v, "setting.reset.done", func(org id.Org) error {
		return s.Accounts.ResetLink(r.Context(), v.who, org, r.PostFormValue("reset_email"))
	})
}
