package api

import (
	"context"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// alarmView is one person who needs help, or needed it.
type alarmView struct {
	ID             string     `json:"id" example:"alm_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Organisation   string     `json:"organisation_id"`
	Shift          string     `json:"shift_id"`
	Worker         workerView `json:"worker"`
	Workspace      string     `json:"workspace_id"`
	Kind           string     `json:"kind" enum:"silence,missed_check_in,high_risk,panel,help,duress"`
	Drill          bool       `json:"drill,omitempty" doc:"Nobody needs help: the ladder is tried"`
	State          string     `json:"state" enum:"raised,acknowledged,resolved"`
	Note           string     `json:"note"`
	RaisedAt       Instant    `json:"raised_at"`
	DueAt          Instant    `json:"due_at" doc:"When it should have been raised; for help, when it was pressed"`
	LateSeconds    int64      `json:"late_seconds" doc:"How late it was raised, after an outage"`
	Round          int        `json:"round" doc:"How often people were told"`
	Told           int        `json:"told" doc:"How many people were told in the last round"`
	Position       *Position  `json:"position,omitempty"`
	AcknowledgedAt Instant    `json:"acknowledged_at"`
	AcknowledgedBy *actView   `json:"acknowledged_by,omitempty"`
	ResolvedAt     Instant    `json:"resolved_at"`
	ResolvedBy     *actView   `json:"resolved_by,omitempty"`
	Outcome        string     `json:"outcome,omitempty" enum:"real,precautionary,false,drill"`
	ClosingNote    string     `json:"closing_note,omitempty"`
}

// actView is who did something, and through which door.
type actView struct {
	ID   string `json:"id,omitempty" doc:"The person; absent for a program"`
	Name string `json:"name" example:"Mikko Laine"`
	Door string `json:"door" example:"link" doc:"board, link, api, app or command"`
}

func viewAct(a alarm.Act) *actView {
	if a.At.IsZero() {
		return nil
	}
	return &actView{ID: string(a.By), Name: a.Name, Door: string(a.Door)}
}

func viewAlarm(a alarm.Alarm, w workerView) alarmView {
	w.Name, w.Phone = a.WorkerName, a.WorkerPhone
	return alarmView{
		ID: string(a.ID), Organisation: string(a.Org), Shift: string(a.Shift), Worker: w, Workspace: string(a.Workspace),
		Kind: string(a.Kind), Drill: a.Drill, State: string(a.State), Note: a.Note, RaisedAt: at(a.Raised), DueAt: at(a.Due),
		LateSeconds: seconds(a.Late), Round: a.Round, Told: a.Told, Position: viewPosition(a.Place, ""),
		AcknowledgedAt: at(a.Ack.At), AcknowledgedBy: viewAct(a.Ack),
		ResolvedAt: at(a.Closed.At), ResolvedBy: viewAct(a.Closed), Outcome: string(a.Outcome), ClosingNote: a.Closing,
	}
}

type incidentFilter struct {
	Org
	Page
	State     string    `query:"state" enum:"open,resolved" doc:"Default: open"`
	Worker    string    `query:"worker_id" maxLength:"40"`
	Workspace string    `query:"workspace_id" maxLength:"40"`
	Outcome   string    `query:"outcome" enum:"real,precautionary,false,drill"`
	Kind      string    `query:"kind" enum:"silence,missed_check_in,high_risk,panel,help,duress"`
	From      time.Time `query:"from" doc:"Raised then or later"`
	Until     time.Time `query:"until" doc:"Raised before"`
	Name      string    `query:"name" maxLength:"100" doc:"Part of the worker's name"`
}

func (d *desk) alarms() {
	serve(d, get("/organisations/{id}/alarms", "alarm-list", "Open alarms, or those that are over, newest first"), d.listAlarms)
	serve(d, get("/alarms/{id}", "alarm-get", "An alarm"), func(ctx context.Context, who actor.Actor, in *Thing) (alarmView, error) {
		which, err := id.Parse[id.Alarm](in.ID)
		if err != nil {
			return alarmView{}, err
		}
		a, err := alarm.Get(ctx, d.Store, who, which)
		if err != nil {
			return alarmView{}, err
		}
		v, err := d.oneSeen(ctx, who, a)
		if err == nil {
			d.lookedInAlarm(ctx, who, v)
		}
		return v, err
	})
	serve(d, post("/alarms/{id}/acknowledge", "alarm-acknowledge", "Take charge: repeats stop, the others hear of it"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body *struct {
			Note string `json:"note,omitempty" maxLength:"8000"`
		}
	},
	) (alarmView, error) {
		note := ""
		if in.Body != nil {
			note = in.Body.Note
		}
		return d.handled(ctx, who, in.ID, func(which id.Alarm) (alarm.Alarm, error) {
			return alarm.Acknowledge(ctx, d.Store, who, which, note)
		})
	})
	serve(d, post("/alarms/{id}/resolve", "alarm-resolve", "End the alarm: everybody who was told hears of it, and the incident is on file"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Outcome string `json:"outcome" maxLength:"50" doc:"real, precautionary, false or drill" example:"false"`
			Note    string `json:"note,omitempty" maxLength:"8000"`
		}
	},
	) (alarmView, error) {
		return d.handled(ctx, who, in.ID, func(which id.Alarm) (alarm.Alarm, error) {
			return alarm.Resolve(ctx, d.Store, who, which, alarm.Outcome(in.Body.Outcome), in.Body.Note)
		})
	})
	serve(d, post("/alarms/{id}/notes", "alarm-note", "Write a sentence into the alarm's timeline"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Note string `json:"note" maxLength:"8000" example:"Called twice, no answer"`
		}
	},
	) (done, error) {
		which, err := id.Parse[id.Alarm](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, alarm.Note(ctx, d.Store, who, which, in.Body.Note)
	})
	serve(d, get("/alarms/{id}/timeline", "alarm-timeline", "The alarm's whole story: what the book says, and how each message fared"), d.timeline)
}

func (d *desk) handled(ctx context.Context, who actor.Actor, text string, do func(id.Alarm) (alarm.Alarm, error)) (alarmView, error) {
	which, err := id.Parse[id.Alarm](text)
	if err != nil {
		return alarmView{}, err
	}
	a, err := do(which)
	if err != nil {
		return alarmView{}, err
	}
	return d.oneSeen(ctx, who, a)
}

// oneSeen is one alarm as the actor may see it; where that is not at all, it
// is not there.
func (d *desk) oneSeen(ctx context.Context, who actor.Actor, a alarm.Alarm) (v alarmView, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		var ok bool
		if v, ok, err = d.seen(tx, who, a); err == nil && !ok {
			err = errNothing
		}
		return err
	})
	return v, err
}

func (d *desk) listAlarms(ctx context.Context, who actor.Actor, in *incidentFilter) (List[alarmView], error) {
	before, err := in.place("alarms")
	if err != nil {
		return List[alarmView]{}, err
	}
	var all []alarm.Alarm
	if in.State == "resolved" {
		all, err = incident.List(ctx, d.Store, who, incident.Filter{
			Before: id.Alarm(before), Worker: id.Person(in.Worker), Workspace: id.Workspace(in.Workspace),
			Outcome: alarm.Outcome(in.Outcome), Kind: alarm.Kind(in.Kind), Limit: in.Limit + 1,
			From: in.From, Until: in.Until, Name: in.Name,
		})
	} else {
		all, err = d.openAlarms(ctx, who, in)
	}
	if err != nil {
		return List[alarmView]{}, err
	}
	page := pageOf(all, in.Limit, func(last alarm.Alarm) string { return cursor("alarms", string(last.ID)) })
	list := List[alarmView]{Items: make([]alarmView, 0, len(page.Items)), Next: page.Next}
	if in.State != "resolved" {
		list.Next = ""
	}
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		for _, a := range page.Items {
			v, ok, err := d.seen(tx, who, a)
			if err != nil {
				return err
			}
			if ok && (in.Kind == "" || v.Kind == in.Kind) {
				list.Items = append(list.Items, v)
			}
		}
		return nil
	})
	return list, err
}

func (d *desk) openAlarms(ctx context.Context, who actor.Actor, in *incidentFilter) (kept []alarm.Alarm, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeOrganisation", "Organisation"); err != nil {
			return err
		}
		all, err := alarm.Open(tx, who)
		for _, a := range all {
			if in.wants(a) {
				kept = append(kept, a)
			}
		}
		return err
	})
	return kept, err
}

// wants tells whether an open alarm is asked for; its kind is looked at where
// it is known how much of it the reader may see.
func (f *incidentFilter) wants(a alarm.Alarm) bool {
	return (f.Worker == "" || string(a.Worker) == f.Worker) && (f.Workspace == "" || string(a.Workspace) == f.Workspace) &&
		!a.Raised.Before(f.From) && (f.Until.IsZero() || a.Raised.Before(f.Until)) &&
		strings.Contains(strings.ToLower(a.WorkerName), strings.ToLower(strings.TrimSpace(f.Name)))
}

// timelineView is the alarm's story.
type timelineView struct {
	Alarm    alarmView     `json:"alarm"`
	Entries  []entryView   `json:"entries" nullable:"false" doc:"What the book says, oldest first"`
	Messages []messageView `json:"messages" nullable:"false" doc:"Every message about it and how it fared"`
}

// timeline tells whoever does no more than workers do only how far the alarm
// has come, whatever its kind: a story that is shorter for some alarms than
// for others would tell those apart.
func (d *desk) timeline(ctx context.Context, who actor.Actor, in *Thing) (timelineView, error) {
	which, err := id.Parse[id.Alarm](in.ID)
	if err != nil {
		return timelineView{}, err
	}
	r, err := incident.Story(ctx, d.Store, who, which)
	if err != nil {
		return timelineView{}, err
	}
	t := timelineView{Entries: []entryView{}, Messages: []messageView{}}
	if t.Alarm, err = d.oneSeen(ctx, who, r.Alarm); err != nil {
		return timelineView{}, err
	}
	d.lookedInAlarm(ctx, who, t.Alarm)
	a := r.Alarm
	if who.Person == a.Worker || (!who.Has(actor.Monitor, a.Workspace) && !who.Has(actor.Administrator, a.Workspace)) {
		return t, nil
	}
	for _, e := range r.Entries {
		t.Entries = append(t.Entries, viewEntry(callOf(ctx).tag, e))
	}
	for _, m := range r.Messages {
		v := viewMessage(m)
		for _, try := range r.Attempts {
			if try.Message == m.ID {
				v.Attempts = append(v.Attempts, viewAttempt(try))
			}
		}
		t.Messages = append(t.Messages, v)
	}
	return t, nil
}

// recordOf is a ledger entry's place as a cursor.
func recordOf(r ledger.Record) string { return cursor("book", number(r.Seq)) }
