package api

import (
	"cmp"
	"context"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/id"
	"muster/store"
)

// boardView is everybody on shift and every open alarm.
type boardView struct {
	At      Instant        `json:"at"`
	Counts  map[string]int `json:"counts" doc:"Workers by status" example:"{\"alarm\": 1, \"well\": 12}"`
	Workers []shiftView    `json:"workers" nullable:"false" doc:"Most urgent first"`
	Alarms  []alarmView    `json:"alarms" nullable:"false" doc:"Open ones, the unanswered first, then the newest"`
}

func (d *desk) board() {
	serve(d, get("/organisations/{id}/board", "board-get", "Who is out, who needs help, most urgent first"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Workspace string `query:"workspace_id" maxLength:"40" doc:"Only this one"`
	},
	) (boardView, error) {
		return d.readBoard(ctx, who, id.Workspace(in.Workspace))
	})
}

func (d *desk) readBoard(ctx context.Context, who actor.Actor, ws id.Workspace) (boardView, error) {
	b, err := d.watched(ctx, who, ws)
	if err != nil {
		return boardView{}, err
	}
	v := boardView{At: at(b.At), Counts: map[string]int{}, Workers: make([]shiftView, 0, len(b.Lines)), Alarms: []alarmView{}}
	open := make(map[string]*alarmView, len(b.Alarms))
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		for _, a := range b.Alarms {
			seen, ok, err := d.seen(tx, who, a)
			if err != nil {
				return err
			}
			if ok {
				v.Alarms = append(v.Alarms, seen)
				open[string(a.Worker)] = &seen
			}
		}
		return nil
	})
	if err != nil {
		return boardView{}, err
	}
	for _, l := range b.Lines {
		s := viewShift(l.Shift, workerView{ID: string(l.Worker), Name: l.Name, PIN: l.PIN})
		a := open[s.Worker.ID]
		if a != nil {
			s.AlarmID, s.Alarm = a.ID, a
		}
		s.Status = string(l.Shift.Status(b.At, a != nil))
		v.Counts[s.Status]++
		v.Workers = append(v.Workers, s)
	}
	return v, nil
}

// watched is the board of the workspace or, where none is named, of all that
// the actor watches.
func (d *desk) watched(ctx context.Context, who actor.Actor, ws id.Workspace) (all shift.View, err error) {
	mine := []id.Workspace{ws}
	if ws == "" {
		mine = watches(who)
	}
	for _, ws := range mine {
		b, err := shift.Board(ctx, d.Store, who, ws)
		if err != nil {
			return shift.View{}, err
		}
		all.At = b.At
		all.Lines, all.Alarms = append(all.Lines, b.Lines...), append(all.Alarms, b.Alarms...)
	}
	if len(mine) > 1 {
		slices.SortStableFunc(all.Lines, func(a, b shift.Line) int {
			return cmp.Or(cmp.Compare(slices.Index(urgency, a.Status), slices.Index(urgency, b.Status)), a.Deadline.Compare(b.Deadline))
		})
		slices.SortStableFunc(all.Alarms, func(a, b alarm.Alarm) int {
			return cmp.Or(cmp.Compare(slices.Index(answered, a.State), slices.Index(answered, b.State)), b.Raised.Compare(a.Raised))
		})
	}
	return all, nil
}

// What comes first on a board.
var (
	urgency  = []shift.Status{shift.InAlarm, shift.Late, shift.Risky, shift.DueSoon, shift.Well}
	answered = []alarm.State{alarm.Raised, alarm.Acknowledged}
)

// watches are the workspaces where the actor is a monitor or administrator;
// the empty one stands for the whole organisation.
func watches(who actor.Actor) []id.Workspace {
	var mine []id.Workspace
	for _, m := range who.Roles {
		if m.Role == actor.Worker {
			continue
		}
		if m.Workspace == "" {
			return []id.Workspace{""}
		}
		if !slices.Contains(mine, m.Workspace) {
			mine = append(mine, m.Workspace)
		}
	}
	if len(mine) == 0 {
		return []id.Workspace{""} // policy says no, and why
	}
	return mine
}
