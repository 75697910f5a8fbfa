package api

import (
	"context"
	"sync"

	"muster/id"
	"muster/roster"
	"muster/store"
)

// workerView is a worker as shifts and alarms show one.
type workerView struct {
	ID    string `json:"id" example:"per_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name  string `json:"name" example:"Aino Virtanen"`
	PIN   string `json:"pin" example:"4711"`
	Phone string `json:"phone,omitempty" example:"+358401234567"`
}

// names keeps the names of workers, so that a check-in need not read the
// roster to say whose it was. A change of a roster, here or on another node,
// drops what is kept of its organisation.
type names struct {
	mu    sync.RWMutex
	drops uint64 // counts drops: what was read before one may not be kept after it
	known map[id.Org]map[id.Person]workerView
}

// mostNames bounds what is kept of one organisation.
const mostNames = 20_000

func newNames() *names { return &names{known: map[id.Org]map[id.Person]workerView{}} }

func (n *names) watch(s *store.Store) {
	s.Watch(func(c store.Change) {
		for _, topic := range c.Topics {
			if topic == "roster" || topic == "*" {
				n.drop(c.Org)
				return
			}
		}
	})
}

func (n *names) drop(org id.Org) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drops++
	if org == "" {
		clear(n.known)
		return
	}
	delete(n.known, org)
}

// of is the worker's name and PIN.
func (n *names) of(ctx context.Context, s *store.Store, org id.Org, person id.Person) (workerView, error) {
	n.mu.RLock()
	w, ok := n.known[org][person]
	drops := n.drops
	n.mu.RUnlock()
	if ok {
		return w, nil
	}
	err := s.View(ctx, org, func(tx *store.Tx) (err error) {
		w, err = n.in(tx, person)
		return err
	})
	if err != nil {
		return workerView{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.drops == drops {
		if n.known[org] == nil || len(n.known[org]) >= mostNames {
			n.known[org] = map[id.Person]workerView{}
		}
		n.known[org][person] = w
	}
	return w, nil
}

// in is the same inside a view that is open already, which may be older than
// the last drop: what it reads is kept as long as the view.
func (n *names) in(tx *store.Tx, person id.Person) (workerView, error) {
	n.mu.RLock()
	w, ok := n.known[tx.Org()][person]
	n.mu.RUnlock()
	if ok {
		return w, nil
	}
	read := tx.Slot("api.names", func() any { return map[id.Person]workerView{} }).(map[id.Person]workerView)
	if w, ok := read[person]; ok {
		return w, nil
	}
	p, err := roster.Find(tx, person)
	if err != nil {
		return workerView{}, err
	}
	w = workerView{ID: string(person), Name: p.Name, PIN: p.PIN, Phone: p.Phone()}
	read[person] = w
	return w, nil
}
