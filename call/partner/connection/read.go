package connection

import (
	"context"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/store"
)

// House is a monitoring partner as customers choose it.
type House struct {
	ID   id.Org
	Name string
}

// maxHouses bounds the list of partners.
const maxHouses = 200

// Houses lists the installation's monitoring partners, for an administrator to
// choose from. Partners are not shown who the customers are.
func Houses(ctx context.Context, s *store.Store, who actor.Actor) (all []House, err error) {
	if _, err := check(who, who.Org, "", "connect"); err != nil {
		return nil, err
	}
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err = store.All(tx, houses, scanHouse, maxHouses)
		return err
	})
	return all, err
}

// List lists all connections of the actor's organisation: those that wait for
// an answer first, those that have ended last.
func List(ctx context.Context, s *store.Store, who actor.Actor) (all []Connection, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := check(who, tx.Org(), "", "seeConnections"); err != nil {
			return err
		}
		all, err = store.All(tx, list, scan)
		return err
	})
	return all, err
}

// Get reads one connection of the unit's organisation.
func Get(tx *store.Tx, which id.Link) (Connection, error) { return store.One(tx, get, scan, which) }

// In lists the active connections in which the unit's organisation has the
// side.
func In(tx *store.Tx, side Side) ([]Connection, error) {
	return store.All(tx, active, scan, string(side))
}

// Hold is In for the customer's side, for a unit that writes changes of
// enrolments: who makes numbers for a connection makes them one after another.
func Hold(tx *store.Tx) ([]Connection, error) { return store.All(tx, holdAll, scan) }

// Working reads an active connection of the unit's organisation; any other is
// not there.
func Working(tx *store.Tx, which id.Link) (Connection, error) {
	c, err := Get(tx, which)
	if err == nil && c.State != Active {
		err = fault.New(fault.NotFound, "not_found")
	}
	return c, err
}

// Number makes the number of the connection's next change.
func Number(tx *store.Tx, which id.Link) (int64, error) {
	return store.One(tx, number, store.Scalar[int64], which)
}

// Remind notes how far people were reminded of the changes that wait.
func Remind(tx *store.Tx, which id.Link, level int64) error {
	return tx.Write(remind, which, level, tx.Now())
}

// Tied is the set of organisations with an active connection, of either side.
func Tied(ctx context.Context, s *store.Store) (map[id.Org]bool, error) {
	set := map[id.Org]bool{}
	err := s.Across().View(ctx, func(tx *store.AcrossTx) error {
		clear(set)
		all, err := store.All(tx, tied, scanOrg)
		for _, org := range all {
			set[org] = true
		}
		return err
	})
	return set, err
}

func check(who actor.Actor, org id.Org, which id.Link, action string) (string, error) {
	on := policy.Resource{Type: "Connection", ID: string(which), Org: org}
	if action == "connect" {
		on.Facts = policy.Admits // whom the customer connects with sees its alarms
	}
	return policy.Check(who, action, on)
}
