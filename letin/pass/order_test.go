package pass_test

import (
	"context"
	"testing"
	"time"

	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/mustertest/guest"
	"muster/store"
)

// Two units that each held the customer's or the provider's and wanted the
// other's would wait for ever: whoever opens a product holds the customer's
// alone.
func TestOpeningAProductDoesNotWaitForTheProvider(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		if w.Store.Kind() != "postgres" {
			t.Skip("SQLite writes one unit at a time")
		}
		p, _ := w.Product("Freight Desk", desk)
		s := w.Visit(grant.View)
		w.Stop() // engines, whose messages to either would wait with them
		held, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- w.Store.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
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
		_, err := w.Office.Open(ctx, w.Agent.Actor, p.ID, s.ID, pass.View)
		close(done)
		if err != nil {
			t.Errorf("it waited: %v", err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
