package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/store"
)

// Where the provider's staff see to leave to enter, and where the customer does.
const (
	grantsPage    = "/provider/grants"
	emergencyPage = grantsPage + "/emergency"
	ownGrantsPage = "/let-in/grants"
)

// grantsView is all leave to enter, as the provider's staff see it.
type grantsView struct {
	Frame
	Lists []grantList
	Older string
	Break bool // the reader is on the list of those who may break glass
	Empty bool
}

// grantList is some of it under a heading.
type grantList struct {
	Name, Title string
	Rows        []grantRow
	None        string
}

type grantRow struct {
	Href, Customer, Name, Reason, Asker string
	Stage, StageText                    string
	Lacks                               []string
	Asked, Until, Ended                 time.Time
	Emergency, Reviewed                 bool
}

// askView is the form by which one is asked for.
type askView struct {
	Frame
	Customer                                   string // as typed
	Customers, Members, Scopes, Reasons, Spans []choice
	Words, Request                             string
	After, AfterText                           string
}

func (s *site) grantRoutes(staff func(string, handler)) {
	staff("GET "+grantsPage, s.grantQueue)
	staff("GET "+grantsPage+"/new", s.askGrant)
	staff("POST "+grantsPage, s.doAskGrant)
	staff("GET "+emergencyPage, s.emergency)
	staff("POST "+emergencyPage, s.breakGlass)
	staff("POST "+emergencyPage+"/list", s.keepBreakers)
	staff("GET "+grantsPage+"/{grant}", s.grant)
	staff("POST "+grantsPage+"/{grant}/{act}", s.doGrant)
}

func (s *site) ownGrantRoutes(in func(string, handler)) {
	in("GET "+ownGrantsPage+"/{grant}", s.grant)
	in("POST "+ownGrantsPage+"/{grant}/{act}", s.doGrant)
}

func grantRowOf(tag lang.Tag, base string, r grant.Row) grantRow {
	row := grantRow{
		Href: base + "/" + string(r.ID), Customer: r.Customer, Name: r.Name, Reason: tag.Text("grant.reason."+string(r.Reason), nil), Asker: r.Asker,
		Stage: string(r.Stage), StageText: tag.Text("grant.stage."+string(r.Stage), nil), Asked: r.Asked, Until: r.Until, Ended: r.Ended,
		Emergency: r.Emergency, Reviewed: !r.Reviewed.IsZero(),
	}
	for _, what := range r.Lacks() {
		row.Lacks = append(row.Lacks, tag.Text("grant.lack."+what, nil))
	}
	return row
}

func (s *site) grantQueue(w http.ResponseWriter, r *http.Request, v *visit) error {
	before := time.Time{}
	if micro, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil && micro > 0 {
		before = time.UnixMicro(micro).UTC()
	}
	live, over, err := s.Grants.Queue(r.Context(), v.who, before)
	if err != nil {
		return err
	}
	list, err := s.Grants.Breakers(r.Context(), v.who)
	if err != nil {
		return err
	}
	view := &grantsView{Frame: s.provided(w, r, v, "grant.page.title", grantsPage), Break: list.Own, Empty: len(live)+len(over) == 0}
	view.Feed = providerFeed
	view.fill(v.tag, live, over)
	if len(over) == grant.PageOfOver {
		view.Older = grantsPage + "?before=" + strconv.FormatInt(over[len(over)-1].Asked.UnixMicro(), 10) + "#over"
	}
	return s.show(w, r, "grants", view)
}

// fill puts each grant under the heading where somebody looks for it first.
func (view *grantsView) fill(tag lang.Tag, live, over []grant.Row) {
	lists := map[string][]grantRow{}
	for _, g := range live {
		where := "waiting"
		switch {
		case g.Yours:
			where = "mine"
		case g.Stage == grant.Open:
			where = "open"
		}
		lists[where] = append(lists[where], grantRowOf(tag, grantsPage, g))
	}
	for _, g := range over {
		lists["over"] = append(lists["over"], grantRowOf(tag, grantsPage, g))
	}
	for _, name := range []string{"mine", "waiting", "open", "over"} {
		view.Lists = append(view.Lists, grantList{name, tag.Text("grant.page."+name, nil), lists[name], tag.Text("grant.page.none_"+name, nil)})
	}
}

func (s *site) askGrant(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.askView(w, r, v, grantDraft(r.FormValue))
	if err != nil {
		return err
	}
	return s.show(w, r, "grant-new", view)
}

// grantDraft reads the form, or the address that leads to it.
func grantDraft(value func(string) string) grant.Draft {
	seconds, _ := strconv.Atoi(value("hours")) // what is no number is out of range, and said so
	d := grant.Draft{
		Staff: id.Staff(value("staff")), Scope: grant.Scope(value("scope")), Reason: grant.Reason(value("reason")),
		Words: value("words"), Request: value("request"), After: id.Grant(value("after")), For: time.Duration(seconds) * time.Hour,
	}
	return d
}

// grantSpans are for how long one can ask, in hours.
var grantSpans = []int{1, 4, 8, 24, 72, 168, 336}

func (s *site) askView(w http.ResponseWriter, r *http.Request, v *visit, d grant.Draft) (*askView, error) {
	view := &askView{
		Frame: s.provided(w, r, v, "grant.page.ask", grantsPage), Customer: typedCustomer(r), Words: d.Words, Request: d.Request,
	}
	if d.After != "" {
		if err := s.extending(r.Context(), v, view, &d); err != nil {
			return nil, err
		}
	}
	err := s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		var err error
		if view.Customer, view.Customers, err = customers(tx, v.who, view.Customer); err != nil {
			return err
		}
		members, err := s.Grants.Candidates(tx)
		for _, m := range members {
			if m.ID != v.who.Staff {
				text := m.Name + " (" + v.tag.Text("staff.department."+string(m.Department), nil) + ")"
				view.Members = append(view.Members, choice{Value: string(m.ID), Text: text, Chosen: m.ID == d.Staff})
			}
		}
		return err
	})
	for _, scope := range []grant.Scope{grant.View, grant.Configure} {
		view.Scopes = append(view.Scopes, choice{Value: string(scope), Text: v.tag.Text("grant.scope."+string(scope), nil), Chosen: scope == d.Scope})
	}
	for _, reason := range d.Reasons() {
		view.Reasons = append(view.Reasons, choice{Value: string(reason), Text: upper(v.tag.Text("grant.reason."+string(reason), nil)), Chosen: reason == d.Reason})
	}
	for _, hours := range grantSpans {
		span := time.Duration(hours) * time.Hour
		view.Spans = append(view.Spans, choice{Value: strconv.Itoa(hours), Text: v.tag.Duration(span), Chosen: span == d.For || d.For == 0 && span == grant.Usual})
	}
	return view, err
}

// typedCustomer is for whom something is meant, as it was typed or as the
// address of the page says.
func typedCustomer(r *http.Request) string { return r.FormValue("organisation") }

// customers are those whom lists name to the reader, to choose from; others are
// found by typing who they are. An id, which an address of a page may have, is
// shown as the name.
func customers(tx *store.AcrossTx, who actor.Actor, typed string) (name string, all []choice, err error) {
	listed, _, err := account.List(tx, who, account.Filter{})
	if err != nil {
		return typed, nil, err
	}
	for _, a := range listed {
		all = append(all, choice{Value: a.Name, Text: a.Reference})
	}
	if _, no := id.Parse[id.Org](typed); no != nil {
		return typed, all, nil
	}
	a, err := account.Seek(tx, who, typed)
	if err != nil {
		if fault.KindOf(err) == fault.Invalid {
			err = nil // it is said when the form comes
		}
		return typed, all, err
	}
	return a.Name, all, nil
}

// customerOf is the organisation that was typed in a form.
func (s *site) customerOf(r *http.Request, v *visit) (org id.Org, err error) {
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		a, err := account.Seek(tx, v.who, r.PostFormValue("organisation"))
		org = a.Org
		return err
	})
	return org, err
}

// extending takes over what is asked from the grant that is to be extended.
func (s *site) extending(ctx context.Context, v *visit, view *askView, d *grant.Draft) error {
	f, err := s.Grants.File(ctx, v.who, d.After)
	if err != nil {
		return err
	}
	d.Staff, view.Customer = f.Staff, string(f.Org)
	if d.Scope == "" {
		d.Scope, d.Reason, view.Request = f.Scope, f.Reason, f.Request
	}
	view.After = string(d.After)
	view.AfterText = v.tag.Text("grant.page.extends", map[string]any{"Name": f.Name, "Org": f.Customer, "Until": v.tag.Time(f.Until, time.UTC, lang.Short)})
	return nil
}

func upper(s string) string {
	first, size := "", 0
	for _, r := range s {
		first, size = strings.ToUpper(string(r)), len(string(r))
		break
	}
	return first + s[size:]
}

func (s *site) doAskGrant(w http.ResponseWriter, r *http.Request, v *visit) error {
	d := grantDraft(r.PostFormValue)
	if d.For == 0 {
		d.For = -1 // nobody gets the usual span by asking for none
	}
	var g grant.Grant
	var err error
	if d.Org, err = s.customerOf(r, v); err == nil {
		g, err = s.Grants.Ask(r.Context(), v.who, d)
	}
	if err == nil {
		s.say(w, said{Key: "grant.page.asked"})
		return see(w, r, grantsPage+"/"+string(g.ID))
	}
	view, verr := s.askView(w, r, v, d)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "grant-new", view, err)
}

// emergencyView is who may enter without being asked for, and the way in.
type emergencyView struct {
	Frame
	Own, Keeps bool
	Customer   string // as typed
	Customers  []choice
	Members    []choice
	List       []breakerRow
	Words      string
	Limit      string
}

type breakerRow struct {
	ID, Name, Putter string
	At               time.Time
}

func (s *site) emergencyView(w http.ResponseWriter, r *http.Request, v *visit) (*emergencyView, error) {
	view := &emergencyView{
		Frame: s.provided(w, r, v, "grant.page.emergency", grantsPage), Words: r.PostFormValue("words"), Limit: v.tag.Duration(grant.Broken),
	}
	list, err := s.Grants.Breakers(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	view.Own, view.Keeps = list.Own, list.Keeps
	listed := map[id.Staff]bool{}
	for _, b := range list.All {
		listed[b.Staff] = true
		view.List = append(view.List, breakerRow{string(b.Staff), b.Name, b.Putter, b.At})
	}
	return view, s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		if view.Customer, view.Customers, err = customers(tx, v.who, typedCustomer(r)); err != nil {
			return err
		}
		members, err := s.Grants.Candidates(tx)
		for _, m := range members {
			if !listed[m.ID] && m.ID != v.who.Staff {
				view.Members = append(view.Members, choice{Value: string(m.ID), Text: m.Name})
			}
		}
		return err
	})
}

func (s *site) emergency(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.emergencyView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "grant-emergency", view)
}

// afterEmergency goes on, or shows the page again with what was wrong.
func (s *site) afterEmergency(w http.ResponseWriter, r *http.Request, v *visit, cause error, done, to string) error {
	if cause == nil {
		s.say(w, said{Key: done})
		return see(w, r, to)
	}
	view, err := s.emergencyView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "grant-emergency", view, cause)
}

func (s *site) breakGlass(w http.ResponseWriter, r *http.Request, v *visit) error {
	var g grant.Grant
	org, err := s.customerOf(r, v)
	if err == nil {
		g, err = s.Grants.Break(r.Context(), v.who, grant.Emergency{Org: org, Words: r.PostFormValue("words")})
	}
	return s.afterEmergency(w, r, v, err, "grant.page.broken", grantsPage+"/"+string(g.ID))
}

func (s *site) keepBreakers(w http.ResponseWriter, r *http.Request, v *visit) error {
	on := r.PostFormValue("on") != ""
	who, err := id.Parse[id.Staff](r.PostFormValue("staff"))
	if err != nil {
		return fault.New(fault.Invalid, "required").At("staff")
	}
	err = s.Grants.PutBreaker(r.Context(), v.who, who, on)
	return s.afterEmergency(w, r, v, err, "grant.page.listed", emergencyPage)
}
