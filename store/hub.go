package store

import (
	"sync"
	"time"

	"muster/id"
)

// Change says that something under these topics of an organisation is new.
// Org "" with topic "*" means: anything may have changed.
//
// Due, where set, is the earliest instant at which a timer set in the unit
// wants attention; it stays on its node, and Topics may then be empty.
type Change struct {
	Org    id.Org
	Topics []string
	Due    time.Time
}

// hub passes changes to whoever watches on this node, and to the link that
// carries them to other nodes, where there are any.
type hub struct {
	mu       sync.RWMutex
	next     int
	watchers map[int]func(Change)
	link     func(Change) // to other nodes; nil when alone
}

func newHub() *hub { return &hub{watchers: map[int]func(Change){}} }

func (h *hub) watch(fn func(Change)) (stop func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := h.next
	h.next++
	h.watchers[key] = fn
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, key)
	}
}

// publish tells this node and the others.
func (h *hub) publish(c Change) {
	h.local(c)
	h.mu.RLock()
	link := h.link
	h.mu.RUnlock()
	if link != nil && len(c.Topics) > 0 {
		link(c)
	}
}

// local tells this node only.
func (h *hub) local(c Change) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, fn := range h.watchers {
		fn(c)
	}
}
