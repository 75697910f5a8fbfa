package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// boardView is the monitors' page: who needs help, who is out, and where.
type boardView struct {
	Frame
	Counts     boardCounts
	Gaps       []rotaRow // rotas with a time soon when nobody can be reached
	Alarms     []alarmCard
	LastAlarm  *choice // the newest closed one, when none is open
	Rows       []boardRow
	Total      int    // workers that match, of whom Rows shows the most urgent
	MoreHref   string // empty when all are shown
	Filtered   bool
	Workspaces []choice
	States     []choice
	Query      string
	Tab        string // alarms, list or map: what a phone shows
	Tabs       []choice
	CanRoster  bool
}

// boardCounts are the figures that must be readable across a room.
type boardCounts struct{ Alarm, Unacknowledged, Due, Well, OnShift int }

// alarmCard is one open alarm on the board.
type alarmCard struct {
	ID, Href       string
	Drill          bool   // nobody needs help
	Cause          string // help, missed, duress, risk
	Raised         time.Time
	Late           time.Duration // how late it was raised after an outage
	Name, PIN      string
	Workspace      string
	Activity       string
	Phone          string
	Position       *position
	Told, Failed   int // messages handed over, and those that found no way
	AcknowledgedBy string
	AcknowledgedAt time.Time
	CanAcknowledge bool
}

// boardRow is one worker on shift.
type boardRow struct {
	ID, Href            string
	State               string // alarm, acknowledged, overdue, due, well
	Name, PIN           string
	Activity, Workspace string
	NextAt              time.Time
	Position            *position
	Monitors            int
	Unprotected         bool // too few people would be reached in an alarm
	Marks               phoneMarks
	Unmonitored         string // why no monitoring partner watches over the worker; empty where one does, or there is none
	AlarmHref           string
}

// position is where somebody was last known to be, and how sure that is.
type position struct {
	Lat, Lon float64
	Accuracy float64 // metres
	At       time.Time
	Source   string
	Battery  int    // percent; -1 when unknown
	Trail    string // "lat,lon;lat,lon", oldest first
}

// boardRows is how many workers one page shows before it is asked for all:
// the most urgent are first, and a browser stays quick with so many.
const boardRows = 200

func (s *site) home(w http.ResponseWriter, r *http.Request, v *visit) error {
	if v.org.Kind == roster.Partner {
		return see(w, r, "/desk")
	}
	if watches(v.who) {
		return see(w, r, "/board")
	}
	return see(w, r, "/me")
}

func (s *site) board(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	ws := id.Workspace(q.Get("workspace"))
	seen, err := shift.Board(r.Context(), s.Store, v.who, ws)
	if err != nil {
		return err
	}
	unhide(v.who, &seen)
	f, err := s.framed(w, r, v, "web.board.title", "/board")
	if err != nil {
		return err
	}
	f.Map = true
	view := &boardView{Frame: f, Query: q.Get("q"), Tab: q.Get("tab"), CanRoster: v.who.Has(actor.Administrator, "")}
	if view.Tab != "list" && view.Tab != "map" {
		view.Tab = "alarms"
	}
	around, err := s.around(r.Context(), v, seen.Alarms)
	if err != nil {
		return err
	}
	if view.Gaps, err = s.boardGaps(r, v); err != nil {
		return err
	}
	view.count(seen)
	for _, a := range seen.Alarms {
		view.Alarms = append(view.Alarms, alarmCardOf(v, a, seen.Lines, around))
	}
	if len(view.Alarms) == 0 {
		if view.LastAlarm, err = s.lastAlarm(r.Context(), v); err != nil {
			return err
		}
	}
	view.rows(seen.Lines, q, around)
	view.choices(v.tag, r.URL, around)
	return s.show(w, r, "board", view)
}

// around is what the board says beside shifts and alarms.
type around struct {
	workspaces  []roster.Workspace
	names       nameOf
	monitors    map[id.Workspace][]id.Person
	told        map[id.Alarm]fate
	unmonitored func(id.Person) string
}

// fate counts what became of the messages about an alarm.
type fate struct{ told, failed int }

// mostFates bounds the messages that are counted on one board.
const mostFates = 200

func (s *site) around(ctx context.Context, v *visit, alarms []alarm.Alarm) (a around, err error) {
	a = around{names: nameOf{}, monitors: map[id.Workspace][]id.Person{}, told: map[id.Alarm]fate{}}
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		if a.workspaces, err = roster.Workspaces(tx); err != nil {
			return err
		}
		for _, ws := range a.workspaces {
			a.names[ws.ID] = ws.Name
			people, err := roster.Responders(tx, ws.ID)
			if err != nil {
				return err
			}
			for _, p := range people {
				a.monitors[ws.ID] = append(a.monitors[ws.ID], p.Person)
			}
		}
		if a.unmonitored, err = unmonitored(tx, v.tag); err != nil {
			return err
		}
		for _, al := range alarms[:min(len(alarms), 20)] {
			messages, err := deliver.About(tx, string(al.ID), mostFates)
			if err != nil {
				return err
			}
			a.told[al.ID] = fateOf(messages)
		}
		return nil
	})
	return a, err
}

func fateOf(messages []deliver.Message) (f fate) {
	for _, m := range messages {
		if m.State == deliver.Failed || m.State == deliver.Expired {
			f.failed++
		} else {
			f.told++
		}
	}
	return f
}

func (v *boardView) count(seen shift.View) {
	v.Counts.OnShift = len(seen.Lines)
	for _, a := range seen.Alarms {
		if a.Drill {
			continue // nobody is in alarm
		}
		v.Counts.Alarm++
		if a.State == alarm.Raised {
			v.Counts.Unacknowledged++
		}
	}
	for _, l := range seen.Lines {
		switch l.Status {
		case shift.Late, shift.DueSoon:
			v.Counts.Due++
		case shift.Well, shift.Risky:
			v.Counts.Well++
		}
	}
}

// stateOf is how the pages call the state of a worker on shift.
func stateOf(status shift.Status, a *alarm.Alarm) string {
	switch status {
	case shift.InAlarm:
		if a != nil && a.State == alarm.Acknowledged {
			return "acknowledged"
		}
		return "alarm"
	case shift.Late:
		return "overdue"
	case shift.DueSoon:
		return "due"
	case shift.Risky:
		return "risk"
	case shift.Well:
		return "well"
	}
	return "off"
}

// ownPage is the source of positions that need no word: the worker's page.
const ownPage = "app"

func positionOf(p alarm.Place, source string) *position {
	if p.At.IsZero() {
		return nil
	}
	if source == ownPage {
		source = ""
	}
	return &position{Lat: p.Lat, Lon: p.Lon, Accuracy: float64(p.Accuracy), At: p.At, Source: source, Battery: p.Battery}
}

func alarmCardOf(v *visit, a alarm.Alarm, lines []shift.Line, around around) alarmCard {
	f := around.told[a.ID]
	c := alarmCard{
		ID: string(a.ID), Href: "/alarms/" + string(a.ID), Drill: a.Drill, Cause: string(a.Kind), Raised: a.Raised, Late: lateness(a), Name: a.WorkerName,
		Workspace: around.names[a.Workspace], Position: positionOf(a.Place, ""), Told: f.told, Failed: f.failed,
		AcknowledgedBy: a.Ack.Name, AcknowledgedAt: a.Ack.At, CanAcknowledge: a.State == alarm.Raised && may(v.who, "acknowledge", a),
	}
	if a.State == alarm.Raised {
		c.AcknowledgedBy = "" // it came back: nobody is on it now
	}
	if a.Kind != alarm.Duress {
		c.Phone = a.WorkerPhone
	}
	for _, l := range lines {
		if l.Worker == a.Worker {
			c.PIN, c.Activity = l.PIN, l.Activity
			if p := positionOf(l.Place.Place, l.Place.Source); p != nil {
				c.Position = p
			}
		}
	}
	return c
}

// may asks policy whether a control is worth showing; the command asks again.
func may(who actor.Actor, action string, a alarm.Alarm) bool {
	_, err := policy.Check(who, action, a.Resource(who))
	return err == nil
}

func (s *site) lastAlarm(ctx context.Context, v *visit) (*choice, error) {
	list, err := incident.List(ctx, s.Store, v.who, incident.Filter{Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	zone, err := time.LoadLocation(v.zone)
	if err != nil {
		return nil, err
	}
	return &choice{Href: "/incidents/" + string(list[0].ID), Text: v.tag.Time(list[0].Raised, zone, lang.Short)}, nil
}

func (v *boardView) rows(lines []shift.Line, q url.Values, around around) {
	want, text, most := q.Get("state"), fold(v.Query), boardRows
	v.Filtered = want != "" || text != "" || q.Get("workspace") != ""
	if q.Get("all") != "" {
		most = len(lines)
	}
	for _, l := range lines {
		state := stateOf(l.Status, l.Alarm)
		if !wanted(want, state) || text != "" && !strings.Contains(fold(l.Name+" "+l.PIN), text) {
			continue
		}
		v.Total++
		if len(v.Rows) >= most {
			continue
		}
		row := boardRow{
			ID: string(l.ID), Href: "/people/" + string(l.Worker), State: state, Name: l.Name, PIN: l.PIN, Activity: l.Activity,
			Workspace: around.names[l.Workspace], NextAt: l.Deadline, Position: positionOf(l.Place.Place, l.Place.Source),
			Unprotected: !l.Unprotected.IsZero(), Marks: marksOf(l.Shift), Unmonitored: around.unmonitored(l.Worker),
		}
		if state == "risk" {
			row.NextAt = l.HighRisk
		}
		if l.Alarm != nil {
			row.AlarmHref = "/alarms/" + string(l.Alarm.ID)
		}
		for _, m := range around.monitors[l.Workspace] {
			if m != l.Worker {
				row.Monitors++
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if v.Total > len(v.Rows) {
		all := url.Values{"all": {"1"}}
		for k, x := range q {
			if k != "region" {
				all[k] = x
			}
		}
		v.MoreHref = "/board?" + all.Encode()
	}
}

// wanted tells whether a state belongs to what the filter asks for.
func wanted(filter, state string) bool {
	switch filter {
	case "":
		return true
	case "alarm":
		return state == "alarm" || state == "acknowledged"
	case "due":
		return state == "due" || state == "overdue"
	case "well":
		return state == "well" || state == "risk"
	}
	return false
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (v *boardView) choices(tag lang.Tag, at *url.URL, around around) {
	q := at.Query()
	v.Workspaces = []choice{{Text: tag.Text("web.board.all_workspaces", nil)}}
	for _, ws := range around.workspaces {
		v.Workspaces = append(v.Workspaces, choice{Value: string(ws.ID), Text: ws.Name, Chosen: q.Get("workspace") == string(ws.ID)})
	}
	v.States = []choice{{Text: tag.Text("web.board.all_states", nil)}}
	for _, state := range []string{"alarm", "due", "well"} {
		v.States = append(v.States, choice{Value: state, Text: tag.Text("web.state."+state, nil), Chosen: q.Get("state") == state})
	}
	tabs := []choice{
		{Value: "alarms", Text: tag.Text("web.board.alarms", nil), Count: len(v.Alarms)},
		{Value: "list", Text: tag.Text("web.board.tab_list", nil), Count: v.Counts.OnShift},
		{Value: "map", Text: tag.Text("web.board.tab_map", nil)},
	}
	q.Del("region")
	for _, t := range tabs {
		q.Set("tab", t.Value)
		t.Href, t.Chosen = "/board?"+q.Encode(), t.Value == v.Tab
		v.Tabs = append(v.Tabs, t)
	}
}
