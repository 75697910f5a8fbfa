package web

import (
	"context"
	"net/http"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/look"
	"muster/call/procedure"
	"muster/call/shift"
	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
)

// profileView is what a monitor needs to know about one worker.
type profileView struct {
	Frame
	Name, PIN string
	State     string // as on the board; off when not on shift
	Workspace string
	Phone     string
	AlarmHref string
	EditHref  string
	Tab       string // shift, procedure, position, history
	Tabs      []choice
	Shift     *shiftFacts
	Position  *position
	Monitors  []contactCard
	Points    []pointRow
	Ladder    ladderView
	History   []pastShift
	Devices   []deviceRow // empty too for whoever may not see them
}

// shiftFacts are the facts of a running shift.
type shiftFacts struct {
	Activity, Note  string
	Started         time.Time
	NextAt          time.Time
	Interval, Grace time.Duration
	LastCheckIn     time.Time
	EndsAt          time.Time
	RiskUntil       time.Time
	Unprotected     time.Time
	Marks           phoneMarks
	Heard           time.Time // when a device was last heard
}

// pastShift is one line of a worker's history.
type pastShift struct {
	Activity string
	Started  time.Time
	Length   time.Duration
	Ended    string // by whom
}

func (s *site) profile(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	p, err := shift.ProfileOf(r.Context(), s.Store, v.who, person)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.profile.shift", "/board")
	if err != nil {
		return err
	}
	f.Title = p.Person.Name
	view := &profileView{
		Frame: f, Name: p.Person.Name, PIN: p.Person.PIN, State: "off", Phone: p.Person.Phone(), Tab: r.URL.Query().Get("tab"),
		Monitors: contactsOf(v.tag, shift.Profile{Watch: p.Watch}, person), History: pastOf(v.tag, p.Past),
	}
	view.tabs(v.tag, "/people/"+string(person))
	for _, point := range p.Person.Points {
		view.Points = append(view.Points, pointOf(v.tag, point))
	}
	if v.who.Has(actor.Administrator, "") {
		view.EditHref = "/people/" + string(person) + "/edit"
	}
	if p.Alarm != nil {
		view.AlarmHref = "/alarms/" + string(p.Alarm.ID)
		if p.Alarm.Kind == alarm.Duress {
			view.Phone = "" // somebody else may answer it
		}
	}
	if view.Devices, err = s.devicesOf(r.Context(), v, person); err != nil && fault.KindOf(err) != fault.Forbidden {
		return err
	}
	if view.Tab == "procedure" {
		ladder, err := procedure.Subject{Worker: person}.Preview(r.Context(), s.Store, v.who, "", time.Time{})
		if err != nil {
			return err
		}
		if err := s.fillLadder(r.Context(), v, &view.Ladder, ladder); err != nil {
			return err
		}
		view.Ladder.PreviewHref = "/procedures/preview?for=" + string(person)
		if view.EditHref != "" && (ladder.Ladder.Subject == procedure.Subject{Worker: person}) {
			view.Ladder.EditHref = "/procedures/" + string(ladder.Ladder.Procedure)
		} else if view.EditHref != "" {
			view.Ladder.EditHref = "/procedures/new?for=" + string(person)
		}
	}
	if p.Current != nil {
		if err := s.current(r.Context(), v, view, p); err != nil {
			return err
		}
	}
	if view.Position != nil {
		l := look.Look{Worker: person, Workspace: p.Current.Workspace, Why: look.Profile}
		if err := look.Note(r.Context(), s.Store, v.who, l); err != nil {
			return err
		}
	}
	return s.show(w, r, "profile", view)
}

// current adds what a running shift tells.
func (s *site) current(ctx context.Context, v *visit, view *profileView, p shift.Profile) error {
	c := *p.Current
	ws, err := s.workspace(ctx, v, c.Workspace)
	if err != nil {
		return err
	}
	view.Workspace = ws.Name
	view.State = stateOf(c.Status(p.At, p.Alarm != nil), p.Alarm)
	view.Map = view.Tab == "position"
	view.Shift = &shiftFacts{
		Activity: c.Activity, Note: c.Note, Started: c.Began, NextAt: c.Deadline, Interval: c.Every, Grace: c.Grace, LastCheckIn: c.Since, EndsAt: c.End, RiskUntil: c.HighRisk,
		Unprotected: c.Unprotected, Marks: marksOf(c), Heard: c.Heard,
	}
	if view.Position = positionOf(c.Place.Place, c.Place.Source); view.Position != nil {
		view.Position.Trail = trailOf(p.Trail)
	}
	return nil
}

func (v *profileView) tabs(tag lang.Tag, at string) {
	for _, t := range []choice{
		{Value: "shift", Text: tag.Text("web.profile.shift", nil)},
		{Value: "procedure", Text: tag.Text("web.profile.tab_procedure", nil)},
		{Value: "position", Text: tag.Text("web.profile.tab_position", nil)},
		{Value: "history", Text: tag.Text("web.profile.tab_history", nil)},
	} {
		t.Href, t.Chosen = at+"?tab="+t.Value, t.Value == v.Tab || v.Tab == "" && t.Value == "shift"
		v.Tabs = append(v.Tabs, t)
	}
}

func pointOf(tag lang.Tag, p roster.Point) pointRow {
	return pointRow{ID: string(p.ID), Value: p.Address, Kind: tag.Text("web.contact."+p.Channel, nil), Doubt: doubt(tag, p)}
}

// doubt says why nobody relies on an address; nothing where all is well.
func doubt(tag lang.Tag, p roster.Point) string {
	switch {
	case !p.BouncedAt.IsZero() && p.Bounced != dead.Alive:
		return tag.Text("web.channel.bounced_why", map[string]any{"Why": tag.Text("contact.dead."+string(p.Bounced), nil)})
	case !p.BouncedAt.IsZero():
		return tag.Text("web.channel.bounced", nil)
	case !p.Verified():
		return tag.Text("web.contact.unverified", nil)
	}
	return ""
}

func pastOf(tag lang.Tag, past []shift.Shift) []pastShift {
	var out []pastShift
	for _, p := range past {
		if p.State == shift.Active {
			continue
		}
		row := pastShift{Activity: p.Activity, Started: p.Began, Length: p.Ended.Sub(p.Began), Ended: p.EndedName}
		if row.Ended == "" {
			row.Ended = tag.Text("web.book.system", nil)
		}
		out = append(out, row)
	}
	return out
}
