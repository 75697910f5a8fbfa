package identity

import (
	"context"
	"crypto/sha256"
	"time"

	"muster/store"
)

// noteAgain is how long after a notice of refused tries in the book the next
// one follows, however many tries there are.
const noteAgain = 15 * time.Minute

// try is one act to count against one bucket.
type try struct {
	limit
	subject string
}

// key is what stands for the subject in the table, so that it lists nobody.
func (t try) key() []byte {
	sum := sha256.Sum256([]byte(t.subject))
	return sum[:]
}

// count counts an act against all the buckets, and commits that by itself:
// what comes after may fail and undo its own unit. An empty bucket gives
// Limited "limited" with Seconds to wait, and which one it was.
func (g *Gate) count(ctx context.Context, tries ...try) (empty *try, err error) {
	var wait time.Duration
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		empty, wait = nil, 0
		for i, t := range tries {
			if err := tx.Write(openBucket, t.purpose, t.key()); err != nil {
				return err
			}
			full, err := store.One(tx, readBucket, scanTime, t.purpose, t.key())
			if err != nil {
				return err
			}
			next, w := t.take(full, tx.Now())
			if w > 0 {
				empty, wait = &tries[i], w
				return nil
			}
			if err := tx.Write(setBucket, t.purpose, t.key(), next); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && empty != nil {
		err = limited(wait)
	}
	return empty, err
}

// refused says in the books of an account that somebody tries to get in,
// once for many tries. It runs beside the answer, which must not differ for
// addresses without an account.
func (g *Gate) refused(folded string, t try, visit Visit) {
	g.after(func(ctx context.Context) error {
		return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
			n, err := tx.Exec(noteBucket, t.purpose, t.key(), tx.Now(), tx.Now().Add(-noteAgain))
			if err != nil || n == 0 {
				return err
			}
			return bookRefusal(tx, folded, t.purpose, visit)
		})
	})
}
