package pass

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"muster/fault"
	"muster/id"
	"muster/letin/product"
	"muster/store"
)

// streams wakes those who listen for ends.
type streams struct {
	mu   sync.Mutex
	open map[chan struct{}]bool
}

const mostStreams = 200

// heard tells open streams that something may have ended, on this node or
// another. It must not wait.
func (s *streams) heard(c store.Change) {
	for _, t := range c.Topics {
		if t == "*" || t == product.Topic || strings.HasPrefix(t, "identity:") {
			s.mu.Lock()
			defer s.mu.Unlock()
			for wake := range s.open {
				select {
				case wake <- struct{}{}:
				default: // it is awake already
				}
			}
			return
		}
	}
}

func (s *streams) join() (wake chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= mostStreams {
		return nil, fault.New(fault.Limited, "limited")
	}
	wake = make(chan struct{}, 1)
	s.open[wake] = true
	return wake, nil
}

func (s *streams) part(wake chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, wake)
}

// glance is how often a stream looks by itself: time ends things, too, and so
// does somebody at the database.
const glance = time.Second

// Listen calls ended for each visit to the product that ends before its pass
// does, and idle at least every other second, until one of them says that
// nobody listens, the product is switched off, or ctx ends.
func (o *Office) Listen(ctx context.Context, token string, ended func(id.Pass) error, idle func() error) error {
	wake, err := o.streams.join()
	if err != nil {
		return err
	}
	defer o.streams.part(wake)
	often := time.NewTicker(glance)
	defer often.Stop()
	told := map[id.Pass]time.Time{}
	for {
		over, err := o.ended(ctx, token, told)
		if err != nil {
			return err
		}
		for _, p := range over {
			if err := ended(p); err != nil {
				return err
			}
		}
		if len(over) == 0 {
			if err := idle(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-often.C:
		}
	}
}

// ended finds the visits of a product that are over and have not been told.
func (o *Office) ended(ctx context.Context, token string, told map[id.Pass]time.Time) (over []id.Pass, err error) {
	err = o.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		over = nil
		p, err := caller(tx, token)
		if err != nil {
			return err
		}
		rows, err := store.All(tx, livePasses, scanStay, p.ID, tx.Now())
		if err != nil {
			return err
		}
		for v, until := range told {
			if tx.Now().After(until) {
				delete(told, v)
			}
		}
		for _, v := range rows {
			if _, done := told[v.ID]; done {
				continue
			}
			if _, err := o.stays(tx, v, p.ID); errors.Is(err, errPass) {
				told[v.ID] = v.Expires.Add(time.Minute)
				over = append(over, v.ID)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	return over, err
}
