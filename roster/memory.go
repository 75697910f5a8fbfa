package roster

import (
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
	version int64          // as read in this unit; 0: not yet
	edits   bool           // it changes the roster, and must read what it wrote
	page    *page          // what was read at that version by others
	own     map[string]any // and by this unit, which others see once it has committed
}

// page is what was read of a roster at one version. What lies in it never
// changes.
type page struct {
	version int64
	facts   sync.Map // what it is called: what was read
}

// memory is what the process remembers of each organisation.
type memory struct {
	mu    sync.RWMutex
	pages map[id.Org]*page
	facts int // learned since it began
}

// Beyond these the memory begins anew.
const (
	mostRosters = 10_000
	mostFacts   = 200_000
)

func memoryOf(tx *store.Tx) *memory {
	return tx.Shelf("roster", func() any { return &memory{pages: map[id.Org]*page{}} }).(*memory)
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
	if known := m.pages[tx.Org()]; known != nil && known.version == version {
		s.page = known
	}
}

// Changed counts a change of the roster and tells who watches. Whoever writes
// a table of the roster, or one that others Remember, calls it in the same
// unit.
func Changed(tx *store.Tx) error {
	edited(tx)
	tx.Touch("roster")
	tx.Touch("board")
	return tx.Write(bumpVersion)
}

// edited makes the unit read what it wrote, and remember none of it.
func edited(tx *store.Tx) {
	s := sightOf(tx)
	s.edits, s.page, s.own = true, nil, nil
}

// Remember is what read finds of the unit's organisation, from memory where the
// roster has not changed since. The name is read's own; nobody changes what it
// gives. Where the unit does not know the roster's version it is read anew.
func Remember[T any](tx *store.Tx, name string, read func() (T, error)) (T, error) {
	s := sightOf(tx)
	if known, ok := s.knows(name); ok {
		return known.(T), nil
	}
	found, err := read()
	if err == nil {
		s.learn(tx, name, found)
	}
	return found, err
}

// organisation is the unit's organisation, from memory where that is still
// so.
func (s *sight) organisation(tx *store.Tx) (Organisation, error) {
	const name = "organisation"
	if known, ok := s.knows(name); ok {
		return known.(Organisation), nil
	}
	o, err := store.One(tx, getOrganisation, scanOrganisation)
	if err != nil || s.edits {
		return o, err
	}
	AsOf(tx, o.Version)
	if s.version == o.Version { // not changed since the version was read
		s.learn(tx, name, o)
	}
	return o, nil
}

// people is a list of people that read would find, from memory where that is
// still so.
func people(tx *store.Tx, name string, read func() ([]Recipient, error)) ([]Recipient, error) {
	all, err := Remember(tx, "people/"+name, read)
	return slices.Clone(all), err
}

func (s *sight) knows(name string) (fact any, ok bool) {
	if fact, ok = s.own[name]; ok || s.page == nil {
		return fact, ok
	}
	return s.page.facts.Load(name)
}

// learn keeps a fact for this unit and, once what it rests on is committed,
// for those that follow.
func (s *sight) learn(tx *store.Tx, name string, fact any) {
	if s.edits || s.version == 0 {
		return
	}
	if s.own == nil {
		s.own = map[string]any{}
		org, m := tx.Org(), memoryOf(tx)
		tx.AfterCommit(func() { m.take(org, s.version, s.own) })
	}
	s.own[name] = fact
}

// take adds what a unit has read at a version.
func (m *memory) take(org id.Org, version int64, facts map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pages[org]
	if p != nil && p.version > version {
		return
	}
	if m.facts += len(facts); m.facts > mostFacts || len(m.pages) >= mostRosters {
		clear(m.pages)
		m.facts, p = len(facts), nil
	}
	if p == nil || p.version < version {
		p = &page{version: version}
		m.pages[org] = p
	}
	for name, fact := range facts {
		p.facts.Store(name, fact)
	}
}
