package audience_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/deliver"
	"muster/id"
	"muster/roster"
	"muster/roster/duty"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/contact"
)

var confirmed = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// person has a mail address that is confirmed, unless said otherwise.
func person(who id.Person, change ...func(*roster.Point)) roster.Recipient {
	at := roster.Point{Channel: roster.Email, Address: string(who) + "@north.example", VerifiedAt: confirmed}
	for _, c := range change {
		c(&at)
	}
	return roster.Recipient{Person: who, Name: string(who), Language: "en", Points: []roster.Point{at}}
}

func unconfirmed(p *roster.Point) { p.VerifiedAt = time.Time{} }
func bounced(p *roster.Point)     { p.BouncedAt = confirmed }

// centre has two clusters, each with a database.
func centre(t interface{ Fatal(...any) }) component.Tree {
	tree, err := component.Grow([]component.Component{
		{ID: "centre"},
		{ID: "a", Parent: "centre"},
		{ID: "b", Parent: "centre"},
		{ID: "a.db", Parent: "a"},
		{ID: "b.db", Parent: "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestBS5NewsConcernWhoHasThePartWhatContainsItOrWhatIsInIt(t *testing.T) {
	tree := centre(t)
	for _, c := range []struct {
		affected, installed id.Component
		want                bool
	}{
		{"a", "a", true},
		{"centre", "a.db", true},
		{"a.db", "a", true},
		{"a.db", "centre", true},
		{"a", "b", false},
		{"a.db", "b", false},
		{"a", "b.db", false},
		{"a.db", "b.db", false},
	} {
		if got := tree.Concerns([]id.Component{c.affected}, c.installed); got != c.want {
			t.Errorf("%s is down, %s runs: %v", c.affected, c.installed, got)
		}
	}
}

func TestBS5ATreeThatIsNoneIsRefused(t *testing.T) {
	long := []component.Component{{ID: "0"}}
	for i := range component.Deepest {
		long = append(long, component.Component{ID: id.Component(fmt.Sprint(i + 1)), Parent: id.Component(fmt.Sprint(i))})
	}
	for name, all := range map[string][]component.Component{
		"a circle": {{ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}}, "no parent": {{ID: "a", Parent: "b"}}, "too deep": long,
	} {
		if _, err := component.Grow(all); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := component.Grow(long[:component.Deepest]); err != nil {
		t.Error(err)
	}
}

func TestBS5WhoCannotBeReachedIsNamed(t *testing.T) {
	c := audience.Customer{
		Org: "north", Installed: []component.Installation{{Component: "a"}},
		People: []roster.Recipient{person("aino", bounced), person("mikko", unconfirmed)},
		Duties: []duty.Holder{{Duty: duty.Technical, Person: person("aino", bounced), Deputy: person("mikko", unconfirmed)}},
	}
	s := audience.Subject{Category: contact.Incident, Components: []id.Component{"a.db"}}
	a, ok := audience.Of(centre(t), s, c)
	if !ok || !a.Unreachable() || len(a.Missing) != 2 {
		t.Errorf("%+v", a)
	}
	c.People[1] = person("mikko")
	if a, _ = audience.Of(centre(t), s, c); a.Unreachable() || a.Told[0].Person != "mikko" || a.Told[0].Why != contact.ByTechnicalDuty || len(a.Missing) != 1 {
		t.Errorf("the deputy is told where the first bounces: %+v", a)
	}
	if _, ok = audience.Of(centre(t), audience.Subject{Category: contact.Incident, Components: []id.Component{"b"}}, c); ok {
		t.Error("it does not concern them")
	}
}

func TestBS7ABranchIsToldIfItIsListedAndElseTheTechnicalContactPassesItOn(t *testing.T) {
	c := audience.Customer{
		Org: "north", Installed: []component.Installation{{Component: "a", Workspace: "tampere"}, {Component: "a", Workspace: "turku"}, {Component: "b", Workspace: "oulu"}},
		People:  []roster.Recipient{person("aino"), person("kai"), person("olga")},
		Duties:  []duty.Holder{{Duty: duty.Technical, Person: person("aino")}},
		Choices: []contact.Choice{{Person: "kai", Category: contact.Service, Workspace: "turku"}, {Person: "olga", Category: contact.All, Workspace: "oulu"}},
	}
	a, _ := audience.Of(centre(t), audience.Subject{Category: contact.Maintenance, Components: []id.Component{"a"}}, c)
	want := audience.Audience{
		Org: "north", Components: []id.Component{"a"}, Workspaces: []id.Workspace{"tampere", "turku"},
		Told: []audience.Told{
			{Person: "aino", Name: "aino", Language: "en", Why: contact.ByTechnicalDuty, Route: mail("aino"), Forward: []id.Workspace{"tampere"}},
			{Person: "kai", Name: "kai", Language: "en", Why: contact.ByChoice, Route: mail("kai")},
		},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
}

func mail(who id.Person) []deliver.Stop {
	return []deliver.Stop{{Channel: roster.Email, Address: string(who) + "@north.example"}}
}

// Whatever runs for whom: an organisation hears of exactly what concerns it,
// over confirmed addresses of its own people, and whoever is to be told and is
// not, is named. What is counted here is counted by hand.
func TestBS5NobodyIsToldOfAnothersTroubleAndNobodyIsForgotten(t *testing.T) {
	parts := []id.Component{"centre", "a", "b", "a.db", "b.db"}
	near := map[id.Component][]id.Component{ // what concerns whoever has it
		"centre": parts, "a": {"centre", "a", "a.db"}, "b": {"centre", "b", "b.db"}, "a.db": {"centre", "a", "a.db"}, "b.db": {"centre", "b", "b.db"},
	}
	rapid.Check(t, func(t *rapid.T) {
		tree := centre(t)
		var c audience.Customer
		for i := range rapid.IntRange(0, 3).Draw(t, "runs") {
			ws := rapid.SampledFrom([]id.Workspace{"", "north", "south"}).Draw(t, fmt.Sprint("where", i))
			c.Installed = append(c.Installed, component.Installation{Component: rapid.SampledFrom(parts).Draw(t, fmt.Sprint("what", i)), Workspace: ws})
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "people") {
			who := id.Person(fmt.Sprint("p", i))
			how := rapid.SampledFrom([]func(*roster.Point){func(*roster.Point) {}, unconfirmed, bounced}).Draw(t, "address")
			c.People = append(c.People, person(who, how))
			if rapid.Bool().Draw(t, "chooses") {
				c.Choices = append(c.Choices, contact.Choice{
					Person: who, Category: rapid.SampledFrom(contact.Categories()).Draw(t, "category"),
					Workspace: rapid.SampledFrom([]id.Workspace{"", "north", "south"}).Draw(t, "branch"),
				})
			}
		}
		down := rapid.SampledFrom(parts).Draw(t, "down")
		a, ok := audience.Of(tree, audience.Subject{Category: contact.Incident, Components: []id.Component{down}}, c)
		var places []id.Workspace
		for _, i := range c.Installed {
			if slices.Contains(near[down], i.Component) {
				places = append(places, i.Workspace)
			}
		}
		if ok != (len(places) > 0) {
			t.Fatalf("concerned %v, it runs in %q", ok, places)
		}
		if !ok {
			return
		}
		for _, p := range c.People {
			wants := slices.ContainsFunc(c.Choices, func(one contact.Choice) bool {
				hears := one.Category == contact.All || one.Category == contact.Service || one.Category == contact.Incident
				here := one.Workspace == "" || slices.Contains(places, "") || slices.Contains(places, one.Workspace)
				return one.Person == p.Person && hears && here
			})
			told := slices.ContainsFunc(a.Told, func(x audience.Told) bool { return x.Person == p.Person })
			named := slices.ContainsFunc(a.Missing, func(x audience.Missing) bool { return x.Person == p.Person })
			if sure := p.Points[0].Sure(); told != (wants && sure) || named != (wants && !sure) {
				t.Fatalf("%s wants %v, told %v, named %v", p.Person, wants, told, named)
			}
		}
	})
}
