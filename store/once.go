package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"muster/fault"
)

// Once is the key under which a request must take effect at most once. The
// first unit of the request records it in the same transaction as the effect.
type Once struct {
	Key    string // caller's key, scoped by who calls
	Digest string // of the request, so that a key is not used for two different ones
	used   atomic.Bool
}

type onceKey struct{}

// WithOnce makes the first unit run under the returned context record the
// key; if it is already recorded the unit fails with Conflict "already_done".
// nil takes a key off the context: what runs under it stands apart.
func WithOnce(ctx context.Context, once *Once) context.Context {
	return context.WithValue(ctx, onceKey{}, once)
}

func claimOnce(tx *Tx) error {
	once, ok := tx.ctx.Value(onceKey{}).(*Once)
	if !ok || once == nil || once.used.Load() {
		return nil
	}
	n, err := tx.Exec(addOnce, once.Key, once.Digest, tx.now)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "already_done")
	}
	tx.AfterCommit(func() { once.used.Store(true) })
	return nil
}

// Answer is what a request recorded under a key was answered.
type Answer struct {
	Digest string
	Status int // 0 while the answer is not recorded
	Body   []byte
}

// RecordAnswer keeps the answer to a request that took effect under key.
func RecordAnswer(tx *Tx, key string, status int, body []byte) error {
	return tx.Write(answerOnce, key, status, body)
}

// RecordedAnswer returns what a request under key was answered, and whether
// there was one.
func RecordedAnswer(tx *Tx, key string) (Answer, bool, error) {
	a, err := One(tx, getOnce, func(r Row) (Answer, error) {
		var a Answer
		err := r.Scan(&a.Digest, &a.Status, &a.Body)
		return a, err
	}, key)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return Answer{}, false, nil
	}
	return a, err == nil, err
}

// onceKept is how long a key protects against a second effect.
const onceKept = 48 * time.Hour

// SweepOnce forgets keys that nobody will send again.
func (s *Store) SweepOnce(ctx context.Context) error {
	return s.Across().Do(ctx, func(tx *AcrossTx) error { return tx.Write(sweepOnce, tx.Now().Add(-onceKept)) })
}
