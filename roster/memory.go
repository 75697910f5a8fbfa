package roster

import (
	"maps"
	"slices"
	"sync"

	"muster/id"
	"muster/store"
)

// A roster changes seldom and is asked for before every alarm. So each process
// remembers what units read of it, under Organisation.Version, which every
// change counts up in its own transaction: a unit reads the version first, and
// uses what was read at that very version and nothing else. Nobody who has
// left is called, and nobody who has joined is forgotten, on any node.

// sight is what one unit knows of its roster.
type sight struct {
	version int64 // as read in this unit; 0: not yet
	edits   bool  // it changes the roster, and must read what it wrote
	page
}

// page is what was read of a roster at one version. It never changes once it
// is in the memory.
type page struct {
	org   *Organisation
	lists map[string][]Recipient // whom an alarm of a workspace goes to
}

// everywhere stands in page.lists for all workspaces.
const everywhere = "*"

// memory is what the process remembers of each organisation.
type memory struct {
	mu    sync.RWMutex
	pages map[id.Org]remembered
}

type remembered struct {
	version int64
	page
}

// mostRosters bounds the memory; beyond it, it begins anew.
const mostRosters = 10_000

func memoryOf(tx *store.Tx) *memory {
	return tx.Shelf("roster", func() any { return &memory{pages: map[id.Org]remembered{}} }).(*memory)
}

func sightOf(tx *store.Tx) *sight { return tx.Slot("roster", func() any { return &sight{} }).(*sight) }

// AsOf tells the unit which version the roster has, where it was read together
// with something else; Get then has to read nothing that is remembered.
func AsOf(tx *store.Tx, version int64) {
	s := sightOf(tx)
	if s.version != 0 || s.edits {
		return
	}
	s.version = version
	m := memoryOf(tx)
	m.mu.RLock()
	defer m.mu.RUnlock()
	if known := m.pages[tx.Org()]; known.version == version {
		s.page = known.page
	}
}

// Changed counts a change of the roster and tells who watches. Whoever writes
// a table of the roster calls it in the same unit.
func Changed(tx *store.Tx) error {
	edited(tx)
	tx.Touch("roster")
	tx.Touch("board")
	return tx.Write(bumpVersion)
}

// edited makes the unit read what it wrote, and remember none of it.
func edited(tx *store.Tx) {
	s := sightOf(tx)
	s.edits, s.page = true, page{}
}

// organisation is the unit's organisation, from memory where that is still
// so.
func (s *sight) organisation(tx *store.Tx) (Organisation, error) {
	if s.org != nil && !s.edits {
		return *s.org, nil
	}
	o, err := store.One(tx, getOrganisation, scanOrganisation)
	if err != nil || s.edits {
		return o, err
	}
	AsOf(tx, o.Version)
	if s.version == o.Version { // not changed since the version was read
		s.learn(tx, page{org: &o, lists: s.lists})
	}
	return o, nil
}

// list is a list of people that read would find, from memory where that is
// still so.
func (s *sight) list(tx *store.Tx, name string, read func() ([]Recipient, error)) ([]Recipient, error) {
	if known, ok := s.lists[name]; ok {
		return slices.Clone(known), nil
	}
	all, err := read()
	if err != nil || s.edits || s.version == 0 {
		return all, err
	}
	lists := maps.Clone(s.lists)
	if lists == nil {
		lists = map[string][]Recipient{}
	}
	lists[name] = slices.Clone(all)
	s.learn(tx, page{org: s.org, lists: lists})
	return all, nil
}

// learn keeps a page for this unit and, once what it rests on is committed,
// for those that follow.
func (s *sight) learn(tx *store.Tx, p page) {
	s.page = p
	org, version, m := tx.Org(), s.version, memoryOf(tx)
	tx.AfterCommit(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.pages[org].version > version {
			return
		}
		if len(m.pages) >= mostRosters {
			clear(m.pages)
		}
		m.pages[org] = remembered{version, p}
	})
}
