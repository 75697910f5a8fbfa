package api

import (
	"context"

	"muster/actor"
	"muster/call/look"
	"muster/call/shift"
	"muster/call/watch"
	"muster/id"
	"muster/store"
)

// watchingView is what an organisation watches for beside check-ins.
type watchingView struct {
	Silence    int64 `json:"silence_seconds" doc:"How long a phone that sends may be unheard before its worker is asked; 0: nobody asks" example:"1800"`
	LowBattery int   `json:"low_battery_percent" doc:"At which worker and monitors are told; 0: nobody is" example:"15"`
	Away       int64 `json:"longest_away_seconds" doc:"How long a worker may plan to be out of coverage; 0: not at all" example:"14400"`
}

func viewWatching(r watch.Rules) watchingView {
	return watchingView{Silence: seconds(r.Silence), LowBattery: r.LowBattery, Away: seconds(r.Away)}
}

// lookView is one look at the caller's own position.
type lookView struct {
	At      Instant `json:"at"`
	Name    string  `json:"name" example:"Mika Laine"`
	Role    string  `json:"role" enum:"monitor,administrator,operator,program,other"`
	Door    string  `json:"door" doc:"Through what: board, api …"`
	Why     string  `json:"why" enum:"alarm,profile" doc:"What was opened"`
	AlarmID string  `json:"alarm_id,omitempty"`
}

func (d *desk) watchRoutes() {
	serve(d, get("/organisations/{id}/watching", "watching-get", "What is watched for beside check-ins: silent phones, low batteries, time out of coverage"),
		func(ctx context.Context, who actor.Actor, _ *Org) (watchingView, error) {
			r, err := d.watching(ctx, who)
			return viewWatching(r), err
		})
	serve(d, patch("/organisations/{id}/watching", "watching-update", "Change what is watched for, from the next shift on"), d.updateWatching)
	serve(d, get("/organisations/{id}/looks", "look-list", "Who looked at the caller's own position, newest first; looks during a silent alarm come a day after it"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[lookView], error) {
			all, err := look.Mine(ctx, d.Store, who)
			list := List[lookView]{Items: make([]lookView, 0, len(all))}
			for _, l := range all {
				list.Items = append(list.Items, lookView{
					At: at(l.At), Name: l.Name, Role: l.Role, Door: string(l.Door), Why: string(l.Why), AlarmID: string(l.Alarm),
				})
			}
			return list, err
		})
	serve(d, post("/shifts/{id}/away", "shift-away", "Plan to be out of coverage: no check-in is due before, and none is forgiven after"), d.away)
}

func (d *desk) watching(ctx context.Context, who actor.Actor) (r watch.Rules, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeOrganisation", "Organisation"); err != nil {
			return err
		}
		r, err = watch.Get(tx)
		return err
	})
	return r, err
}

func (d *desk) updateWatching(ctx context.Context, who actor.Actor, in *struct {
	Org
	Body struct {
		Silence    *int64 `json:"silence_seconds,omitempty" doc:"0, or 300 to 86400"`
		LowBattery *int   `json:"low_battery_percent,omitempty" doc:"0 to 90"`
		Away       *int64 `json:"longest_away_seconds,omitempty" doc:"0 to 43200"`
	}
},
) (watchingView, error) {
	r, err := d.watching(ctx, who)
	if err != nil {
		return watchingView{}, err
	}
	if b := in.Body; b.Silence != nil {
		r.Silence = span(*b.Silence)
	}
	set(&r.LowBattery, in.Body.LowBattery)
	if in.Body.Away != nil {
		r.Away = span(*in.Body.Away)
	}
	return viewWatching(r), watch.Set(ctx, d.Store, who, r)
}

func (d *desk) away(ctx context.Context, who actor.Actor, in *struct {
	Thing
	Body struct {
		Seconds int64 `json:"seconds" doc:"From now; at most longest_away_seconds, and not beyond the shift's planned end" example:"3600"`
	}
},
) (shiftView, error) {
	which, err := id.Parse[id.Shift](in.ID)
	if err != nil {
		return shiftView{}, err
	}
	s, err := d.shifts.Leave(ctx, who, which, d.Store.Now().Add(span(in.Body.Seconds)))
	if err != nil {
		return shiftView{}, err
	}
	return d.named(ctx, who, s)
}

// lookedAtShift records that the answer shows where the worker is. One that
// cannot be recorded is not given.
func (d *desk) lookedAtShift(ctx context.Context, who actor.Actor, s shift.Shift) error {
	if s.Place.At.IsZero() {
		return nil
	}
	return look.Note(ctx, d.Store, who, look.Look{Worker: s.Worker, Workspace: s.Workspace, Why: look.Profile})
}

// lookedInAlarm does so for an alarm, which is shown in any case: somebody may
// be lying there.
func (d *desk) lookedInAlarm(ctx context.Context, who actor.Actor, v alarmView) {
	if v.Position == nil {
		return
	}
	l := look.Look{Worker: id.Person(v.Worker.ID), Workspace: id.Workspace(v.Workspace), Why: look.Alarm, Alarm: id.Alarm(v.ID)}
	if err := look.Note(ctx, d.Store, who, l); err != nil {
		d.Log.ErrorContext(ctx, "a look at a position was not recorded", "alarm", v.ID, "error", err)
	}
}
