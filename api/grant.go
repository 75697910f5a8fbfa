package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/id"
	"muster/letin/grant"
)

// grantView is leave for one of the provider's staff to enter.
type grantView struct {
	ID        string   `json:"id" example:"grt_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name      string   `json:"name" doc:"Who of the provider's staff is to enter" example:"Oliver Bennett"`
	AskedBy   string   `json:"asked_by" example:"Lena Lead"`
	AskedAt   Instant  `json:"asked_at"`
	Scope     string   `json:"scope" enum:"view,configure"`
	Reason    string   `json:"reason" enum:"support,incident,setup,training,contract,check"`
	Words     string   `json:"words" doc:"Why, in a sentence"`
	Request   string   `json:"request" example:"R-2026-000123"`
	Seconds   int64    `json:"for_seconds"`
	Extends   string   `json:"extends_id,omitempty" doc:"The one that this extends"`
	Emergency bool     `json:"emergency" doc:"Nobody was asked beforehand"`
	Stage     string   `json:"stage" enum:"asked,open,expired,revoked,left,refused,lapsed,fallen"`
	Lacks     []string `json:"lacks" nullable:"false" doc:"What it still waits for: consent, two, other, other_adder, adder"`
	Consented Instant  `json:"consented_at"`
	Consenter string   `json:"consented_by,omitempty"`
	Approvers []string `json:"approved_by" nullable:"false"`
	Opened    Instant  `json:"opened_at"`
	Until     Instant  `json:"until"`
	Used      Instant  `json:"first_used_at"`
	Ended     Instant  `json:"ended_at"`
	Reviewed  Instant  `json:"reviewed_at"`
}

func viewGrant(g grant.Grant) grantView {
	v := grantView{
		ID: string(g.ID), Name: g.Name, AskedBy: g.Asker, AskedAt: at(g.Asked), Scope: string(g.Scope), Reason: string(g.Reason), Words: g.Words,
		Request: g.Request, Seconds: int64(g.For / time.Second), Extends: string(g.After), Emergency: g.Emergency, Stage: string(g.Stage),
		Lacks: append([]string{}, g.Lacks()...), Consented: at(g.Consent.At), Consenter: g.Consent.Name, Approvers: []string{},
		Opened: at(g.Opened), Until: at(g.Until), Used: at(g.Used), Ended: at(g.Ended), Reviewed: at(g.Reviewed),
	}
	for _, a := range g.Approvals {
		v.Approvers = append(v.Approvers, a.Name)
	}
	return v
}

// grants are the customer's to see and to end. Consent is not for programs: it
// is a person's own, on the page or by mail.
func (d *desk) grants() {
	office := grant.Office{Store: d.Store, Book: d.Book, Log: d.Log}
	serve(d, get("/organisations/{id}/grants", "grant-list", "Leave for support to enter: what waits or is open, and what is over, latest first"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[grantView], error) {
			lot, err := office.See(ctx, who, time.Time{})
			list := List[grantView]{Items: []grantView{}}
			for _, g := range append(lot.Live, lot.Over...) {
				list.Items = append(list.Items, viewGrant(g))
			}
			return list, err
		})
	serve(d, get("/grants/{id}", "grant-get", "Leave for support to enter"), func(ctx context.Context, who actor.Actor, in *Thing) (grantView, error) {
		which, err := id.Parse[id.Grant](in.ID)
		if err != nil {
			return grantView{}, err
		}
		f, err := office.File(ctx, who, which)
		return viewGrant(f.Grant), err
	})
	serve(d, post("/grants/{id}/revoke", "grant-revoke", "End leave to enter at once"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Why string `json:"why,omitempty" maxLength:"500"`
		}
	},
	) (grantView, error) {
		which, err := id.Parse[id.Grant](in.ID)
		if err != nil {
			return grantView{}, err
		}
		g, err := office.Revoke(ctx, who, which, in.Body.Why)
		return viewGrant(g), err
	})
}
