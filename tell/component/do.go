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
	"muster/roster/address"
	"muster/store"
)

// Topic is what is touched when there is something new about what is run.
const Topic = "component"

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
		return c.put(tx, who, rule, kind)
	})
}

// Regrow makes another tree out of the one there is, in one unit: what next
// gives is added or changed, and nothing is taken out. Faults as of Keep, with
// the Name.
func Regrow(ctx context.Context, s *store.Store, who actor.Actor, next func(all []Component) ([]Component, error)) error {
	rule, err := may(who, "keepComponents")
	if err != nil {
		return err
	}
	return s.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		before, err := All(tx)
		if err != nil {
			return err
		}
		after, err := next(slices.Clone(before))
		if err != nil {
			return err
		}
		if len(after) > most {
			return fault.New(fault.Conflict, "components_full").With("Max", most)
		}
		if _, err := Grow(after); err != nil {
			return err
		}
		for _, c := range after {
			at := slices.IndexFunc(before, func(o Component) bool { return o.ID == c.ID })
			if at >= 0 && before[at] == c {
				continue
			}
			kind := "component.changed"
			if at < 0 {
				kind = "component.added"
			}
			if err := c.put(tx, who, rule, kind); err != nil {
				return err
			}
		}
		return nil
	})
}

// put writes a component down.
func (c Component) put(tx *store.Tx, who actor.Actor, rule, kind string) error {
	tx.Touch(Topic)
	name, err := address.Name(c.Name)
	if err != nil {
		return fault.From(err).At("name")
	}
	c.Name = name
	return errors.Join(
		tx.Write(putComponent, c.ID, c.Parent, c.Name, c.Public, tx.Now()),
		ledger.Append(tx, who, ledger.Entry{Kind: kind, Subject: string(c.ID), Rule: rule, Facts: map[string]any{
			"Name": c.Name, "Parent": string(c.Parent), "Public": c.Public,
		}}),
	)
}

// MayGo tells in the provider's unit whether a component may be taken out: the
// rooms above know what speaks against it, such as news that are not over.
type MayGo func(tx *store.Tx, which id.Component) error

// Remove takes out a component that contains nothing and runs for nobody:
// Conflict "component_used" otherwise, and the faults of free.
func Remove(ctx context.Context, s *store.Store, who actor.Actor, which id.Component, free MayGo) error {
	rule, err := may(who, "keepComponents")
	if err != nil {
		return err
	}
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		// From here the provider is held, and so is whoever wants to install it for
		// somebody: what is counted below is all there will be.
		var name string
		err := tx.For(identity.Provider, func(tx *store.Tx) error {
			all, err := All(tx)
			if err != nil {
				return err
			}
			known := slices.IndexFunc(all, func(o Component) bool { return o.ID == which })
			switch {
			case known < 0:
				return fault.New(fault.NotFound, "not_found")
			case slices.ContainsFunc(all, func(o Component) bool { return o.Parent == which }):
				return errUsed
			}
			name = all[known].Name
			return free(tx, which)
		})
		if err != nil {
			return err
		}
		n, err := store.One(tx, users, store.Scalar[int], which)
		if err == nil && n > 0 {
			err = errUsed
		}
		if err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error {
			tx.Touch(Topic)
			return errors.Join(tx.Write(dropComponent, which), ledger.Append(tx, who, ledger.Entry{
				Kind: "component.removed", Subject: string(which), Rule: rule, Facts: map[string]any{"Name": name},
			}))
		})
	})
}

var errUsed error = fault.New(fault.Conflict, "component_used")

// Publish says which components everybody may see, in place of those that were
// said before, in the provider's own unit. Invalid "component_unknown" at
// components. The entry in the book is the caller's.
func Publish(tx *store.Tx, public []id.Component) error {
	all, err := All(tx)
	if err != nil {
		return err
	}
	for _, which := range public {
		if !slices.ContainsFunc(all, func(c Component) bool { return c.ID == which }) {
			return fault.New(fault.Invalid, "component_unknown").At("components")
		}
	}
	tx.Touch(Topic)
	for _, c := range all {
		if now := slices.Contains(public, c.ID); now != c.Public {
			if err := tx.Write(putComponent, c.ID, c.Parent, c.Name, now, tx.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}
