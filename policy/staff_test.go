package policy

import (
	"fmt"
	"testing"

	"muster/actor"
	"muster/fault"
)

// WK8, WK9, FL2: what a director who is alone could do, by which rule they
// cannot, and what the nearest thing is that goes.
func TestWK9WhatALoneDirectorCannotDo(t *testing.T) {
	stands := actor.Support{Department: actor.CustomerSuccess, Positions: []actor.Position{actor.Director}, Stands: true}
	young, bare, founding := stands, stands, stands
	young.Young, bare.Stands, founding.Stands, founding.Founding = true, false, false, true
	head := actor.Support{Department: actor.FirstLine, Positions: []actor.Position{actor.Head}, Founding: true}
	for _, c := range []struct {
		who           actor.Support
		fresh         bool
		action, thing string
		facts         Fact
		want          string
	}{
		{stands, true, "approveGrant", "Grant", 0, "+letin-approve"},
		{stands, false, "approveGrant", "Grant", 0, "-staff-fresh"},
		{young, true, "approveGrant", "Grant", 0, "-staff-young"},
		{stands, true, "approveGrant", "Grant", Arranged, "-staff-arranged"},
		{stands, false, "refuseGrant", "Grant", Arranged, "+letin-refuse-staff"},
		{young, true, "askException", "Request", Ours, "-staff-young"},
		{young, true, "passDeletion", "Request", Ours | Ready, "-staff-young"},
		{stands, true, "askException", "Request", Ours, "+request-own-queue"},
		{young, true, "refuseGrant", "Grant", 0, "+letin-refuse-staff"},
		{stands, true, "enterGrant", "Grant", Own, "+letin-enter"},
		{stands, true, "enterGrant", "Grant", Own | Moved, "-staff-moved"},
		{stands, true, "breakGlass", "Grant", Listed, "+letin-break-glass"},
		{young, true, "breakGlass", "Grant", Listed, "-staff-young"},
		{stands, true, "keepBreakers", "Installation", 0, "+letin-list-breakers"},
		{stands, true, "keepBreakers", "Installation", Arranged, "-staff-arranged"},
		{young, true, "keepBreakers", "Installation", 0, "-staff-young"},
		{stands, true, "createOrganisation", "Installation", 0, "+floor-create-organisation"},
		{bare, true, "createOrganisation", "Installation", 0, "-floor-create-organisation"},
		{founding, true, "createOrganisation", "Installation", 0, "+staff-founding"},
		{bare, true, "keepStaff", "Installation", 0, "-staff-director"},
		{founding, true, "appointStaff", "Installation", 0, "+staff-founding"},
		{founding, true, "appointStaff", "Installation", Own, "-staff-not-oneself"},
		{head, true, "keepStaff", "Installation", Line, "-staff-head"},
		{bare, true, "keepProducts", "Installation", 0, "-pass-keep-products"},
		{founding, true, "keepProducts", "Installation", 0, "+staff-founding"},
		{bare, true, "keepSettings", "Installation", 0, "-configure-keep"},
		{founding, true, "keepSettings", "Installation", 0, "+staff-founding"},
		{bare, true, "goLive", "Customer", Own, "-account-lead"},
		{founding, true, "goLive", "Customer", 0, "+staff-founding"},
		{bare, true, "endCustomer", "Customer", 0, "-account-end"},
		{bare, true, "nameManagers", "Customer", 0, "-account-managers"},
		{founding, true, "approveGrant", "Grant", 0, "-letin-approve"},
		{founding, true, "keepBreakers", "Installation", 0, "-letin-list-breakers"},
	} {
		who := asStaff()
		who.Support, who.Fresh = c.who, c.fresh
		on := Resource{Type: c.thing, ID: "x", Org: ours, Facts: c.facts}
		if c.thing == "Installation" {
			on.Org = ""
		}
		rule, err := Check(who, c.action, on)
		got := "+" + rule
		if err != nil {
			got = fmt.Sprint("-", fault.From(err).Args["rule"])
		}
		if got != c.want {
			t.Errorf("%+v fresh %v: %s %x: %s, want %s", c.who, c.fresh, c.action, c.facts, got, c.want)
		}
	}
}

// FL2: a browser that was left open consents to nothing.
func TestFL2ConsentTakesAFreshSignIn(t *testing.T) {
	admin := asPerson(actor.Membership{Role: actor.Administrator})
	for fresh, want := range map[bool]string{true: "+letin-consent", false: "-staff-fresh"} {
		admin.Fresh = fresh
		if got := answer(admin, "consentGrant", "Grant", ""); got != want {
			t.Errorf("fresh %v: %s, want %s", fresh, got, want)
		}
		if got := answer(admin, "revokeGrant", "Grant", ""); got != "+letin-revoke" {
			t.Errorf("taking back is for everybody at any time: %s", got)
		}
	}
	monitor := asPerson(actor.Membership{Role: actor.Monitor})
	monitor.Fresh = false
	if got := answer(monitor, "consentGrant", "Grant", ""); got != "-letin-consent" {
		t.Errorf("who may not consent is told to sign in again: %s", got)
	}
}
