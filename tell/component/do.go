package component

import (
	"context"
	"errors"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
)

// most is how many components there may be, and how many run for one
// organisation.
const most = 2000

func may(who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation"})
}

// All are the components, in the provider's own unit.
func All(tx *store.Tx) ([]Component, error) { return store.All(tx, listComponents, scanComponent) }

// List gives staff the components, by name.
func List(ctx context.Context, s *store.Store, who actor.Actor) (all []Component, err error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return nil, err
	}
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err = All(tx)
		return err
	})
	return all, err
}

// Keep enters a component, or changes the one of this id. Faults are at name
// and parent; Conflict "taken" at name, "components_full".
func Keep(ctx context.Context, s *store.Store, who actor.Actor, c Component) (id.Component, error) {
	rule, err := may(who, "keepComponents")
	if err != nil {
		return "", err
	}
	kind := "component.changed"
	if c.ID == "" {
		c.ID, kind = id.New[id.Component](), "component.added"
	}
	name, wrong := address.Name(c.Name)
	if wrong != nil {
		return "", fault.From(wrong).At("name")
	}
	c.Name = name
	return c.ID, s.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := All(tx)
		if err != nil {
			return err
		}
		known := slices.IndexFunc(all, func(o Component) bool { return o.ID == c.ID })
		switch {
		case known < 0 && kind == "component.changed":
			return fault.New(fault.NotFound, "not_found")
		case known < 0 && len(all) >= most:
			return fault.New(fault.Conflict, "components_full").With("Max", most)
		case known < 0:
			all = append(all, c)
		default:
			all[known] = c
		}
		if _, err := Grow(all); err != nil {
			return err
		}
		return errors.Join(
			tx.Write(putComponent, c.ID, c.Parent, c.Name, c.Public, tx.Now()),
			ledger.Append(tx, who, ledger.Entry{Kind: kind, Subject: string(c.ID), Rule: rule, Facts: map[string]any{
				"Name": c.Name, "Parent": string(c.Parent), "Public": c.Public,
			}}),
		)
	})
}

// Remove takes out a component that contains nothing and runs for nobody.
func Remove(ctx context.Context, s *store.Store, who actor.Actor, which id.Component) error {
	rule, err := may(who, "keepComponents")
	if err != nil {
		return err
	}
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		n, err := store.One(tx, users, store.Scalar[int], which)
		if err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error {
			all, err := All(tx)
			if err != nil {
				return err
			}
			known := slices.IndexFunc(all, func(o Component) bool { return o.ID == which })
			switch {
			case known < 0:
				return fault.New(fault.NotFound, "not_found")
			case n > 0 || slices.ContainsFunc(all, func(o Component) bool { return o.Parent == which }):
				return fault.New(fault.Conflict, "component_used")
			}
			return errors.Join(tx.Write(dropComponent, which), ledger.Append(tx, who, ledger.Entry{
				Kind: "component.removed", Subject: string(which), Rule: rule, Facts: map[string]any{"Name": all[known].Name},
			}))
		})
	})
}

// Installed is what runs for the unit's organisation.
func Installed(tx *store.Tx) ([]Installation, error) {
	return store.All(tx, installed, scanInstallation)
}

// Install says what runs for an organisation, in place of what was said before.
// It stands in the customer's book. Faults are at component and workspace.
func Install(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, all []Installation) error {
	rule, err := may(who, "installComponents")
	if err != nil {
		return err
	}
	if len(all) > most {
		return fault.New(fault.Invalid, "components_full").At("component").With("Max", most)
	}
	// Not in one unit: whoever holds a customer may want the provider next.
	var known []Component
	if err := s.View(ctx, identity.Provider, func(tx *store.Tx) (err error) { known, err = All(tx); return err }); err != nil {
		return err
	}
	names := map[id.Component]string{}
	for _, c := range known {
		names[c.ID] = c.Name
	}
	return s.Do(ctx, org, func(tx *store.Tx) error { return replace(tx, who, rule, names, all) })
}

// replace writes the difference, and what runs afterwards into the book.
func replace(tx *store.Tx, who actor.Actor, rule string, names map[id.Component]string, all []Installation) error {
	if _, err := roster.Get(tx); err != nil {
		return err
	}
	places, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	before, err := Installed(tx)
	if err != nil {
		return err
	}
	var runs []string
	for _, i := range all {
		if names[i.Component] == "" {
			return fault.New(fault.Invalid, "component_unknown").At("component")
		}
		if i.Workspace != "" && !slices.ContainsFunc(places, func(w roster.Workspace) bool { return w.ID == i.Workspace }) {
			return fault.New(fault.Invalid, "workspace_unknown").At("workspace")
		}
		runs = append(runs, names[i.Component])
		if err := tx.Write(install, i.Component, i.Workspace, tx.Now()); err != nil {
			return err
		}
	}
	for _, i := range before {
		if !slices.Contains(all, i) {
			if err := tx.Write(uninstall, i.Component, i.Workspace); err != nil {
				return err
			}
		}
	}
	slices.Sort(runs)
	return ledger.Append(tx, who, ledger.Entry{
		Kind: "installation.set", Subject: string(tx.Org()), Rule: rule,
		Facts: map[string]any{"Components": slices.Compact(runs)}, Personal: map[string]string{"Staff": who.Name},
	})
}
