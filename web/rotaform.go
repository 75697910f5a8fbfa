package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// rotaFormView makes a rota or changes one.
type rotaFormView struct {
	Frame
	ID, Action, Back      string
	Name                  string
	Workspaces            []choice // only of a new one
	Kinds, Needs          []choice
	Start, Handover, Days string
	People                []placeRow
	Spans                 []spanRow
}

// placeRow is somebody who can be put on duty, and their places in the order.
type placeRow struct{ ID, Name, Places string }

// spanRow is one time of the week for one person.
type spanRow struct {
	N        int
	Days     []choice
	From, To string
	Who      []choice
}

// blankSpans is how many empty rows the form offers.
const blankSpans = 4

func (s *site) rotaForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, _, err := s.rotaFormView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "rotaform", view)
}

func (s *site) rotaFormView(w http.ResponseWriter, r *http.Request, v *visit) (*rotaFormView, rota.Rota, error) {
	var kept rota.Rota
	var candidates []roster.Person
	var spaces []roster.Workspace
	rid := id.Rota(r.PathValue("rota"))
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		if rid != "" {
			if kept, err = rota.Find(tx, v.who, rid); err != nil {
				return err
			}
		}
		if candidates, err = rota.Candidates(tx); err != nil {
			return err
		}
		spaces, err = roster.Workspaces(tx)
		return err
	})
	if err != nil {
		return nil, kept, err
	}
	about := policy.Resource{Type: "Rota", ID: string(rid), Org: v.who.Org, Workspace: kept.Workspace}
	spaces = slices.DeleteFunc(spaces, func(ws roster.Workspace) bool { return !v.who.Has(actor.Administrator, ws.ID) })
	if rid == "" && !v.who.Has(actor.Administrator, "") && len(spaces) > 0 {
		about.Workspace = spaces[0].ID
	}
	if _, err := policy.Check(v.who, "manageRota", about); err != nil {
		return nil, kept, err
	}
	f, err := s.framed(w, r, v, "web.rota.new", rotaPage)
	if err != nil {
		return nil, kept, err
	}
	view := &rotaFormView{Frame: f, Action: rotaPage + "/new", Back: rotaPage}
	if rid != "" {
		view.ID, view.Action, view.Back = string(rid), rotaPage+"/"+string(rid)+"/edit", rotaPage+"/"+string(rid)
		view.Title = kept.Name
	} else {
		zone, err := lang.Zone(v.zone)
		if err != nil {
			return nil, kept, err
		}
		kept.Kind, kept.Days, kept.Handover, kept.Need = plan.Rotating, 7, 8*60, plan.Always
		kept.Start = civil.Of(s.Store.Now(), zone)
		if v.who.Has(actor.Administrator, "") {
			view.Workspaces = []choice{{Text: v.tag.Text("web.rota.whole", nil)}}
		}
		for _, ws := range spaces {
			view.Workspaces = append(view.Workspaces, choice{Value: string(ws.ID), Text: ws.Name, Chosen: string(ws.ID) == r.PostFormValue("workspace")})
		}
	}
	view.fill(v.tag, kept, candidates)
	if r.Method == http.MethodPost {
		view.typed(r, v.tag, candidates)
	}
	return view, kept, nil
}

// fill puts a rota into the form.
func (f *rotaFormView) fill(tag lang.Tag, r rota.Rota, candidates []roster.Person) {
	f.Name, f.Start, f.Handover, f.Days = r.Name, r.Start.String(), clockText(r.Handover), strconv.Itoa(r.Days)
	if r.Kind == plan.Weekly {
		f.Start, f.Handover, f.Days = "", "08:00", "7"
	}
	f.chosen(tag, string(r.Kind), string(r.Need))
	for _, p := range candidates {
		var places []string
		for i, t := range r.Order {
			if slices.Contains(t, p.Person) {
				places = append(places, strconv.Itoa(i+1))
			}
		}
		f.People = append(f.People, placeRow{string(p.Person), p.Name, strings.Join(places, ", ")})
	}
	for _, span := range r.Spans {
		for _, p := range span.Team {
			f.span(tag, candidates, strconv.Itoa(int(span.Weekday)), clockText(span.From), clockText(span.To), string(p))
		}
	}
	for range blankSpans {
		f.span(tag, candidates, "", "", "", "")
	}
}

func (f *rotaFormView) chosen(tag lang.Tag, kind, need string) {
	f.Kinds, f.Needs = nil, nil
	for _, k := range []plan.Kind{plan.Rotating, plan.Weekly} {
		f.Kinds = append(f.Kinds, choice{Value: string(k), Text: tag.Text("web.rota.kind_"+string(k), nil), Chosen: string(k) == kind})
	}
	for _, n := range []plan.Need{plan.Always, plan.InHours, plan.OutOfHours, plan.InTurnsOnly} {
		f.Needs = append(f.Needs, choice{Value: string(n), Text: tag.Text("web.rota.need_"+string(n), nil), Chosen: string(n) == need})
	}
}

// The choices of days beside the single ones.
const (
	workdays = "workdays"
	weekend  = "weekend"
	everyDay = "every"
)

func (f *rotaFormView) span(tag lang.Tag, candidates []roster.Person, day, from, to, who string) {
	row := spanRow{N: len(f.Spans) + 1, From: from, To: to, Days: []choice{{Text: "–"}}, Who: []choice{{Text: "–"}}}
	for _, group := range []string{workdays, weekend, everyDay} {
		row.Days = append(row.Days, choice{Value: group, Text: tag.Text("web.rota.days_"+group, nil), Chosen: day == group})
	}
	for i := 1; i <= 7; i++ {
		value := strconv.Itoa(i % 7)
		row.Days = append(row.Days, choice{Value: value, Text: tag.Text("time.weekday."+value, nil), Chosen: day == value})
	}
	for _, p := range candidates {
		row.Who = append(row.Who, choice{Value: string(p.Person), Text: p.Name, Chosen: string(p.Person) == who})
	}
	f.Spans = append(f.Spans, row)
}

// typed keeps what was typed in the form that is shown again.
func (f *rotaFormView) typed(r *http.Request, tag lang.Tag, candidates []roster.Person) {
	f.Name, f.Start, f.Handover, f.Days = r.PostFormValue("name"), r.PostFormValue("start"), r.PostFormValue("handover"), r.PostFormValue("days")
	f.chosen(tag, r.PostFormValue("kind"), r.PostFormValue("need"))
	for i := range f.People {
		f.People[i].Places = r.PostFormValue("place_" + f.People[i].ID)
	}
	f.Spans = nil
	for i := range r.PostForm["span_day"] {
		f.span(tag, candidates, nth(r, "span_day", i), nth(r, "span_from", i), nth(r, "span_to", i), nth(r, "span_who", i))
	}
}

func nth(r *http.Request, field string, i int) string {
	if all := r.PostForm[field]; i < len(all) {
		return all[i]
	}
	return ""
}

// saveRota takes the form in.
func (s *site) saveRota(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, kept, err := s.rotaFormView(w, r, v)
	if err != nil {
		return err
	}
	kept.Name, kept.Kind, kept.Need = view.Name, plan.Kind(r.PostFormValue("kind")), plan.Need(r.PostFormValue("need"))
	if view.ID == "" {
		kept.Workspace = id.Workspace(r.PostFormValue("workspace"))
	}
	err = view.read(r, &kept)
	done := "web.person.saved"
	switch {
	case err != nil:
	case view.ID == "":
		done = "web.rota.made"
		kept, err = rota.Create(r.Context(), s.Store, v.who, kept)
	default:
		err = rota.Update(r.Context(), s.Store, v.who, kept)
	}
	if err != nil {
		return s.again(w, r, "rotaform", view, err)
	}
	s.say(w, said{Key: done})
	return see(w, r, rotaPage+"/"+string(kept.ID))
}

// read makes a pattern of what was typed, by its kind.
func (f *rotaFormView) read(r *http.Request, to *rota.Rota) error {
	if to.Kind == plan.Weekly {
		spans, err := spansFrom(r)
		to.Spans = spans
		return err
	}
	var errs [3]error
	to.Start, errs[0] = civil.ParseDay(f.Start)
	to.Handover, errs[1] = civil.ParseMinute(f.Handover)
	days, err := strconv.Atoi(strings.TrimSpace(f.Days))
	if err != nil {
		days = 0 // out of range, which the room says with its bounds
	}
	to.Days = days
	to.Order, errs[2] = f.order()
	for i, field := range []string{"start", "handover", "order"} {
		if errs[i] != nil {
			errs[i] = fault.From(errs[i]).At(field)
		}
	}
	return fault.Join(errs[:]...)
}

// order gathers the places into teams: who has the same number is on duty
// together, and numbers that nobody has are left out.
func (f *rotaFormView) order() ([]plan.Team, error) {
	teams := map[int]plan.Team{}
	for _, p := range f.People {
		for _, word := range strings.FieldsFunc(p.Places, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 || n > 999 {
				return nil, fault.New(fault.Invalid, "out_of_range").With("Min", 1).With("Max", 999)
			}
			if !slices.Contains(teams[n], id.Person(p.ID)) {
				teams[n] = append(teams[n], id.Person(p.ID))
			}
		}
	}
	var order []plan.Team
	for n := 1; n <= 999; n++ {
		if len(teams[n]) > 0 {
			order = append(order, teams[n])
		}
	}
	return order, nil
}

// spansFrom reads the rows that are filled in. Rows of the same time are one
// team.
func spansFrom(r *http.Request) ([]plan.Span, error) {
	var out []plan.Span
	for i := range r.PostForm["span_day"] {
		days, who := daysOf(nth(r, "span_day", i)), nth(r, "span_who", i)
		if len(days) == 0 && who == "" {
			continue
		}
		from, err := civil.ParseMinute(nth(r, "span_from", i))
		to, err2 := civil.ParseMinute(nth(r, "span_to", i))
		if err != nil || err2 != nil || len(days) == 0 {
			return nil, fault.New(fault.Invalid, "rota_row").At("spans").With("Row", fmt.Sprint(i+1))
		}
		for _, d := range days {
			same := slices.IndexFunc(out, func(s plan.Span) bool { return s.Weekday == d && s.From == from && s.To == to })
			switch {
			case same < 0:
				out = append(out, plan.Span{Weekday: d, From: from, To: to, Team: plan.Team{id.Person(who)}})
			case !slices.Contains(out[same].Team, id.Person(who)):
				out[same].Team = append(out[same].Team, id.Person(who))
			}
		}
	}
	return out, nil
}

func daysOf(choice string) []time.Weekday {
	switch choice {
	case workdays:
		return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	case weekend:
		return []time.Weekday{time.Saturday, time.Sunday}
	case everyDay:
		return append(daysOf(workdays), daysOf(weekend)...)
	}
	if n, err := strconv.Atoi(choice); err == nil && n >= 0 && n <= 6 {
		return []time.Weekday{time.Weekday(n)}
	}
	return nil
}

func (s *site) closeRota(w http.ResponseWriter, r *http.Request, v *visit) error {
	rid, err := id.Parse[id.Rota](r.PathValue("rota"))
	if err != nil {
		return err
	}
	if err := rota.Close(r.Context(), s.Store, v.who, rid); err != nil {
		return err
	}
	s.say(w, said{Key: "web.rota.closed"})
	return see(w, r, rotaPage)
}
