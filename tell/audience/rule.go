// Package audience says who is told what concerns some components: the one
// place where that is decided, for the preview and for the sending (BS5, BS7).
// It is pure: what it says of one organisation depends on nothing of another.
package audience

import (
	"slices"

	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/roster/duty"
	"muster/tell/component"
	"muster/tell/contact"
)

// Customer is what must be known of an organisation.
type Customer struct {
	Org       id.Org
	Language  lang.Tag
	Installed []component.Installation
	People    []roster.Recipient // everybody who has a duty or made a choice
	Duties    []duty.Holder
	Choices   []contact.Choice
}

// Subject is what there is news about.
type Subject struct {
	Category   contact.Category
	Components []id.Component
}

// Told is one person who is told.
type Told struct {
	Person   id.Person
	Name     string
	Language lang.Tag
	Route    []deliver.Stop // the first is tried first
	Why      contact.Reason
	// Forward are the workspaces concerned that nobody was named for: the
	// technical contact passes the news on to them (BS7).
	Forward []id.Workspace
}

// Missing is one person who should be told, and cannot.
type Missing struct {
	Person id.Person
	Name   string
	Why    contact.Reason
}

// Audience is who is told in one organisation.
type Audience struct {
	Org        id.Org
	Components []id.Component // of the subject's, those that concern it: what else is affected is no business of theirs
	Workspaces []id.Workspace // that it concerns; none: the whole organisation
	Told       []Told         // by name
	Missing    []Missing      // by name
}

// Unreachable tells whether nobody hears of it: somebody of the provider must
// see to that organisation (BS5).
func (a Audience) Unreachable() bool { return len(a.Told) == 0 }

// Of gives who is told in an organisation; ok is false if it does not concern
// it.
func Of(tree component.Tree, s Subject, c Customer) (a Audience, ok bool) {
	a = Audience{Org: c.Org}
	whole := false
	for _, i := range c.Installed {
		if !tree.Concerns(s.Components, i.Component) {
			continue
		}
		ok, whole = true, whole || i.Workspace == ""
		if i.Workspace != "" && !slices.Contains(a.Workspaces, i.Workspace) {
			a.Workspaces = append(a.Workspaces, i.Workspace)
		}
	}
	if !ok {
		return a, false
	}
	for _, part := range s.Components {
		if slices.ContainsFunc(c.Installed, func(i component.Installation) bool { return tree.Concerns([]id.Component{part}, i.Component) }) {
			a.Components = append(a.Components, part)
		}
	}
	if whole {
		a.Workspaces = nil
	}
	slices.Sort(a.Workspaces)
	for _, p := range c.People {
		why := contact.Wants(p.Person, duty.Standing(c.Duties), c.Choices, s.Category, a.Workspaces)
		if why == contact.None {
			continue
		}
		if route := Route(p); len(route) > 0 {
			a.Told = append(a.Told, Told{Person: p.Person, Name: p.Name, Language: p.Language, Route: route, Why: why})
		} else {
			a.Missing = append(a.Missing, Missing{Person: p.Person, Name: p.Name, Why: why})
		}
	}
	a.forward(c, s.Category)
	return a, true
}

// Route is how news reach somebody: over addresses they have confirmed and
// that did not bounce, and no others, for news of one organisation must not
// reach a stranger.
func Route(p roster.Recipient) (route []deliver.Stop) {
	for _, at := range p.Points {
		if at.Sure() {
			route = append(route, deliver.Stop{Channel: at.Channel, Address: at.Address})
		}
	}
	return route
}

// forward gives the technical contact the workspaces that nobody was named for.
func (a *Audience) forward(c Customer, news contact.Category) {
	var left []id.Workspace
	for _, w := range a.Workspaces {
		named := slices.ContainsFunc(c.Choices, func(one contact.Choice) bool {
			told := slices.ContainsFunc(a.Told, func(t Told) bool { return t.Person == one.Person })
			return told && one.Workspace == w && contact.Wants(one.Person, nil, []contact.Choice{one}, news, []id.Workspace{w}) != contact.None
		})
		if !named {
			left = append(left, w)
		}
	}
	for i := range a.Told {
		if a.Told[i].Why == contact.ByTechnicalDuty {
			a.Told[i].Forward = left
		}
	}
}
