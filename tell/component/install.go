package component

import (
	"context"
	"errors"
	"maps"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Installed is what runs for the unit's organisation.
func Installed(tx *store.Tx) ([]Installation, error) {
	return store.All(tx, installed, scanInstallation)
}

// Install says what runs for an organisation, in place of what was said before.
// It stands in the customer's book. Faults are at component and workspace.
func Install(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, all []Installation) error {
	return Settle(ctx, s, who, org, func([]Installation) ([]Installation, error) { return all, nil })
}

// Run says that something runs for an organisation, or with runs false that it
// does not, and leaves the rest. What is so already changes nothing.
func Run(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, one Installation, runs bool) error {
	return Settle(ctx, s, who, org, func(before []Installation) ([]Installation, error) {
		rest := slices.DeleteFunc(before, func(i Installation) bool { return i == one })
		if runs {
			rest = append(rest, one)
		}
		return rest, nil
	})
}

// Settle says what runs for an organisation, made of what did before: in one
// unit, so that nobody's change is lost to another's.
func Settle(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, next func(before []Installation) ([]Installation, error)) error {
	rule, err := may(who, "installComponents")
	if err != nil {
		return err
	}
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var d difference
		if err := tx.For(org, func(tx *store.Tx) (err error) { d, err = differ(tx, next); return err }); err != nil {
			return err
		}
		// The customer first: whoever holds one may want the provider next. While
		// the provider is held nobody takes out what is installed here.
		var names map[id.Component]string
		err := tx.For(identity.Provider, func(tx *store.Tx) (err error) { names, err = namesOf(tx); return err })
		if err != nil {
			return err
		}
		return tx.For(org, func(tx *store.Tx) error { return d.write(tx, who, rule, names) })
	})
}

func namesOf(tx *store.Tx) (map[id.Component]string, error) {
	all, err := All(tx)
	names := make(map[id.Component]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// difference is what is to be written, and what runs afterwards.
type difference struct{ added, dropped, after []Installation }

func differ(tx *store.Tx, next func([]Installation) ([]Installation, error)) (d difference, err error) {
	if _, err := roster.Get(tx); err != nil {
		return d, err
	}
	before, err := Installed(tx)
	if err == nil {
		d.after, err = next(slices.Clone(before))
	}
	if err != nil {
		return d, err
	}
	if len(d.after) > most {
		return d, fault.New(fault.Invalid, "components_full").At("component").With("Max", most)
	}
	places, err := roster.Workspaces(tx)
	for _, i := range d.after {
		if i.Workspace != "" && !slices.ContainsFunc(places, func(w roster.Workspace) bool { return w.ID == i.Workspace }) {
			err = errors.Join(err, fault.New(fault.Invalid, "workspace_unknown").At("workspace"))
		}
		if !slices.Contains(before, i) {
			d.added = append(d.added, i)
		}
	}
	for _, i := range before {
		if !slices.Contains(d.after, i) {
			d.dropped = append(d.dropped, i)
		}
	}
	return d, err
}

// write writes the difference, and what runs afterwards into the book.
func (d difference) write(tx *store.Tx, who actor.Actor, rule string, names map[id.Component]string) error {
	runs := map[string]bool{}
	for _, i := range d.after {
		if names[i.Component] == "" {
			return fault.New(fault.Invalid, "component_unknown").At("component")
		}
		runs[names[i.Component]] = true
	}
	if len(d.added)+len(d.dropped) == 0 {
		return nil
	}
	for _, i := range d.added {
		if err := tx.Write(install, i.Component, i.Workspace, tx.Now()); err != nil {
			return err
		}
	}
	for _, i := range d.dropped {
		if err := tx.Write(uninstall, i.Component, i.Workspace); err != nil {
			return err
		}
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: "installation.set", Subject: string(tx.Org()), Rule: rule,
		Facts: map[string]any{"Components": slices.Sorted(maps.Keys(runs))}, Personal: map[string]string{"Staff": who.Name},
	})
}
