// Package outbox is a carrier that carries nothing and keeps everything: the
// demonstration shows what would have gone out.
package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"muster/deliver"
	"muster/store"
)

// room is how many messages are kept; the oldest go first.
const room = 2000

// Kept is a message that would have gone out.
type Kept struct {
	deliver.Outgoing
	Channel string
	At      time.Time
}

// Box keeps the messages of all its channels. Safe for use from many sides.
type Box struct {
	clock *store.Store

	mu   sync.Mutex
	kept []Kept
}

// New makes an empty box on the store's clock.
func New(s *store.Store) *Box { return &Box{clock: s} }

// Channel is a channel of that name that puts what it is given into the box.
func (b *Box) Channel(name string) deliver.Channel { return slot{b, name} }

// Latest are the kept messages, newest first.
func (b *Box) Latest() []Kept {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.kept)
	slices.Reverse(all)
	return all
}

type slot struct {
	box  *Box
	name string
}

func (s slot) Name() string { return s.name }

func (s slot) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if len(s.box.kept) >= room {
		s.box.kept = slices.Delete(s.box.kept, 0, room/10)
	}
	s.box.kept = append(s.box.kept, Kept{Outgoing: out, Channel: s.name, At: s.box.clock.Now()})
	return deliver.Receipt{State: deliver.Delivered, Detail: "kept in the outbox"}, nil
}
