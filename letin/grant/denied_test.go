package grant_test

import (
	"context"
	"testing"
	"time"

	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/store"
)

// A refusal begins no book of an organisation that is not there, and uses up no
// key: whoever is asked for the same once more, and may by then, is not told
// that it has been done.
func TestARefusalLeavesNothingButItsEntry(t *testing.T) {
	s := mustertest.Store(t)
	w := open(t, s)
	e := grant.Emergency{Org: id.New[id.Org](), Words: "Nobody is called when help is pressed"}
	_, err := w.office.Break(t.Context(), w.agent.Actor, e)
	expect(t, "break into nowhere", err, "not_found")
	err = s.View(t.Context(), e.Org, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{})
		if len(all) > 0 {
			t.Errorf("a book was begun: %s", all[0].Kind)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	g := w.ask()
	monitor := w.Monitor("Mika")
	keyed := func() context.Context { return store.WithOnce(t.Context(), &store.Once{Key: "once"}) }
	_, err = w.office.Revoke(keyed(), monitor.Actor, g.ID, "")
	refusedBy(t, "revoke by a monitor", err, "letin-revoke")
	if _, err = w.office.Revoke(keyed(), w.Admin.Actor, g.ID, ""); err != nil {
		t.Errorf("again, by whoever may: %v", err)
	}
}

// access A10: an emergency does not wait for what the provider's own people are
// at. Two units that each held one and wanted the other would wait for ever.
func TestAccessA10AnEmergencyWaitsForNobody(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		if s.Kind() != "postgres" {
			t.Skip("SQLite writes one unit at a time")
		}
		w := open(t, s)
		if err := w.office.PutBreaker(t.Context(), w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		held, done := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
				return tx.For(identity.Provider, func(tx *store.Tx) error {
					_, err := ledger.List(tx, ledger.Filter{}) // by now the provider's is this unit's
					close(held)
					<-done
					return err
				})
			})
		}()
		<-held
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := w.office.Break(ctx, w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"})
		close(done)
		if err != nil {
			t.Errorf("it waited: %v", fault.From(err))
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
