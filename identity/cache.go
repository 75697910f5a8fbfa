package identity

import (
	"crypto/sha256"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"muster/actor"
	"muster/store"
)

// topicPrefix marks the changes that end something here; the rest of the
// topic is the identifier of an account, person, organisation, session, token,
// staff member or grant, all of whose entries are to be forgotten.
const topicPrefix = "identity:"

const (
	shards    = 64
	shardSize = 2048 // entries; beyond it the shard starts anew
	// freshFor bounds how long an end can go unnoticed when the connection
	// that carries changes between nodes is down.
	freshFor = 5 * time.Second
)

// entry is what is known about a secret. It never changes once made.
type entry struct {
	who     actor.Actor
	session Session   // for cookies
	until   time.Time // to be read again, or over
	ids     []string  // what an end may name
}

// cache keeps entries by the hash of the secret.
type cache struct {
	// ends counts what was forgotten: an entry that was read before and put
	// after may be out of date already.
	ends  atomic.Uint64
	shard [shards]struct {
		mu      sync.RWMutex
		entries map[hash]*entry
	}
}

func newCache() *cache {
	c := &cache{}
	for i := range c.shard {
		c.shard[i].entries = map[hash]*entry{}
	}
	return c
}

func (c *cache) get(key hash, now time.Time) *entry {
	s := &c.shard[key[0]%shards]
	s.mu.RLock()
	e := s.entries[key]
	s.mu.RUnlock()
	if e == nil || !now.Before(e.until) {
		return nil
	}
	return e
}

// put keeps an entry that was read after ends stood at since.
func (c *cache) put(key hash, e *entry, since uint64) {
	s := &c.shard[key[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ends.Load() != since {
		return
	}
	if len(s.entries) >= shardSize {
		clear(s.entries)
	}
	s.entries[key] = e
}

// forget drops every entry that has to do with one of the identifiers; nil
// drops all.
func (c *cache) forget(ids map[string]bool) {
	c.ends.Add(1) // first, so that nothing read before this is put after it
	for i := range c.shard {
		s := &c.shard[i]
		s.mu.Lock()
		for key, e := range s.entries {
			if ids == nil || e.about(ids) {
				delete(s.entries, key)
			}
		}
		s.mu.Unlock()
	}
}

func (e *entry) about(ids map[string]bool) bool {
	for _, id := range e.ids {
		if ids[id] {
			return true
		}
	}
	return false
}

// heard is told of each change that commits, here or on another node.
func (g *Gate) heard(c store.Change) {
	var ids map[string]bool
	for _, topic := range c.Topics {
		if topic == "*" {
			g.known.forget(nil)
			return
		}
		if about, ok := strings.CutPrefix(topic, topicPrefix); ok {
			if ids == nil {
				ids = map[string]bool{}
			}
			ids[about] = true
		}
	}
	if ids != nil {
		g.known.forget(ids)
	}
}

// ends makes the unit's commit forget whatever has to do with the
// identifier, on every node.
func ends[T ~string](tx *store.Tx, id T) { tx.Touch(topicPrefix + string(id)) }

// ends does the same for a unit that belongs to no organisation.
func (g *Gate) ends(tx *store.AcrossTx, ids ...string) {
	topics := make([]string, len(ids))
	for i, id := range ids {
		topics[i] = topicPrefix + id
	}
	tx.AfterCommit(func() { g.store.Tell(store.Change{Topics: topics}) })
}

func kept(secret string) hash { return sha256.Sum256([]byte(secret)) }
