package grant_test

import (
	"errors"
	"testing"

	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

// What was done by a grant is read in pages, also when its owner has done much
// else since; the file of evidence has all of it.
func TestWhatWasDoneByAGrantIsReadInPages(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.Stop()
		g := w.opened()
		did := func(kind string, n int) {
			t.Helper()
			err := s.Do(t.Context(), w.ID, func(tx *store.Tx) (err error) {
				for range n {
					err = errors.Join(err, ledger.Append(tx, w.agent.Actor, ledger.Entry{Kind: kind, Subject: "x"}))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		const acts = 2*ledger.MaxList + 30
		did("visit.looked", acts)
		if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, g.ID, ""); err != nil {
			t.Fatal(err)
		}
		did("visit.refused", ledger.MaxList+50)
		seen, pages := 0, 0
		for before := int64(0); ; pages++ {
			f, err := w.office.FileFrom(t.Context(), w.Admin.Actor, g.ID, before)
			if err != nil || len(f.Acts) > ledger.MaxList || pages > 5 {
				t.Fatalf("page %d: %d, %v", pages, len(f.Acts), err)
			}
			for _, r := range f.Acts {
				if r.Kind != "visit.looked" {
					t.Fatalf("%s was not done by it", r.Kind)
				}
			}
			seen += len(f.Acts)
			if before = f.Older; before == 0 {
				break
			}
		}
		if seen != acts || pages != 2 {
			t.Errorf("%d of %d on %d pages", seen, acts, pages+1)
		}
	})
}
