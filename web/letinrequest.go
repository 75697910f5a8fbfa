package web

import (
	"net/http"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/desk"
	"muster/letin/desk/insist"
	"muster/store"
)

// asksPage is where a customer's people ask support, and see what came of it.
const asksPage = letinPage + "/requests"

// asksView is what an organisation has asked of support, or one of its people.
type asksView struct {
	Frame
	Tabs     []choice
	Rows     []requestRow
	Older    string
	All      bool           // of everybody, not of the reader alone
	Allowed  []exceptionRow // what a head of department was asked to allow
	Director *directorForm  // to administrators
	Address  string         // for mail to support; empty: none comes in
}

// wishView is the form.
type wishView struct {
	Frame
	Kinds          []choice
	Settings       []choiceGroup
	Subject, Words string
	Address        string
	Administrator  bool
}

// askedView is one request as the customer sees it.
type askedView struct {
	Frame
	requestRow
	Setting  string
	Mark     string // of what it is about, for whoever confirms it
	Doubt    string
	Vouched  string
	Outcome  string
	Open     bool
	May      bool // confirm, and insist
	Insisted time.Time
	Lines    []lineRow
	Words    string
	Why      string
	Erase    eraseView
	Allowed  []exceptionRow
}

func (s *site) askRoutes(in func(string, handler)) {
	in("GET "+asksPage, s.asks)
	in("GET "+asksPage+"/new", s.ask)
	in("POST "+asksPage+"/new", s.askSupport)
	in("GET "+asksPage+"/{request}", s.asked)
	in("GET "+asksPage+"/{request}/pictures/{picture}", s.requestPicture)
	in("POST "+asksPage+"/{request}/{act}", s.actOnAsked)
}

func (s *site) asks(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.asksView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "asks", view)
}

func (s *site) asksView(w http.ResponseWriter, r *http.Request, v *visit) (*asksView, error) {
	f, err := s.framed(w, r, v, "request.page.asks", letinPage)
	if err != nil {
		return nil, err
	}
	var older time.Time
	if at, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("before")); err == nil {
		older = at
	}
	all, err := s.support().List(r.Context(), v.who, older)
	if err != nil {
		return nil, err
	}
	view := &asksView{Frame: f, All: v.who.Has(actor.Administrator, ""), Address: s.supportAddress(v.who.Org)}
	if view.All {
		view.Tabs = letinTabs(v.tag, asksPage)
	}
	for _, q := range all {
		row := requestRowOf(v.tag, q, asksPage)
		if q.State == desk.Waiting {
			row.StateText = v.tag.Text("request.state.waiting_you", nil)
		}
		view.Rows = append(view.Rows, row)
	}
	if len(all) == desk.PageOf {
		view.Older = asksPage + "?before=" + all[len(all)-1].Made.Format(time.RFC3339Nano)
	}
	if !view.All {
		return view, nil
	}
	if view.Director, err = s.directorForm(r, v); err != nil {
		return nil, err
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		exceptions, err := insist.Latest(tx)
		view.Allowed = nil
		for _, e := range exceptions {
			view.Allowed = append(view.Allowed, exceptionRowOf(v.tag, e, tx.Now()))
		}
		return err
	})
	for i := range view.Allowed {
		view.Allowed[i].Scope = s.scopeCalled(r.Context(), v.tag, view.Allowed[i].Scope)
	}
	return view, err
}

// supportAddress is where the organisation's people write to support.
func (s *site) supportAddress(org id.Org) string {
	if s.Support == nil {
		return ""
	}
	return s.Support(org)
}

func (s *site) wishView(w http.ResponseWriter, r *http.Request, v *visit) (*wishView, error) {
	f, err := s.framed(w, r, v, "request.page.ask", letinPage)
	view := &wishView{
		Frame: f, Kinds: kindChoices(v.tag, desk.Kind(r.FormValue("kind"))), Subject: r.PostFormValue("subject"),
		Words: r.PostFormValue("words"), Address: s.supportAddress(v.who.Org), Administrator: v.who.Has(actor.Administrator, ""),
	}
	if err == nil {
		view.Settings, err = s.settingChoices(r, v.tag, v.who.Org, r.FormValue("setting"))
	}
	return view, err
}

func (s *site) ask(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.wishView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "ask", view)
}

func (s *site) askSupport(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, err := s.support().Ask(r.Context(), v.who, wantedOf(r))
	if err == nil {
		s.say(w, said{Key: "request.said.asked", Args: map[string]any{"Reference": q.Reference()}})
		return see(w, r, asksPage+"/"+string(q.ID))
	}
	view, verr := s.wishView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "ask", view, err)
}

func (s *site) askedView(w http.ResponseWriter, r *http.Request, v *visit) (*askedView, error) {
	q, lines, err := s.requestOf(r, v)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "request.page.asks", letinPage)
	if err != nil {
		return nil, err
	}
	view := &askedView{
		Frame: f, requestRow: requestRowOf(v.tag, q, asksPage), Setting: s.settingCalled(r.Context(), v.tag, q.Setting), Mark: q.Mark(), Vouched: q.Vouched, Outcome: q.Outcome, Open: q.State.Open(),
		May: v.who.Kind == actor.Person && v.who.Has(actor.Administrator, ""), Insisted: q.Insisted, Lines: lineRows(v.tag, asksPage+"/"+string(q.ID), lines),
		Words: r.PostFormValue("words"), Why: r.PostFormValue("why"),
	}
	view.Title = q.Reference() + " " + q.Subject
	if view.Erase, err = s.eraseOf(r.Context(), v, q); err == nil {
		view.Allowed, err = s.exceptions(r.Context(), v, q)
	}
	if err != nil {
		return nil, err
	}
	if q.State == desk.Waiting {
		view.StateText = v.tag.Text("request.state.waiting_you", nil)
	}
	if q.Doubt != "" {
		view.Doubt = v.tag.Text("request.doubt."+string(q.Doubt), nil)
	}
	return view, nil
}

func (s *site) asked(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.askedView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "asked", view)
}

// actOnAsked does what the customer decides about a request.
func (s *site) actOnAsked(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Request](r.PathValue("request"))
	if err != nil {
		return err
	}
	act := r.PathValue("act")
	switch act {
	case "say":
		err = s.support().Say(r.Context(), v.who, which, r.PostFormValue("words"))
	case "vouch":
		err = s.support().Vouch(r.Context(), v.who, which, r.PostFormValue("mark"))
	case "end":
		err = s.exceptionAct(r, v, which, act)
	case "insist":
		if err = s.support().Insist(r.Context(), v.who, which, r.PostFormValue("why")); err != nil {
			err = fieldInstead(err, "words", "why")
		}
	default:
		return fault.New(fault.NotFound, "not_found")
	}
	if err == nil {
		s.say(w, said{Key: "request.said." + act})
		return see(w, r, asksPage+"/"+string(which))
	}
	view, verr := s.askedView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "asked", view, err)
}

// fieldInstead calls a field by the name that the form has for it.
func fieldInstead(err error, field, name string) error {
	var all []error
	for _, f := range fault.All(err) {
		if f.Field == field {
			f = f.At(name)
		}
		all = append(all, f)
	}
	return fault.Join(all...)
}
