package store_test

import (
	"testing"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

var readNowhere = store.Query("nowhere_test.read", `select count(*) from organisation where org = $1`)

// An id of bytes that are no text is that of no organisation, on either
// database; it is nobody's failure.
func TestNoOrganisationHasAnIDThatIsNoText(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		fn := func(tx *store.Tx) error { _, err := store.One(tx, readNowhere, store.Scalar[int]); return err }
		for _, org := range []id.Org{"org_\x00", "\xff", "a\xc3"} {
			for door, err := range map[string]error{
				"do": s.Do(t.Context(), org, fn), "view": s.View(t.Context(), org, fn),
				"for": s.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.For(org, fn) }),
			} {
				if fault.KindOf(err) != fault.NotFound {
					t.Errorf("%s of %q: %v", door, org, err)
				}
			}
		}
	})
}
