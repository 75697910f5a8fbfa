package api

import (
	"context"
	"math"
	"time"

	"muster/actor"
	"muster/call/incident"
	"muster/id"
)

// statisticsView is what many alarms together say.
type statisticsView struct {
	From       Instant       `json:"from"`
	Until      Instant       `json:"until"`
	All        figuresView   `json:"all"`
	Months     []groupView   `json:"months" nullable:"false" doc:"By the organisation's time zone, oldest first"`
	Workspaces []groupView   `json:"workspaces" nullable:"false" doc:"The one with most alarms first"`
	Workers    []groupView   `json:"workers" nullable:"false" doc:"The one with most alarms first"`
	Messages   []fateView    `json:"messages" nullable:"false" doc:"How tries to deliver messages about these alarms ended"`
	CheckIns   checkInsShare `json:"check_ins"`
}

// figuresView are the numbers of one group of alarms.
type figuresView struct {
	Alarms     int            `json:"alarms"`
	Kinds      map[string]int `json:"kinds" example:"{\"help\": 3}"`
	Outcomes   map[string]int `json:"outcomes" doc:"Open ones under \"open\"" example:"{\"false\": 2, \"open\": 1}"`
	FalseShare *float64       `json:"false_share" nullable:"true" doc:"Of those that are over, drills left out; null where there are none"`
	Answered   spreadView     `json:"answered" doc:"From raised to when somebody first took charge, or ended it at once"`
	Resolved   spreadView     `json:"resolved" doc:"From raised to resolved"`
}

// spreadView is how long something took.
type spreadView struct {
	Count  int      `json:"count" doc:"Alarms where it has happened"`
	Median *float64 `json:"median_seconds" nullable:"true"`
	P95    *float64 `json:"p95_seconds" nullable:"true" doc:"The smallest length that 95 % do not exceed"`
	In30   *float64 `json:"within_30_seconds" nullable:"true" doc:"Share of all alarms of the group, from 0 to 1"`
	In60   *float64 `json:"within_60_seconds" nullable:"true"`
	In180  *float64 `json:"within_180_seconds" nullable:"true"`
}

type groupView struct {
	Key  string `json:"key" doc:"A month like 2026-11, or an identifier" example:"2026-11"`
	Name string `json:"name,omitempty" doc:"Of a worker"`
	figuresView
}

type fateView struct {
	Channel string `json:"channel" example:"sms"`
	State   string `json:"state" example:"delivered"`
	Count   int    `json:"count"`
}

type checkInsShare struct {
	Made   int      `json:"made" doc:"Signs of life that came before an alarm had to be raised"`
	InTime *float64 `json:"in_time_share" nullable:"true" doc:"Of all that were due; null where none were"`
}

func (d *desk) statistics() {
	serve(d, get("/organisations/{id}/statistics", "alarm-statistics", "Alarms by month, workspace and worker, and how fast they were answered"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		From      time.Time `query:"from" doc:"Raised then or later; default: all"`
		Until     time.Time `query:"until" doc:"Raised before; default: now"`
		Worker    string    `query:"worker_id" maxLength:"40"`
		Workspace string    `query:"workspace_id" maxLength:"40"`
	},
	) (statisticsView, error) {
		s, err := incident.Count(ctx, d.Store, who, incident.Range{
			From: in.From, Until: in.Until, Worker: id.Person(in.Worker), Workspace: id.Workspace(in.Workspace),
		})
		if err != nil {
			return statisticsView{}, err
		}
		return viewStatistics(s), nil
	})
}

func viewStatistics(s incident.Statistics) statisticsView {
	v := statisticsView{
		From: at(s.From), Until: at(s.Until), All: viewFigures(s.All), Messages: make([]fateView, 0, len(s.Fates)),
		Months: viewGroups(s.Months), Workspaces: viewGroups(s.Workspaces), Workers: viewGroups(s.Workers),
		CheckIns: checkInsShare{Made: s.CheckIns, InTime: sure(s.InTime())},
	}
	for _, f := range s.Fates {
		v.Messages = append(v.Messages, fateView{Channel: f.Channel, State: string(f.State), Count: f.Count})
	}
	return v
}

func viewGroups(groups []incident.Group) []groupView {
	out := make([]groupView, 0, len(groups))
	for _, g := range groups {
		out = append(out, groupView{Key: g.Key, Name: g.Name, figuresView: viewFigures(g.Figures)})
	}
	return out
}

func viewFigures(f incident.Figures) figuresView {
	v := figuresView{
		Alarms: f.Alarms, Kinds: map[string]int{}, Outcomes: map[string]int{}, FalseShare: sure(f.FalseShare()),
		Answered: viewSpread(f.Answered), Resolved: viewSpread(f.Resolved),
	}
	for k, n := range f.Kinds {
		v.Kinds[string(k)] = n
	}
	for o, n := range f.Outcomes {
		name := string(o)
		if name == "" {
			name = "open"
		}
		v.Outcomes[name] = n
	}
	return v
}

func viewSpread(s incident.Spread) spreadView {
	v := spreadView{Count: s.Count, In30: sure(s.Share(0)), In60: sure(s.Share(1)), In180: sure(s.Share(2))}
	if s.Count > 0 {
		v.Median, v.P95 = sure(s.Median.Seconds()), sure(s.P95.Seconds())
	}
	return v
}

// sure is a number, or nothing where there is none.
func sure(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
