package told_test

import (
	"context"
	"testing"
	"time"

	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

// Whoever writes news holds no customer meanwhile, nor waits for one: an alarm
// there gets through.
func TestNewsAreWrittenWhileACustomerIsBusy(t *testing.T) {
	s := mustertest.PostgresStore(t)
	h := open(t, s)
	h.town.Stop()
	d := h.down(h.database)
	p, err := h.office.Look(t.Context(), h.olga, d)
	h.must(err)
	d.Seen = p.Digest
	held, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Do(t.Context(), h.north.ID, func(tx *store.Tx) error {
			_, err := ledger.List(tx, ledger.Filter{}) // by now the customer is this unit's
			close(held)
			<-done
			return err
		})
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := h.office.Say(ctx, h.olga, d); err != nil {
		t.Errorf("it waited: %v", err)
	}
	close(done)
	h.must(<-ended)
}
