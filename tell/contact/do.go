package contact

import (
	"context"
	"errors"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Choices are what the people of the unit's organisation want news of.
func Choices(tx *store.Tx) ([]Choice, error) { return store.All(tx, listChoices, scanChoice) }

// Choose says which news a person of the actor's organisation wants, in place
// of what was said before (BS3); what a duty must hear goes on. Faults are at
// person, category and workspace.
func Choose(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, wanted []Choice) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "chooseNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org(), Person: person})
		if err != nil {
			return err
		}
		p, err := roster.Find(tx, person)
		if fault.KindOf(err) == fault.NotFound || err == nil && !p.Active {
			return fault.New(fault.Invalid, "not_on_roster").At("person")
		}
		if err != nil {
			return err
		}
		places, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		if err := tx.Write(dropChoices, person); err != nil {
			return err
		}
		var said []string
		for _, c := range unique(wanted) {
			err := c.Check()
			if c.Workspace != "" && !slices.ContainsFunc(places, func(w roster.Workspace) bool { return w.ID == c.Workspace }) {
				err = fault.Join(err, fault.New(fault.Invalid, "workspace_unknown").At("workspace"))
			}
			if err != nil {
				return err
			}
			said = append(said, string(c.Category)+"@"+string(c.Workspace))
			if err := tx.Write(addChoice, person, string(c.Category), c.Workspace); err != nil {
				return err
			}
		}
		return errors.Join(roster.Changed(tx), ledger.Append(tx, who, ledger.Entry{
			Kind: "contact.chosen", Subject: string(person), About: person, Rule: rule,
			Facts: map[string]any{"News": said}, Personal: map[string]string{"Name": p.Name},
		}))
	})
}

// unique are the choices, each once and in order, without what a wider one says
// already.
func unique(all []Choice) (out []Choice) {
	for _, c := range all {
		within := slices.ContainsFunc(all, func(o Choice) bool {
			wider := o.Category.covers(c.Category) && (o.Workspace == "" || o.Workspace == c.Workspace)
			return wider && (o.Category != c.Category || o.Workspace != c.Workspace)
		})
		same := slices.ContainsFunc(out, func(o Choice) bool { return o.Category == c.Category && o.Workspace == c.Workspace })
		if !within && !same {
			out = append(out, c)
		}
	}
	return out
}
