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
	"muster/roster/duty"
	"muster/seal"
	"muster/store"
)

// Choices are what the people of the unit's organisation want news of.
func Choices(tx *store.Tx) ([]Choice, error) { return store.All(tx, listChoices, scanChoice) }

// Choose says which news a person of the actor's organisation wants, in place
// of what was said before, and makes them a contact person (BS3); what a duty
// must hear goes on. Faults are at person, category and workspace.
func Choose(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, wanted []Choice) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, person)
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
		return Want(tx, who, rule, p, wanted)
	})
}

// Want is Choose as part of the caller's unit, which has asked policy.
func Want(tx *store.Tx, who actor.Actor, rule string, p roster.Person, wanted []Choice) error {
	places, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	return errors.Join(want(tx, who, rule, p, wanted, places), roster.Changed(tx))
}

// want is Want where the workspaces are known, and the caller counts the change
// of the roster: of thousands once.
func want(tx *store.Tx, who actor.Actor, rule string, p roster.Person, wanted []Choice, places []roster.Workspace) error {
	said := make([]string, 0, len(wanted))
	errs := []error{tx.Write(dropChoices, p.Person)}
	for _, c := range unique(wanted) {
		err := c.Check()
		if c.Workspace != "" && !slices.ContainsFunc(places, func(w roster.Workspace) bool { return w.ID == c.Workspace }) {
			err = fault.Join(err, fault.New(fault.Invalid, "workspace_unknown").At("workspace"))
		}
		if err != nil {
			return err
		}
		said = append(said, string(c.Category)+"@"+string(c.Workspace))
		errs = append(errs, tx.Write(addChoice, p.Person, string(c.Category), c.Workspace))
	}
	return errors.Join(errors.Join(errs...), duty.Enter(tx, p.Person), ledger.Append(tx, who, ledger.Entry{
		Kind: "contact.chosen", Subject: string(p.Person), About: p.Person, Rule: rule,
		Facts: map[string]any{"News": said}, Personal: map[string]string{"Name": p.Name},
	}))
}

// Add puts somebody on the roster who is to be a contact person and holds no
// role, in one unit. Faults are those of roster.Edit.Add and of Choose.
func Add(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, n roster.NewPerson, wanted []Choice) (p roster.Person, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "addPerson", policy.Resource{Type: "Member", Org: tx.Org()})
		if err != nil {
			return err
		}
		e, err := roster.Begin(tx, who, keys)
		if err != nil {
			return err
		}
		n.Contact = true
		if p, err = e.Add(n, rule); err != nil {
			return err
		}
		if rule, err = may(tx, who, p.Person); err != nil {
			return err
		}
		return Want(tx, who, rule, p, wanted)
	})
	return p, err
}

// Remove takes somebody off the contact persons; they stay on the roster. Who
// has a duty, or deputises, hands it over first: Conflict "holds_duty" (BS4).
func Remove(ctx context.Context, s *store.Store, who actor.Actor, person id.Person) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, person)
		if err != nil {
			return err
		}
		return errors.Join(drop(tx, who, rule, person), roster.Changed(tx))
	})
}

func drop(tx *store.Tx, who actor.Actor, rule string, person id.Person) error {
	p, err := roster.Find(tx, person)
	if err != nil {
		return err
	}
	if err := duty.Drop(tx, person); err != nil {
		return err
	}
	return errors.Join(tx.Write(dropChoices, person), ledger.Append(tx, who, ledger.Entry{
		Kind: "contact.dropped", Subject: string(person), About: person, Rule: rule, Personal: map[string]string{"Name": p.Name},
	}))
}

func may(tx *store.Tx, who actor.Actor, person id.Person) (string, error) {
	return policy.Check(who, "chooseNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org(), Person: person})
}

// unique are the choices, each once and in order, without what a wider one says
// already.
func unique(all []Choice) (out []Choice) {
	for _, c := range all {
		within := slices.ContainsFunc(all, func(o Choice) bool {
			wider := o.Category.Covers(c.Category) && (o.Workspace == "" || o.Workspace == c.Workspace)
			return wider && (o.Category != c.Category || o.Workspace != c.Workspace)
		})
		same := slices.ContainsFunc(out, func(o Choice) bool { return o.Category == c.Category && o.Workspace == c.Workspace })
		if !within && !same {
			out = append(out, c)
		}
	}
	return out
}
