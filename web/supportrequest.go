package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/advice"
	"muster/store"
)

// supportRequestView is one request as an agent sees it.
type supportRequestView struct {
	Frame
	requestRow
	Doubt       string // why it does not count yet
	Vouched     string
	Setting     string
	Department  string
	Outcome     string
	Insisted    time.Time
	Open        bool
	Mine        bool // the reader has it
	Ours        bool // it is in the reader's queue
	Lines       []lineRow
	Templates   []choiceGroup
	Suggested   choice // the answer that asks for what is missing; empty: nothing is
	Template    string
	Words       string
	Asks        bool
	Kinds       []choice
	Departments []choice
	Reason      string
	Note        string
	Erase       eraseView
	Typed       map[string]string
	Allowed     []exceptionRow
	Scopes      []choice
	Because     string
	GrantHref   string
	Advice      *adviceView
	Settings    []choiceGroup
}

// lineRow is one thing that was said or done about a request.
type lineRow struct {
	Side, Name, Text, Fine string
	At                     time.Time
	Pictures               []pictureRow
}

// requestOf reads a request that a path names.
func (s *site) requestOf(r *http.Request, v *visit) (desk.Request, []desk.Line, error) {
	which, err := id.Parse[id.Request](r.PathValue("request"))
	if err != nil {
		return desk.Request{}, nil, err
	}
	return s.support().Open(r.Context(), v.who, which)
}

func (s *site) supportRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.supportRequestView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "support-request", view)
}

func (s *site) supportRequestView(w http.ResponseWriter, r *http.Request, v *visit) (*supportRequestView, error) {
	q, lines, err := s.requestOf(r, v)
	if err != nil {
		return nil, err
	}
	view := &supportRequestView{
		Frame: s.provided(w, r, v, "request.page.desk", supportPage), requestRow: requestRowOf(v.tag, q, supportPage),
		Vouched: q.Vouched, Setting: q.Setting, Outcome: q.Outcome, Insisted: q.Insisted, Open: q.State.Open(),
		Mine: q.Agent == v.who.Staff, Ours: q.Department == v.who.Support.Department, Lines: lineRows(v.tag, supportPage+"/"+string(q.ID), lines),
		Department: v.tag.Text("staff.department."+string(q.Department), nil), Kinds: kindChoices(v.tag, q.Kind),
	}
	view.Title = q.Reference() + " " + q.Subject
	if q.Doubt != "" {
		view.Doubt = v.tag.Text("request.doubt."+string(q.Doubt), nil)
	}
	for _, d := range desk.Departments() {
		if d != q.Department && d != actor.Development {
			view.Departments = append(view.Departments, choice{Value: string(d), Text: v.tag.Text("staff.department."+string(d), nil), Chosen: d == actor.SecondLine || r.PostFormValue("department") == string(d)})
		}
	}
	if view.Erase, err = s.eraseOf(r.Context(), v, q); err == nil {
		view.Allowed, err = s.exceptions(r.Context(), v, q)
	}
	view.Because = r.PostFormValue("because")
	view.Typed = map[string]string{}
	for _, name := range []string{"said", "list", "who", "why", "what", "until", "decided", "outcome"} {
		view.Typed[name] = r.PostFormValue(name)
	}
	if err != nil {
		return nil, err
	}
	c, err := view.advise(s, r, v, q)
	if err != nil {
		return nil, err
	}
	view.draft(s, r, v, c)
	return view, nil
}

// draft is the answer as it was typed, or as the chosen template has it.
func (view *supportRequestView) draft(s *site, r *http.Request, v *visit, c advice.Case) {
	q := c.Request
	if view.Template = templateOf(r.FormValue("template")); !r.Form.Has("template") && !view.Advice.Allowed {
		view.Template = view.Advice.Template
	}
	var tag lang.Tag
	err := s.Store.View(r.Context(), q.Org, func(tx *store.Tx) error { tag = q.Language(tx); return nil })
	if err != nil {
		tag = lang.English
	}
	view.shelve(v.tag)
	view.Words, view.Reason, view.Note = r.PostFormValue("words"), r.PostFormValue("reason"), r.PostFormValue("note")
	view.Asks = r.PostFormValue("asks") != "" || r.Method == http.MethodGet && desk.Answer{Template: view.Template}.Needs()
	if view.Words == "" {
		more := map[string]any{"Setting": settingText(tag, c)}
		if q.Setting == "" {
			more["Setting"] = q.Subject
		}
		if view.Erase.About && view.Erase.Director == "" {
			more["Director"] = tag.Text("request.template.no_director", nil)
		}
		view.Words = q.Draft(tag, view.Template, v.who.Name, more)
	}
}

// shelve fills in the templates to choose from, the one first that asks for what
// is missing.
func (view *supportRequestView) shelve(tag lang.Tag) {
	if fit := view.Advice.Template; fit != "" {
		view.Suggested = choice{Value: fit, Text: templateText(tag, fit), Chosen: fit == view.Template}
	}
	for _, shelf := range desk.Templates() {
		group := choiceGroup{Text: tag.Text("request.shelf."+shelf[0], nil)}
		for _, name := range shelf {
			group.Choices = append(group.Choices, choice{Value: name, Text: templateText(tag, name), Chosen: name == view.Template && name != view.Suggested.Value})
		}
		view.Templates = append(view.Templates, group)
	}
}

func lineRows(tag lang.Tag, page string, lines []desk.Line) (rows []lineRow) {
	for _, l := range lines {
		row := lineRow{Side: string(l.Side), Name: l.Name, Text: l.Words, At: l.At}
		if row.Name == "" {
			row.Name = l.Address
		} else if l.Address != "" {
			row.Fine = l.Address
		}
		switch {
		case l.Side == desk.Event:
			row.Text = tag.Text(l.Words, nil)
		case l.Side == desk.Customer && l.Mail != "" && !l.Proved:
			row.Fine = strings.TrimPrefix(row.Fine+" · "+tag.Text("request.page.unproved", nil), " · ")
		case l.Template != "":
			row.Fine = templateText(tag, l.Template)
		}
		row.Pictures = pictureRows(tag, page, l)
		rows = append(rows, row)
	}
	return rows
}

// actOnRequest does what an agent decides about a request.
func (s *site) actOnRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Request](r.PathValue("request"))
	if err != nil {
		return err
	}
	d, ctx, form := s.support(), r.Context(), r.PostFormValue
	act := r.PathValue("act")
	switch act {
	case "take":
		err = d.Take(ctx, v.who, which)
	case "reply":
		err = s.reply(r, v, which)
	case "note":
		err = d.Jot(ctx, v.who, which, form("note"))
	case "classify":
		err = d.Classify(ctx, v.who, which, desk.Kind(form("kind")), form("setting"))
	case "hand":
		err = d.HandOver(ctx, v.who, which, actor.Department(form("department")), form("reason"))
	case "close":
		err = d.Close(ctx, v.who, which, desk.State(form("state")), form("outcome"))
	case "erase":
		err = s.stepErase(r, v, which)
	case "except", "decide", "end":
		err = s.exceptionAct(r, v, which, act)
	default:
		return fault.New(fault.NotFound, "not_found")
	}
	if err == nil {
		s.say(w, said{Key: "request.said." + act})
		if act == "hand" {
			return see(w, r, supportPage)
		}
		return see(w, r, supportPage+"/"+string(which))
	}
	view, verr := s.supportRequestView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "support-request", view, err)
}

// templateOf keeps the names of templates that there are.
func templateOf(name string) string {
	var known []string
	all := slices.Concat(desk.Templates()...)
	for part := range strings.FieldsSeq(name) {
		if slices.Contains(all, part) && !slices.Contains(known, part) {
			known = append(known, part)
		}
	}
	return strings.Join(known, " ")
}

// templateText says how an answer began.
func templateText(tag lang.Tag, name string) string {
	var titles []string
	for part := range strings.FieldsSeq(name) {
		titles = append(titles, tag.Text("request.template."+part+".title", nil))
	}
	return strings.Join(titles, ", ")
}
