package web

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// incidentsView lists alarms, newest first.
type incidentsView struct {
	Frame
	Tabs       []choice
	Rows       []incidentRow
	Filtered   bool
	Outcomes   []choice
	Kinds      []choice
	Workspaces []choice
	Worker     *choice // the one worker that the list is about
	Query      string
	From, To   string // dates as they were typed
	Chosen     []choice
	Pager      pager
}

type incidentRow struct {
	Href      string
	Raised    time.Time
	Name, PIN string
	Drill     bool
	Cause     string
	Open      bool
	Outcome   string
	Answered  time.Duration // from raised to acknowledged
	By        string
}

// pager leads through a long list.
type pager struct{ Previous, Next, Text string }

const incidentPage = 50

// incidentRoutes are the pages of what is over.
func (s *site) incidentRoutes(in func(string, handler)) {
	in("GET /incidents", s.incidents)
	in("POST /incidents/list.csv", s.exportIncidents)
	in("GET /incidents/statistics", s.statistics)
	in("GET /incidents/statistics.csv", s.statisticsCSV)
	in("GET /incidents/{alarm}", s.incident)
	in("POST /incidents/{alarm}/record.pdf", s.incidentPDF)
}

// sought is a filter as an address or a form has it. A date that is none is
// Invalid; the rest then still counts.
func sought(q url.Values, zone *time.Location) (incident.Filter, error) {
	f := incident.Filter{
		Outcome: alarm.Outcome(q.Get("outcome")), Kind: alarm.Kind(q.Get("kind")), Workspace: id.Workspace(q.Get("workspace")),
		Worker: id.Person(q.Get("worker")), Name: q.Get("q"), Limit: incidentPage,
	}
	if before, err := id.Parse[id.Alarm](q.Get("before")); err == nil {
		f.Before = before
	}
	var err1, err2 error
	f.From, err1 = day(q, "from", zone)
	if f.Until, err2 = day(q, "to", zone); !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1) // to the end of the day
	}
	return f, cmp.Or(err1, err2)
}

// byPIN looks for the worker whose PIN was typed where names are looked for.
func (s *site) byPIN(ctx context.Context, v *visit, f incident.Filter) (incident.Filter, error) {
	pin := strings.TrimSpace(f.Name)
	if pin == "" || f.Worker != "" || strings.Trim(pin, "0123456789") != "" {
		return f, nil
	}
	err := s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		found, err := roster.List(tx, roster.Filter{Text: pin})
		for _, p := range found {
			if p.PIN == pin && p.See(tx, v.who) == nil {
				f.Worker, f.Name = p.Person, ""
			}
		}
		return err
	})
	return f, err
}

// day reads a date; none is the zero time.
func day(q url.Values, name string, zone *time.Location) (time.Time, error) {
	text := strings.TrimSpace(q.Get(name))
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return time.Time{}, fault.New(fault.Invalid, "day_form").At(name)
	}
	return at, nil
}

func (s *site) incidents(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	q.Del("region")
	filter, wrong := sought(q, v.reader().Zone)
	filter, err := s.byPIN(r.Context(), v, filter)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.incident.title", "/incidents")
	if err != nil {
		return err
	}
	view := &incidentsView{Frame: f, Tabs: incidentTabs(v.tag, q, "/incidents"), Query: q.Get("q"), From: q.Get("from"), To: q.Get("to")}
	if err := view.choose(r.Context(), s, v, filter); err != nil {
		return err
	}
	for _, name := range []string{"q", "outcome", "kind", "workspace", "worker", "from", "to"} {
		if q.Get(name) != "" {
			view.Filtered = true
			view.Chosen = append(view.Chosen, choice{Text: name, Value: q.Get(name)})
		}
	}
	if wrong != nil {
		return s.again(w, r, "incidents", view, wrong)
	}
	list, err := incident.List(r.Context(), s.Store, v.who, filter)
	if err != nil {
		return err
	}
	if filter.Before == "" && filter.Outcome == "" {
		open, err := s.openAlarms(r.Context(), v, filter)
		if err != nil {
			return err
		}
		view.add(open)
	}
	if len(list) == incidentPage {
		q.Set("before", string(list[len(list)-1].ID))
		view.Pager.Next = "/incidents?" + q.Encode()
	}
	view.add(unhidden(v.who, list))
	return s.show(w, r, "incidents", view)
}

// choose fills in what can be chosen.
func (v *incidentsView) choose(ctx context.Context, s *site, visit *visit, f incident.Filter) error {
	t := func(key string) string { return visit.tag.Text(key, nil) }
	v.Outcomes = []choice{{Text: t("web.incident.all_outcomes")}}
	for _, o := range alarm.Outcomes() {
		v.Outcomes = append(v.Outcomes, choice{Value: string(o), Text: t("web.outcome." + string(o)), Chosen: f.Outcome == o})
	}
	v.Kinds = []choice{{Text: t("incident.all_kinds")}}
	for _, k := range incident.Kinds() {
		v.Kinds = append(v.Kinds, choice{Value: string(k), Text: t("incident.kind." + string(k)), Chosen: f.Kind == k})
	}
	var err error
	v.Workspaces, v.Worker, err = s.scope(ctx, visit, f.Workspace, f.Worker)
	return err
}

// scope is what narrows a list: workspaces to choose from, and the one worker
// whom it is about.
func (s *site) scope(ctx context.Context, v *visit, ws id.Workspace, worker id.Person) (spaces []choice, one *choice, err error) {
	spaces = []choice{{Text: v.tag.Text("web.board.all_workspaces", nil)}}
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		for _, w := range all {
			spaces = append(spaces, choice{Value: string(w.ID), Text: w.Name, Chosen: w.ID == ws})
		}
		if err != nil || worker == "" {
			return err
		}
		p, err := roster.Find(tx, worker)
		if err == nil && p.See(tx, v.who) == nil {
			one = &choice{Value: string(worker), Text: p.Name}
		}
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return err
	})
	return spaces, one, err
}

// incidentTabs keep what the list is narrowed to.
func incidentTabs(tag lang.Tag, q url.Values, at string) []choice {
	kept := url.Values{}
	for _, name := range []string{"workspace", "worker", "from", "to"} {
		if q.Get(name) != "" {
			kept.Set(name, q.Get(name))
		}
	}
	query := kept.Encode()
	if query != "" {
		query = "?" + query
	}
	return []choice{
		{Href: "/incidents" + query, Text: tag.Text("web.incident.title", nil), Chosen: at == "/incidents"},
		{Href: "/incidents/statistics" + query, Text: tag.Text("incident.stats.title", nil), Chosen: at == "/incidents/statistics"},
		{Href: drillsPage, Text: tag.Text("drill.title", nil), Chosen: at == drillsPage},
	}
}

func (v *incidentsView) add(list []alarm.Alarm) {
	for _, a := range list {
		row := incidentRow{Href: "/incidents/" + string(a.ID), Raised: a.Raised, Name: a.WorkerName, Drill: a.Drill, Cause: string(a.Kind), Open: a.Open(), Outcome: string(a.Outcome), By: a.Closed.Name}
		if row.Open {
			row.Href = "/alarms/" + string(a.ID)
		}
		if !a.Ack.At.IsZero() {
			row.Answered = a.Ack.At.Sub(a.Raised)
		}
		v.Rows = append(v.Rows, row)
	}
}

// openAlarms are those that are not over yet, as far as the filter wants them.
func (s *site) openAlarms(ctx context.Context, v *visit, f incident.Filter) (open []alarm.Alarm, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		open, err = alarm.Open(tx, v.who)
		return err
	})
	kept := open[:0]
	for _, a := range unhidden(v.who, open) {
		if (f.Kind == "" || a.Kind == f.Kind) && (f.Workspace == "" || a.Workspace == f.Workspace) && (f.Worker == "" || a.Worker == f.Worker) &&
			!a.Raised.Before(f.From) && (f.Until.IsZero() || a.Raised.Before(f.Until)) && strings.Contains(fold(a.WorkerName), fold(f.Name)) {
			kept = append(kept, a)
		}
	}
	return kept, err
}

// exportIncidents is a POST, because that the list was taken is in the book.
func (s *site) exportIncidents(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	filter, err := sought(r.PostForm, v.reader().Zone)
	if err != nil {
		return err
	}
	if filter, err = s.byPIN(r.Context(), v, filter); err != nil {
		return err
	}
	filter.Before = ""
	list, err := incident.Export(r.Context(), s.Store, v.who, filter)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.reader().List(&b, list); err != nil {
		return err
	}
	return v.download(w, "incidents.csv", csvType, b.Bytes())
}

const csvType = "text/csv; charset=utf-8"

// incidentPDF is a POST, because that the record was taken is in the book.
func (s *site) incidentPDF(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	at, err := incident.Note(r.Context(), s.Store, v.who, aid)
	if err != nil {
		return err
	}
	story, err := incident.Story(r.Context(), s.Store, v.who, aid)
	if err != nil {
		return err
	}
	signed, err := s.Book.Checkpoint(r.Context(), v.who.Org)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	sheet := paper.Of(v.reader(), story, paper.Print{By: v.who.Name, At: at, Checkpoint: signed, Key: s.Book.Key(v.who.Org)})
	if err := paper.Write(&b, sheet); err != nil {
		return err
	}
	return v.download(w, "incident-"+cmp.Or(story.Name(), string(aid))+".pdf", "application/pdf", b.Bytes())
}
