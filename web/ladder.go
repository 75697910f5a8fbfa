package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/course"
	"muster/call/incident"
	"muster/call/partner/connection"
	"muster/call/procedure"
	"muster/call/rota"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// step is one step of an escalation procedure.
type step struct {
	Text, Detail string
	State        string // done, next, later
	Done         bool
	DoneAt       time.Time
	By           string
	DueAt        time.Time
	People       []mark
	Warn         string // why it calls nobody
	Items        []item
}

// mark is somebody who would be called.
type mark struct {
	Name  string
	Doubt string // why none of their addresses is relied on
}

// doubtful says why somebody may not be reached who would be called.
func doubtful(tag lang.Tag, r procedure.Rung, p roster.Recipient) string {
	if r.Sure(p) {
		return ""
	}
	if i := slices.IndexFunc(p.Points, func(c roster.Point) bool { return !c.BouncedAt.IsZero() }); i >= 0 {
		return doubt(tag, p.Points[i])
	}
	return tag.Text("web.contact.unverified", nil)
}

// item is one instruction.
type item struct {
	Step, Line int
	Text       string
	Done       bool
	By         string
	At         time.Time
}

// callees knows what those are called whom steps name.
type callees map[string]string

// calleesOf reads the names of whomever the steps call.
func calleesOf(tx *store.Tx, who actor.Actor, names callees, steps []procedure.Step) error {
	for _, s := range steps {
		if s.ID == "" || names[s.ID] != "" {
			continue
		}
		var err error
		switch s.Whom {
		case procedure.Somebody:
			var p roster.Person
			if p, err = roster.Find(tx, id.Person(s.ID)); err == nil {
				names[s.ID] = p.Name
			}
		case procedure.Partner:
			var links []connection.Connection
			links, err = connection.In(tx, connection.Customer)
			for _, link := range links {
				names[string(link.Other)] = link.OtherName
			}
		case procedure.OnDuty:
			var duty rota.Rota
			if duty, err = rota.Find(tx, who, id.Rota(s.ID)); err == nil {
				names[s.ID] = duty.Name
			}
		}
		if err != nil && fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Forbidden {
			return err
		}
	}
	return nil
}

// whom says whom a step calls.
func (n callees) whom(tag lang.Tag, s procedure.Step) string {
	name := n[s.ID]
	if s.ID != "" && name == "" {
		name = tag.Text("web.procedure.gone", nil)
	}
	return tag.Text("web.procedure.whom_"+string(s.Whom), map[string]any{"Name": name})
}

// how says over what and at what times a step calls, if not as usual.
func how(tag lang.Tag, s procedure.Step) string {
	var parts []string
	if len(s.Channels) > 0 {
		var names []string
		for _, c := range s.Channels {
			names = append(names, tag.Text("web.contact."+c, nil))
		}
		parts = append(parts, strings.Join(names, ", "))
	}
	if s.When != procedure.Always {
		parts = append(parts, tag.Text("web.procedure.when_"+string(s.When), nil))
	}
	return strings.Join(parts, " · ")
}

func itemsOf(number int, text string, ticks []course.Tick) []item {
	var all []item
	for i, line := range procedure.Items(text) {
		it := item{Step: number, Line: i + 1, Text: line}
		for _, t := range ticks {
			if t.Step == it.Step && t.Line == it.Line {
				it.Done, it.By, it.At = t.Done, t.By.Name, t.By.At
			}
		}
		all = append(all, it)
	}
	return all
}

// rungStep is a step with whom it would call.
func rungStep(tag lang.Tag, names callees, r procedure.Rung) step {
	st := step{Text: names.whom(tag, r.Step), Detail: how(tag, r.Step), DueAt: r.Due, State: "later", Items: itemsOf(r.Number, r.Do, nil)}
	if r.Why != procedure.Called {
		st.Warn = tag.Text("web.procedure.why_"+string(r.Why), nil)
	}
	for _, p := range r.People {
		st.People = append(st.People, mark{p.Name, doubtful(tag, r, p)})
	}
	return st
}

// previewSteps are the steps of a preview, with the call to everybody last.
func previewSteps(tag lang.Tag, names callees, v procedure.Preview) []step {
	var all []step
	for _, r := range v.Rungs {
		all = append(all, rungStep(tag, names, r))
	}
	wide := step{Text: tag.Text("web.procedure.whom_everyone", nil), Detail: tag.Text("web.step.wide_detail", nil), DueAt: v.End, State: "later"}
	return closing(tag, all, v.Ladder, wide)
}

// closing puts the call to everybody last. Where the last step is that call
// already, it goes on.
func closing(tag lang.Tag, all []step, l procedure.Ladder, wide step) []step {
	if n := len(l.Steps); n > 0 && l.Steps[n-1].Whom == procedure.Everyone && l.Steps[n-1].When == procedure.Always {
		all[n-1].Detail = strings.Join(slices.DeleteFunc([]string{all[n-1].Detail, wide.Detail}, func(s string) bool { return s == "" }), " · ")
		return all
	}
	return append(all, wide)
}

// course adds what the alarm's procedure asks for, and how far it has come.
func (s *site) course(ctx context.Context, v *visit, view *alarmView, story incident.Record) error {
	c, err := course.Of(ctx, s.Store, v.who, story.Alarm.ID)
	if err != nil {
		return err
	}
	names := callees{}
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error { return calleesOf(tx, v.who, names, c.Ladder.Steps) })
	if err != nil {
		return err
	}
	view.Procedure, view.General = c.Ladder.Name, itemsOf(0, c.Ladder.Instructions, c.Ticks)
	view.Steps = courseSteps(v.tag, names, story, c, v.org.Reopen)
	view.CanTick = story.Alarm.Open() && may(v.who, "note", story.Alarm)
	if c.Ladder.Procedure != "" && watches(v.who) {
		view.ProcedureHref = "/procedures/preview?procedure=" + string(c.Ladder.Procedure) + "&for=" + string(story.Alarm.Worker)
	}
	return nil
}

// courseSteps are the steps of an alarm's procedure, how far they have come,
// and what a human does then.
func courseSteps(tag lang.Tag, names callees, story incident.Record, c course.Course, reopen time.Duration) []step {
	a := story.Alarm
	began := begunAt(story)
	var all []step
	for i, s := range c.Ladder.Steps {
		st := step{Text: names.whom(tag, s), Detail: how(tag, s), State: "later", Items: itemsOf(i+1, s.Do, c.Ticks)}
		if i < a.Step {
			b := began[i+1]
			st.Done, st.DoneAt, st.State, st.Warn = true, b.at, "done", b.why(tag)
		}
		all = append(all, st)
	}
	for i, r := range c.Coming {
		st := rungStep(tag, names, r)
		st.Items = all[r.Number-1].Items
		if i == 0 {
			st.State = "next"
		}
		all[r.Number-1] = st
	}
	wide := step{Text: tag.Text("web.procedure.whom_everyone", nil), Detail: tag.Text("web.step.wide_detail", nil), State: "later", DueAt: c.End}
	if a.Wide && a.StepDue.IsZero() {
		wide.Done, wide.DoneAt, wide.State = true, began[everybody].at, "done"
	} else if len(c.Coming) == 0 && !c.End.IsZero() {
		wide.State = "next"
	}
	return append(closing(tag, all, c.Ladder, wide), acknowledgeStep(tag, a), resolveStep(tag, a, reopen))
}

func acknowledgeStep(tag lang.Tag, a alarm.Alarm) step {
	st := step{Text: tag.Text("web.step.acknowledge", nil), State: "later"}
	if !a.Ack.At.IsZero() && a.State != alarm.Raised {
		st.Done, st.DoneAt, st.By, st.State = true, a.Ack.At, a.Ack.Name, "done"
	}
	return st
}

func resolveStep(tag lang.Tag, a alarm.Alarm, reopen time.Duration) step {
	st := step{Text: tag.Text("web.step.resolve", nil), Detail: tag.Text("web.step.reopen", map[string]any{"Pause": reopen}), State: "later"}
	if a.State == alarm.Resolved {
		st.Done, st.DoneAt, st.By, st.State = true, a.Closed.At, a.Closed.Name, "done"
	}
	return st
}

// beginning is when a step began, as the book says, and what it came to.
type beginning struct {
	at   time.Time
	kind string
}

func (b beginning) why(tag lang.Tag) string {
	if key := "web.procedure.was_" + b.kind; b.kind != "" && tag.Has(key) {
		return tag.Text(key, nil)
	}
	return ""
}

// everybody stands for the call to everybody, after all steps.
const everybody = 0

// begunAt finds when each step began, the last time the alarm began anew. The
// book names the steps of the built-in ladder only where they reached nobody;
// else its rounds stand for them.
func begunAt(story incident.Record) map[int]beginning {
	began := map[int]beginning{}
	round := 0
	for _, e := range story.Entries {
		switch e.Kind {
		case "alarm.raised", "alarm.graver":
			began, round = map[int]beginning{1: {at: e.At}}, 1
		case "alarm.repeated", "alarm.reopened":
			round++
			if n := round; story.Alarm.Procedure == "" && began[n].at.IsZero() {
				began[n] = beginning{at: e.At}
			}
			if kind, _ := e.Facts["Kind"].(string); kind == "everybody" || e.Kind == "alarm.reopened" {
				began[everybody] = beginning{at: firstOf(began[everybody].at, e.At)}
			}
		case "alarm.step":
			n, _ := e.Facts["Step"].(int64)
			kind, _ := e.Facts["Kind"].(string)
			began[int(n)] = beginning{e.At, kind}
		}
	}
	return began
}

func firstOf(known, at time.Time) time.Time {
	if known.IsZero() {
		return at
	}
	return known
}

// tick is a POST that ticks an instruction off, or takes that back.
func (s *site) tick(w http.ResponseWriter, r *http.Request, v *visit) error {
	aid, err := id.Parse[id.Alarm](r.PathValue("alarm"))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(r.PostFormValue("step"))
	line, err2 := strconv.Atoi(r.PostFormValue("line"))
	if err != nil || err2 != nil {
		number, line = -1, -1 // no such instruction
	}
	if err := course.Set(r.Context(), s.Store, v.who, aid, number, line, r.PostFormValue("done") == "yes"); err != nil {
		return err
	}
	return see(w, r, "/alarms/"+string(aid)+"#steps")
}
