package grant_test

import (
	"testing"
	"time"

	"muster/id"
	"muster/mustertest"
	"muster/store"
	"muster/turn"
)

var addHeld = store.Query("grant_test.news", `insert into letin_news (org, grant_id, what, by_name, at) values ($1, $2, 'asked', '', $3)`).Telemetry()

// News of one organisation that cannot be carried holds up that of no other,
// however much of it there is.
func TestNewsThatCannotBeCarriedHoldsUpNoOtherOrganisations(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.Stop()
		broken := id.New[id.Org]()
		err := s.Do(t.Context(), broken, func(tx *store.Tx) error {
			for n := range turn.Batch + 50 {
				if err := tx.Write(addHeld, id.New[id.Grant](), time.UnixMicro(int64(n+1))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		g := w.ask()
		if err := w.office.Turn(t.Context()); err == nil {
			t.Error("nothing failed")
		}
		f, err := w.office.File(t.Context(), w.lead.Actor, g.ID)
		if err != nil || len(f.Told) == 0 {
			t.Errorf("staff were told %d times, %v", len(f.Told), err)
		}
	})
}
