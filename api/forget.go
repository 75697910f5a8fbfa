package api

import (
	"context"

	"muster/actor"
	"muster/id"
	"muster/roster/forget"
)

// erasureView is what erasing somebody takes away, or when that was done. The
// act itself is for an administrator who has just signed in, on the page: no
// token ever signs in.
type erasureView struct {
	Alarms     int     `json:"alarms" doc:"Alarms that say something of the person"`
	Shifts     int     `json:"shifts"`
	Positions  int     `json:"positions"`
	Messages   int     `json:"messages" doc:"Messages to the person"`
	Devices    int     `json:"devices"`
	Enrolments int     `json:"enrolment_changes" doc:"Changes that partners were told"`
	Requests   int     `json:"support_requests"`
	Entries    int     `json:"book_entries" doc:"Entries of the book that lose personal values"`
	Partners   int     `json:"partners" doc:"Monitoring partners that hold something"`
	Obstacle   string  `json:"obstacle,omitempty" doc:"Code of what stands in the way; absent: it can be done" example:"forget_on_roster"`
	ErasedAt   Instant `json:"erased_at" doc:"When the person was erased"`
	CleanedAt  Instant `json:"files_cleaned_at" doc:"Since when the files of the database hold no old bytes either"`
}

func (d *desk) erasure() {
	serve(d, get("/people/{id}/erasure", "person-erasure", "What erasing somebody takes away, or when it was done"),
		func(ctx context.Context, who actor.Actor, in *Thing) (erasureView, error) {
			person, err := id.Parse[id.Person](in.ID)
			if err != nil {
				return erasureView{}, err
			}
			p, err := forget.Look(ctx, d.Store, who, person)
			v := erasureView{
				Alarms: p.Alarms, Shifts: p.Shifts, Positions: p.Positions, Messages: p.Messages, Devices: p.Devices,
				Enrolments: p.Enrolments, Requests: p.Requests, Entries: p.Entries, Partners: p.Partners,
				ErasedAt: at(p.Erased), CleanedAt: at(p.Scrubbed),
			}
			if p.Obstacle != nil {
				v.Obstacle = p.Obstacle.Code
			}
			return v, err
		})
}
