package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster/contact"
	"muster/roster/quiet"
)

// quietHours are when a person is not to be disturbed by what can wait.
type quietHours struct {
	From string `json:"quiet_from,omitempty" maxLength:"5" doc:"Time of the day in the organisation's time zone" example:"22:00"`
	Till string `json:"quiet_till,omitempty" maxLength:"5" doc:"The same; before the beginning: on the next day" example:"06:30"`
	Days []int  `json:"days,omitempty" maxItems:"7" doc:"Weekdays on which they begin, 0 is Sunday; none: all" example:"[1,2,3,4,5]"`
}

func viewQuiet(h quiet.Hours) *quietHours {
	if h.None() {
		return nil
	}
	v := &quietHours{From: quiet.Clock(h.From), Till: quiet.Clock(h.Till)}
	for d, on := range h.Days {
		if on {
			v.Days = append(v.Days, d)
		}
	}
	return v
}

func (d *desk) quietHours() {
	serve(d, post("/people/{id}/quiet-hours", "quiet-hours", "Set when a person is not to be disturbed by what can wait; empty times: never. Alarms and all that is about safety come all the same"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body quietHours
	},
	) (personView, error) {
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return personView{}, err
		}
		var days []time.Weekday
		for _, n := range in.Body.Days {
			if n < 0 || n > 6 {
				return personView{}, fault.New(fault.Invalid, "out_of_range").At("days").With("Min", 0).With("Max", 6)
			}
			days = append(days, time.Weekday(n))
		}
		h, err := quiet.New(in.Body.From, in.Body.Till, days)
		if err == nil {
			err = contact.Rest(ctx, d.Store, who, person, h)
		}
		if err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
}
