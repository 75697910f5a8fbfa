package visit_test

import (
	"context"
	"slices"
	"testing"

	"muster/letin/grant"
	"muster/letin/visit"
	"muster/mustertest"
	"muster/store"
)

// WK4: that somebody was thrown out is one act with the end of the access, even
// where whoever did it is cut off in that instant.
func TestWK4ThrowingOutIsOneAct(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.View)
		cookie := c.enter("")
		all, err := c.house.List(t.Context(), c.org.Admin.Actor, "")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cut := context.WithCancel(t.Context())
		defer s.Watch(func(change store.Change) {
			if slices.Contains(change.Topics, grant.Topic) {
				cut()
			}
		})()
		_, _ = c.house.ThrowOut(ctx, c.org.Admin.Actor, all[0].ID) // what it says nobody hears
		c.ended(cookie, visit.ThrownOut)
	})
}
