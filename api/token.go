package api

import (
	"context"

	"muster/actor"
	"muster/id"
	"muster/identity"
)

// tokenView is an API token as it is listed.
type tokenView struct {
	ID        string       `json:"id" example:"tok_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name      string       `json:"name" example:"Fleet server"`
	PersonID  string       `json:"person_id,omitempty" doc:"Set when it acts for one person, with that person's roles"`
	Roles     []Membership `json:"memberships" nullable:"false"`
	MadeBy    string       `json:"made_by"`
	CreatedAt Instant      `json:"created_at"`
	UsedAt    Instant      `json:"used_at" doc:"To the minute"`
	ExpiresAt Instant      `json:"expires_at"`
	RevokedAt Instant      `json:"revoked_at"`
	Token     string       `json:"token,omitempty" doc:"The secret: shown once, in the answer that made it" example:"mst_…"`
}

func (t tokenView) location() string { return "/tokens/" + t.ID }

func viewToken(t identity.Token) tokenView {
	return tokenView{
		ID: string(t.ID), Name: t.Name, PersonID: string(t.Person), Roles: viewMemberships(t.Roles), MadeBy: t.MadeBy,
		CreatedAt: at(t.Created), UsedAt: at(t.Used), ExpiresAt: at(t.Expires), RevokedAt: at(t.Revoked),
	}
}

type newToken struct {
	Org
	Body struct {
		Name      string       `json:"name" maxLength:"500"`
		Roles     []string     `json:"roles,omitempty" maxItems:"10" doc:"worker, monitor, administrator: in the whole organisation"`
		Members   []Membership `json:"memberships,omitempty" maxItems:"100" doc:"The same by workspace"`
		PersonID  string       `json:"person_id,omitempty" maxLength:"40" doc:"Instead of roles: act for this person"`
		ExpiresAt Instant      `json:"expires_at,omitzero"`
	}
}

func (d *desk) tokens() {
	serve(d, get("/organisations/{id}/tokens", "token-list", "API tokens, oldest first, the revoked too"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[tokenView], error) {
			all, err := d.Gate.Tokens(ctx, who, who.Org)
			list := List[tokenView]{Items: make([]tokenView, 0, len(all))}
			for _, t := range all {
				list.Items = append(list.Items, viewToken(t))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/tokens", "token-make", "Make an API token; its secret is in this answer only"),
		func(ctx context.Context, who actor.Actor, in *newToken) (tokenView, error) {
			roles, err := memberships(in.Body.Roles, in.Body.Members)
			if err != nil {
				return tokenView{}, err
			}
			secret, t, err := d.Gate.MakeToken(ctx, who, who.Org, identity.TokenSpec{
				Name: in.Body.Name, Roles: roles, Person: id.Person(in.Body.PersonID), Expires: in.Body.ExpiresAt.Time,
			})
			v := viewToken(t)
			v.Token = secret
			return v, err
		})
	serve(d, remove("/tokens/{id}", "token-revoke", "End a token at once"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		t, err := id.Parse[id.Token](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.Gate.RevokeToken(ctx, who, who.Org, t)
	})
}
