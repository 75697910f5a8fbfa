package api

import (
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/course"
	"muster/call/procedure"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// procedureView is an escalation procedure in its latest version.
type procedureView struct {
	ID           string     `json:"id" example:"prc_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Organisation string     `json:"organisation_id"`
	For          string     `json:"for" doc:"A workspace or a worker; empty: the whole organisation"`
	Active       bool       `json:"active"`
	Version      int        `json:"version" doc:"Counts from 1; a version never changes"`
	Name         string     `json:"name"`
	Instructions string     `json:"instructions" doc:"What to do in any case, one thing a line"`
	Steps        []StepView `json:"steps" nullable:"false"`
	MadeAt       Instant    `json:"made_at"`
	MadeBy       string     `json:"made_by"`
}

func (p procedureView) location() string { return "/procedures/" + p.ID }

// StepView is one step of a procedure.
type StepView struct {
	Whom     string   `json:"whom" doc:"monitors (of the worker's workspace), person, rota, partner or everyone" maxLength:"20" example:"monitors"`
	ID       string   `json:"id,omitempty" doc:"Of the person, the rota or the partner" maxLength:"40"`
	Channels []string `json:"channels,omitempty" doc:"sms, email; absent: as each person prefers" maxItems:"10"`
	Wait     int64    `json:"wait_seconds" doc:"Until the next step begins; after the last, until everybody is called. 0 to 7200" example:"120"`
	When     string   `json:"when,omitempty" doc:"always, office (in office hours) or outside" maxLength:"20" example:"always"`
	Do       string   `json:"do,omitempty" doc:"Instructions, one thing a line" maxLength:"8000"`
}

func viewProcedure(org id.Org, p procedure.Procedure) procedureView {
	v := procedureView{
		ID: string(p.ID), Organisation: string(org), For: p.Subject.Key(), Active: p.Active, Version: p.Version, Name: p.Name,
		Instructions: p.Instructions, Steps: []StepView{}, MadeAt: at(p.Made), MadeBy: p.MadeBy,
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, viewStep(s))
	}
	return v
}

func viewStep(s procedure.Step) StepView {
	return StepView{Whom: string(s.Whom), ID: s.ID, Channels: s.Channels, Wait: seconds(s.Wait), When: string(s.When), Do: s.Do}
}

// DraftBody is a procedure as a program writes it.
type DraftBody struct {
	Name         string     `json:"name" maxLength:"500"`
	Instructions string     `json:"instructions,omitempty" maxLength:"40000"`
	Steps        []StepView `json:"steps" maxItems:"100"`
}

func (b DraftBody) draft() procedure.Draft {
	d := procedure.Draft{Name: b.Name, Instructions: b.Instructions}
	for _, s := range b.Steps {
		d.Steps = append(d.Steps, procedure.Step{
			Whom: procedure.Whom(s.Whom), ID: s.ID, Channels: s.Channels, Wait: span(s.Wait), When: procedure.When(s.When), Do: s.Do,
		})
	}
	return d
}

func (d *desk) procedures() {
	serve(d, get("/organisations/{id}/procedures", "procedure-list", "Escalation procedures, each in its latest version"), d.listProcedures)
	create(d, post("/organisations/{id}/procedures", "procedure-add", "Write an escalation procedure; it is switched off"), d.addProcedure)
	serve(d, get("/procedures/{id}", "procedure-get", "An escalation procedure"), func(ctx context.Context, who actor.Actor, in *Thing) (procedureView, error) {
		return d.oneProcedure(ctx, who, in, func(tx *store.Tx, which id.Procedure) (procedure.Procedure, error) {
			return procedure.Get(tx, who, which)
		})
	})
	serve(d, post("/procedures/{id}/versions", "procedure-revise", "Write the next version; if the procedure is switched on, it counts from now on"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			DraftBody
			Base int `json:"base_version" doc:"The version that was revised; if there is a later one, nothing is written"`
		}
	},
	) (procedureView, error) {
		which, err := id.Parse[id.Procedure](in.ID)
		if err != nil {
			return procedureView{}, err
		}
		p, err := procedure.Revise(ctx, d.Store, who, which, in.Body.Base, in.Body.draft())
		return viewProcedure(who.Org, p), err
	})
	for _, act := range []struct {
		name, path, text string
		on               bool
	}{
		{"procedure-switch-on", "switch-on", "Let alarms follow it; refused if it would reach fewer than two people with a verified address", true},
		{"procedure-switch-off", "switch-off", "Let alarms follow the next best: the workspace's, the organisation's, the built-in one", false},
	} {
		serve(d, post("/procedures/{id}/"+act.path, act.name, act.text), func(ctx context.Context, who actor.Actor, in *Thing) (procedureView, error) {
			which, err := id.Parse[id.Procedure](in.ID)
			if err != nil {
				return procedureView{}, err
			}
			p, err := procedure.Switch(ctx, d.Store, who, which, act.on)
			return viewProcedure(who.Org, p), err
		})
	}
	serve(d, get("/people/{id}/ladder", "person-ladder", "Who would be called for a worker now, or at a time, and when"), d.ladder)
	serve(d, get("/alarms/{id}/procedure", "alarm-procedure", "What the alarm's procedure asks for, how far it has come, and what comes next"), d.course)
	serve(d, post("/alarms/{id}/ticks", "alarm-tick", "Tick an instruction off, or take that back"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Step int  `json:"step" doc:"0: one of the general instructions" example:"0"`
			Line int  `json:"line" doc:"From 1" example:"1"`
			Done bool `json:"done"`
		}
	},
	) (done, error) {
		which, err := id.Parse[id.Alarm](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, course.Set(ctx, d.Store, who, which, in.Body.Step, in.Body.Line, in.Body.Done)
	})
}

func (d *desk) listProcedures(ctx context.Context, who actor.Actor, _ *Org) (List[procedureView], error) {
	list := List[procedureView]{Items: []procedureView{}}
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeProcedure", "Procedure"); err != nil {
			return err
		}
		all, err := procedure.List(tx, who)
		for _, p := range all {
			list.Items = append(list.Items, viewProcedure(who.Org, p))
		}
		return err
	})
	return list, err
}

func (d *desk) addProcedure(ctx context.Context, who actor.Actor, in *struct {
	Org
	Body struct {
		DraftBody
		For string `json:"for,omitempty" maxLength:"40" doc:"A workspace or a worker; absent: the whole organisation"`
	}
},
) (procedureView, error) {
	subject, err := procedure.ParseSubject(in.Body.For)
	if err != nil {
		return procedureView{}, err
	}
	p, err := procedure.Create(ctx, d.Store, who, subject, in.Body.draft())
	return viewProcedure(who.Org, p), err
}

func (d *desk) oneProcedure(ctx context.Context, who actor.Actor, in *Thing, do func(*store.Tx, id.Procedure) (procedure.Procedure, error)) (v procedureView, err error) {
	which, err := id.Parse[id.Procedure](in.ID)
	if err != nil {
		return v, err
	}
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		p, err := do(tx, which)
		v = viewProcedure(who.Org, p)
		return err
	})
	return v, err
}

// rungView is a step with whom it would call.
type rungView struct {
	StepView
	Number int          `json:"number"`
	At     Instant      `json:"at"`
	Why    string       `json:"calls_nobody_because,omitempty" doc:"hours: not at that time of day; nobody: nobody is there. The next step begins at once"`
	People []calleeView `json:"people" nullable:"false"`
}

type calleeView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Verified bool   `json:"verified" doc:"An address of theirs is verified, and no carrier calls it dead"`
}

func viewRungs(rungs []procedure.Rung) []rungView {
	all := []rungView{}
	for _, r := range rungs {
		v := rungView{StepView: viewStep(r.Step), Number: r.Number, At: at(r.Due), Why: string(r.Why), People: []calleeView{}}
		for _, p := range r.People {
			v.People = append(v.People, calleeView{string(p.Person), p.Name, r.Sure(p)})
		}
		all = append(all, v)
	}
	return all
}

// ladderView is who would be called, and when.
type ladderView struct {
	Procedure   string     `json:"procedure_id" doc:"Empty: the built-in one"`
	Version     int        `json:"version"`
	Steps       []rungView `json:"steps" nullable:"false"`
	EverybodyAt Instant    `json:"everybody_at" doc:"When all monitors and administrators are called, and called again without end"`
	Protected   bool       `json:"protected" doc:"At least two people with a verified address would be called"`
	Reached     []string   `json:"reached" nullable:"false" doc:"Names of those with a verified address"`
}

func (d *desk) ladder(ctx context.Context, who actor.Actor, in *struct {
	Thing
	At time.Time `query:"at" doc:"Default: now"`
},
) (ladderView, error) {
	worker, err := id.Parse[id.Person](in.ID)
	if err != nil {
		return ladderView{}, err
	}
	p, err := procedure.Subject{Worker: worker}.Preview(ctx, d.Store, who, "", in.At)
	if err != nil {
		return ladderView{}, err
	}
	v := ladderView{
		Procedure: string(p.Ladder.Procedure), Version: p.Ladder.Version, Steps: viewRungs(p.Rungs), EverybodyAt: at(p.End),
		Protected: p.Reach.Protected(), Reached: []string{},
	}
	for _, r := range p.Reach.Sure {
		v.Reached = append(v.Reached, r.Name)
	}
	return v, nil
}

// courseView is an alarm's procedure.
type courseView struct {
	Procedure    string     `json:"procedure_id" doc:"Empty: the built-in one"`
	Version      int        `json:"version"`
	Name         string     `json:"name"`
	Instructions []string   `json:"instructions" nullable:"false"`
	Steps        []StepView `json:"steps" nullable:"false"`
	Coming       []rungView `json:"coming" nullable:"false" doc:"The steps that have not begun, while nobody answers"`
	EverybodyAt  Instant    `json:"everybody_at"`
	Ticks        []tickView `json:"ticks" nullable:"false"`
}

type tickView struct {
	Step int     `json:"step"`
	Line int     `json:"line"`
	Done bool    `json:"done"`
	Text string  `json:"text"`
	By   string  `json:"by"`
	At   Instant `json:"at"`
}

// course tells whoever does no more than workers do nothing of what others
// are doing about an alarm.
func (d *desk) course(ctx context.Context, who actor.Actor, in *Thing) (courseView, error) {
	which, err := id.Parse[id.Alarm](in.ID)
	if err != nil {
		return courseView{}, err
	}
	a, err := alarm.Get(ctx, d.Store, who, which)
	if err != nil {
		return courseView{}, err
	}
	watches := slices.ContainsFunc(who.Roles, func(m actor.Membership) bool { return m.Role == actor.Monitor || m.Role == actor.Administrator })
	if who.Person == a.Worker || !watches && !a.Called(who.Person) {
		return courseView{}, fault.New(fault.NotFound, "not_found")
	}
	c, err := course.Of(ctx, d.Store, who, which)
	if err != nil {
		return courseView{}, err
	}
	v := courseView{
		Procedure: string(c.Ladder.Procedure), Version: c.Ladder.Version, Name: c.Ladder.Name, Steps: []StepView{},
		Instructions: append([]string{}, procedure.Items(c.Ladder.Instructions)...), Coming: viewRungs(c.Coming), EverybodyAt: at(c.End), Ticks: []tickView{},
	}
	for _, s := range c.Ladder.Steps {
		v.Steps = append(v.Steps, viewStep(s))
	}
	for _, t := range c.Ticks {
		v.Ticks = append(v.Ticks, tickView{t.Step, t.Line, t.Done, t.Text, t.By.Name, at(t.By.At)})
	}
	return v, nil
}
