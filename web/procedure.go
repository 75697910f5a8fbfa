package web

import (
	"context"
	"net/http"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// proceduresView lists the organisation's procedures.
type proceduresView struct {
	Frame
	Rows     []procedureRow
	CanWrite bool
	BuiltIn  []string // workspaces for which none is switched on
}

type procedureRow struct {
	ID, Name, For string
	Steps         int
	Version       int
	Active        bool
	Sure          int // people reached for certain, now
	Protects      bool
	MadeBy        string
	Made          time.Time
	CanWrite      bool
	PreviewHref   string
}

func (s *site) procedures(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "web.procedure.title", "/procedures")
	if err != nil {
		return err
	}
	if !watches(v.who) {
		_, err := policy.Check(v.who, "seeProcedure", policy.Resource{Type: "Procedure", Org: v.who.Org})
		return err
	}
	view := &proceduresView{Frame: f, CanWrite: holds(v.who, actor.Administrator)}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		spaces, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		all, err := procedure.List(tx, v.who)
		if err != nil {
			return err
		}
		covered := map[id.Workspace]bool{}
		for _, p := range all {
			row, err := s.procedureRow(tx, v, p, spaces)
			if err != nil {
				return err
			}
			view.Rows = append(view.Rows, row)
			if p.Active && p.Subject.Worker == "" {
				covered[p.Subject.Workspace] = true
			}
		}
		for _, ws := range spaces {
			if !covered[ws.ID] && !covered[""] {
				view.BuiltIn = append(view.BuiltIn, ws.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "procedures", view)
}

func (s *site) procedureRow(tx *store.Tx, v *visit, p procedure.Procedure, spaces []roster.Workspace) (procedureRow, error) {
	row := procedureRow{
		ID: string(p.ID), Name: p.Name, Steps: len(p.Steps), Version: p.Latest, Active: p.Active, MadeBy: p.MadeBy, Made: p.Made,
		PreviewHref: "/procedures/preview?procedure=" + string(p.ID) + "&for=" + p.Subject.Key(),
	}
	var err error
	if row.For, err = subjectName(tx, v.tag, p.Subject, spaces); err != nil {
		return row, err
	}
	reach, err := p.Reach(tx)
	if err != nil {
		return row, err
	}
	row.Sure, row.Protects = len(reach.Sure), reach.Protected()
	row.CanWrite = p.Editable(tx, v.who)
	return row, nil
}

// subjectName is for whom a procedure is.
func subjectName(tx *store.Tx, tag lang.Tag, subject procedure.Subject, spaces []roster.Workspace) (string, error) {
	if subject.Worker != "" {
		p, err := roster.Find(tx, subject.Worker)
		return p.Name, err
	}
	for _, ws := range spaces {
		if ws.ID == subject.Workspace {
			return ws.Name, nil
		}
	}
	return tag.Text("web.procedure.for_all", nil), nil
}

// switchProcedure switches a procedure on or off.
func (s *site) switchProcedure(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Procedure](r.PathValue("procedure"))
	if err != nil {
		return err
	}
	on := r.PathValue("act") == "on"
	p, err := procedure.Switch(r.Context(), s.Store, v.who, which, on)
	switch f := fault.From(err); {
	case err == nil && on:
		s.say(w, said{Key: "web.procedure.is_on", Args: map[string]any{"Name": p.Name}})
	case err == nil:
		s.say(w, said{Key: "web.procedure.is_off", Args: map[string]any{"Name": p.Name}})
	case f.Code == "procedure_unsafe":
		s.say(w, said{Key: "fault.procedure_unsafe", Args: f.Args, Warn: true})
	default:
		return err
	}
	return see(w, r, "/procedures")
}

// ladderView says who would be called now, and when.
type ladderView struct {
	Frame
	Name         string // of the procedure; empty: the built-in ladder
	Version      int
	Subjects     []choice
	Procedure    string // asked for by name, whether switched on or not
	At           string // as the form has it
	Raised       time.Time
	Instructions []item
	Steps        []step
	Sure, Unsure []string
	Protects     bool
	PreviewHref  string
	EditHref     string
}

// preview of a procedure: for a workspace or one worker, at a time.
func (s *site) previewProcedure(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	f, err := s.framed(w, r, v, "web.procedure.preview", "/procedures")
	if err != nil {
		return err
	}
	view := &ladderView{Frame: f, At: q.Get("at"), Procedure: q.Get("procedure")}
	subject, err := procedure.ParseSubject(q.Get("for"))
	if err != nil {
		return err
	}
	if view.Subjects, subject, err = s.subjects(r.Context(), v, subject); err != nil {
		return err
	}
	var which id.Procedure
	if view.Procedure != "" {
		if which, err = id.Parse[id.Procedure](view.Procedure); err != nil {
			return err
		}
	}
	at, err := s.wallClock(v, view.At)
	if err != nil {
		f.wrongInput(err)
		view.Errors, at = f.Errors, time.Time{}
	}
	p, err := subject.Preview(r.Context(), s.Store, v.who, which, at)
	if err != nil {
		return err
	}
	if err := s.fillLadder(r.Context(), v, view, p); err != nil {
		return err
	}
	return s.show(w, r, "ladder", view)
}

func (s *site) fillLadder(ctx context.Context, v *visit, view *ladderView, p procedure.Preview) error {
	names := callees{}
	err := s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error { return calleesOf(tx, v.who, names, p.Ladder.Steps) })
	if err != nil {
		return err
	}
	view.Name, view.Version, view.Raised = p.Ladder.Name, p.Ladder.Version, p.At
	view.Instructions = itemsOf(0, p.Ladder.Instructions, nil)
	view.Steps, view.Protects = previewSteps(v.tag, names, p), p.Reach.Protected()
	view.Sure, view.Unsure = namesAll(p.Reach.Sure), namesAll(p.Reach.Unsure)
	return nil
}

func namesAll(people []roster.Recipient) []string {
	var all []string
	for _, p := range people {
		all = append(all, p.Name)
	}
	return all
}

// subjects are what a preview can be about: each workspace, and the worker who
// was asked for. Where nothing was, it is the first workspace.
func (s *site) subjects(ctx context.Context, v *visit, subject procedure.Subject) (all []choice, _ procedure.Subject, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		spaces, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		if subject == (procedure.Subject{}) && len(spaces) > 0 {
			subject.Workspace = spaces[0].ID
		}
		for _, ws := range spaces {
			all = append(all, choice{Value: string(ws.ID), Text: ws.Name, Chosen: ws.ID == subject.Workspace})
		}
		if subject.Worker != "" {
			p, err := roster.Find(tx, subject.Worker)
			if err != nil {
				return err
			}
			all = append(all, choice{Value: string(p.Person), Text: p.Name, Chosen: true})
		}
		return nil
	})
	return all, subject, err
}

// wallClock reads a date and time as a form has them, on the organisation's
// clocks. Nothing is now.
func (s *site) wallClock(v *visit, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	zone, err := lang.Zone(v.org.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "bad_format").At("at")
	}
	return at, nil
}
