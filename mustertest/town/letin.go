package town

import (
	"muster/actor"
	"muster/lang"
	"muster/letin/grant"
)

// Asked asks for leave for a colleague to enter the organisation, which two
// others of the provider's approve. What it lacks is the customer's consent.
func (o *Organisation) Asked(agent Colleague, scope grant.Scope) grant.Grant {
	t, ctx := o.town.t, o.town.t.Context()
	t.Helper()
	office := grant.Office{Store: o.town.Store}
	lead := o.town.Staff("Lena Lead", agent.Department)
	g, err := office.Ask(ctx, lead.Actor, grant.Draft{
		Org: o.ID, Staff: agent.ID, Scope: scope, Reason: grant.Support, Words: "The board is empty since noon", Request: "R-2026-000001",
	})
	for _, by := range []Colleague{
		o.town.Staff("Henrik Head", agent.Department, actor.Head), o.town.Staff("Saara Success", actor.CustomerSuccess, actor.SuccessManager),
	} {
		if err == nil {
			g, err = office.Approve(ctx, by.Actor, g.ID)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Granted lets a colleague into the organisation in every way that is asked
// for: others of the provider's ask and approve, the administrator consents.
func (o *Organisation) Granted(agent Colleague, scope grant.Scope) grant.Grant {
	t, ctx := o.town.t, o.town.t.Context()
	t.Helper()
	g := o.Asked(agent, scope)
	office := grant.Office{Store: o.town.Store}
	f, err := office.File(ctx, o.Admin.Actor, g.ID)
	if err == nil {
		g, err = office.Consent(ctx, o.Admin.Actor, g.ID, lang.English, f.Wording(lang.English, f.Customer).Digest)
	}
	if err != nil || g.Stage != grant.Open {
		t.Fatalf("%s, %v", g.Stage, err)
	}
	return g
}
