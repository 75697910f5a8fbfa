package web

import (
	"net/http"
	"net/url"
	"time"

	"muster/actor"
	"muster/call/drill"
	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// drillsView is the drills that will come, those that were held, and the two
// forms that make more.
type drillsView struct {
	Frame
	Tabs  []choice
	Limit string
	Plans []planRow
	Runs  []runRow
	Hold  bool // the reader may hold drills
	Now   drillForm
	Plan  drillForm
	Older string
}

// drillForm is what was typed; the two forms name their fields apart.
type drillForm struct {
	Workers, Every      []choice
	Name, First, Reason string
	Announced           bool
}

type planRow struct {
	ID, Name, Worker, Every string
	Next                    time.Time
	Announced               bool
}

type runRow struct {
	Href, About, By, Reason, Verdict string
	Began                            time.Time
	Within                           time.Duration
}

// drillView is what came of one drill.
type drillView struct {
	Frame
	runRow
	Text        string // the verdict, in a sentence
	Open        bool
	AlarmHref   string
	Steps, Told int
	People      []toldRow
	Timeline    []moment
}

const drillsPage = "/drills"

func (s *site) drillRoutes(in func(string, handler)) {
	in("GET /drills", s.drills)
	in("POST /drills", s.planDrill)
	in("POST /drills/now", s.beginDrill)
	in("POST /drills/{drill}/remove", s.removeDrill)
	in("GET /drills/{run}", s.drill)
}

func (s *site) drills(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.drillsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "drills", view)
}

func (s *site) drillsView(w http.ResponseWriter, r *http.Request, v *visit) (*drillsView, error) {
	f, err := s.framed(w, r, v, "drill.title", "/incidents")
	if err != nil {
		return nil, err
	}
	before, err := id.Parse[id.DrillRun](r.URL.Query().Get("before"))
	if err != nil {
		before = ""
	}
	o, err := drill.See(r.Context(), s.Store, v.who, before)
	if err != nil {
		return nil, err
	}
	view := &drillsView{
		Frame: f, Tabs: incidentTabs(v.tag, url.Values{}, drillsPage), Limit: v.tag.Duration(drill.Limit),
		Hold: v.who.Has(actor.Administrator, ""),
	}
	for _, p := range o.Plans {
		view.Plans = append(view.Plans, planRow{
			ID: string(p.ID), Name: p.Name, Worker: p.WorkerName, Every: v.tag.Text("drill.every."+string(p.Every), nil), Next: p.Next, Announced: p.Announced,
		})
	}
	for _, run := range o.Runs {
		view.Runs = append(view.Runs, runRowOf(run))
	}
	if len(o.Runs) == drill.PageOfRuns {
		view.Older = drillsPage + "?before=" + string(o.Runs[len(o.Runs)-1].ID)
	}
	if view.Hold {
		err = s.drillForms(r, v, view)
	}
	return view, err
}

func runRowOf(run drill.Run) runRow {
	return runRow{
		Href: drillsPage + "/" + string(run.ID), About: run.Alarm.WorkerName, By: run.By, Reason: run.Reason,
		Verdict: string(run.Verdict()), Began: run.Began, Within: run.Within(),
	}
}

// drillForms fills the forms with what can be chosen and what was typed.
func (s *site) drillForms(r *http.Request, v *visit, view *drillsView) error {
	var people []roster.Person
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		people, err = roster.All(tx)
		return err
	})
	for _, p := range people {
		if p.Active && p.Has(actor.Worker) {
			c := choice{Value: string(p.Person), Text: p.Name, Chosen: r.PostFormValue("worker_id") == string(p.Person)}
			view.Now.Workers = append(view.Now.Workers, c)
		}
	}
	view.Plan.Workers = view.Now.Workers
	for _, e := range drill.Rhythms() {
		chosen := r.PostFormValue("every") == string(e) || r.PostFormValue("every") == "" && e == drill.Quarterly
		view.Plan.Every = append(view.Plan.Every, choice{Value: string(e), Text: v.tag.Text("drill.every."+string(e), nil), Chosen: chosen})
	}
	view.Now.Reason, view.Plan.Name, view.Plan.First = r.PostFormValue("reason"), r.PostFormValue("name"), r.PostFormValue("first")
	view.Plan.Announced = r.PostFormValue("announced") != ""
	return err
}

func (s *site) planDrill(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, err := drill.Save(r.Context(), s.Store, v.who, drill.Plan{
		Name: r.PostFormValue("name"), Worker: id.Person(r.PostFormValue("worker_id")), Every: drill.Rhythm(r.PostFormValue("every")),
		First: r.PostFormValue("first"), Announced: r.PostFormValue("announced") != "",
	})
	return s.afterDrill(w, r, v, err, "drill.saved", drillsPage)
}

func (s *site) beginDrill(w http.ResponseWriter, r *http.Request, v *visit) error {
	run, err := drill.Begin(r.Context(), s.Store, v.who, id.Person(r.PostFormValue("worker_id")), r.PostFormValue("reason"))
	return s.afterDrill(w, r, v, err, "drill.begun", drillsPage+"/"+string(run.ID))
}

func (s *site) removeDrill(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Drill](r.PathValue("drill"))
	if err != nil {
		return err
	}
	if err := drill.Remove(r.Context(), s.Store, v.who, which); err != nil {
		return err
	}
	s.say(w, said{Key: "drill.removed_done"})
	return see(w, r, drillsPage)
}

// afterDrill says that it was done, or shows the forms again.
func (s *site) afterDrill(w http.ResponseWriter, r *http.Request, v *visit, err error, done, to string) error {
	if err == nil {
		s.say(w, said{Key: done})
		return see(w, r, to)
	}
	view, verr := s.drillsView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "drills", view, err)
}

func (s *site) drill(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.DrillRun](r.PathValue("run"))
	if err != nil {
		return err
	}
	run, err := drill.Find(r.Context(), s.Store, v.who, which)
	if err != nil {
		return err
	}
	story, err := incident.Story(r.Context(), s.Store, v.who, run.Alarm.ID)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "drill.title", "/incidents")
	if err != nil {
		return err
	}
	f.Title = v.tag.Text("drill.of", map[string]any{"Name": run.Alarm.WorkerName})
	view := &drillView{Frame: f, runRow: runRowOf(run), Open: run.Alarm.Open(), Steps: run.Alarm.Step, AlarmHref: "/incidents/" + string(run.Alarm.ID)}
	view.tell(v.reader(), run, story)
	return s.show(w, r, "drill", view)
}

func (v *drillView) tell(rd paper.Reader, run drill.Run, story incident.Record) {
	by := run.Alarm.Ack.Name
	if by == "" {
		by = run.Alarm.Closed.Name
	}
	v.Text = rd.Tag.Text("drill.verdict_text."+v.Verdict, map[string]any{
		"By": by, "Within": rd.Tag.Duration(v.Within), "Limit": rd.Tag.Duration(drill.Limit), "Until": rd.Tag.Time(run.Began.Add(drill.Limit), rd.Zone, "clock"),
	})
	v.People = toldRows(rd, story)
	v.Told = len(v.People)
	v.Timeline = storyOf(rd, story)
}
