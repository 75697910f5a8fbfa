package api

import (
	"context"

	"muster/actor"
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
	b, err := shift.Board(ctx, d.Store, who, ws)
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
