package contact_test

import (
	"testing"

	"muster/id"
	"muster/roster"
	"muster/roster/duty"
	"muster/tell/contact"
)

func holder(d duty.Duty, who id.Person) duty.Holder {
	return duty.Holder{Duty: d, Person: roster.Recipient{Person: who}}
}

func TestBS3AChoiceReachesEverythingBelowIt(t *testing.T) {
	for chosen, hears := range map[contact.Category]map[contact.Category]bool{
		contact.All:      {contact.Incident: true, contact.Maintenance: true, contact.Contract: true, "service.later": true, "later": true},
		contact.Service:  {contact.Incident: true, contact.Maintenance: true, "service.later": true, contact.Contract: false, "services": false},
		contact.Incident: {contact.Incident: true, contact.Maintenance: false, contact.Service: false},
		contact.Security: {contact.Security: true, contact.Incident: false},
	} {
		for news, want := range hears {
			choices := []contact.Choice{{Person: "aino", Category: chosen}}
			if got := contact.Wants("aino", nil, choices, news, nil); (got == contact.ByChoice) != want {
				t.Errorf("who wants %s hears %s: %q", chosen, news, got)
			}
			if got := contact.Wants("mikko", nil, choices, news, nil); got != contact.None {
				t.Errorf("somebody else's choice counts: %q", got)
			}
		}
	}
}

func TestBS4ADutyHearsWhatItMust(t *testing.T) {
	both := []duty.Holder{holder(duty.Technical, "aino"), holder(duty.Administrative, "mikko")}
	for _, c := range []struct {
		who  id.Person
		news contact.Category
		want contact.Reason
	}{
		{"aino", contact.Incident, contact.ByTechnicalDuty},
		{"aino", contact.Security, contact.ByTechnicalDuty},
		{"aino", contact.Contract, contact.None},
		{"mikko", contact.Contract, contact.ByAdministrativeDuty},
		{"mikko", contact.Security, contact.ByAdministrativeDuty},
		{"mikko", contact.Maintenance, contact.None},
		{"olga", contact.Incident, contact.None},
	} {
		if got := contact.Wants(c.who, both, nil, c.news, []id.Workspace{"north"}); got != c.want {
			t.Errorf("%s hears %s: %q", c.who, c.news, got)
		}
	}
}

func TestBS7AChoiceOfABranchIsOfThatBranch(t *testing.T) {
	choices := []contact.Choice{{Person: "aino", Category: contact.Service, Workspace: "north"}}
	for _, c := range []struct {
		of   []id.Workspace
		want contact.Reason
	}{
		{[]id.Workspace{"north"}, contact.ByChoice},
		{[]id.Workspace{"south", "north"}, contact.ByChoice},
		{[]id.Workspace{"south"}, contact.None},
		{nil, contact.ByChoice},
	} {
		if got := contact.Wants("aino", nil, choices, contact.Incident, c.of); got != c.want {
			t.Errorf("news of %v: %q", c.of, got)
		}
	}
}
