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

// Whoever is inside two customers is asked about in the one: what the other is
// busy with holds nothing up, and two such questions do not wait for each other.
func TestADecisionDoesNotWaitForAnotherCustomer(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		if w.Store.Kind() != "postgres" {
			t.Skip("SQLite writes one unit at a time")
		}
		_, token := w.Product("Freight Desk", desk)
		w.Visit(grant.View)
		here := w.Org.ID
		w.Org = w.Organisation("Salmi Logistics").Live()
		w.Visit(grant.View)
		w.Stop()
		held, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- w.Store.Do(t.Context(), w.Org.ID, func(tx *store.Tx) error {
				_, err := ledger.List(tx, ledger.Filter{})
				close(held)
				<-done
				return err
			})
		}()
		<-held
		got, err := w.Office.Decide(t.Context(), token, []pass.Question{{
			Subject: pass.Thing{Type: "staff", ID: string(w.Agent.ID)}, Action: "view", Resource: pass.Thing{Type: "page", ID: "board", Org: here},
		}})
		close(done)
		if err != nil || len(got) != 1 || !got[0].Allowed {
			t.Errorf("it waited: %v, %+v", err, got)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
