package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/shift"
	"muster/id"
	"muster/store"
)

// incidentsView lists alarms, newest first.
type incidentsView struct {
	Frame
	Rows     []incidentRow
	Filtered bool
	Outcomes []choice
	Query    string
	Pager    pager
}

type incidentRow struct {
	Href      string
	Raised    time.Time
	Name, PIN string
	Cause     string
	Open      bool
	Outcome   string
	Answered  time.Duration // from raised to acknowledged
	By        string
}

// incidentView is the record of one alarm that is over.
type incidentView struct {
	Frame
	Name, PIN      string
	Workspace      string
	Cause, Outcome string
	Raised         time.Time
	AcknowledgedBy string
	AcknowledgedAt time.Time
	ResolvedBy     string
	ResolvedAt     time.Time
	Length         time.Duration
	Sentence       string
	Position       *position
	Timeline       []moment
	BookHref       string
}

// pager leads through a long list.
type pager struct{ Previous, Next, Text string }

const incidentPage = 50

func (s *site) incidents(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	filter := incident.Filter{Outcome: alarm.Outcome(q.Get("outcome")), Limit: incidentPage}
	if before, err := id.Parse[id.Alarm](q.Get("before")); err == nil {
		filter.Before = before
	}
	list, err := incident.List(r.Context(), s.Store, v.who, filter)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.incident.title", "/incidents")
	if err != nil {
		return err
	}
	view := &incidentsView{Frame: f, Query: q.Get("q"), Filtered: q.Get("q") != "" || q.Get("outcome") != ""}
	view.Outcomes = []choice{{Text: v.tag.Text("web.incident.all_outcomes", nil)}}
	for _, o := range alarm.Outcomes() {
		view.Outcomes = append(view.Outcomes, choice{Value: string(o), Text: v.tag.Text("web.outcome."+string(o), nil), Chosen: filter.Outcome == o})
	}
	if filter.Before == "" && filter.Outcome == "" {
		open, err := s.openAlarms(r.Context(), v)
		if err != nil {
			return err
		}
		view.add(unhidden(v.who, open))
	}
	view.add(unhidden(v.who, list))
	if len(list) == incidentPage {
		q.Set("before", string(list[len(list)-1].ID))
		q.Del("region")
		view.Pager.Next = "/incidents?" + q.Encode()
	}
	return s.show(w, r, "incidents", view)
}

func (v *incidentsView) add(list []alarm.Alarm) {
	text := fold(v.Query)
	for _, a := range list {
		if text != "" && !strings.Contains(fold(a.WorkerName), text) {
			continue
		}
		row := incidentRow{Href: "/incidents/" + string(a.ID), Raised: a.Raised, Name: a.WorkerName, Cause: string(a.Kind), Open: a.Open(), Outcome: string(a.Outcome), By: a.Closed.Name}
		if row.Open {
			row.Href = "/alarms/" + string(a.ID)
		}
		if !a.Ack.At.IsZero() {
			row.Answered = a.Ack.At.Sub(a.Raised)
		}
		v.Rows = append(v.Rows, row)
	}
}

func (s *site) openAlarms(ctx context.Context, v *visit) (open []alarm.Alarm, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		open, err = alarm.Open(tx, v.who)
		return err
	})
	return open, err
}

func (s *site) incident(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	story, err := incident.Story(r.Context(), s.Store, v.who, aid)
	if err != nil {
		return err
	}
	a := story.Alarm
	if err := shown(v.who, a); err != nil {
		return err
	}
	if a.Open() {
		return see(w, r, "/alarms/"+string(aid))
	}
	p, err := shift.ProfileOf(r.Context(), s.Store, v.who, a.Worker)
	if err != nil {
		return err
	}
	ws, err := s.workspace(r.Context(), v, a.Workspace)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.incident.title", "/incidents")
	if err != nil {
		return err
	}
	f.Title = v.tag.Text("web.incident.of", map[string]any{"Name": a.WorkerName})
	view := &incidentView{
		Frame: f, Name: a.WorkerName, PIN: p.Person.PIN, Workspace: ws.Name, Cause: string(a.Kind), Outcome: string(a.Outcome), Raised: a.Raised,
		AcknowledgedBy: a.Ack.Name, AcknowledgedAt: a.Ack.At, ResolvedBy: a.Closed.Name, ResolvedAt: a.Closed.At, Length: a.Closed.At.Sub(a.Raised),
		Sentence: a.Closing, Position: positionOf(a.Place, ""), Timeline: s.timeline(v, story, namesOf(p)), BookHref: "/book?about=" + string(aid),
	}
	return s.show(w, r, "incident", view)
}
