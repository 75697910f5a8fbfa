package deliver_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/lang"
	"muster/store"
)

// A message goes to a free hand straight from its unit. What the unit undid
// must not go with it.
func TestOnlyWhatIsCommittedIsHandedOver(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}}) // the lane has looked, and is open
		synctest.Wait()
		call := func(tx *store.Tx, about string) {
			_, err := deliver.Queue(tx, deliver.Message{
				Purpose: "test", Lane: deliver.SOS, Lang: lang.English, About: about, Route: []deliver.Stop{aino}, Valid: time.Hour,
				Facts: map[string]any{"Who": about},
			})
			if err != nil {
				t.Error(err)
			}
		}
		undone := errors.New("undone")
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error {
			call(tx, "alm_undone")
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		err = o.s.Do(t.Context(), o.org, func(tx *store.Tx) error {
			call(tx, "alm_taken_back")
			call(tx, "alm_kept")
			return deliver.CancelAbout(tx, "alm_taken_back")
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // longer than any claim
		synctest.Wait()
		var threads []string
		for _, out := range o.mail.Sent()[1:] {
			threads = append(threads, out.Thread)
		}
		if len(threads) != 1 || threads[0] != "alm_kept" {
			t.Errorf("sent about %v, want alm_kept alone", threads)
		}
	})
}

// One unit may queue more than a lane has hands for; none of it waits for a
// claim to run out.
func TestWhatIsTooMuchForTheHandsIsFoundAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		const all = 500
		o.mail.Stall(all, 10*time.Millisecond)
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error {
			for range all {
				_, err := deliver.Queue(tx, deliver.Message{
					Purpose: "test", Lane: deliver.SOS, Lang: lang.English, Route: []deliver.Stop{aino}, Valid: time.Hour,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(o.mail.Sent()); n != all {
			t.Errorf("%d of %d sent within a second", n, all)
		}
	})
}
