package account

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/fault"
	"muster/id"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Every step from every phase: what is not written here does not exist.
func TestWK1ThePhasesFollowEachOtherAndNoneComesTwice(t *testing.T) {
	want := map[Stage]map[act]Stage{
		Contract:   {create: Created},
		Created:    {begin: Onboarding, end: Ended},
		Onboarding: {goLive: Live, end: Ended},
		Live:       {end: Ended},
		Ended:      {renew: Created},
	}
	for _, from := range Stages() {
		for a := range ways {
			to, err := from.step(a)
			wanted, ok := want[from][a]
			switch {
			case ok && (err != nil || to != wanted):
				t.Errorf("%s from %s: %s, %v", a, from, to, err)
			case !ok && (fault.From(err).Code != "account_phase" || to != from):
				t.Errorf("%s from %s: %s, %v", a, from, to, err)
			}
		}
	}
}

// WK2: before onboarding the two who look after the customer, nobody else;
// afterwards everybody, as long as the policy was read in time; after the end
// nobody.
func TestWK2WhomAnAccountOpensTo(t *testing.T) {
	deal := Deal{Reference: "C-1", Signed: noon, Manager: "stf_manager", Project: "stf_project"}
	late, fresh := noon.Add(-readWithin), noon.Add(-readWithin+time.Second)
	for _, c := range []struct {
		name string
		a    Account
		who  id.Staff
		want string
	}{
		{"the manager, at creation", Account{Deal: deal, Phase: Created, Unread: true}, "stf_manager", ""},
		{"the project manager, at creation", Account{Deal: deal, Phase: Created, Unread: true}, "stf_project", ""},
		{"anybody else, at creation", Account{Deal: deal, Phase: Created}, "stf_other", "account_waits"},
		{"nobody is named yet", Account{Phase: Created}, "", "account_waits"},
		{"anybody, in onboarding", Account{Deal: deal, Phase: Onboarding, PublishedAt: late}, "stf_other", ""},
		{"anybody, live", Account{Deal: deal, Phase: Live, PublishedAt: late}, "stf_other", ""},
		{"a new version, just in time", Account{Deal: deal, Phase: Live, Unread: true, PublishedAt: fresh}, "stf_other", ""},
		{"a new version, too late", Account{Deal: deal, Phase: Live, Unread: true, PublishedAt: late}, "stf_manager", "policy_unread"},
		{"never published", Account{Deal: deal, Phase: Live, Unread: true}, "stf_manager", "policy_unread"},
		{"ended", Account{Deal: deal, Phase: Ended}, "stf_manager", "account_over"},
	} {
		got := ""
		if err := c.a.Opens(c.who, noon); err != nil {
			got = fault.From(err).Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWK11OnboardingBeginsOnlyAfterThePolicyWasRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Account{Phase: rapid.SampledFrom(Stages()).Draw(t, "phase"), Unread: rapid.Bool().Draw(t, "unread")}
		if rapid.Bool().Draw(t, "contract") {
			a.Deal = Deal{Reference: "C-1", Signed: noon, Manager: "stf_1"}
		}
		next, err := a.begin(noon)
		if began := err == nil; began != (a.Phase == Created && !a.Unread && a.Complete()) {
			t.Errorf("%+v: %v", a, err)
		} else if began && (next.Phase != Onboarding || !next.Begun.Equal(noon)) {
			t.Errorf("%+v", next)
		} else if !began && next != a {
			t.Errorf("%+v has changed to %+v", a, next)
		}
	})
}

func TestWK1AContractIsOnRecordWithItsDay(t *testing.T) {
	good := Deal{Reference: "C-2026-114", Signed: noon, Manager: "stf_1"}
	if err := good.check(noon); err != nil {
		t.Error(err)
	}
	for field, d := range map[string]Deal{
		"contract_reference": {Reference: " ", Signed: noon, Manager: "stf_1"},
		"contract_signed":    {Reference: "C", Signed: noon.Add(50 * time.Hour), Manager: "stf_1"},
		"success_manager":    {Reference: "C", Signed: noon},
	} {
		err := d.tidy().check(noon)
		if f := fault.From(err); f == nil || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if got := (Deal{Reference: "  C   1 ", Signed: noon}).tidy(); got.Reference != "C 1" || got.Signed.Hour() != 0 {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(Stages(), []Stage{Contract, Created, Onboarding, Live, Ended}) {
		t.Error(Stages())
	}
}
