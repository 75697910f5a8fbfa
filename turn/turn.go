// Package turn does what no request waits for, over all organisations: round
// after round, and so that one organisation in which it fails holds up no other.
package turn

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/id"
	"muster/store"
)

// Batch is how much a round reads at once.
const Batch = 100

// Run takes a round at the start, whenever one of the topics is touched, and
// after each rest, until ctx ends. What fails is handed to failed, and tried
// again in the next round. Any number may run on one database.
func Run(ctx context.Context, s *store.Store, topics []string, rest time.Duration, round func(context.Context) error, failed func(error)) {
	wake := make(chan struct{}, 1)
	stop := s.Watch(func(c store.Change) {
		if slices.ContainsFunc(c.Topics, func(t string) bool { return t == "*" || slices.Contains(topics, t) }) {
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		}
	})
	defer stop()
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := round(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-tick.C:
		}
	}
}

// Each reads all there is to do, page after page, each page after the last of
// the one before, and does it. Where it fails, the rest of that organisation is
// left for the next round, and the others go on.
func Each[T any](ctx context.Context, read func(after T) ([]T, error), org func(T) id.Org, do func(T) error) error {
	var failed error
	held := map[id.Org]bool{}
	var after T
	for ctx.Err() == nil {
		page, err := read(after)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, one := range page {
			if held[org(one)] {
				continue
			}
			if err := do(one); err != nil {
				held[org(one)] = true
				failed = errors.Join(failed, err)
			}
		}
		if len(page) < Batch {
			break
		}
		after = page[len(page)-1]
	}
	return failed
}
