package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/insist"
)

// supportPage is the desk: what customers ask of support.
const supportPage = "/provider/desk"

// supportView is the queue of a department.
type supportView struct {
	Frame
	Tabs   []choice
	Rows   []requestRow
	Closed bool   // what is over
	Other  string // address of the other list: over, or open
	Mine   string // the actor's own department, in words
	Every  string // address of the list of exceptions; empty: not for the reader
}

// requestRow is one request in a list.
type requestRow struct {
	ID, Href, Reference, Subject, Customer, Who, About, Channel, State, StateText, Agent string
	Counts, Yours                                                                        bool
	Made, Changed                                                                        time.Time
}

// supportNewView is the form in which an agent writes down what was asked by
// telephone or in a chat.
type supportNewView struct {
	Frame
	Orgs, Channels, Kinds       []choice
	Org, OrgName, Name, Address string
	Settings                    []choiceGroup
	Subject, Words              string
}

func (s *site) support() desk.Desk { return desk.Desk{Store: s.Store, Keys: s.Keys} }

func (s *site) supportRoutes(staff func(string, handler)) {
	staff("GET "+supportPage, s.supportQueue)
	staff("GET "+exceptionsPage, s.exceptionList)
	staff("GET "+supportPage+"/new", s.newSupport)
	staff("POST "+supportPage+"/new", s.noteSupport)
	staff("GET "+supportPage+"/{request}", s.supportRequest)
	staff("GET "+supportPage+"/{request}/pictures/{picture}", s.requestPicture)
	staff("POST "+supportPage+"/{request}/{act}", s.actOnRequest)
}

func (s *site) supportQueue(w http.ResponseWriter, r *http.Request, v *visit) error {
	ask := r.URL.Query()
	view := &supportView{Frame: s.provided(w, r, v, "request.page.desk", supportPage), Closed: ask.Get("over") != ""}
	department := actor.Department(ask.Get("department"))
	if department == "" && !ask.Has("department") {
		department = v.who.Support.Department
	}
	all, depths, err := s.support().Queue(r.Context(), v.who, department, !view.Closed)
	if err != nil {
		return err
	}
	view.Mine = v.tag.Text("staff.department."+string(v.who.Support.Department), nil)
	view.Tabs = supportTabs(v.tag, v.who, department, depths)
	for _, q := range all {
		view.Rows = append(view.Rows, requestRowOf(v.tag, q, supportPage))
	}
	other := url.Values{"department": {string(department)}}
	if !view.Closed {
		other.Set("over", "yes")
	}
	view.Other = supportPage + "?" + other.Encode()
	if insist.MayList(v.who) == nil {
		view.Every = exceptionsPage
	}
	return s.show(w, r, "support", view)
}

// supportTabs are the queues that somebody may look at, their own first.
func supportTabs(tag lang.Tag, who actor.Actor, at actor.Department, depths []desk.Depth) []choice {
	var tabs []choice
	own := who.Support.Department
	add := func(d actor.Department) {
		c := choice{Href: supportPage + "?department=" + string(d), Text: tag.Text("staff.department."+string(d), nil), Chosen: d == at}
		for _, depth := range depths {
			if depth.Department == d {
				c.Count = depth.Open
			}
		}
		tabs = append(tabs, c)
	}
	add(own)
	for _, d := range desk.Departments() {
		if other := (desk.Request{Department: d}); d != own && other.Shown(who) {
			add(d)
		}
	}
	if len(tabs) > 1 {
		tabs = append(tabs, choice{Href: supportPage + "?department=", Text: tag.Text("request.page.all", nil), Chosen: at == ""})
	}
	return tabs
}

func requestRowOf(tag lang.Tag, q desk.Request, page string) requestRow {
	row := requestRow{
		ID: string(q.ID), Href: page + "/" + string(q.ID), Reference: q.Reference(), Subject: q.Subject, Customer: q.OrgName, Who: q.Sender.Name,
		About: tag.Text("request.kind."+string(q.Kind), nil), Channel: tag.Text("request.channel."+string(q.Channel), nil),
		State: string(q.State), StateText: tag.Text("request.state."+string(q.State), nil), Agent: q.AgentName, Counts: q.Counts(), Made: q.Made, Changed: q.Changed,
	}
	if row.Who == "" {
		row.Who = q.Sender.Address
	}
	return row
}

func kindChoices(tag lang.Tag, chosen desk.Kind) (all []choice) {
	for _, k := range desk.Kinds() {
		all = append(all, choice{Value: string(k), Text: tag.Text("request.kind."+string(k), nil), Chosen: k == chosen})
	}
	return all
}

func (s *site) newSupport(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.supportNewView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "support-new", view)
}

// supportNewView is the form: first the customer, then what was asked.
func (s *site) supportNewView(w http.ResponseWriter, r *http.Request, v *visit) (*supportNewView, error) {
	view := &supportNewView{Frame: s.provided(w, r, v, "request.page.note", supportPage), Org: r.FormValue("org")}
	view.Name, view.Address, view.Subject, view.Words = r.PostFormValue("name"), r.PostFormValue("address"), r.PostFormValue("subject"), r.PostFormValue("words")
	all, err := s.support().Customers(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		view.Orgs = append(view.Orgs, choice{Value: a.Name, Text: a.Reference})
	}
	if view.Org == "" {
		return view, nil
	}
	a, err := s.support().Customer(r.Context(), v.who, view.Org)
	if err != nil {
		if !view.wrongInput(fieldInstead(err, "organisation", "org")) {
			return nil, err
		}
		return view, nil
	}
	view.Org, view.OrgName = string(a.Org), a.Name
	for _, c := range []desk.Channel{desk.Phone, desk.Chat} {
		view.Channels = append(view.Channels, choice{Value: string(c), Text: v.tag.Text("request.channel."+string(c), nil), Chosen: r.PostFormValue("channel") == string(c)})
	}
	view.Kinds = kindChoices(v.tag, desk.Kind(r.PostFormValue("kind")))
	view.Settings, err = s.settingChoices(r, v.tag, a.Org, r.PostFormValue("setting"))
	return view, err
}

func (s *site) noteSupport(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.support().Customer(r.Context(), v.who, r.PostFormValue("org"))
	if err != nil {
		err = fieldInstead(err, "organisation", "org")
	}
	var q desk.Request
	if err == nil {
		q, err = s.support().Note(r.Context(), v.who, notedOf(r, a.Org))
	}
	if err == nil {
		s.say(w, said{Key: "request.said.noted", Args: map[string]any{"Reference": q.Reference()}})
		return see(w, r, supportPage+"/"+string(q.ID))
	}
	view, verr := s.supportNewView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "support-new", view, err)
}

// notedOf reads what was written down for a customer.
func notedOf(r *http.Request, org id.Org) desk.Noted {
	return desk.Noted{
		Org: org, Channel: desk.Channel(r.PostFormValue("channel")),
		Name: r.PostFormValue("name"), Address: r.PostFormValue("address"), Wanted: wantedOf(r),
	}
}

// wantedOf reads what is asked for from a form.
func wantedOf(r *http.Request) desk.Wanted {
	return desk.Wanted{
		Kind: desk.Kind(r.PostFormValue("kind")), Setting: r.PostFormValue("setting"), Subject: r.PostFormValue("subject"), Words: r.PostFormValue("words"),
	}
}

// badge is how a state looks: what is over is calm, what waits for us is not.
func (r requestRow) Badge() string {
	switch {
	case slices.Contains([]string{"done", "refused"}, r.State):
		return "over"
	case r.State == "waiting":
		return "waits"
	}
	return "open"
}
