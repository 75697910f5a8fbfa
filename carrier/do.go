package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"muster/actor"
	"muster/deliver/setting"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// Topic is what is touched when a carrier was entered, changed or taken away.
const Topic = "carrier"

// most is how many carriers there may be.
const most = 20

// sealPurpose keeps carriers' settings apart from everything else sealed.
const sealPurpose = "carrier.setting"

// Office is where carriers are kept.
type Office struct {
	Store *store.Store
	Keys  *seal.Keys
}

// Allowed tells whether the actor may do this about carriers, and by which rule.
func Allowed(who actor.Actor, action string) (rule string, err error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation"})
}

// List gives all carriers, in the order in which they are used.
func (o Office) List(ctx context.Context, who actor.Actor) (all []Carrier, err error) {
	if _, err := Allowed(who, "seeCarriers"); err != nil {
		return nil, err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		rows, err := store.All(tx, listCarriers, scanRow)
		all = make([]Carrier, 0, len(rows))
		for _, r := range rows {
			c, _, _ := o.unsealed(r) // one that cannot be read says so itself
			all = append(all, c)
		}
		return err
	})
	return all, err
}

// Get gives one carrier.
func (o Office) Get(ctx context.Context, who actor.Actor, which id.Carrier) (c Carrier, err error) {
	if _, err := Allowed(who, "seeCarriers"); err != nil {
		return c, err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		r, err := store.One(tx, getCarrier, scanRow, which)
		if err != nil {
			return err
		}
		c, _, _ = o.unsealed(r) // one that cannot be read says so itself
		return nil
	})
	return c, err
}

// Setting is one carrier for whoever opens it, secrets and all.
type Setting struct {
	Carrier
	Text string // as the environment would have it
	Err  error  // it cannot be read: another key sealed it
}

// Settings gives all carriers to whoever opens them.
func (o Office) Settings(ctx context.Context) (all []Setting, err error) {
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		rows, err := store.All(tx, listCarriers, scanRow)
		all = make([]Setting, 0, len(rows))
		for _, r := range rows {
			c, values, err := o.unsealed(r)
			s := Setting{Carrier: c, Err: err}
			if k, ok := KindOf(c.Kind); ok && err == nil {
				s.Text, s.Err = k.compose(values)
			}
			all = append(all, s)
		}
		return err
	})
	return all, err
}

// unsealed opens a row: the carrier without its secrets, and all its values. One
// whose seal is broken comes with its name and kind all the same.
func (o Office) unsealed(r row) (Carrier, map[string]string, error) {
	values := map[string]string{}
	plain, err := o.Keys.Open(sealPurpose, r.sealed)
	if err == nil {
		err = json.Unmarshal(plain, &values)
	}
	k, known := KindOf(r.Kind)
	if !known {
		err = errors.Join(err, fault.New(fault.Invalid, "carrier_kind"))
	}
	r.Values, r.Kept = k.open(values)
	r.Unreadable = err != nil
	return r.Carrier, values, err
}

func (o Office) sealed(values map[string]string) ([]byte, error) {
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	return o.Keys.Seal(sealPurpose, plain)
}

// do is one unit about carriers, of which all nodes hear.
func (o Office) do(ctx context.Context, who actor.Actor, act func(tx *store.Tx, rule string) (ledger.Entry, error)) error {
	rule, err := Allowed(who, "keepCarriers")
	if err != nil {
		return err
	}
	return o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		entry, err := act(tx, rule)
		if err != nil {
			return err
		}
		entry.Rule = rule
		tx.Touch(Topic)
		return ledger.Append(tx, who, entry)
	})
}

// entry is what the book says about a carrier: never a secret.
func entry(kind string, c Carrier) ledger.Entry {
	return ledger.Entry{Kind: "carrier." + kind, Subject: string(c.ID), Facts: map[string]any{
		"Name": c.Name, "Sort": c.Kind, "Where": c.Values[setting.Server], "On": c.Active,
	}}
}

// Add enters a carrier, behind all others.
func (o Office) Add(ctx context.Context, who actor.Actor, d Draft) (c Carrier, err error) {
	if _, err := Allowed(who, "keepCarriers"); err != nil {
		return c, err
	}
	k, known := KindOf(d.Kind)
	if !known {
		return c, fault.New(fault.Invalid, "carrier_kind").At("kind")
	}
	name, values, err := k.checked(d, nil)
	if err != nil {
		return c, err
	}
	sealed, err := o.sealed(values)
	if err != nil {
		return c, err
	}
	c = Carrier{ID: id.New[id.Carrier](), Kind: k.Name, Name: name, Active: d.Active}
	c.Values, c.Kept = k.open(values)
	err = o.do(ctx, who, func(tx *store.Tx, _ string) (ledger.Entry, error) {
		there, err := store.One(tx, countCarriers, scanSize)
		if err != nil {
			return ledger.Entry{}, err
		}
		if there.n >= most {
			return ledger.Entry{}, fault.New(fault.Conflict, "carrier_many").With("Max", most)
		}
		c.Made, c.Changed = tx.Now(), tx.Now()
		return entry("added", c), tx.Write(addCarrier, c.ID, c.Kind, c.Name, there.last+1, c.Active, sealed, tx.Now())
	})
	return c, err
}

// Change replaces what is known of a carrier.
func (o Office) Change(ctx context.Context, who actor.Actor, which id.Carrier, d Draft) error {
	return o.do(ctx, who, func(tx *store.Tx, _ string) (ledger.Entry, error) {
		c, was, err := o.held(tx, which)
		if err != nil {
			return ledger.Entry{}, err
		}
		k, _ := KindOf(c.Kind)
		name, values, err := k.checked(d, was)
		if err != nil {
			return ledger.Entry{}, err
		}
		sealed, err := o.sealed(values)
		if err != nil {
			return ledger.Entry{}, err
		}
		c.Name, c.Active = name, d.Active
		c.Values, _ = k.open(values)
		e := entry("changed", c)
		e.Facts["Anew"] = !maps.Equal(was, values)
		return e, tx.Write(changeCarrier, c.ID, c.Name, c.Active, sealed, tx.Now())
	})
}

// held is a carrier and all its values, its row held. One whose seal is broken
// has none, so that it can be entered anew.
func (o Office) held(tx *store.Tx, which id.Carrier) (Carrier, map[string]string, error) {
	r, err := store.One(tx, holdCarrier, scanRow, which)
	if err != nil {
		return Carrier{}, nil, err
	}
	c, values, err := o.unsealed(r)
	if err != nil {
		return c, nil, nil
	}
	return c, values, nil
}

// Switch turns a carrier on or off.
func (o Office) Switch(ctx context.Context, who actor.Actor, which id.Carrier, on bool) error {
	return o.do(ctx, who, func(tx *store.Tx, _ string) (ledger.Entry, error) {
		r, err := store.One(tx, holdCarrier, scanRow, which)
		if err != nil {
			return ledger.Entry{}, err
		}
		r.Active = on
		kind := map[bool]string{true: "switched_on", false: "switched_off"}[on]
		return entry(kind, r.Carrier), tx.Write(changeCarrier, r.ID, r.Name, on, r.sealed, tx.Now())
	})
}

// Lead puts a carrier before all others.
func (o Office) Lead(ctx context.Context, who actor.Actor, which id.Carrier) error {
	return o.do(ctx, who, func(tx *store.Tx, _ string) (ledger.Entry, error) {
		r, err := store.One(tx, holdCarrier, scanRow, which)
		if err != nil {
			return ledger.Entry{}, err
		}
		first, err := store.One(tx, firstPlace, store.Scalar[int64])
		if err != nil {
			return ledger.Entry{}, err
		}
		return entry("leads", r.Carrier), tx.Write(placeCarrier, r.ID, first-1)
	})
}

// Remove takes a carrier away.
func (o Office) Remove(ctx context.Context, who actor.Actor, which id.Carrier) error {
	return o.do(ctx, who, func(tx *store.Tx, _ string) (ledger.Entry, error) {
		r, err := store.One(tx, holdCarrier, scanRow, which)
		if err != nil {
			return ledger.Entry{}, err
		}
		return entry("removed", r.Carrier), tx.Write(dropCarrier, r.ID)
	})
}
