package setting

import (
	"context"
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// most is how many settings of other products there may be.
const most = 2000

// List gives the whole catalogue, Muster's own settings first.
func List(ctx context.Context, s *store.Store, who actor.Actor) (all []Setting, err error) {
	if _, err := may(who, "seeSettings"); err != nil {
		return nil, err
	}
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		theirs, err := store.All(tx, listSettings, scanSetting)
		all = append(Own(), theirs...)
		return err
	})
	return all, err
}

// Get gives one setting of another product.
func Get(ctx context.Context, s *store.Store, who actor.Actor, which id.Setting) (one Setting, err error) {
	if _, err := may(who, "seeSettings"); err != nil {
		return one, err
	}
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		one, err = store.One(tx, getSetting, scanSetting, which)
		return err
	})
	return one, err
}

// Find looks a setting up by its name in a product. One that nobody entered is
// NotFound, and so closed to support.
func Find(tx *store.AcrossTx, product id.Product, key string) (Setting, error) {
	// Not as the provider's own unit, for which whoever holds a customer would
	// have to wait.
	return store.One(tx, anySetting, scanSetting, identity.Provider, product, key)
}

// For gives the catalogue as it is about one customer: Muster's own settings,
// and those of the products that the customer has.
func For(tx *store.AcrossTx, org id.Org) ([]Setting, error) {
	theirs, err := store.All(tx, heldSettings, scanSetting, identity.Provider, org)
	return append(Own(), theirs...), err
}

// Named looks a setting up by its Ref.
func Named(tx *store.AcrossTx, ref string) (one Setting, err error) {
	if key, own := strings.CutPrefix(ref, Muster+"/"); own {
		for _, s := range Own() {
			if s.Key == key {
				return s, nil
			}
		}
		return one, fault.New(fault.NotFound, "not_found")
	}
	return store.One(tx, namedSetting, scanSetting, identity.Provider, ref)
}

func may(who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation"})
}

// Product is one whose settings the catalogue can have.
type Product struct {
	ID   id.Product
	Name string
}

// Products are the provider's other products, by name.
func Products(ctx context.Context, s *store.Store, who actor.Actor) (all []Product, err error) {
	if _, err := may(who, "seeSettings"); err != nil {
		return nil, err
	}
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err = store.All(tx, products, scanProduct)
		return err
	})
	return all, err
}

// entered sees to it that the setting is of a product that there is.
func (s Setting) entered(tx *store.Tx) (Setting, error) {
	all, err := store.All(tx, products, scanProduct)
	at := slices.IndexFunc(all, func(p Product) bool { return p.ID == s.Of })
	if err == nil && at < 0 {
		err = fault.New(fault.Invalid, "not_one_of").At("product")
	}
	if err == nil {
		s.Product = all[at].Name
	}
	return s, err
}

// keep is one unit about the catalogue.
func keep(ctx context.Context, s *store.Store, who actor.Actor, kind string, act func(tx *store.Tx) (Setting, error)) error {
	rule, err := may(who, "keepSettings")
	if err != nil {
		return err
	}
	return s.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		one, err := act(tx)
		if err != nil {
			return err
		}
		return ledger.Append(tx, who, ledger.Entry{Kind: kind, Subject: string(one.ID), Rule: rule, Facts: map[string]any{
			"Product": one.Product, "Key": one.Key, "Name": one.Names[lang.English], "Class": string(one.Class),
		}})
	})
}

// Add enters a setting of another product. Faults are at product, key,
// name_en and so on, and class; Conflict "taken" at key, "settings_full".
func Add(ctx context.Context, s *store.Store, who actor.Actor, one Setting) (id.Setting, error) {
	if _, err := may(who, "keepSettings"); err != nil {
		return "", err
	}
	one, err := one.tidy()
	if err != nil {
		return "", err
	}
	one.ID = id.New[id.Setting]()
	return one.ID, keep(ctx, s, who, "setting.added", func(tx *store.Tx) (Setting, error) {
		one, err := one.entered(tx)
		if err != nil {
			return one, err
		}
		n, err := store.One(tx, countAll, store.Scalar[int])
		if err == nil && n >= most {
			err = fault.New(fault.Conflict, "settings_full").With("Max", most)
		}
		return one, errors.Join(err, tx.Write(addSetting, one.ID, one.Of, one.Key,
			one.Names[lang.English], one.Names[lang.Finnish], one.Names[lang.French], string(one.Class), tx.Now()))
	})
}

// Change replaces what is known of a setting.
func Change(ctx context.Context, s *store.Store, who actor.Actor, one Setting) error {
	if _, err := may(who, "keepSettings"); err != nil {
		return err
	}
	one, err := one.tidy()
	if err != nil {
		return err
	}
	return keep(ctx, s, who, "setting.changed", func(tx *store.Tx) (Setting, error) {
		if _, err := store.One(tx, getSetting, scanSetting, one.ID); err != nil {
			return one, err
		}
		one, err := one.entered(tx)
		if err != nil {
			return one, err
		}
		return one, tx.Write(setSetting, one.ID, one.Of, one.Key,
			one.Names[lang.English], one.Names[lang.Finnish], one.Names[lang.French], string(one.Class), tx.Now())
	})
}

// Remove takes a setting out of the catalogue. From then on it is closed to
// support.
func Remove(ctx context.Context, s *store.Store, who actor.Actor, which id.Setting) error {
	return keep(ctx, s, who, "setting.removed", func(tx *store.Tx) (Setting, error) {
		one, err := store.One(tx, getSetting, scanSetting, which)
		if err != nil {
			return one, err
		}
		return one, tx.Write(dropSetting, which)
	})
}
