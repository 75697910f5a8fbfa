package api

import (
	"context"

	"muster/actor"
	"muster/call/partner"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/id"
)

// connectionView is one organisation and one monitoring partner.
type connectionView struct {
	ID        string  `json:"id" example:"lnk_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Side      string  `json:"side" enum:"customer,partner" doc:"Which side the caller's organisation is"`
	Other     string  `json:"other_id" doc:"The other organisation"`
	OtherName string  `json:"other_name"`
	State     string  `json:"state" enum:"proposed,active,ended"`
	AskedBy   string  `json:"asked_by" enum:"customer,partner"`
	AskedAt   Instant `json:"asked_at"`
	AgreedAt  Instant `json:"agreed_at"`
	EndedAt   Instant `json:"ended_at"`
	Every     bool    `json:"every_alarm" doc:"Every alarm goes to the partner at once"`
	Phones    string  `json:"out_of_hours_numbers"`
	Wishes    string  `json:"wishes"`
	Changes   int64   `json:"changes" doc:"Number of the latest change of enrolments"`
}

func (c connectionView) location() string { return "/connections/" + c.ID }

func viewConnection(c connection.Connection) connectionView {
	return connectionView{
		ID: string(c.ID), Side: string(c.Side), Other: string(c.Other), OtherName: c.OtherName, State: string(c.State), AskedBy: string(c.AskedBy),
		AskedAt: at(c.AskedAt), AgreedAt: at(c.AgreedAt), EndedAt: at(c.EndedAt), Every: c.Every, Phones: c.Phones, Wishes: c.Wishes, Changes: c.Changes,
	}
}

func (d *desk) connections() {
	serve(d, get("/organisations/{id}/connections", "connection-list", "With whom the organisation works together, as a customer or as a monitoring partner"), func(ctx context.Context, who actor.Actor, _ *Org) (List[connectionView], error) {
		all, err := connection.List(ctx, d.Store, who)
		list := List[connectionView]{Items: make([]connectionView, 0, len(all))}
		for _, c := range all {
			list.Items = append(list.Items, viewConnection(c))
		}
		return list, err
	})
	create(d, post("/organisations/{id}/connections", "connection-propose", "Ask a monitoring partner, or as a partner a customer, for a connection"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Other string `json:"organisation_id" maxLength:"40" doc:"The other organisation"`
		}
	},
	) (connectionView, error) {
		other, err := id.Parse[id.Org](in.Body.Other)
		if err != nil {
			return connectionView{}, err
		}
		c, err := connection.Propose(ctx, d.Store, who, other)
		return viewConnection(c), err
	})
	serve(d, post("/connections/{id}/agree", "connection-agree", "Agree to a connection that the other side has asked for"), func(ctx context.Context, who actor.Actor, in *Thing) (connectionView, error) {
		which, err := id.Parse[id.Link](in.ID)
		if err != nil {
			return connectionView{}, err
		}
		c, err := connection.Agree(ctx, d.Store, who, which, enrol.Begun)
		return viewConnection(c), err
	})
	serve(d, post("/connections/{id}/end", "connection-end", "End a connection, or turn a proposal down, at once"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body *struct {
			Reason string `json:"reason,omitempty" maxLength:"4000"`
		}
	},
	) (connectionView, error) {
		which, err := id.Parse[id.Link](in.ID)
		if err != nil {
			return connectionView{}, err
		}
		reason := ""
		if in.Body != nil {
			reason = in.Body.Reason
		}
		c, err := connection.End(ctx, d.Store, who, which, reason, partner.Ended)
		return viewConnection(c), err
	})
	serve(d, patch("/connections/{id}", "connection-update", "As the customer: whether every alarm goes at once, out-of-hours numbers, special wishes"), d.settleConnection)
	d.confirmations()
}

func (d *desk) settleConnection(ctx context.Context, who actor.Actor, in *struct {
	Thing
	Body struct {
		Every  *bool   `json:"every_alarm,omitempty"`
		Phones *string `json:"out_of_hours_numbers,omitempty" maxLength:"16000"`
		Wishes *string `json:"wishes,omitempty" maxLength:"16000"`
	}
},
) (connectionView, error) {
	which, err := id.Parse[id.Link](in.ID)
	if err != nil {
		return connectionView{}, err
	}
	one := func() (connection.Connection, error) {
		all, err := connection.List(ctx, d.Store, who)
		for _, c := range all {
			if c.ID == which {
				return c, err
			}
		}
		if err == nil {
			err = errNothing
		}
		return connection.Connection{}, err
	}
	c, err := one()
	if err != nil {
		return connectionView{}, err
	}
	t := connection.Terms{Every: c.Every, Phones: c.Phones, Wishes: c.Wishes}
	set(&t.Every, in.Body.Every)
	set(&t.Phones, in.Body.Phones)
	set(&t.Wishes, in.Body.Wishes)
	if err := connection.Settle(ctx, d.Store, who, which, t); err != nil {
		return connectionView{}, err
	}
	c, err = one()
	return viewConnection(c), err
}

// waitingView is one change that a partner has to confirm.
type waitingView struct {
	changeView
	Customer     string     `json:"customer_id"`
	CustomerName string     `json:"customer_name"`
	Facts        *factsView `json:"facts,omitempty" doc:"What is known of the worker now; absent where the worker leaves"`
}

func (d *desk) confirmations() {
	serve(d, get("/organisations/{id}/changes-to-confirm", "change-inbox", "As a partner: what customers have changed and waits for a yes or a no, the oldest first"), func(ctx context.Context, who actor.Actor, _ *Org) (List[waitingView], error) {
		all, err := d.clerk().Inbox(ctx, who)
		list := List[waitingView]{Items: make([]waitingView, 0, len(all))}
		for _, w := range all {
			v := waitingView{changeView: viewChange(w.Change), Customer: string(w.Customer), CustomerName: w.CustomerName}
			if w.Facts != nil {
				f := viewFacts(*w.Facts)
				v.Facts = &f
			}
			list.Items = append(list.Items, v)
		}
		return list, err
	})
	type answer struct {
		Number int64  `json:"number" minimum:"1"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
	settle := func(ctx context.Context, who actor.Actor, text string, a answer, to enrol.State) (done, error) {
		which, err := id.Parse[id.Link](text)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.clerk().Settle(ctx, who, which, a.Number, to, a.Reason)
	}
	serve(d, post("/connections/{id}/confirm", "change-confirm", "As a partner: confirm one numbered change"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body answer
	},
	) (done, error) {
		return settle(ctx, who, in.ID, in.Body, enrol.Confirmed)
	})
	serve(d, post("/connections/{id}/reject", "change-reject", "As a partner: reject one numbered change, with the reason"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body answer
	},
	) (done, error) {
		return settle(ctx, who, in.ID, in.Body, enrol.Rejected)
	})
}

func (d *desk) clerk() enrol.Clerk { return enrol.Clerk{Store: d.Store, Keys: d.Keys} }
