package api

import (
	"context"

	"muster/actor"
	"muster/call/drill"
	"muster/id"
)

// drillView is a drill that comes back by itself.
type drillView struct {
	ID        string  `json:"id" example:"drl_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name      string  `json:"name" example:"Night ladder"`
	Worker    string  `json:"worker_id" doc:"Whose ladder is tried"`
	Every     string  `json:"every" enum:"once,weekly,monthly,quarterly"`
	First     string  `json:"first" doc:"Date and time of the first, in the organisation's zone" example:"2026-12-01T22:15"`
	Announced bool    `json:"announced" doc:"Those who may be called hear of it the day before"`
	Next      Instant `json:"next_at" doc:"Empty when none comes any more"`
}

func (d drillView) location() string { return "/drills/" + d.ID }

func viewDrill(p drill.Plan) drillView {
	return drillView{
		ID: string(p.ID), Name: p.Name, Worker: string(p.Worker), Every: string(p.Every), First: p.First, Announced: p.Announced, Next: at(p.Next),
	}
}

// drillRunView is one drill that was held, or is.
type drillRunView struct {
	ID       string  `json:"id" example:"run_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Drill    string  `json:"drill_id,omitempty" doc:"Absent when somebody began it by hand"`
	Alarm    string  `json:"alarm_id" doc:"Its record says who was told, over which channel, and what became of it"`
	Worker   string  `json:"worker_id"`
	BeganAt  Instant `json:"began_at"`
	BeganBy  string  `json:"began_by"`
	Reason   string  `json:"reason"`
	Verdict  string  `json:"verdict" enum:"under_way,answered,unanswered,broken_off"`
	Answered int64   `json:"answered_after_seconds,omitempty"`
	Steps    int     `json:"steps" doc:"Steps of the procedure that have begun"`
	Told     int     `json:"told" doc:"People told in the last round"`
}

func (r drillRunView) location() string { return "/drill-runs/" + r.ID }

func viewRun(r drill.Run) drillRunView {
	return drillRunView{
		ID: string(r.ID), Drill: string(r.Plan), Alarm: string(r.Alarm.ID), Worker: string(r.Alarm.Worker), BeganAt: at(r.Began), BeganBy: r.By,
		Reason: r.Reason, Verdict: string(r.Verdict()), Answered: seconds(r.Within()), Steps: r.Alarm.Step, Told: r.Alarm.Told,
	}
}

func (d *desk) drills() {
	serve(d, get("/organisations/{id}/drills", "drill-list", "Drills that will come"), func(ctx context.Context, who actor.Actor, _ *Org) (List[drillView], error) {
		o, err := drill.See(ctx, d.Store, who, "")
		list := List[drillView]{Items: make([]drillView, 0, len(o.Plans))}
		for _, p := range o.Plans {
			list.Items = append(list.Items, viewDrill(p))
		}
		return list, err
	})
	create(d, post("/organisations/{id}/drills", "drill-plan", "Plan a drill"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Name      string `json:"name" maxLength:"500" example:"Night ladder"`
			Worker    string `json:"worker_id" maxLength:"40"`
			Every     string `json:"every" maxLength:"20" doc:"once, weekly, monthly or quarterly" example:"quarterly"`
			First     string `json:"first" maxLength:"30" example:"2026-12-01T22:15"`
			Announced bool   `json:"announced,omitempty"`
		}
	},
	) (drillView, error) {
		p, err := drill.Save(ctx, d.Store, who, drill.Plan{
			Name: in.Body.Name, Worker: id.Person(in.Body.Worker), Every: drill.Rhythm(in.Body.Every), First: in.Body.First, Announced: in.Body.Announced,
		})
		return viewDrill(p), err
	})
	serve(d, get("/drills/{id}", "drill-get", "A planned drill"), func(ctx context.Context, who actor.Actor, in *Thing) (drillView, error) {
		which, err := id.Parse[id.Drill](in.ID)
		if err != nil {
			return drillView{}, err
		}
		p, err := drill.FindPlan(ctx, d.Store, who, which)
		if err != nil {
			return drillView{}, err
		}
		return viewDrill(p), nil
	})
	serve(d, remove("/drills/{id}", "drill-remove", "Take a planned drill away"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		which, err := id.Parse[id.Drill](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, drill.Remove(ctx, d.Store, who, which)
	})
	d.drillRuns()
}

func (d *desk) drillRuns() {
	serve(d, get("/organisations/{id}/drill-runs", "drill-runs", "The latest drills that were held"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[drillRunView], error) {
			o, err := drill.See(ctx, d.Store, who, "")
			list := List[drillRunView]{Items: make([]drillRunView, 0, len(o.Runs))}
			for _, r := range o.Runs {
				list.Items = append(list.Items, viewRun(r))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/drill-runs", "drill-begin", "Hold a drill now"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Worker string `json:"worker_id" maxLength:"40" doc:"Whose ladder is tried"`
			Reason string `json:"reason" maxLength:"2000" example:"New telephones"`
		}
	},
	) (drillRunView, error) {
		r, err := drill.Begin(ctx, d.Store, who, id.Person(in.Body.Worker), in.Body.Reason)
		return viewRun(r), err
	})
	serve(d, get("/drill-runs/{id}", "drill-run", "What came of a drill"), func(ctx context.Context, who actor.Actor, in *Thing) (drillRunView, error) {
		which, err := id.Parse[id.DrillRun](in.ID)
		if err != nil {
			return drillRunView{}, err
		}
		r, err := drill.Find(ctx, d.Store, who, which)
		if err != nil {
			return drillRunView{}, err
		}
		return viewRun(r), nil
	})
}
