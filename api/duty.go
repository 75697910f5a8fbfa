package api

import (
	"context"
	"strings"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/calendar"
	"muster/call/rota/civil"
	hours "muster/call/rota/office"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// slotBody is a duty that somebody gives away in a swap.
type slotBody struct {
	Person string  `json:"person_id" maxLength:"40"`
	From   Instant `json:"from"`
	To     Instant `json:"to"`
}

func (s slotBody) slot() rota.Slot {
	return rota.Slot{Person: id.Person(s.Person), From: s.From.Time, To: s.To.Time}
}

// covers are the exceptions to rotas.
func (d *desk) covers() {
	create(d, post("/rotas/{id}/covers", "rota-cover", "Put somebody else on duty for a while"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			From Instant `json:"from"`
			To   Instant `json:"to"`
			Out  string  `json:"out_id,omitempty" maxLength:"40" doc:"Who steps aside; everyone: all who are on duty; absent: somebody comes in addition"`
			In   string  `json:"in_id,omitempty" maxLength:"40" doc:"Who is on duty; absent: nobody instead"`
			Why  string  `json:"why,omitempty" maxLength:"2000" example:"Holiday"`
		}
	},
	) (*coverView, error) {
		r, err := id.Parse[id.Rota](in.ID)
		if err != nil {
			return nil, err
		}
		c, err := rota.AddCover(ctx, d.Store, who, r, plan.Cover{
			From: in.Body.From.Time, To: in.Body.To.Time, Out: id.Person(in.Body.Out), In: id.Person(in.Body.In), Why: in.Body.Why,
		})
		return d.cover(ctx, who, c, err)
	})
	serve(d, remove("/rotas/{id}/covers/{cover_id}", "rota-uncover", "Take an exception back; of a swap, both halves"),
		func(ctx context.Context, who actor.Actor, in *CoverPath) (done, error) {
			r, c, err := in.parse()
			if err != nil {
				return done{}, err
			}
			return done{true}, rota.RemoveCover(ctx, d.Store, who, r, c)
		})
	create(d, post("/rotas/{id}/swaps", "rota-swap", "Swap two duties; by one of the two people, ask the other"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			A slotBody `json:"a"`
			B slotBody `json:"b"`
		}
	},
	) (*coverView, error) {
		r, err := id.Parse[id.Rota](in.ID)
		if err != nil {
			return nil, err
		}
		c, err := rota.Swap(ctx, d.Store, who, r, in.Body.A.slot(), in.Body.B.slot())
		return d.cover(ctx, who, c, err)
	})
	serve(d, post("/rotas/{id}/covers/{cover_id}/answer", "rota-answer", "Agree to a swap or turn it down"), func(ctx context.Context, who actor.Actor, in *struct {
		CoverPath
		Body struct {
			Agree bool `json:"agree"`
		}
	},
	) (done, error) {
		r, c, err := in.parse()
		if err != nil {
			return done{}, err
		}
		return done{true}, rota.Answer(ctx, d.Store, who, r, c, in.Body.Agree)
	})
}

// CoverPath is the path of one exception.
type CoverPath struct {
	Thing
	Cover string `path:"cover_id" maxLength:"40" doc:"Of the exception"`
}

func (p CoverPath) parse() (id.Rota, id.Cover, error) {
	r, err := id.Parse[id.Rota](p.ID)
	if err != nil {
		return "", "", err
	}
	c, err := id.Parse[id.Cover](p.Cover)
	return r, c, err
}

// cover is a cover that was just made, with its names.
func (d *desk) cover(ctx context.Context, who actor.Actor, c plan.Cover, err error) (*coverView, error) {
	if err != nil {
		return nil, err
	}
	s, err := rota.See(ctx, d.Store, who, c.Rota, c.From, c.To)
	return viewCover(c, s.Names), err
}

// officeView is when the office is staffed.
type officeView struct {
	Usual    bool             `json:"usual" doc:"The organisation has set nothing: Monday to Friday, 8 to 16, but for public holidays"`
	Hours    []officeSpan     `json:"hours" nullable:"false"`
	Calendar string           `json:"calendar" doc:"Whose public holidays count; empty: none" example:"FI"`
	Days     []officeDay      `json:"days" nullable:"false" doc:"Days on which the organisation departs from the calendar"`
	Known    []string         `json:"calendars" nullable:"false" doc:"Calendars there are: ISO 3166 codes"`
	Holidays []officeHolidays `json:"holidays" nullable:"false" doc:"Public holidays of this year and the next"`
}

type officeSpan struct {
	Weekday string `json:"weekday" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday"`
	From    string `json:"from" maxLength:"10" example:"08:00"`
	To      string `json:"to" maxLength:"10" example:"16:00"`
}

type officeDay struct {
	Date string `json:"date" maxLength:"20" example:"2026-12-24"`
	Name string `json:"name,omitempty" maxLength:"400" example:"Christmas Eve"`
	Open bool   `json:"open" doc:"A public holiday on which the office works"`
}

type officeHolidays struct {
	Date string `json:"date" example:"2026-12-06"`
	Name string `json:"name" example:"Itsenäisyyspäivä"`
}

func (d *desk) officeHours() {
	serve(d, get("/organisations/{id}/office-hours", "office-get", "When the office is staffed"),
		func(ctx context.Context, who actor.Actor, _ *Org) (officeView, error) { return d.readOffice(ctx, who) })
	serve(d, patch("/organisations/{id}/office-hours", "office-update", "Change what is given, leave the rest"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Hours    *[]officeSpan `json:"hours,omitempty" maxItems:"101"`
			Calendar *string       `json:"calendar,omitempty" maxLength:"10" example:"FI"`
			Days     *[]officeDay  `json:"days,omitempty" maxItems:"501"`
		}
	},
	) (officeView, error) {
		o, _, err := d.officeOf(ctx, who)
		if err != nil {
			return officeView{}, err
		}
		set(&o.Calendar, in.Body.Calendar)
		var errs []error
		if in.Body.Hours != nil {
			o.Hours = nil
			for _, s := range *in.Body.Hours {
				from, err := civil.ParseMinute(s.From)
				to, err2 := civil.ParseMinute(s.To)
				errs = append(errs, atField("hours", err), atField("hours", err2))
				o.Hours = append(o.Hours, hours.Span{Weekday: weekday(s.Weekday), From: from, To: to})
			}
		}
		if in.Body.Days != nil {
			o.Days = nil
			for _, s := range *in.Body.Days {
				day, err := civil.ParseDay(s.Date)
				errs = append(errs, atField("days", err))
				o.Days = append(o.Days, hours.Special{Day: day, Name: s.Name, Open: s.Open})
			}
		}
		if err := fault.Join(errs...); err != nil {
			return officeView{}, err
		}
		if _, err := hours.Set(ctx, d.Store, who, o); err != nil {
			return officeView{}, err
		}
		return d.readOffice(ctx, who)
	})
}

func (d *desk) officeOf(ctx context.Context, who actor.Actor) (o hours.Office, set bool, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeOrganisation", "Organisation"); err != nil {
			return err
		}
		o, set, err = hours.Get(tx)
		return err
	})
	return o, set, err
}

func (d *desk) readOffice(ctx context.Context, who actor.Actor) (officeView, error) {
	o, set, err := d.officeOf(ctx, who)
	if err != nil {
		return officeView{}, err
	}
	v := officeView{Usual: !set, Calendar: o.Calendar, Known: hours.Calendars(), Hours: []officeSpan{}, Days: []officeDay{}, Holidays: []officeHolidays{}}
	for _, s := range o.Hours {
		v.Hours = append(v.Hours, officeSpan{weekdayName(s.Weekday), clock(s.From), clock(s.To)})
	}
	for _, s := range o.Days {
		v.Days = append(v.Days, officeDay{s.Day.String(), s.Name, s.Open})
	}
	for year := range 2 {
		for _, h := range hours.Holidays(o.Calendar, d.Store.Now().Year()+year) {
			v.Holidays = append(v.Holidays, officeHolidays{h.Day.String(), h.Name})
		}
	}
	return v, nil
}

// feedView is one address of a calendar.
type feedView struct {
	ID     string  `json:"id" example:"fed_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Rota   string  `json:"rota_id,omitempty" doc:"Absent: all duties of the person"`
	Person string  `json:"person_id,omitempty"`
	MadeAt Instant `json:"made_at"`
	MadeBy string  `json:"made_by_id"`
	URL    string  `json:"url,omitempty" doc:"Shown once, when it is made: whoever has it reads the calendar"`
}

func (f feedView) location() string { return "/calendars/" + f.ID }

func viewFeed(f calendar.Feed) feedView {
	return feedView{ID: string(f.ID), Rota: string(f.Rota), Person: string(f.Person), MadeAt: at(f.Made), MadeBy: string(f.By)}
}

// calendars are the addresses under which calendar programs read rotas.
func (d *desk) calendars() {
	serve(d, get("/organisations/{id}/calendars", "calendar-list", "Calendar addresses of whoever asks"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[feedView], error) {
			all, err := calendar.List(ctx, d.Store, who, "")
			list := List[feedView]{Items: make([]feedView, 0, len(all))}
			for _, f := range all {
				list.Items = append(list.Items, viewFeed(f))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/calendars", "calendar-make", "Make a calendar address"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Rota string `json:"rota_id,omitempty" maxLength:"40" doc:"Default: all duties of the person whom the token stands for"`
		}
	},
	) (feedView, error) {
		path, f, err := calendar.Make(ctx, d.Store, who, id.Rota(in.Body.Rota))
		v := viewFeed(f)
		v.URL = strings.TrimSuffix(d.URL, "/") + path
		return v, err
	})
	serve(d, remove("/calendars/{id}", "calendar-close", "Close a calendar address"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		f, err := id.Parse[id.Feed](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, calendar.Close(ctx, d.Store, who, f)
	})
}
