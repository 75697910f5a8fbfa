package advice

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/setting"
	"muster/letin/staff"
)

func agent(d actor.Department) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Staff: "stf_1", Support: actor.Support{Department: d, Stands: true}}
}

// short is advice in a line: the answer and its rule, what else there is to
// know, the ways, what the customer is asked.
func short(a Advice) string {
	text := "-"
	if a.Allowed {
		text = "+"
	}
	name := func(all []Lack) string {
		var names []string
		for _, l := range all {
			names = append(names, strings.TrimPrefix(l.Text, "request.advice."))
		}
		return strings.Join(names, " ")
	}
	text += a.Rule
	if len(a.Notes) > 0 {
		text += " (" + name(a.Notes) + ")"
	}
	for i, way := range a.Ways {
		text += []string{": ", " | "}[min(i, 1)] + name(way)
	}
	return text + " [" + strings.Join(a.Parts, "+") + "]"
}

// rows are situations that an agent meets, and what they are told.
var rows = []struct {
	name  string
	kind  desk.Kind
	class setting.Class
	team  actor.Department
	doubt desk.Doubt
	now   setting.Moment
	door  Door
	scope grant.Scope
	watch Watch
	erase string
	want  string
}{
	{
		name: "FL5: data of a customer who is live", kind: desk.Setting, class: setting.Data, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true}, door: Inside, scope: grant.Configure,
		want: "-configure-data (theirs) [data]",
	},
	{
		name: "FL5: data during onboarding", kind: desk.Setting, class: setting.Data, team: actor.Onboarding,
		now: setting.Moment{Had: true, Phase: account.Onboarding, Configure: true}, door: Inside, scope: grant.Configure,
		want: "+configure-onboarding [done]",
	},
	{
		name: "FL8: high, live, inside, nobody watches", kind: desk.Setting, class: setting.High, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true}, door: Inside, scope: grant.Configure, watch: Uncalled,
		want: "-configure-alone: watched_none | exception [high]",
	},
	{
		name: "FL8: presence is not proved any more", kind: desk.Setting, class: setting.High, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true}, door: Inside, scope: grant.Configure, watch: Lost,
		want: "-configure-alone: watched_lost | exception [high]",
	},
	{
		name: "FL8: the customer watches", kind: desk.Setting, class: setting.High, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Configure: true, Supervised: true}, door: Inside, scope: grant.Configure, watch: Present,
		want: "+configure-watched [done]",
	},
	{
		name: "FL8: during onboarding a call", kind: desk.Setting, class: setting.High, team: actor.Onboarding,
		now: setting.Moment{Had: true, Phase: account.Onboarding, Configure: true}, door: Inside, scope: grant.Configure, watch: Waiting,
		want: "-configure-alone: call_waits | exception [call]",
	},
	{
		name: "FL9: a password", kind: desk.Setting, class: setting.Secret, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true, Supervised: true}, door: Inside, scope: grant.Configure,
		want: "-configure-secret (secret) [secret]",
	},
	{
		name: "FL10: asked by telephone, first line", kind: desk.Setting, class: setting.Medium, team: actor.FirstLine, doubt: desk.ByPhone,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Phone}, door: Unasked, watch: Uncalled,
		want: "-configure-department: handover request.doubt.phone door_none | handover door_none watched_none | handover door_none exception [phone+configure]",
	},
	{
		name: "FL10: asked by telephone, second line inside", kind: desk.Setting, class: setting.Medium, team: actor.SecondLine, doubt: desk.ByPhone,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Phone, Configure: true}, door: Inside, scope: grant.Configure, watch: Uncalled,
		want: "-configure-phone: request.doubt.phone | watched_none | exception [phone]",
	},
	{
		name: "FL10: not by an administrator", kind: desk.Setting, class: setting.Medium, team: actor.SecondLine, doubt: desk.NoSuchRole,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Unregistered}, door: Ready, scope: grant.Configure, watch: Uncalled,
		want: "-configure-grant: request.doubt.no_role door_ready | door_ready watched_none | door_ready exception [confirm]",
	},
	{
		name: "FL10: it counts, and the customer has not consented", kind: desk.Setting, class: setting.Medium, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered}, door: Unconsented, scope: grant.Configure,
		want: "-configure-grant: door_unconsented [consent]",
	},
	{
		name: "FL10: it counts, inside", kind: desk.Setting, class: setting.Medium, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true}, door: Inside, scope: grant.Configure,
		want: "+configure-requested [done]",
	},
	{
		name: "FL3: fields, let in to look", kind: desk.Setting, class: setting.Other, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered}, door: Inside, scope: grant.View,
		want: "-configure-grant: door_view [configure]",
	},
	{
		name: "before onboarding nothing is changed", kind: desk.Setting, class: setting.Other, team: actor.SecondLine,
		now: setting.Moment{Had: true, Phase: account.Created, Channel: setting.Registered}, door: Unasked,
		want: "-configure-phase (theirs) [data]",
	},
	{name: "FL11: a look", kind: desk.Look, team: actor.FirstLine, door: Unasked, want: "-letin-enter: door_look [access]"},
	{name: "FL11: a look, not consented to", kind: desk.Look, team: actor.FirstLine, door: Unconsented, scope: grant.View, want: "-letin-enter: door_unconsented [consent]"},
	{name: "FL11: a look, not approved", kind: desk.Look, team: actor.FirstLine, door: Unapproved, scope: grant.View, want: "-letin-enter: door_unapproved []"},
	{name: "FL11: a look, may enter", kind: desk.Look, team: actor.FirstLine, door: Ready, scope: grant.View, want: "-letin-enter: door_ready []"},
	{name: "FL11, FL12: a look, inside", kind: desk.Look, team: actor.FirstLine, door: Inside, scope: grant.View, want: "+letin-enter (looks) [found]"},
	{name: "FL11: asked by a stranger", kind: desk.Look, team: actor.FirstLine, doubt: desk.Stranger, door: Unasked, want: "-letin-enter: request.doubt.stranger door_look [not_registered+access]"},
	{
		name: "FL6: test data", kind: desk.TestData, team: actor.FirstLine, erase: "erase_not_shown", now: setting.Moment{Had: true, Phase: account.Live},
		want: "-configure-data (fault.erase_not_shown) [test_data]",
	},
	{
		name: "FL6: opened again by a word", kind: desk.TestData, team: actor.FirstLine, doubt: desk.Reopened, erase: "erase_not_shown", now: setting.Moment{Had: true, Phase: account.Live},
		want: "-configure-data (request.doubt.reopened) [confirm]",
	},
	{
		name: "FL6: asked by telephone", kind: desk.TestData, team: actor.FirstLine, doubt: desk.ByPhone, erase: "erase_not_shown", now: setting.Moment{Had: true, Phase: account.Live},
		want: "-configure-data (request.doubt.phone) [phone]",
	},
	{
		name: "FL6: shown and declined", kind: desk.TestData, team: actor.FirstLine, erase: "erase_no_paper", now: setting.Moment{Had: true, Phase: account.Live},
		want: "-configure-data (fault.erase_no_paper) []",
	},
	{
		name: "FL7: real data", kind: desk.RealData, team: actor.FirstLine, erase: "erase_not_compared", now: setting.Moment{Had: true, Phase: account.Live},
		want: "-configure-data (own_hand fault.erase_not_compared) [real_data]",
	},
	{
		name: "FL7: real data, watched", kind: desk.RealData, team: actor.SecondLine, erase: "erase_not_compared", now: setting.Moment{Had: true, Phase: account.Live, Supervised: true}, watch: Present,
		want: "-configure-data (own_hand_now fault.erase_not_compared) [real_data]",
	},
	{name: "FL13: no rule covers it", kind: desk.Other, team: actor.FirstLine, want: "- (uncovered) [second_line]"},
	{name: "FL13: a setting that nobody entered", kind: desk.Setting, team: actor.FirstLine, want: "- (uncovered) [second_line]"},
	{name: "FL16: an invoice", kind: desk.Invoice, team: actor.Accounting, want: "- (own_queue) []"},
}

// FL5, FL8 to FL11, FL13: each situation with the rule that decides, what is
// missing and what the customer is asked for.
func TestFL5FL8FL10FL11FL13WhatAnAgentIsTold(t *testing.T) {
	for _, r := range rows {
		c := Case{
			Request: desk.Request{Kind: r.kind, Doubt: r.doubt, State: desk.Taken, Setting: "Freight Desk/x", Department: r.team},
			Org:     "org_1", Agent: agent(r.team), Now: r.now, Door: r.door, Scope: r.scope, Watch: r.watch, Erase: r.erase, Grant: "grt_1",
		}
		if r.class != "" {
			c.Setting = setting.Setting{ID: "set_1", Product: "Freight Desk", Key: "x", Class: r.class}
		}
		if got := short(c.Advice()); got != r.want {
			t.Errorf("%s:\n  %s\nwant\n  %s", r.name, got, r.want)
		}
	}
}

// Whatever is true, advice has the catalogue's answer, every text and template
// that it names exists in each language, and a no that could become a yes says
// how.
func TestFL13AdviceIsTheCataloguesAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		c := Case{
			Request: desk.Request{
				Kind:  rapid.SampledFrom(desk.Kinds()).Draw(t, "kind"),
				Doubt: rapid.SampledFrom([]desk.Doubt{"", desk.Unproved, desk.Stranger, desk.Shared, desk.ByPhone, desk.ByChat, desk.ByProgram, desk.NoSuchRole, desk.Renamed, desk.Reopened}).Draw(t, "doubt"),
				State: desk.Taken, Setting: rapid.SampledFrom([]string{"", "Freight Desk/x"}).Draw(t, "ref"),
			},
			Org: "org_1", Agent: agent(rapid.SampledFrom(staff.Departments()).Draw(t, "team")), Grant: "grt_1",
			Now: setting.Moment{
				Phase: rapid.SampledFrom(account.Stages()).Draw(t, "phase"), Configure: flag("configure"), Online: flag("online"), Supervised: flag("supervised"), Excepted: flag("excepted"), Had: flag("had"),
				Channel: rapid.SampledFrom([]setting.Channel{setting.Unasked, setting.Phone, setting.Unregistered, setting.Registered}).Draw(t, "channel"),
			},
			Door: rapid.SampledFrom([]Door{Unasked, Unconsented, Unapproved, Ready, Inside}).Draw(t, "door"), Scope: rapid.SampledFrom([]grant.Scope{grant.View, grant.Configure}).Draw(t, "scope"),
			Watch: rapid.SampledFrom([]Watch{Uncalled, Waiting, Lost, Present}).Draw(t, "watch"), Headed: flag("headed"),
			Erase: rapid.SampledFrom([]string{"", "erase_not_shown", "erase_not_compared"}).Draw(t, "erase"),
		}
		if c.Request.Kind == desk.Setting && c.Request.Setting != "" {
			c.Setting = setting.Setting{ID: "set_1", Of: "prd_1", Product: "Freight Desk", Key: "x", Class: rapid.SampledFrom(setting.Classes()).Draw(t, "class")}
		}
		a := c.Advice()
		if c.Setting.Class != "" {
			d := setting.Decide(c.Agent, c.Org, c.Setting, c.Now)
			if a.Allowed != d.Allowed || a.Rule != d.Rule || !a.Allowed && len(a.Ways) == 0 && len(a.Notes) == 0 {
				t.Fatalf("%+v, the catalogue says %+v", a, d)
			}
		}
		for _, l := range slices.Concat(append(a.Ways, a.Notes)...) {
			for _, tag := range lang.Supported() {
				if !tag.Has(l.Text) || l.Do != "" && !tag.Has("request.advice.do."+string(l.Do)) {
					t.Errorf("%s has no %+v", tag, l)
				}
			}
		}
		for _, part := range a.Parts {
			if !slices.Contains(slices.Concat(desk.Templates()...), part) {
				t.Errorf("no template %s", part)
			}
		}
	})
}

// FL15: each answer exists in each language of a customer's, asks for exactly
// what is missing, and names the request and the setting.
func TestFL15AnswersAskForWhatIsMissingInTheCustomersLanguage(t *testing.T) {
	q := desk.Request{Kind: desk.Setting, Setting: "Freight Desk/x", Year: 2026, Number: 123, OrgName: "Harbour Works", Sender: desk.Sender{Name: "Kaisa"}}
	seen := map[string]string{}
	for _, tag := range lang.Supported() {
		for _, name := range slices.Concat(desk.Templates()...) {
			if !tag.Has("request.template." + name + ".title") {
				t.Errorf("%s: %s has no title", tag, name)
			}
			text := q.Draft(tag, name, "Olga", map[string]any{"Setting": "Numbering"})
			if seen[text] != "" || len(text) < 100 || strings.Contains(text, "<no value>") || !strings.Contains(text, "R-2026-000123") {
				t.Errorf("%s, %s (as %s): %q", tag, name, seen[text], text)
			}
			seen[text] = fmt.Sprint(tag, " ", name)
		}
		two := q.Draft(tag, "phone high", "Olga", map[string]any{"Setting": "Bank"})
		for _, part := range []string{"phone", "high"} {
			if !strings.Contains(two, tag.Text("request.template."+part, map[string]any{"Reference": q.Reference(), "Setting": "Bank"})) {
				t.Errorf("%s: %s is not in %q", tag, part, two)
			}
		}
		if strings.Count(two, "Olga") != 1 || strings.Count(two, "Kaisa") != 1 {
			t.Errorf("%s: one letter, not two: %q", tag, two)
		}
	}
}
