package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// startView is the worker's page before a shift.
type startView struct {
	Frame
	Form        struct{ Activity, Note string }
	Intervals   []choice
	Durations   []choice
	Workspaces  []choice
	Watchers    []contactCard
	Unmonitored string // as on the board
}

// runningView is the worker's page during a shift.
type runningView struct {
	Frame
	ID             string
	State          string // well, due, overdue, alarm
	Activity       string
	LastCheckIn    time.Time // where the ring begins
	NextAt         time.Time
	EndsAt         time.Time
	PercentLeft    int
	RiskUntil      time.Time
	InAlarm        bool
	AcknowledgedBy string
	Extensions     []choice
	Risks          []choice
	Watchers       []contactCard
	Unprotected    bool
	Marks          phoneMarks
	Aways          []choice // how long to be out of coverage; none where nobody may
	Unmonitored    string   // as on the board
}

// myShiftsView lists the worker's own shifts.
type myShiftsView struct {
	Frame
	Shifts []pastShift
}

func (s *site) workerFrame(w http.ResponseWriter, r *http.Request, v *visit, title string) Frame {
	f := s.bare(r, v, "worker")
	f.Title, f.Person, f.Nav = v.tag.Text(title, nil), v.who.Name, s.nav(v, "")
	f.Flash = s.takeFlash(w, r, v.tag)
	return f
}

// me is the worker's page: the start of a shift, or the shift that runs.
func (s *site) me(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.mine(w, r, v, nil)
}

// mine shows the worker's page, with what was wrong with the last act on it.
func (s *site) mine(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	p, err := shift.ProfileOf(r.Context(), s.Store, v.who, v.who.Person)
	if err != nil {
		return err
	}
	if p.Current != nil {
		view, err := s.running(w, r, v, p)
		if err != nil {
			return err
		}
		if view.Unmonitored, err = s.unmonitored(r.Context(), v, v.who.Person); err != nil {
			return err
		}
		if cause != nil {
			return s.again(w, r, "running", view, cause)
		}
		return s.show(w, r, "running", view)
	}
	view, err := s.starting(w, r, v, p)
	if err != nil {
		return err
	}
	if view.Unmonitored, err = s.unmonitored(r.Context(), v, v.who.Person); err != nil {
		return err
	}
	if cause != nil {
		return s.again(w, r, "start", view, cause)
	}
	return s.show(w, r, "start", view)
}

func (s *site) starting(w http.ResponseWriter, r *http.Request, v *visit, p shift.Profile) (*startView, error) {
	view := &startView{Frame: s.workerFrame(w, r, v, "web.worker.start_title"), Watchers: watchersOf(p)}
	view.Form.Activity, view.Form.Note = r.PostFormValue("activity"), r.PostFormValue("note")
	view.Intervals = spans(v.tag, r.PostFormValue("interval"), v.org.CheckIn, v.org.CheckIn, 15*time.Minute, 30*time.Minute, time.Hour, 2*time.Hour)
	view.Durations = spans(v.tag, r.PostFormValue("duration"), 8*time.Hour, time.Hour, 2*time.Hour, 4*time.Hour, 8*time.Hour, 12*time.Hour)
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		for _, ws := range all {
			if v.who.Has(actor.Worker, ws.ID) {
				view.Workspaces = append(view.Workspaces, choice{Value: string(ws.ID), Text: ws.Name, Chosen: r.PostFormValue("workspace") == string(ws.ID)})
			}
		}
		return err
	})
	if err == nil && len(view.Workspaces) == 0 {
		return nil, fault.New(fault.Forbidden, "not_a_worker")
	}
	return view, err
}

// spans are lengths of time to choose from, shortest first, each once.
func spans(tag lang.Tag, chosen string, standard time.Duration, offered ...time.Duration) []choice {
	slices.Sort(offered)
	if chosen == "" {
		chosen = strconv.Itoa(int(standard.Seconds()))
	}
	var out []choice
	for _, d := range slices.Compact(offered) {
		value := strconv.Itoa(int(d.Seconds()))
		out = append(out, choice{Value: value, Text: tag.Duration(d), Chosen: value == chosen})
	}
	return out
}

// watchersOf is who is told first, without the worker.
func watchersOf(p shift.Profile) []contactCard {
	var out []contactCard
	for _, one := range p.Watch {
		if one.Person != p.Person.Person {
			out = append(out, contactCard{Name: one.Name, Phone: one.Phone()})
		}
	}
	return out
}

func (s *site) running(w http.ResponseWriter, r *http.Request, v *visit, p shift.Profile) (*runningView, error) {
	c := *p.Current
	view := &runningView{
		Frame: s.workerFrame(w, r, v, "web.worker.running"), ID: string(c.ID), State: stateOf(c.Status(p.At, p.Alarm != nil), p.Alarm),
		Activity: c.Activity, LastCheckIn: c.Since, NextAt: c.Deadline, EndsAt: c.End, RiskUntil: c.HighRisk, Watchers: watchersOf(p),
		Unprotected: !c.Unprotected.IsZero(), Marks: marksOf(c),
	}
	if whole := c.Deadline.Sub(c.Since); whole > 0 {
		view.PercentLeft = int(max(0, min(100, 100*c.Deadline.Sub(p.At)/whole)))
	}
	if p.Alarm != nil {
		view.InAlarm = true
		if p.Alarm.State == alarm.Acknowledged {
			view.AcknowledgedBy = p.Alarm.Ack.Name
		}
	}
	view.Extensions = spans(v.tag, "", c.Every, c.Every, 15*time.Minute, 30*time.Minute, time.Hour, 2*time.Hour)
	view.Risks = spans(v.tag, "", 10*time.Minute, 5*time.Minute, 10*time.Minute, 20*time.Minute, 45*time.Minute)
	var err error
	view.Aways, err = s.aways(r.Context(), v, c, p.At)
	return view, err
}

func (s *site) myShifts(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := shift.ProfileOf(r.Context(), s.Store, v.who, v.who.Person)
	if err != nil {
		return err
	}
	return s.show(w, r, "my-shifts", &myShiftsView{Frame: s.workerFrame(w, r, v, "web.worker.my_shifts"), Shifts: pastOf(v.tag, p.Past)})
}

func (s *site) start(w http.ResponseWriter, r *http.Request, v *visit) error {
	v.who.Door = actor.App
	every, err1 := seconds(r, "interval")
	planned, err2 := seconds(r, "duration")
	if err := fault.Join(err1, err2); err != nil {
		return s.mine(w, r, v, err)
	}
	terms := shift.Terms{Every: every, Planned: planned, Activity: r.PostFormValue("activity"), Note: r.PostFormValue("note")}
	_, err := s.desk.Start(r.Context(), v.who, v.who.Person, id.Workspace(r.PostFormValue("workspace")), terms)
	return s.afterShift(w, r, v, err, "web.worker.started")
}

// seconds reads a length of time; an empty one is 0, which rooms fill in.
func seconds(r *http.Request, field string) (time.Duration, error) {
	text := r.PostFormValue(field)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 7*24*3600 {
		return 0, fault.New(fault.Invalid, "bad_format").At(field)
	}
	return time.Duration(n) * time.Second, nil
}

// afterShift answers an act on the own shift: briefly to the page's script,
// which may be sending what had waited for a network, else with the page.
func (s *site) afterShift(w http.ResponseWriter, r *http.Request, v *visit, err error, done string) error {
	script := strings.Contains(r.Header.Get("Accept"), "application/json")
	if err != nil && errors.Is(err, fault.New(fault.Conflict, "already_done")) {
		err = nil // it had arrived before: sent twice is done once
	}
	if script {
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	}
	if err != nil {
		if k := fault.KindOf(err); k == fault.Invalid || k == fault.Conflict {
			return s.mine(w, r, v, err)
		}
		return err
	}
	if done != "" {
		s.say(w, said{Key: done})
	}
	return see(w, r, "/me")
}

// ownShift is the shift that a form is about: the one it names, for what was
// pressed without a network may arrive when another one runs; else the one
// that runs now. Room and policy decide whether it may be touched.
func (s *site) ownShift(r *http.Request, v *visit) (sh id.Shift, err error) {
	v.who.Door = actor.App
	if named := r.PostFormValue("shift"); named != "" {
		return id.Parse[id.Shift](named)
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		active, runs, err := shift.ActiveOf(tx, v.who.Person)
		if err == nil && !runs {
			return fault.New(fault.Conflict, "shift_ended")
		}
		sh = active.ID
		return err
	})
	return sh, err
}

// signal reads what came with an act: its time by the device's clock, a PIN,
// and the key under which it takes effect once however often it is sent.
func signal(r *http.Request, v *visit) (context.Context, shift.Signal) {
	sig := shift.Signal{PIN: r.PostFormValue("pin"), Note: r.PostFormValue("note")}
	if ms, err := strconv.ParseInt(r.PostFormValue("client_time"), 10, 64); err == nil && ms > 0 {
		sig.At = time.UnixMilli(ms)
	}
	ctx := r.Context()
	if key := r.PostFormValue("client_id"); key != "" && len(key) <= 64 {
		ctx = store.WithOnce(ctx, &store.Once{Key: "app " + string(v.who.Person) + " " + key})
	}
	return ctx, sig
}

func (s *site) checkIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	sh, err := s.ownShift(r, v)
	if err == nil {
		ctx, sig := signal(r, v)
		_, err = s.desk.CheckIn(ctx, v.who, sh, sig)
	}
	return s.afterShift(w, r, v, err, "")
}

func (s *site) help(w http.ResponseWriter, r *http.Request, v *visit) error {
	sh, err := s.ownShift(r, v)
	if err == nil {
		ctx, sig := signal(r, v)
		_, err = s.desk.Help(ctx, v.who, sh, sig)
	}
	return s.afterShift(w, r, v, err, "")
}

func (s *site) extend(w http.ResponseWriter, r *http.Request, v *visit) error {
	by, err := seconds(r, "seconds")
	if err != nil {
		return s.mine(w, r, v, err)
	}
	sh, err := s.ownShift(r, v)
	if err == nil {
		_, err = s.desk.Extend(r.Context(), v.who, sh, by)
	}
	return s.afterShift(w, r, v, err, "web.worker.extended")
}

func (s *site) risk(w http.ResponseWriter, r *http.Request, v *visit) error {
	lasts, err := seconds(r, "seconds")
	if err != nil {
		return s.mine(w, r, v, err)
	}
	sh, err := s.ownShift(r, v)
	if err == nil {
		_, err = s.desk.HighRisk(r.Context(), v.who, sh, lasts)
	}
	return s.afterShift(w, r, v, err, "")
}

func (s *site) finish(w http.ResponseWriter, r *http.Request, v *visit) error {
	sh, err := s.ownShift(r, v)
	if err == nil {
		_, err = s.desk.Finish(r.Context(), v.who, sh, shift.Signal{})
	}
	return s.afterShift(w, r, v, err, "web.worker.finished")
}

func (s *site) move(w http.ResponseWriter, r *http.Request, v *visit) error {
	sh, err := s.ownShift(r, v)
	if err != nil {
		return err
	}
	_, sig := signal(r, v)
	place := shift.Place{Source: ownPage}
	place.At, place.Battery = sig.At, -1
	var err1, err2 error
	place.Lat, err1 = strconv.ParseFloat(r.PostFormValue("lat"), 64)
	place.Lon, err2 = strconv.ParseFloat(r.PostFormValue("lon"), 64)
	if err1 != nil || err2 != nil {
		return fault.New(fault.Invalid, "not_on_earth").At("position")
	}
	if m, err := strconv.ParseFloat(r.PostFormValue("accuracy"), 64); err == nil && m >= 0 && m < 1e6 {
		place.Accuracy = int(m + 0.5)
	}
	if n, err := strconv.Atoi(r.PostFormValue("battery")); err == nil {
		place.Battery = n
	}
	return s.afterShift(w, r, v, s.desk.Move(r.Context(), v.who, sh, place), "")
}

// manifest makes the worker's page something that a phone can install.
func (s *site) manifest(w http.ResponseWriter, r *http.Request, v *visit) error {
	mark, err := s.assets.url("mark.svg")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	return json.NewEncoder(w).Encode(map[string]any{
		"name": "Muster", "short_name": "Muster", "lang": v.tag, "start_url": "/me", "scope": "/", "display": "standalone",
		"background_color": "#f3f5f8", "theme_color": "#17324d",
		"icons": []map[string]string{{"src": mark, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
}
