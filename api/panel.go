package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/wire"
	"muster/id"
)

// panelView is a sender whose frames raise alarms here.
type panelView struct {
	ID        string          `json:"id" example:"pan_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Keyed     bool            `json:"keyed" doc:"Its frames must be encrypted"`
	HeardAt   Instant         `json:"heard_at"`
	Lost      bool            `json:"lost" doc:"It has not been heard of for three times as long as it promised"`
	CreatedAt Instant         `json:"created_at"`
	Frames    List[frameView] `json:"frames,omitzero" doc:"The latest, where one panel was asked for"`
	PanelBody
}

func (p panelView) location() string { return "/panels/" + p.ID }

// PanelBody is what of a panel can be set.
type PanelBody struct {
	Name      *string `json:"name,omitempty" maxLength:"500"`
	Account   *string `json:"account,omitempty" maxLength:"50" doc:"3 to 16 hexadecimal digits; one in the whole installation"`
	Line      *string `json:"line,omitempty" maxLength:"50" doc:"Line number, L; default 0"`
	Person    *string `json:"person_id,omitempty" maxLength:"40" doc:"Whom its alarms are about"`
	Workspace *string `json:"workspace_id,omitempty" maxLength:"40"`
	Poll      *int64  `json:"poll_seconds,omitempty" minimum:"0" maximum:"86400" doc:"How often it promises to be heard of; 0: it does not"`
	Active    *bool   `json:"active,omitempty"`
}

func (b PanelBody) onto(p *wire.Panel) {
	set(&p.Name, b.Name)
	set(&p.Account, b.Account)
	set(&p.Line, b.Line)
	if b.Person != nil {
		p.Person = id.Person(*b.Person)
	}
	if b.Workspace != nil {
		p.Workspace = id.Workspace(*b.Workspace)
	}
	setSpan(&p.Poll, b.Poll)
	set(&p.Active, b.Active)
}

func viewPanel(p wire.Panel) panelView {
	poll, person, workspace := int64(p.Poll/time.Second), string(p.Person), string(p.Workspace)
	return panelView{
		ID: string(p.ID), Keyed: p.Keyed, HeardAt: at(p.Heard), Lost: p.Lost, CreatedAt: at(p.Made),
		PanelBody: PanelBody{Name: &p.Name, Account: &p.Account, Line: &p.Line, Person: &person, Workspace: &workspace, Poll: &poll, Active: &p.Active},
	}
}

func (d *desk) panels() {
	serve(d, get("/organisations/{id}/panels", "panel-list", "The alarm systems whose frames raise alarms here"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[panelView], error) {
			all, err := d.lines().Panels(ctx, who)
			list := List[panelView]{Items: make([]panelView, 0, len(all))}
			for _, p := range all {
				list.Items = append(list.Items, viewPanel(p))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/panels", "panel-add", "Let an alarm system raise alarms here, by SIA DC-09"),
		func(ctx context.Context, who actor.Actor, in *struct {
			Org
			Body struct {
				PanelBody
				WireKey
			}
		},
		) (panelView, error) {
			p := wire.Panel{Active: true}
			in.Body.onto(&p)
			p, err := d.lines().AddPanel(ctx, who, p, wire.Secret{Key: in.Body.Key})
			return viewPanel(p), err
		})
	serve(d, get("/panels/{id}", "panel-get", "A panel and the last frames that came from it"), func(ctx context.Context, who actor.Actor, in *Thing) (panelView, error) {
		p, frames, err := d.panelOf(ctx, who, in.ID)
		v := viewPanel(p)
		v.Frames = viewFrames(frames)
		return v, err
	})
	serve(d, patch("/panels/{id}", "panel-update", "Change what is given, leave the rest"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			PanelBody
			WireKey
		}
	},
	) (panelView, error) {
		p, _, err := d.panelOf(ctx, who, in.ID)
		if err != nil {
			return panelView{}, err
		}
		in.Body.onto(&p)
		p, err = d.lines().ChangePanel(ctx, who, p, wire.Secret{Key: in.Body.Key})
		return viewPanel(p), err
	})
	serve(d, remove("/panels/{id}", "panel-remove", "Take a panel away"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		which, err := id.Parse[id.Panel](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.lines().RemovePanel(ctx, who, which)
	})
}

// panelFrames is how many frames are shown with their panel.
const panelFrames = 100

func (d *desk) panelOf(ctx context.Context, who actor.Actor, text string) (wire.Panel, []wire.Frame, error) {
	which, err := id.Parse[id.Panel](text)
	if err != nil {
		return wire.Panel{}, nil, err
	}
	return d.lines().Panel(ctx, who, which, panelFrames)
}
