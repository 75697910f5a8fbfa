// Package product knows which of the provider's other products a customer has.
// Support is offered the settings of no others there, and goes over to none:
// what a customer does not have is decided by a rule of policy, and not by what
// a list happens to show.
package product

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/store"
)

// Topic is touched when a product was changed, or is a customer's or no longer.
const Topic = "product"

// Product is another product of the provider's, as one customer has it or not.
type Product struct {
	ID     id.Product
	Name   string
	Active bool
	Since  time.Time // zero: the customer does not have it
}

// Of gives every product there is, by name, with those that the customer has
// marked so.
func Of(tx *store.AcrossTx, org id.Org) ([]Product, error) {
	return store.All(tx, every, scan, identity.Provider, org)
}

// Had are the products that the unit's organisation has.
func Had(tx *store.Tx) ([]id.Product, error) {
	return store.All(tx, had, store.Scalar[id.Product])
}

// Has tells whether a customer has a product.
func Has(tx *store.AcrossTx, org id.Org, which id.Product) (bool, error) {
	n, err := store.One(tx, has, store.Scalar[int], org, which)
	return n > 0, err
}

// May tells whether somebody says which products the customer has.
func May(who actor.Actor, a account.Account) bool {
	_, err := a.May(who, "keepCustomerProducts")
	return err == nil
}

// Give notes that a customer has a product. Faults: NotFound where there is no
// such product or customer, Conflict "already_done", and "account_over" after
// the end of the account.
func Give(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, which id.Product) error {
	return keep(ctx, s, who, org, which, "account.product_added", func(tx *store.Tx, a account.Account) (int64, error) {
		if a.Phase == account.Ended {
			return 0, fault.New(fault.Conflict, "account_over")
		}
		return tx.Exec(add, which, tx.Now())
	})
}

// Withdraw notes that a customer has a product no longer: passes to it end. A
// product that they do not have is NotFound.
func Withdraw(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, which id.Product) error {
	return keep(ctx, s, who, org, which, "account.product_removed", func(tx *store.Tx, _ account.Account) (int64, error) {
		n, err := tx.Exec(drop, which)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "not_found")
		}
		return n, err
	})
}

// keep is one unit about a customer's products, written in both books.
func keep(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, which id.Product, kind string, do func(*store.Tx, account.Account) (int64, error)) error {
	return s.Across().Do(ctx, func(all *store.AcrossTx) error {
		p, err := store.One(all, one, scan, identity.Provider, org, which)
		if err != nil {
			return err
		}
		e := ledger.Entry{Kind: kind, Subject: string(org)}
		err = all.For(org, func(tx *store.Tx) error {
			a, err := account.Find(tx)
			if err != nil {
				return err
			}
			if e.Rule, err = a.May(who, "keepCustomerProducts"); err != nil {
				return err
			}
			e.Facts = map[string]any{"Organisation": a.Name, "Product": p.Name}
			n, err := do(tx, a)
			if err == nil && n == 0 {
				err = fault.New(fault.Conflict, "already_done")
			}
			tx.Touch(Topic)
			return errors.Join(err, ledger.Append(tx, who, e))
		})
		if err != nil {
			return err
		}
		return all.For(identity.Provider, func(tx *store.Tx) error { return ledger.Append(tx, who, e) })
	})
}
