package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
)

// rotaView is who is on duty when.
type rotaView struct {
	ID        string       `json:"id" example:"rta_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Workspace string       `json:"workspace_id" doc:"Empty: of the whole organisation"`
	Name      string       `json:"name" example:"Night duty"`
	Kind      string       `json:"kind" enum:"rotating,weekly"`
	Start     string       `json:"start,omitempty" doc:"Rotating: the first team begins on this day" example:"2026-11-23"`
	Handover  string       `json:"handover,omitempty" doc:"Rotating: time of day in the organisation's zone" example:"08:00"`
	Days      int          `json:"days,omitempty" doc:"Rotating: length of a turn" example:"7"`
	Order     [][]string   `json:"order,omitempty" doc:"Rotating: the teams, first to last, each of people on duty together"`
	Spans     []spanBody   `json:"spans,omitempty" doc:"Weekly: times of each week; those that overlap are on duty together"`
	Need      string       `json:"need" enum:"always,office_hours,outside_hours,turns" doc:"When somebody has to be on duty"`
	Version   int64        `json:"version" doc:"Counts changes of the rota and of its covers"`
	OnDuty    []personRef  `json:"on_duty" nullable:"false" doc:"Now"`
	Gaps      []gapView    `json:"gaps" nullable:"false" doc:"In the next 14 days: nobody who can be reached is on duty"`
	Covers    []*coverView `json:"covers" nullable:"false" doc:"Exceptions of the next 14 days, and swaps that wait for a yes"`
}

func (r rotaView) location() string { return "/rotas/" + r.ID }

type spanBody struct {
	Weekday string   `json:"weekday" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday"`
	From    string   `json:"from" maxLength:"10" example:"08:00"`
	To      string   `json:"to" maxLength:"10" doc:"Not after from: on the next day" example:"16:00"`
	People  []string `json:"people" maxItems:"20" nullable:"false"`
}

type personRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type gapView struct {
	From Instant `json:"from"`
	To   Instant `json:"to"`
	Why  string  `json:"why" enum:"nobody,gone,unfit,unreachable" doc:"Nobody in the rota; who is has left, is no monitor any more, or has confirmed no address"`
}

type turnView struct {
	From   Instant     `json:"from"`
	To     Instant     `json:"to"`
	People []personRef `json:"people" nullable:"false"`
	Covers []string    `json:"cover_ids,omitempty" doc:"Exceptions that made it what it is"`
}

// turnsView is a rota for a time.
type turnsView struct {
	From  Instant    `json:"from"`
	To    Instant    `json:"to"`
	Turns []turnView `json:"turns" nullable:"false"`
	Gaps  []gapView  `json:"gaps" nullable:"false"`
}

// coverView is one exception to a rota.
type coverView struct {
	ID    string     `json:"id" example:"cov_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Rota  string     `json:"rota_id"`
	Pair  string     `json:"pair_id,omitempty" doc:"The other half of a swap"`
	From  Instant    `json:"from"`
	To    Instant    `json:"to"`
	Out   *personRef `json:"out,omitempty" doc:"Who is not on duty then; absent: somebody comes in addition, or everybody steps aside"`
	All   bool       `json:"everybody_out" doc:"Everybody who is on duty steps aside"`
	In    *personRef `json:"in,omitempty" doc:"Who is on duty instead"`
	Why   string     `json:"why"`
	Asked string     `json:"asked_id,omitempty" doc:"The person whose yes is still wanting"`
	Late  bool       `json:"late" doc:"Made less than three days ahead"`
}

func (c *coverView) location() string { return "/rotas/" + c.Rota + "/covers/" + c.ID }

func refs(names map[id.Person]string, people []id.Person) []personRef {
	out := make([]personRef, 0, len(people))
	for _, p := range people {
		out = append(out, personRef{string(p), names[p]})
	}
	return out
}

func viewGaps(gaps []plan.Gap) []gapView {
	out := make([]gapView, 0, len(gaps))
	for _, g := range gaps {
		out = append(out, gapView{at(g.From), at(g.To), string(g.Why)})
	}
	return out
}

func viewCover(c plan.Cover, names map[id.Person]string) *coverView {
	v := &coverView{
		ID: string(c.ID), Rota: string(c.Rota), Pair: string(c.Pair), From: at(c.From), To: at(c.To),
		All: c.Out == plan.Everyone, Why: c.Why, Asked: string(c.Asked), Late: c.Late(),
	}
	if c.Out != "" && !v.All {
		v.Out = &personRef{string(c.Out), names[c.Out]}
	}
	if c.In != "" {
		v.In = &personRef{string(c.In), names[c.In]}
	}
	return v
}

func viewRota(s rota.Sheet) rotaView {
	v := rotaView{
		ID: string(s.ID), Workspace: string(s.Workspace), Name: s.Name, Kind: string(s.Kind), Need: string(s.Need), Version: s.Version,
		OnDuty: refs(s.Names, s.On), Gaps: viewGaps(s.Gaps), Covers: []*coverView{},
	}
	for _, c := range s.Plan.Covers {
		v.Covers = append(v.Covers, viewCover(c, s.Names))
	}
	if s.Kind == plan.Rotating {
		v.Start, v.Handover, v.Days = s.Start.String(), clock(s.Handover), s.Days
	}
	for _, t := range s.Order {
		v.Order = append(v.Order, texts(t))
	}
	for _, p := range s.Spans {
		v.Spans = append(v.Spans, spanBody{strings.ToLower(p.Weekday.String()), clock(p.From), clock(p.To), texts(p.Team)})
	}
	return v
}

func texts(team plan.Team) []string {
	out := make([]string, len(team))
	for i, p := range team {
		out[i] = string(p)
	}
	return out
}

func teamOf(ids []string) plan.Team {
	out := make(plan.Team, len(ids))
	for i, p := range ids {
		out[i] = id.Person(p)
	}
	return out
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// RotaBody is what a rota is made of; what is left out stays as it is.
type RotaBody struct {
	Name     *string     `json:"name,omitempty" maxLength:"500" example:"Night duty"`
	Kind     *string     `json:"kind,omitempty" maxLength:"20" doc:"rotating or weekly" example:"rotating"`
	Start    *string     `json:"start,omitempty" maxLength:"20" doc:"Rotating: the first team begins on this day" example:"2026-11-23"`
	Handover *string     `json:"handover,omitempty" maxLength:"10" doc:"Rotating: time of day" example:"08:00"`
	Days     *int        `json:"days,omitempty" doc:"Rotating: length of a turn, 1 to 366" example:"7"`
	Order    *[][]string `json:"order,omitempty" maxItems:"101" doc:"Rotating: teams of people, first to last"`
	Spans    *[]spanBody `json:"spans,omitempty" maxItems:"201" doc:"Weekly"`
	Need     *string     `json:"need,omitempty" maxLength:"20" doc:"always, office_hours, outside_hours or turns; default always"`
}

// onto puts what is given into a rota.
func (b RotaBody) onto(r *rota.Rota) error {
	var errs []error
	set(&r.Name, b.Name)
	set(&r.Days, b.Days)
	if b.Kind != nil {
		r.Kind = plan.Kind(*b.Kind)
	}
	if b.Need != nil {
		r.Need = plan.Need(*b.Need)
	}
	if b.Start != nil {
		day, err := civil.ParseDay(*b.Start)
		errs = append(errs, atField("start", err))
		r.Start = day
	}
	if b.Handover != nil {
		minute, err := civil.ParseMinute(*b.Handover)
		errs = append(errs, atField("handover", err))
		r.Handover = minute
	}
	if b.Order != nil {
		r.Order = nil
		for _, t := range *b.Order {
			r.Order = append(r.Order, teamOf(t))
		}
	}
	if b.Spans != nil {
		r.Spans = nil
		for _, s := range *b.Spans {
			span, err := s.span()
			errs = append(errs, err)
			r.Spans = append(r.Spans, span)
		}
	}
	return fault.Join(errs...)
}

func (s spanBody) span() (plan.Span, error) {
	from, err := civil.ParseMinute(s.From)
	if err != nil {
		return plan.Span{}, atField("spans", err)
	}
	to, err := civil.ParseMinute(s.To)
	return plan.Span{Weekday: weekday(s.Weekday), From: from, To: to, Team: teamOf(s.People)}, atField("spans", err)
}

// weekday is the day of this name; the schema has made sure that there is one.
func weekday(name string) time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), name) {
			return d
		}
	}
	return -1
}

func weekdayName(d time.Weekday) string { return strings.ToLower(d.String()) }

func atField(field string, err error) error {
	if err == nil {
		return nil
	}
	return fault.From(err).At(field)
}

func (d *desk) rotas() {
	serve(d, get("/organisations/{id}/rotas", "rota-list", "Who is on duty now, on every rota, and where nobody will be"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[rotaView], error) {
			now := d.Store.Now()
			all, err := rota.List(ctx, d.Store, who, now, now.Add(rota.Ahead))
			list := List[rotaView]{Items: make([]rotaView, 0, len(all))}
			for _, s := range all {
				list.Items = append(list.Items, viewRota(s))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/rotas", "rota-make", "Make a rota"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Workspace string `json:"workspace_id,omitempty" maxLength:"40" doc:"Default: the whole organisation"`
			RotaBody
		}
	},
	) (rotaView, error) {
		r := rota.Rota{Workspace: id.Workspace(in.Body.Workspace)}
		if err := in.Body.onto(&r); err != nil {
			return rotaView{}, err
		}
		r, err := rota.Create(ctx, d.Store, who, r)
		if err != nil {
			return rotaView{}, err
		}
		return d.rota(ctx, who, string(r.ID))
	})
	serve(d, get("/rotas/{id}", "rota-get", "A rota"), func(ctx context.Context, who actor.Actor, in *Thing) (rotaView, error) {
		return d.rota(ctx, who, in.ID)
	})
	serve(d, patch("/rotas/{id}", "rota-update", "Change what is given, leave the rest"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body RotaBody
	},
	) (rotaView, error) {
		s, err := d.sheet(ctx, who, in.ID)
		if err != nil {
			return rotaView{}, err
		}
		if err := in.Body.onto(&s.Rota); err != nil {
			return rotaView{}, err
		}
		if err := rota.Update(ctx, d.Store, who, s.Rota); err != nil {
			return rotaView{}, err
		}
		return d.rota(ctx, who, in.ID)
	})
	serve(d, remove("/rotas/{id}", "rota-close", "Take a rota out of use"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		r, err := id.Parse[id.Rota](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, rota.Close(ctx, d.Store, who, r)
	})
	serve(d, get("/rotas/{id}/turns", "rota-turns", "Who is on duty from one instant to another, and when nobody is"), d.turns)
}

func (d *desk) sheet(ctx context.Context, who actor.Actor, text string) (rota.Sheet, error) {
	r, err := id.Parse[id.Rota](text)
	if err != nil {
		return rota.Sheet{}, err
	}
	now := d.Store.Now()
	return rota.See(ctx, d.Store, who, r, now, now.Add(rota.Ahead))
}

func (d *desk) rota(ctx context.Context, who actor.Actor, text string) (rotaView, error) {
	s, err := d.sheet(ctx, who, text)
	return viewRota(s), err
}

func (d *desk) turns(ctx context.Context, who actor.Actor, in *struct {
	Thing
	From time.Time `query:"from" doc:"Default: now"`
	To   time.Time `query:"to" doc:"At most 800 days later; default: 14 days"`
},
) (turnsView, error) {
	r, err := id.Parse[id.Rota](in.ID)
	if err != nil {
		return turnsView{}, err
	}
	from, to := in.From.UTC(), in.To.UTC()
	if in.From.IsZero() {
		from = d.Store.Now()
	}
	if in.To.IsZero() {
		to = from.Add(rota.Ahead)
	}
	if !to.After(from) {
		return turnsView{}, fault.New(fault.Invalid, "rota_ends_first").At("to")
	}
	s, err := rota.See(ctx, d.Store, who, r, from, to)
	if err != nil {
		return turnsView{}, err
	}
	v := turnsView{From: at(from), To: at(to), Turns: make([]turnView, 0, len(s.Turns)), Gaps: viewGaps(s.Gaps)}
	for _, t := range s.Turns {
		row := turnView{From: at(t.From), To: at(t.To), People: refs(s.Names, t.Team)}
		for _, c := range slices.Compact(t.Covered) {
			row.Covers = append(row.Covers, string(c))
		}
		v.Turns = append(v.Turns, row)
	}
	return v, nil
}
