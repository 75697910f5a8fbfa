package policy

import (
	"fmt"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	expast "github.com/cedar-policy/cedar-go/x/exp/ast"

	"muster/actor"
	"muster/fault"
)

// WK4: no rule that forbids is about an administrator's taking leave back, but
// for the walls that keep out whoever is none.
func TestWK4NoRuleForbidsAnAdministratorToRevoke(t *testing.T) {
	walls := map[string]bool{"floor-wall": true, "floor-guest": true}
	for _, as := range []types.EntityType{"Person", "Program"} {
		c := cell{as, "revokeGrant", "Grant"}
		for id, p := range rules.policies.All() {
			scope := (*expast.Policy)(p.AST())
			if p.Effect() == cedar.Forbid && !walls[string(id)] && fits(scope.Principal, as) && fits(scope.Resource, "Grant") && rules.covers(scope, c) {
				t.Errorf("%s forbids a %s to revoke", id, as)
			}
		}
	}
	administrator := actor.Membership{Role: actor.Administrator}
	every := High | Medium | Starting | Live | Requested | Phoned | Online | Supervised | Excepted | Own | Line | Listed | Unreviewed | Programmed | Arranged | Moved
	for _, who := range []actor.Actor{asPerson(administrator), asProgram(administrator)} {
		for bit := Fact(1); bit != 0; bit <<= 1 {
			if rule, err := Check(who, "revokeGrant", Resource{Type: "Grant", ID: "grt_1", Org: ours, Facts: bit & every}); err != nil || rule != "letin-revoke" {
				t.Errorf("with %x: %s, %v", bit, rule, err)
			}
		}
	}
}

// WK6, WK9: who of the provider's does what about leave to enter, by which rule.
func TestWK6WhoAsksApprovesAndEnters(t *testing.T) {
	line, success := actor.Support{Department: actor.FirstLine, Stands: true}, actor.Support{Department: actor.CustomerSuccess, Stands: true}
	with := func(s actor.Support, p ...actor.Position) actor.Support {
		s.Positions = p
		return s
	}
	for _, c := range []struct {
		who    actor.Support
		action string
		facts  Fact
		want   string
	}{
		{line, "askGrant", 0, "+letin-ask"},
		{line, "askGrant", Own, "-letin-nobody-adds-themselves"},
		{actor.Support{Department: actor.Sales, Stands: true}, "askGrant", 0, "-letin-ask"},
		{actor.Support{Department: actor.FirstLine}, "askGrant", 0, "-letin-ask"},
		{line, "approveGrant", 0, "-letin-approve"},
		{with(line, actor.Head), "approveGrant", 0, "-letin-approve"},
		{with(line, actor.Head), "approveGrant", Line, "+letin-approve"},
		{with(line, actor.Head), "approveGrant", Line | Own, "-letin-nobody-adds-themselves"},
		{with(success, actor.Director), "approveGrant", Own, "-letin-nobody-adds-themselves"},
		{with(success, actor.SuccessManager), "approveGrant", 0, "+letin-approve"},
		{with(success, actor.Director), "approveGrant", 0, "+letin-approve"},
		{with(success, actor.Delegate), "approveGrant", 0, "+letin-approve"},
		{with(success, actor.ServicesManager), "approveGrant", 0, "+letin-approve"},
		{with(success, actor.OnboardingManager), "approveGrant", 0, "-letin-approve"},
		{with(actor.Support{Department: actor.CustomerSuccess}, actor.Director), "approveGrant", 0, "-letin-approve"},
		{with(success, actor.Director), "consentGrant", 0, "-letin-not-for-the-customer"},
		{with(success, actor.Director), "revokeGrant", 0, "-letin-revoke"},
		{with(success, actor.Director), "returnGrant", 0, "+letin-return-adder"},
		{line, "returnGrant", Own, "+letin-return"},
		{line, "enterGrant", Own, "+letin-enter"},
		{with(success, actor.Director), "enterGrant", 0, "-letin-enter"},
		{actor.Support{Department: actor.FirstLine}, "enterGrant", Own, "-letin-enter"},
		{line, "breakGlass", 0, "-letin-break-glass"},
		{line, "breakGlass", Listed, "+letin-break-glass"},
		{line, "breakGlass", Listed | Unreviewed, "-letin-review-first"},
		{actor.Support{Department: actor.FirstLine}, "breakGlass", Listed, "-letin-break-glass"},
	} {
		who := asStaff()
		who.Support, who.Fresh = c.who, true
		rule, err := Check(who, c.action, Resource{Type: "Grant", ID: "grt_1", Org: ours, Facts: c.facts})
		got := "+" + rule
		if err != nil {
			got = fmt.Sprint("-", fault.From(err).Args["rule"])
		}
		if got != c.want {
			t.Errorf("%+v %s %x: %s, want %s", c.who, c.action, c.facts, got, c.want)
		}
	}
}

// WK9: an administrator whose account is also that of one of the provider's
// staff says nothing to support in the customer's name, and still ends what
// support was given.
func TestWK9WhoWorksForTheProviderTooSpeaksForNoCustomer(t *testing.T) {
	both := asPerson(actor.Membership{Role: actor.Administrator})
	both.Employed = true
	for action, c := range map[string]struct{ thing, want string }{
		"consentGrant": {"Grant", "-letin-not-for-the-customer"}, "reviewGrant": {"Grant", "-letin-not-for-the-customer"},
		"vouchRequest": {"Request", "-request-not-for-the-customer"}, "insist": {"Request", "-request-not-for-the-customer"},
		"keepDirector": {"Request", "-request-not-for-the-customer"}, "joinPresence": {"Customer", "-configure-not-for-the-customer"},
		"revokeGrant": {"Grant", "+letin-revoke"},
	} {
		if got := answer(both, action, c.thing, ""); got != c.want {
			t.Errorf("%s: %s, want %s", action, got, c.want)
		}
	}
}
