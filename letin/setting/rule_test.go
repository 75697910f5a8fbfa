package setting

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
)

const customer = id.Org("org_1")

// agent stands and works in a department.
func agent(d actor.Department) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Staff: "stf_1", Support: actor.Support{Department: d, Stands: true}}
}

func answer(d Decision) string {
	if d.Allowed {
		return "+" + d.Rule
	}
	return "-" + d.Rule
}

// The 36 cells of the requirement, as one would say them aloud: three teams,
// three classes, four situations.
func TestAccessN7WhoMayChangeWhatWhen(t *testing.T) {
	situations := []Moment{
		{Phase: account.Onboarding, Configure: true, Had: true},
		{Phase: account.Onboarding, Configure: true, Had: true, Online: true},
		{Phase: account.Live, Configure: true, Had: true, Channel: Registered},
		{Phase: account.Live, Configure: true, Had: true, Supervised: true},
	}
	const no = "-configure-department"
	for _, row := range []struct {
		class Class
		team  actor.Department
		want  [4]string // in onboarding, there on a call, live on a request, live and watched
	}{
		{High, actor.FirstLine, [4]string{no, no, no, no}},
		{High, actor.SecondLine, [4]string{"-configure-alone", "+configure-call", "-configure-alone", "+configure-watched"}},
		{High, actor.Onboarding, [4]string{"-configure-alone", "+configure-call", "-configure-alone", "+configure-watched"}},
		{Medium, actor.FirstLine, [4]string{no, no, no, no}},
		{Medium, actor.SecondLine, [4]string{"+configure-onboarding", "+configure-onboarding", "+configure-requested", "+configure-watched"}},
		{Medium, actor.Onboarding, [4]string{"+configure-onboarding", "+configure-onboarding", "+configure-requested", "+configure-watched"}},
		{Other, actor.FirstLine, [4]string{no, no, no, no}},
		{Other, actor.SecondLine, [4]string{"+configure-other", "+configure-other", "+configure-other", "+configure-other"}},
		{Other, actor.Onboarding, [4]string{"+configure-other", "+configure-other", "+configure-other", "+configure-other"}},
	} {
		for i, m := range situations {
			if got := answer(Decide(agent(row.team), customer, Setting{Key: "x", Class: row.class}, m)); got != row.want[i] {
				t.Errorf("%s, %s, situation %d: %s, want %s", row.class, row.team, i+1, got, row.want[i])
			}
		}
	}
}

// Every cell there is: class × phase × channel × presence × exception × whether
// the customer has the product, and in each line what every department is
// answered.
func TestFL16EveryCellHasItsRule(t *testing.T) {
	var got strings.Builder
	for _, c := range Classes() {
		for _, p := range account.Stages() {
			for _, ch := range []Channel{Unasked, Phone, Unregistered, Registered} {
				for _, here := range []string{"alone", "call", "watched"} {
					for _, ex := range []bool{false, true} {
						m := Moment{Phase: p, Channel: ch, Configure: true, Had: true, Online: here == "call", Supervised: here == "watched", Excepted: ex}
						fmt.Fprintln(&got, cell(c, m, here))
						m.Had = false
						fmt.Fprintln(&got, cell(c, m, here))
					}
				}
			}
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/cells.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/cells.txt")
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Errorf("line %d: %q (UPDATE=1 writes the table; read what changed)", i+1, line)
		}
	}
}

func cell(c Class, m Moment, here string) string {
	by := map[string][]string{}
	var order []string
	for _, d := range staff.Departments() {
		a := answer(Decide(agent(d), customer, Setting{Key: "x", Class: c}, m))
		if by[a] == nil {
			order = append(order, a)
		}
		by[a] = append(by[a], string(d))
	}
	channel, exception := string(m.Channel), ""
	if channel == "" {
		channel = "unasked"
	}
	if m.Excepted {
		exception = " excepted"
	}
	if !m.Had {
		exception += " without"
	}
	line := fmt.Sprintf("%-7s %-10s %-12s %s%s:", c, m.Phase, channel, here, exception)
	for _, a := range order {
		line += " " + a + " " + strings.Join(by[a], ",")
	}
	return line
}

// moments are all that could be true.
func moments(t *rapid.T) (actor.Actor, Moment) {
	who := agent(rapid.SampledFrom(staff.Departments()).Draw(t, "department"))
	who.Support.Stands = rapid.Bool().Draw(t, "stands")
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return who, Moment{
		Phase: rapid.SampledFrom(account.Stages()).Draw(t, "phase"), Channel: rapid.SampledFrom([]Channel{Unasked, Phone, Unregistered, Registered}).Draw(t, "channel"),
		Configure: flag("configure"), Online: flag("online"), Supervised: flag("supervised"), Excepted: flag("excepted"), Had: flag("had"),
	}
}

// FL9: there is no moment at which anybody of the provider's sets a password,
// and none at which something would make it so.
func TestFL9NobodySetsAPassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		if d := Decide(who, customer, Setting{Key: "password", Class: Secret}, m); d.Allowed || d.Rule != "configure-secret" || len(d.Ways) > 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestFL5DataIsChangedInOnboardingOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		d := Decide(who, customer, Setting{Key: "orders", Class: Data}, m)
		if d.Allowed && m.Phase != account.Onboarding {
			t.Errorf("%+v: %+v", m, d)
		}
	})
}

// FL8, FL10, FL14: whatever else is true, an importance asks for what it asks
// for, unless the head of the department allowed an exception.
func TestFL8FL10FL14WhatAnImportanceAsksFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		high := Decide(who, customer, Setting{Key: "x", Class: High}, m)
		if high.Allowed && !m.Excepted && !m.Supervised && (m.Phase != account.Onboarding || !m.Online) {
			t.Errorf("high, alone: %+v %+v", m, high)
		}
		medium := Decide(who, customer, Setting{Key: "x", Class: Medium}, m)
		if medium.Allowed && !m.Excepted && !m.Supervised && m.Phase != account.Onboarding && m.Channel != Registered {
			t.Errorf("medium, not asked for: %+v %+v", m, medium)
		}
		other := Decide(who, customer, Setting{Key: "x", Class: Other}, m)
		if high.Allowed && !medium.Allowed || medium.Allowed && !other.Allowed {
			t.Errorf("the less important is stricter: %+v", m)
		}
		for _, d := range []Decision{high, medium, other} {
			team := who.Support.Department == actor.SecondLine || who.Support.Department == actor.Onboarding
			if d.Allowed && (!who.Support.Stands || !m.Configure || !team || m.Phase != account.Onboarding && m.Phase != account.Live) {
				t.Errorf("%+v %+v: %+v", who.Support, m, d)
			}
		}
	})
}

// Each way that is named leads to a yes, and none of it can be left out.
func TestWhatIsMissingIsJustWhatIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		s := Setting{Key: "x", Class: rapid.SampledFrom(Classes()).Draw(t, "class")}
		d := Decide(who, customer, s, m)
		for _, way := range d.Ways {
			for i := range way {
				w, then := with(who, m, slices.Concat(way[:i], way[i+1:]))
				if ask(w, customer, s, then).Allowed {
					t.Errorf("%v does not need %s", way, way[i])
				}
			}
			if w, then := with(who, m, way); !ask(w, customer, s, then).Allowed {
				t.Errorf("%v leads nowhere", way)
			}
		}
		if may := m.Phase == account.Live || m.Phase == account.Onboarding; !d.Allowed && may && s.Class != Secret && s.Class != Data && len(d.Ways) == 0 {
			t.Errorf("%+v, %s: no way", m, s.Class)
		}
	})
}

func TestFL10WhatAnAgentIsToldAfterAPhoneCall(t *testing.T) {
	d := Decide(agent(actor.FirstLine), customer, Setting{Key: "numbering", Class: Medium}, Moment{Phase: account.Live, Channel: Phone, Had: true})
	if got := answer(d) + fmt.Sprint(d.Ways); got != "-configure-department[[grant request handover] [grant watched handover] [grant handover exception]]" {
		t.Error(got)
	}
	d = Decide(agent(actor.SecondLine), customer, Setting{Key: "numbering", Class: Medium}, Moment{Phase: account.Live, Channel: Phone, Configure: true, Had: true})
	if got := answer(d) + fmt.Sprint(d.Ways); got != "-configure-phone[[request] [watched] [exception]]" {
		t.Error(got)
	}
}

// Muster's own settings are decided for a guest inside by the same rules as
// those of other products are from outside.
func TestFL3MustersOwnSettingsFollowTheSameRules(t *testing.T) {
	things := map[string]string{
		"updateOrganisation": "Organisation", "editProcedure": "Procedure", "setRoles": "Member", "addPerson": "Member", "removePerson": "Member",
		"setChannels": "Member", "manageRota": "Rota", "manageOffice": "Office", "addWorkspace": "Workspace", "enrol": "Enrolment",
		"importRoster": "Roster", "createToken": "Token", "makeFeed": "Feed", "addDevice": "Device", "holdDrill": "Drill", "connect": "Connection",
	}
	own := Own()
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		m.Had = true // everybody has Muster
		s := rapid.SampledFrom(own).Draw(t, "setting")
		thing := things[s.Key]
		if thing == "" {
			return
		}
		guest := who
		guest.Org, guest.Person, guest.Grant = customer, "per_1", "grt_1"
		guest.Roles = []actor.Membership{{Role: actor.Administrator}}
		only := func(is bool) []string { // this one, or all others
			if is {
				return []string{s.Key}
			}
			return slices.DeleteFunc(slices.Collect(maps.Keys(things)), func(key string) bool { return key == s.Key })
		}
		guest.Support.Configure, guest.Support.Starting, guest.Support.Live = m.Configure, m.Phase == account.Onboarding, m.Phase == account.Live
		guest.Support.Online, guest.Support.Supervised = m.Online, m.Supervised
		guest.Support.Requested, guest.Support.Phoned, guest.Support.Excepted = only(m.Channel == Registered), only(m.Channel == Phone), only(m.Excepted)
		var known policy.Fact
		if s.Admits() {
			known = policy.Admits // as the page that does it asks
		}
		rule, err := policy.Check(guest, s.Key, policy.Resource{Type: thing, Org: customer, Facts: known})
		d := Decide(who, customer, s, m)
		if (err == nil) != d.Allowed {
			t.Fatalf("%s, %+v: inside %v, outside %+v", s.Key, m, err, d)
		}
		if err == nil && rule != d.Rule {
			t.Errorf("%s: inside by %s, outside by %s", s.Key, rule, d.Rule)
		}
	})
}

// FL8: support connects no other organisation, and no way is named that would
// lead there.
func TestFL8NoWayLeadsToLettingAnotherOrganisationIn(t *testing.T) {
	at := slices.IndexFunc(Own(), Setting.Admits)
	if at < 0 {
		t.Fatal("it is not in the catalogue")
	}
	rapid.Check(t, func(t *rapid.T) {
		who, m := moments(t)
		if d := Decide(who, customer, Own()[at], m); d.Allowed || len(d.Ways) > 0 {
			t.Errorf("%+v %+v: %+v", who.Support, m, d)
		}
	})
}

func TestEverySettingOfMusterHasANameAndAClass(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Own() {
		if seen[s.Key] {
			t.Errorf("%s stands in two classes", s.Key)
		}
		seen[s.Key] = true
		for _, tag := range lang.Supported() {
			if !tag.Has("setting.own." + s.Key) {
				t.Errorf("%s: no name for %s", tag, s.Key)
			}
		}
	}
	for _, key := range []string{"updateOrganisation", "editProcedure", "setRoles", "addPerson", "removePerson", "createToken", "setChannels", "manageRota"} {
		if !seen[key] {
			t.Errorf("%s has no class", key)
		}
	}
}
