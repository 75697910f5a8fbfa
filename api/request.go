package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/id"
	support "muster/letin/desk"
)

// requestView is something that an organisation asked of its provider's support.
type requestView struct {
	ID        string  `json:"id" example:"req_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Reference string  `json:"reference" example:"R-2026-000123"`
	Channel   string  `json:"channel" enum:"mail,console,api,chat,phone"`
	Kind      string  `json:"kind" enum:"look,setting,test_data,real_data,invoice,offer,other"`
	Setting   string  `json:"setting,omitempty"`
	Subject   string  `json:"subject"`
	State     string  `json:"state" enum:"new,taken,waiting,second_line,development,done,refused"`
	Counts    bool    `json:"counts" doc:"It is proved who asks, and they may. What a program asks counts once an administrator has confirmed it in the console"`
	Doubt     string  `json:"doubt,omitempty" doc:"Why it does not count yet: unproved, stranger, shared, phone, chat, program, no_role, renamed or reopened"`
	Agent     string  `json:"agent,omitempty" doc:"Who of the provider's has it"`
	Outcome   string  `json:"outcome,omitempty"`
	MadeAt    Instant `json:"made_at"`
	ChangedAt Instant `json:"changed_at"`
	ClosedAt  Instant `json:"closed_at"`
}

func (q requestView) location() string { return "/requests/" + q.ID }

func viewRequest(q support.Request) requestView {
	return requestView{
		ID: string(q.ID), Reference: q.Reference(), Channel: string(q.Channel), Kind: string(q.Kind), Setting: q.Setting, Subject: q.Subject,
		State: string(q.State), Counts: q.Counts(), Doubt: string(q.Doubt), Agent: q.AgentName, Outcome: q.Outcome,
		MadeAt: at(q.Made), ChangedAt: at(q.Changed), ClosedAt: at(q.Closed),
	}
}

func (d *desk) requests() {
	office := support.Desk{Store: d.Store, Keys: d.Keys}
	serve(d, get("/organisations/{id}/requests", "request-list", "What was asked of support, the latest first"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[requestView], error) {
			all, err := office.List(ctx, who, time.Time{})
			list := List[requestView]{Items: make([]requestView, 0, len(all))}
			for _, q := range all {
				list.Items = append(list.Items, viewRequest(q))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/requests", "request-ask", "Ask support"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Kind    string `json:"kind" maxLength:"20" doc:"look, setting, test_data, real_data, invoice, offer or other" example:"look"`
			Setting string `json:"setting,omitempty" maxLength:"400" doc:"Which one, where a setting is to be changed: its product and key in the catalogue of settings" example:"Muster/manageRota"`
			Subject string `json:"subject" maxLength:"600" example:"The board is empty"`
			Words   string `json:"words" maxLength:"32000" example:"Since noon nobody is shown on the board."`
		}
	},
	) (requestView, error) {
		q, err := office.Ask(ctx, who, support.Wanted{Kind: support.Kind(in.Body.Kind), Setting: in.Body.Setting, Subject: in.Body.Subject, Words: in.Body.Words})
		return viewRequest(q), err
	})
	serve(d, get("/requests/{id}", "request-get", "What was asked of support, and what came of it"), func(ctx context.Context, who actor.Actor, in *Thing) (requestView, error) {
		which, err := id.Parse[id.Request](in.ID)
		if err != nil {
			return requestView{}, err
		}
		q, _, err := office.Open(ctx, who, which)
		if err != nil {
			return requestView{}, err
		}
		return viewRequest(q), nil
	})
}
