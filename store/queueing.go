package store

import (
	"sync"

	"muster/id"
)

// queueing are the units that wait for the writer. Organisations take turns,
// so that a storm in one of them is not between another and its call for help;
// work over all of them is one more that takes its turn.
type queueing struct {
	mu      sync.Mutex
	arrived *sync.Cond
	of      map[id.Org][]*unit
	turn    []id.Org // those that have somebody waiting, in the order of their turns
	closed  bool
}

func newQueueing() *queueing {
	q := &queueing{of: map[id.Org][]*unit{}}
	q.arrived = sync.NewCond(&q.mu)
	return q
}

// add puts a unit behind those of its organisation; it is false once the store
// is closed.
func (q *queueing) add(u *unit) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	waiting := q.of[u.b.org]
	if len(waiting) == 0 {
		q.turn = append(q.turn, u.b.org)
	}
	q.of[u.b.org] = append(waiting, u)
	q.arrived.Signal()
	return true
}

// next waits for a unit; it is nil once the store is closed and nobody waits.
func (q *queueing) next() *unit {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.turn) == 0 && !q.closed {
		q.arrived.Wait()
	}
	return q.take()
}

// tryNext is a unit that waits already, nil if none does.
func (q *queueing) tryNext() *unit {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.take()
}

func (q *queueing) take() *unit {
	if len(q.turn) == 0 {
		return nil
	}
	org := q.turn[0]
	q.turn = q.turn[1:]
	waiting := q.of[org]
	u := waiting[0]
	if len(waiting) == 1 {
		delete(q.of, org)
	} else {
		q.of[org] = waiting[1:]
		q.turn = append(q.turn, org)
	}
	return u
}

// close lets nobody in any more; those who wait are still served.
func (q *queueing) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.arrived.Broadcast()
}
