package advice

import (
	"testing"

	"muster/actor"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/setting"
)

// FL8: nobody is advised to seek what support may never do, however much is
// agreed: another organisation is let in by the customer's own hand.
func TestFL8LettingAnotherOrganisationInIsTheCustomersOwnHand(t *testing.T) {
	own := setting.Setting{Product: setting.Muster, Key: "connect", Class: setting.High}
	c := Case{
		Request: desk.Request{Kind: desk.Setting, State: desk.Taken, Setting: own.Ref(), Department: actor.SecondLine},
		Org:     "org_1", Agent: agent(actor.SecondLine), Setting: own, Door: Inside, Scope: grant.Configure, Watch: Present,
		Now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true, Supervised: true, Excepted: true},
	}
	if got, want := short(c.Advice()), "-configure-lets-in (theirs) [own_hand]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.Agent, c.Door, c.Now = agent(actor.FirstLine), Unasked, setting.Moment{Had: true, Phase: account.Live}
	if a := c.Advice(); a.Allowed || len(a.Ways) > 0 || len(a.Parts) != 1 || a.Parts[0] != "own_hand" {
		t.Errorf("%+v", a)
	}
}
