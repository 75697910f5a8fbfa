package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// alarmView is everything about one alarm, and what can be done about it.
type alarmView struct {
	Frame
	ID, Href, Topic   string
	State             string // open, acknowledged, closed
	Drill             bool
	Cause             string
	Silent            bool
	Outcome           string
	Name, PIN         string
	Workspace         string
	Activity, Note    string
	Phone             string
	Raised            time.Time
	Late              time.Duration
	AcknowledgedBy    string
	AcknowledgedAt    time.Time
	OpenBy            []string // who else has it open
	Position          *position
	Contacts          []contactCard
	Procedure         string // its name; empty: the built-in ladder
	ProcedureHref     string
	General           []item // what to do in any case
	Steps             []step
	CanTick           bool
	Timeline          []moment
	CanAcknowledge    bool
	WhyNotAcknowledge string // the rule's sentence
	CanResolve        bool
	WhyNotResolve     string
	CanAssist         bool // check in for, end the shift for
	Outcomes          []choice
	AssistOutcomes    []choice // the same for acting on the worker's behalf
	Sentence          string   // what was typed, when it has to be asked again
	ProfileHref       string
	Back              time.Time // when the worker was to be back in coverage; zero: that is not what was missed
	Marks             phoneMarks
	IncidentHref      string
}

// Closed tells whether a human has ended it.
func (v *alarmView) Closed() bool { return v.State == "closed" }

// contactCard is somebody to call.
type contactCard struct {
	Name, Role, Phone string
	Doubt             string // why the number may not be theirs, or not work
}

func (s *site) alarm(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.alarmView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "alarm", view)
}

func (s *site) alarmView(w http.ResponseWriter, r *http.Request, v *visit) (*alarmView, error) {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return nil, err
	}
	story, err := incident.Story(r.Context(), s.Store, v.who, aid)
	if err != nil {
		return nil, err
	}
	a := story.Alarm
	if err := shown(v.who, a); err != nil {
		return nil, err
	}
	p, err := shift.ProfileOf(r.Context(), s.Store, v.who, a.Worker)
	if err != nil {
		return nil, err
	}
	ws, err := s.workspace(r.Context(), v, a.Workspace)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.cause."+causeKey(a.Kind), "/board")
	if err != nil {
		return nil, err
	}
	f.Title, f.Map = a.WorkerName+": "+f.Title, true
	view := &alarmView{
		Frame: f, ID: string(a.ID), Href: "/alarms/" + string(a.ID), Topic: string(a.ID), State: openState(a), Drill: a.Drill, Cause: string(a.Kind), Silent: a.Kind == alarm.Duress,
		Outcome: string(a.Outcome), Name: a.WorkerName, PIN: p.Person.PIN, Workspace: ws.Name, Note: a.Note, Raised: a.Raised, Late: lateness(a),
		Position:       positionOf(a.Place, ""),
		CanAcknowledge: a.State == alarm.Raised && may(v.who, "acknowledge", a), CanResolve: may(v.who, "resolve", a),
		Back: a.Back, ProfileHref: "/people/" + string(a.Worker), IncidentHref: "/incidents/" + string(a.ID),
	}
	if a.State != alarm.Raised {
		view.AcknowledgedBy, view.AcknowledgedAt = a.Ack.Name, a.Ack.At
	}
	if !view.Silent {
		view.Phone = a.WorkerPhone
	}
	if !view.CanResolve {
		view.WhyNotResolve = whyNot(v, "resolve", a)
		view.WhyNotAcknowledge = view.WhyNotResolve
	}
	view.ofShift(p, a)
	s.lookedInAlarm(r.Context(), v, a, view.Position)
	view.Contacts = contactsOf(v.tag, p, a.Worker)
	if err := s.course(r.Context(), v, view, story); err != nil {
		return nil, err
	}
	view.Timeline = s.timeline(v, story)
	view.Outcomes, view.AssistOutcomes = outcomeChoices(v.tag, a.Drill, ""), assistOutcomes(v.tag, a.Kind)
	return view, nil
}

// ofShift adds what the worker's shift tells: it may be newer than the alarm.
func (v *alarmView) ofShift(p shift.Profile, a alarm.Alarm) {
	if p.Current == nil || p.Current.ID != a.Shift {
		return
	}
	v.Activity, v.CanAssist, v.Marks = p.Current.Activity, v.CanResolve, marksOf(*p.Current)
	if v.Note == "" {
		v.Note = p.Current.Note
	}
	if pos := positionOf(p.Current.Place.Place, p.Current.Place.Source); pos != nil {
		v.Position = pos
		v.Position.Trail = trailOf(p.Trail)
	}
}

// lateness is worth a word from a second on.
func lateness(a alarm.Alarm) time.Duration {
	if a.Late < time.Second {
		return 0
	}
	return a.Late
}

func openState(a alarm.Alarm) string {
	switch a.State {
	case alarm.Raised:
		return "open"
	case alarm.Acknowledged:
		return "acknowledged"
	}
	return "closed"
}

func causeKey(k alarm.Kind) string {
	switch k {
	case alarm.MissedCheckIn:
		return "missed"
	case alarm.HighRisk:
		return "risk"
	case alarm.Silence, alarm.Help, alarm.Duress:
		return string(k)
	}
	return "other"
}

// whyNot is the sentence of the rule that refuses.
func whyNot(v *visit, action string, a alarm.Alarm) string {
	_, err := policy.Check(v.who, action, a.Resource(v.who))
	if err == nil {
		return ""
	}
	text, why := sentence(v.tag, fault.From(err))
	if why != "" {
		return why
	}
	return text
}

func outcomeChoices(tag lang.Tag, drill bool, chosen string) []choice {
	var out []choice
	for _, o := range alarm.Outcomes() {
		if drill && o != alarm.Drill {
			continue
		}
		out = append(out, choice{Value: string(o), Text: tag.Text("web.outcome."+string(o)+"_text", nil), Chosen: drill || string(o) == chosen})
	}
	return out
}

// assistOutcomes are offered by name. Who was reached after a missed check-in
// has most often forgotten it, or the phone; for anything graver nobody guesses.
func assistOutcomes(tag lang.Tag, kind alarm.Kind) []choice {
	var out []choice
	forgotten := kind == alarm.MissedCheckIn || kind == alarm.Silence
	if !forgotten {
		out = append(out, choice{Text: tag.Text("web.alarm.outcome", nil)})
	}
	for _, o := range alarm.Outcomes() {
		out = append(out, choice{Value: string(o), Text: tag.Text("web.outcome."+string(o), nil), Chosen: forgotten && o == alarm.False})
	}
	return out
}

// trailOf writes a way, oldest point first.
func trailOf(places []shift.Place) string {
	points := make([]string, 0, len(places))
	for _, p := range slices.Backward(places) {
		points = append(points, fmt.Sprintf("%.5f,%.5f", p.Lat, p.Lon))
	}
	return strings.Join(points, ";")
}

// contactsOf is whom to call, the monitors of the workspace first.
func contactsOf(tag lang.Tag, p shift.Profile, worker id.Person) []contactCard {
	var out []contactCard
	seen := map[id.Person]bool{worker: true}
	add := func(people []roster.Recipient, role string) {
		for _, one := range people {
			if seen[one.Person] || one.Phone() == "" {
				continue
			}
			seen[one.Person] = true
			out = append(out, contactCard{Name: one.Name, Role: role, Phone: one.Phone(), Doubt: doubtfulPhone(tag, one)})
		}
	}
	add(p.Watch, tag.Text("web.role.monitor", nil))
	add(p.Wide, tag.Text("web.role.responder", nil))
	return out
}

func doubtfulPhone(tag lang.Tag, one roster.Recipient) string {
	for _, point := range one.Points {
		if point.Channel == roster.SMS && point.Address == one.Phone() {
			return doubt(tag, point)
		}
	}
	return tag.Text("web.contact.unverified", nil)
}

// workspace reads one workspace's name and instructions.
func (s *site) workspace(ctx context.Context, v *visit, ws id.Workspace) (found roster.Workspace, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		for _, one := range all {
			if one.ID == ws {
				found = one
			}
		}
		return err
	})
	return found, err
}

func (s *site) acknowledge(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	if _, err := alarm.Acknowledge(r.Context(), s.Store, v.who, aid, ""); err != nil {
		return err
	}
	s.say(w, said{Key: "web.done.acknowledged"})
	to := "/alarms/" + string(aid)
	if wantsBack := r.PostFormValue("back"); wantsBack != "" {
		to = back(wantsBack)
	}
	return see(w, r, to)
}

func (s *site) resolve(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	_, err = alarm.Resolve(r.Context(), s.Store, v.who, aid, alarm.Outcome(r.PostFormValue("outcome")), r.PostFormValue("sentence"))
	return s.afterAlarm(w, r, v, err, said{Key: "web.done.resolved"})
}

func (s *site) note(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	return s.afterAlarm(w, r, v, alarm.Note(r.Context(), s.Store, v.who, aid, r.PostFormValue("note")), said{Key: "web.person.saved"})
}

// afterAlarm goes back to the alarm, or shows it again with what was wrong.
func (s *site) afterAlarm(w http.ResponseWriter, r *http.Request, v *visit, cause error, ok said) error {
	if cause == nil {
		s.say(w, ok)
		return see(w, r, "/alarms/"+r.PathValue("alarm"))
	}
	if k := fault.KindOf(cause); k != fault.Invalid {
		return cause
	}
	view, err := s.alarmView(w, r, v)
	if err != nil {
		return err
	}
	view.Sentence, view.Outcomes = r.PostFormValue("sentence"), outcomeChoices(v.tag, view.Drill, r.PostFormValue("outcome"))
	return s.again(w, r, "alarm", view, cause)
}

func (s *site) checkInFor(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.onBehalf(w, r, v, s.desk.CheckIn, "web.done.checked_in")
}

func (s *site) endShiftFor(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.onBehalf(w, r, v, s.desk.Finish, "web.done.shift_ended")
}

// onBehalf is what a monitor does for a worker who was reached (OA9): the
// reason goes into the book with the alarm, which is over by it.
func (s *site) onBehalf(w http.ResponseWriter, r *http.Request, v *visit,
	do func(context.Context, actor.Actor, id.Shift, shift.Signal) (shift.Shift, error), done string,
) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	a, err := alarm.Get(r.Context(), s.Store, v.who, aid)
	if err != nil {
		return err
	}
	_, err = do(r.Context(), v.who, a.Shift, shift.Signal{Note: r.PostFormValue("reason"), Outcome: alarm.Outcome(r.PostFormValue("outcome"))})
	return s.afterAlarm(w, r, v, err, said{Key: done, Args: map[string]any{"Name": a.WorkerName}})
}
