package contact

import (
	"cmp"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/duty"
	"muster/roster/intake"
	"muster/roster/sheet"
	"muster/store"
)

// Intake is what taking contact persons in from a sheet, an address book or a
// directory asks of this room (BS8); one is for one upload or one look at it.
type Intake struct {
	places []roster.Workspace
}

var _ intake.Contacts = (*Intake)(nil)

// wanted are choices as sheets name them.
func (in *Intake) wanted(choices []Choice) []sheet.News {
	out := make([]sheet.News, 0, len(choices))
	for _, c := range choices {
		n := sheet.News{Category: string(c.Category)}
		if i := slices.IndexFunc(in.places, func(w roster.Workspace) bool { return w.ID == c.Workspace }); i >= 0 {
			n.Workspace = in.places[i].Name
		}
		out = append(out, n)
	}
	return out
}

// choices are what a sheet names, as this room keeps it.
func (in *Intake) choices(news []sheet.News) []Choice {
	out := make([]Choice, 0, len(news))
	for _, n := range news {
		c := Choice{Category: Category(n.Category)}
		if i := slices.IndexFunc(in.places, func(w roster.Workspace) bool { return w.Name == n.Workspace }); i >= 0 {
			c.Workspace = in.places[i].ID
		}
		out = append(out, c)
	}
	return out
}

// Told says of each contact person what they want.
func (in *Intake) Told(tx *store.Tx) (map[id.Person]intake.Told, error) {
	places, err := roster.Workspaces(tx)
	if err != nil {
		return nil, err
	}
	in.places = places
	members, err := duty.Members(tx)
	if err != nil {
		return nil, err
	}
	held, err := duty.Holders(tx)
	if err != nil {
		return nil, err
	}
	choices, err := Choices(tx)
	if err != nil {
		return nil, err
	}
	by := map[id.Person][]Choice{}
	for _, c := range choices {
		by[c.Person] = append(by[c.Person], c)
	}
	out := make(map[id.Person]intake.Told, len(members))
	for _, m := range members {
		out[m.Person] = intake.Told{
			News: in.ordered(by[m.Person]),
			Stands: slices.ContainsFunc(held, func(h duty.Holder) bool {
				return h.Person.Person == m.Person || h.Deputy.Person == m.Person
			}),
		}
	}
	return out, nil
}

// Check holds what everybody new is to want to the kinds of news that there are:
// at least one, or they would be told nothing. Faults are at news.
func (in *Intake) Check(wanted []sheet.News) error {
	if len(wanted) == 0 {
		return fault.New(fault.Invalid, "contact_news").At("news")
	}
	for _, c := range in.choices(wanted) {
		if err := c.Check(); err != nil {
			return fault.From(err).At("news")
		}
	}
	return nil
}

// Settled is what is wanted as it would be kept: in order, each once, and
// without what something wider says already.
func (in *Intake) Settled(news []sheet.News) []sheet.News {
	return in.ordered(unique(in.choices(news)))
}

func (in *Intake) ordered(choices []Choice) []sheet.News {
	choices = slices.Clone(choices)
	slices.SortFunc(choices, func(a, b Choice) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Categories(), a.Category), slices.Index(Categories(), b.Category)),
			cmp.Compare(a.Workspace, b.Workspace),
		)
	})
	return in.wanted(choices)
}

// Want makes somebody a contact person who wants that news.
func (in *Intake) Want(tx *store.Tx, who actor.Actor, p roster.Person, news []sheet.News) error {
	rule, err := may(tx, who, p.Person)
	if err != nil {
		return err
	}
	return want(tx, who, rule, p, in.choices(news), in.places)
}

// Drop takes somebody off the contact persons; they stay on the roster.
func (in *Intake) Drop(tx *store.Tx, who actor.Actor, person id.Person) error {
	rule, err := may(tx, who, person)
	if err != nil {
		return err
	}
	return drop(tx, who, rule, person)
}
