package grant_test

import (
	"testing"
	"testing/synctest"

	"muster/letin/grant"
	"muster/letin/staff"
	"muster/mustertest"
)

// FL2, WK8: what is done on the staff's pages ends a grant at once, not with
// the next look around.
func TestFL2AGrantFallsAsSoonAsItsOwnerIsDismissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		g := w.opened()
		ctx := t.Context()
		synctest.Wait()
		began := w.Store.Now()
		if err := (staff.Office{Store: w.Store}).Deactivate(ctx, w.manager.Actor, w.agent.ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if f, err := w.office.File(ctx, w.Admin.Actor, g.ID); err != nil || f.Stage != grant.Fallen || w.Store.Now().Sub(began) > 0 {
			t.Errorf("%s after %s, %v", f.Stage, w.Store.Now().Sub(began), err)
		}
	})
}
