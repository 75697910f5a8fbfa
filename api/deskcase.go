package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/look"
	"muster/call/partner"
	"muster/fault"
	"muster/id"
)

// caseView is one alarm at a partner's desk.
type caseView struct {
	ID           string     `json:"id" example:"cas_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Customer     string     `json:"customer_id"`
	CustomerName string     `json:"customer_name"`
	Alarm        string     `json:"alarm_id"`
	Worker       string     `json:"worker_name"`
	Kind         string     `json:"kind"`
	State        string     `json:"state" enum:"open,accepted,closed"`
	Drill        bool       `json:"drill,omitempty" doc:"Nobody needs help: the ladder is tried"`
	Warning      string     `json:"warning,omitempty" enum:"missing,unconfirmed,stale,rejected,gone" doc:"State of the worker's enrolment; absent where all is confirmed"`
	RaisedAt     Instant    `json:"raised_at"`
	OpenedAt     Instant    `json:"opened_at" doc:"When it came to the desk"`
	FirstActAt   Instant    `json:"first_act_at" doc:"When an operator first did something about it"`
	AcceptedBy   string     `json:"accepted_by,omitempty"`
	AcceptedAt   Instant    `json:"accepted_at"`
	ClosedBy     string     `json:"closed_by,omitempty"`
	ClosedAt     Instant    `json:"closed_at"`
	Outcome      string     `json:"outcome,omitempty"`
	ClosingNote  string     `json:"closing_note,omitempty"`
	Phone        string     `json:"worker_phone,omitempty"`
	Position     *Position  `json:"position,omitempty"`
	Instructions string     `json:"instructions,omitempty"`
	Phones       string     `json:"out_of_hours_numbers,omitempty"`
	Wishes       string     `json:"wishes,omitempty"`
	Facts        *factsView `json:"facts,omitempty" doc:"What the customer has enrolled the worker with, as it is now"`
}

func viewCase(c partner.Case) caseView {
	return caseView{
		ID: string(c.ID), Customer: string(c.Customer), CustomerName: c.CustomerName, Alarm: string(c.Alarm), Worker: c.WorkerName, Kind: string(c.Kind),
		Drill: c.Drill, State: string(c.State), Warning: c.Warning, RaisedAt: at(c.Raised), OpenedAt: at(c.Opened), FirstActAt: at(c.FirstAct),
		AcceptedBy: c.Accepted.Name, AcceptedAt: at(c.Accepted.At), ClosedBy: c.Closed.Name, ClosedAt: at(c.Closed.At),
		Outcome: string(c.Outcome), ClosingNote: c.Closing,
	}
}

func viewSight(s partner.Sight) caseView {
	v := viewCase(s.Case)
	l := s.Live
	if l == nil {
		return v
	}
	v.Warning, v.Instructions, v.Phones, v.Wishes = l.Standing.Warning(), l.Instructions, l.Link.Phones, l.Link.Wishes
	v.Position = viewPosition(l.Place.Place, l.Place.Source)
	if s.Kind != alarm.Duress { // somebody else may answer it
		v.Phone = l.Alarm.WorkerPhone
	}
	if l.Enrolment != nil {
		f := viewFacts(*l.Enrolment)
		v.Facts = &f
	}
	return v
}

func (d *desk) cases() partner.Desk { return partner.Desk{Store: d.Store, Keys: d.Keys} }

func (d *desk) caseRoutes() {
	serve(d, get("/organisations/{id}/cases", "case-list", "As a partner: the alarms of all customers; open ones, or those that are closed, newest first"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Page
		State string `query:"state" enum:"open,closed" doc:"Default: open"`
	},
	) (List[caseView], error) {
		before, err := in.place("cases")
		if err != nil {
			return List[caseView]{}, err
		}
		b, err := d.cases().Look(ctx, who, id.Case(before))
		rows := b.Open
		list := List[caseView]{Items: []caseView{}}
		if in.State == "closed" {
			if rows = b.Closed; len(rows) == partner.Page {
				list.Next = cursor("cases", string(rows[len(rows)-1].ID))
			}
		}
		for _, c := range rows {
			list.Items = append(list.Items, viewCase(c))
		}
		return list, err
	})
	serve(d, get("/cases/{id}", "case-get", "A case with what its customer knows now"), func(ctx context.Context, who actor.Actor, in *Thing) (caseView, error) {
		return d.oneCase(ctx, who, in.ID, func(id.Case) error { return nil })
	})
	serve(d, post("/cases/{id}/accept", "case-accept", "Take a case: the alarm is acknowledged at the customer"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body *struct {
			Instead bool `json:"instead,omitempty" doc:"Take it over from a colleague"`
		}
	},
	) (caseView, error) {
		return d.oneCase(ctx, who, in.ID, func(which id.Case) error {
			_, err := d.cases().Accept(ctx, who, which, in.Body != nil && in.Body.Instead)
			return err
		})
	})
	serve(d, post("/cases/{id}/notes", "case-note", "Write a sentence into the case and the customer's alarm"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Note string `json:"note" maxLength:"8000"`
		}
	},
	) (caseView, error) {
		return d.oneCase(ctx, who, in.ID, func(which id.Case) error {
			_, err := d.cases().Note(ctx, who, which, in.Body.Note)
			return err
		})
	})
	d.caseClosing()
	d.safeWords()
	d.caseStatistics()
}

func (d *desk) caseClosing() {
	serve(d, post("/cases/{id}/close", "case-close", "Close the alarm at the customer, and the case with it"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Outcome string `json:"outcome" maxLength:"50" doc:"real, precautionary, false or drill"`
			Note    string `json:"note,omitempty" maxLength:"8000"`
		}
	},
	) (caseView, error) {
		return d.oneCase(ctx, who, in.ID, func(which id.Case) error {
			_, err := d.cases().Close(ctx, who, which, alarm.Outcome(in.Body.Outcome), in.Body.Note)
			return err
		})
	})
}

// oneCase does something about a case and shows it as it is then.
func (d *desk) oneCase(ctx context.Context, who actor.Actor, text string, do func(id.Case) error) (caseView, error) {
	which, err := id.Parse[id.Case](text)
	if err != nil {
		return caseView{}, err
	}
	if err := do(which); err != nil {
		return caseView{}, err
	}
	s, err := d.cases().See(ctx, who, which)
	if err != nil {
		return caseView{}, err
	}
	if s.Look != nil {
		if err := look.Note(ctx, d.Store, s.Look.Who, s.Look.At); err != nil { // which keeps nobody from helping
			callOf(ctx).log.ErrorContext(ctx, "a look at a position was not recorded", "case", text, "error", err)
		}
	}
	return viewSight(s), nil
}

func (d *desk) safeWords() {
	type checked struct {
		Right bool `json:"right"`
	}
	serve(d, post("/cases/{id}/check-word", "case-check-word", "Whether what the worker said is the safe word; the word itself is not shown"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Word string `json:"word" maxLength:"800"`
		}
	},
	) (checked, error) {
		which, err := id.Parse[id.Case](in.ID)
		if err != nil {
			return checked{}, err
		}
		right, err := d.cases().CheckWord(ctx, who, which, in.Body.Word)
		return checked{right}, err
	})
	type shown struct {
		Word string `json:"word"`
	}
	serve(d, post("/cases/{id}/show-word", "case-show-word", "The safe word, for the operator who is handling the alarm; the worker sees that it was looked at"), func(ctx context.Context, who actor.Actor, in *Thing) (shown, error) {
		which, err := id.Parse[id.Case](in.ID)
		if err != nil {
			return shown{}, err
		}
		word, err := d.cases().ShowWord(ctx, who, which)
		return shown{word}, err
	})
}

// tallyView counts the cases of a month that have something in common.
type tallyView struct {
	Kind     string         `json:"kind,omitempty" doc:"Absent: all kinds"`
	Cases    int            `json:"cases"`
	Acted    int            `json:"acted" doc:"On which an operator did something"`
	Open     int            `json:"open"`
	Within30 int            `json:"within_30_seconds"`
	Within60 int            `json:"within_60_seconds"`
	Within3m int            `json:"within_180_seconds"`
	Median   int64          `json:"median_seconds" doc:"To the first act"`
	Outcomes map[string]int `json:"outcomes"`
}

func viewTally(kind string, t partner.Tally) tallyView {
	v := tallyView{
		Kind: kind, Cases: t.Cases, Acted: t.Acted, Open: t.Open, Within30: t.Within[30*time.Second], Within60: t.Within[time.Minute],
		Within3m: t.Within[3*time.Minute], Median: seconds(t.Median), Outcomes: map[string]int{},
	}
	for o, n := range t.Outcome {
		v.Outcomes[string(o)] = n
	}
	return v
}

func (d *desk) caseStatistics() {
	type month struct {
		Begins Instant     `json:"begins_at"`
		All    tallyView   `json:"all"`
		Kinds  []tallyView `json:"kinds" nullable:"false"`
	}
	serve(d, get("/organisations/{id}/case-statistics", "case-statistics", "As a partner: one month by kind, outcome and response time"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Month string `query:"month" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"Default: this month" example:"2026-11"`
	},
	) (month, error) {
		var when time.Time
		if in.Month != "" {
			t, err := time.Parse("2006-01", in.Month)
			if err != nil {
				return month{}, fault.New(fault.Invalid, "bad_time").At("month")
			}
			when = t.AddDate(0, 0, 14) // the middle, whatever the zone
		}
		m, err := d.cases().Statistics(ctx, who, when)
		v := month{Begins: at(m.Begins), All: viewTally("", m.All), Kinds: []tallyView{}}
		for _, k := range m.Kinds {
			v.Kinds = append(v.Kinds, viewTally(string(k.Kind), k.Tally))
		}
		return v, err
	})
}
