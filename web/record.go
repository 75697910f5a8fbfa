package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/id"
)

// incidentView is the record of one alarm that is over.
type incidentView struct {
	Frame
	Number         string
	Name, PIN      string
	Workspace      string
	Cause, Outcome string
	Raised         time.Time
	Late           time.Duration
	Handed         time.Duration // from raised to the first message on its way
	Reached        time.Duration // likewise to the first that arrived
	Answered       time.Duration // likewise to the first answer
	AnsweredBy     string
	AnsweredAt     time.Time
	ResolvedBy     string
	ResolvedAt     time.Time
	Length         time.Duration
	Note           string
	Sentence       string
	Position       *position
	Trail          []*position
	Told           []toldRow
	Ticks          []incident.Tick
	Timeline       []moment
	Narrow         bool // only how far it has come, without its story
	BookHref       string
	WorkerHref     string
	PDFHref        string
	Printed        string // by whom and when, for the foot of a printed page
}

// toldRow is one person who was told.
type toldRow struct {
	Name, Over                         string
	First, Handed, Delivered, Answered time.Time
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
	f, err := s.framed(w, r, v, "web.incident.title", "/incidents")
	if err != nil {
		return err
	}
	f.Title, f.Map = v.tag.Text("web.incident.of", map[string]any{"Name": a.WorkerName}), true
	view := &incidentView{
		Frame: f, Number: paper.Number(v.tag, story), Name: a.WorkerName, PIN: story.PIN, Workspace: story.Workspace, Cause: string(a.Kind), Outcome: string(a.Outcome),
		Raised: a.Raised, Late: lateness(a), ResolvedBy: a.Closed.Name, ResolvedAt: a.Closed.At, Length: a.Closed.At.Sub(a.Raised),
		Note: a.Note, Sentence: a.Closing, Position: positionOf(a.Place, ""), Narrow: story.Narrow,
		BookHref: "/book?about=" + string(aid), WorkerHref: "/incidents?worker=" + string(a.Worker), PDFHref: "/incidents/" + string(aid) + "/record.pdf",
		Printed: v.tag.Text("incident.printed_by", map[string]any{"Name": v.who.Name, "At": v.tag.Time(f.Now, v.reader().Zone, "exact")}),
	}
	view.tell(v.reader(), story)
	s.lookedInAlarm(r.Context(), v, a, view.Position)
	return s.show(w, r, "incident", view)
}

// tell adds what the story holds beyond the alarm itself.
func (v *incidentView) tell(rd paper.Reader, story incident.Record) {
	resp := story.Response()
	after := func(at time.Time) time.Duration {
		if at.IsZero() {
			return -1
		}
		return at.Sub(story.Alarm.Raised)
	}
	v.Handed, v.Reached, v.Answered = after(resp.Handed), after(resp.Reached), after(resp.Answered)
	v.AnsweredBy, v.AnsweredAt = resp.By, resp.Answered
	v.Told = toldRows(rd, story)
	v.Ticks = story.Ticks()
	v.Timeline = storyOf(rd, story)
	for _, p := range story.Trail {
		v.Trail = append(v.Trail, positionOf(p.Place, p.Source))
	}
	if v.Position != nil {
		v.Position.Trail = wayOf(v.Trail)
	}
}

// wayOf writes a way for the map.
func wayOf(points []*position) string {
	way := make([]string, len(points))
	for i, p := range points {
		way[i] = fmt.Sprintf("%.5f,%.5f", p.Lat, p.Lon)
	}
	return strings.Join(way, ";")
}

// toldRows are the people who were told, as a table shows them.
func toldRows(rd paper.Reader, story incident.Record) (rows []toldRow) {
	for _, p := range story.Told() {
		rows = append(rows, toldRow{Name: rd.Somebody(p.Name), Over: rd.Channels(p.Channels), First: p.First, Handed: p.HandedAt, Delivered: p.Delivered, Answered: p.Answered})
	}
	return rows
}
