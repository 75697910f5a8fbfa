package staff_test

import (
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/identity"
	"muster/ledger"
	"muster/store"
)

// queued counts the units that wait for an organisation.
var queued = store.Across("staff.test.queued", `select count(*) from pg_locks
	where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`)

// Two directors end each other's place at the same instant: one of them is left.
func TestTwoDirectorsAtOnceLeaveOne(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		dora := h.hire(h.olga, draft("Dora Director", actor.CustomerSuccess, actor.Director))
		olga, other := h.as(h.olga), h.as(dora)
		ends := make(chan error, 2)
		both := func() {
			go func() { ends <- h.Deactivate(ctx, olga, dora.ID) }()
			go func() { ends <- h.Deactivate(ctx, other, h.olga.ID) }()
		}
		err := h.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
			if h.Store.Kind() != "postgres" { // where units of themselves come one by one
				return nil
			}
			err := tx.For(identity.Provider, func(tx *store.Tx) error {
				_, err := ledger.List(tx, ledger.Filter{}) // by now the provider's is this unit's
				return err
			})
			both()
			for n := 0; n < 2 && err == nil; { // both stand in line
				n, err = store.One(tx, queued, store.Scalar[int])
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if h.Store.Kind() != "postgres" {
			both()
		}
		first, second := <-ends, <-ends
		if first == nil {
			first = second
		}
		if f := fault.From(first); f == nil || f.Code != "staff_last_director" {
			t.Errorf("both directors are gone: %v", first)
		}
	})
}
