package roster_test

import (
	"testing"

	"muster/actor"
	"muster/id"
	"muster/roster"
	"muster/store"
)

func remove(t *testing.T, s *store.Store, who actor.Actor, person id.Person) error {
	t.Helper()
	return s.Do(t.Context(), who.Org, func(tx *store.Tx) error { return roster.RemovePerson(tx, who, person) })
}
