package account

import (
	"slices"

	"muster/actor"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

// Find reads the account of the unit's organisation. One that nobody has
// entered is at phase Created, without a contract.
func Find(tx *store.Tx) (Account, error) {
	return store.One(tx, findCustomer, scanAccount, Version())
}

// Phase is how far the customer's life has come.
func Phase(tx *store.Tx) (Stage, error) {
	a, err := Find(tx)
	return a.Phase, err
}

// Told are those of the customer's who are told of what support does: the
// administrators of the whole organisation.
func Told(tx *store.Tx) (all []roster.Recipient, err error) {
	people, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	for _, p := range people {
		if slices.Contains(p.Roles, actor.Membership{Role: actor.Administrator}) {
			all = append(all, p.Recipient)
		}
	}
	return all, err
}

// ToldAtOnce are those who are told of an emergency: beside the administrators
// whoever stands for the organisation (access A10).
func ToldAtOnce(tx *store.Tx) ([]roster.Recipient, error) {
	all, err := Told(tx)
	if err != nil {
		return nil, err
	}
	contacts, err := duty.Contacts(tx)
	for _, c := range contacts {
		if !slices.ContainsFunc(all, func(r roster.Recipient) bool { return r.Person == c.Person }) {
			all = append(all, c)
		}
	}
	return all, err
}

// Readings are the latest acknowledgements of the policy, of all versions.
func Readings(tx *store.Tx) ([]Reading, error) { return store.All(tx, readings, scanReading) }

// Get reads one account for the provider's staff, and what was acknowledged.
// One that the actor may not see is NotFound, as if it did not exist.
func Get(tx *store.AcrossTx, who actor.Actor, org id.Org) (a Account, read []Reading, err error) {
	err = tx.For(org, func(tx *store.Tx) error {
		if a, err = Find(tx); err != nil {
			return err
		}
		if _, err := a.May(who, "seeCustomer"); err != nil {
			return err
		}
		read, err = Readings(tx)
		return err
	})
	return a, read, err
}

// own asks policy about the actor's own organisation as a customer.
func own(tx *store.Tx, who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Customer", ID: string(tx.Org()), Org: tx.Org()})
}

// MayRead tells whether the actor may read the policy of their organisation.
func MayRead(tx *store.Tx, who actor.Actor) error {
	_, err := own(tx, who, "seePolicy")
	return err
}
