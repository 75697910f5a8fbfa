package store

import "sync"

// shelf is what rooms remember between units. What lies there is of this
// process alone and no part of any unit: whoever puts something there that a
// unit wrote does so after its commit.
type shelf struct {
	mu    sync.Mutex
	rooms map[string]any
}

func (h *shelf) of(room string, fresh func() any) any {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept, ok := h.rooms[room]
	if !ok {
		if h.rooms == nil {
			h.rooms = map[string]any{}
		}
		kept = fresh()
		h.rooms[room] = kept
	}
	return kept
}

// Shelf is a room's own memory for as long as the store is open; fresh makes
// it at the first asking. Many units use it at once.
func (s *Store) Shelf(room string, fresh func() any) any { return s.shelf.of(room, fresh) }

// Shelf is the store's, as a unit sees it.
func (tx *Tx) Shelf(room string, fresh func() any) any { return tx.shelf.of(room, fresh) }
