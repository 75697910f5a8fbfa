package deliver

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"muster/id"
	"muster/store"
)

// A message that is queued on a node with a free hand does not wait to be
// found: it is claimed in the very unit that queues it, and handed to the lane
// once that has committed. If the node dies in between, the claim runs out and
// the message comes up again as any other does.

// doors are the lanes of the engine that runs on this store, if one does.
type doors struct {
	mu    sync.RWMutex
	lanes map[Lane]*lane
}

// doorsOf are the store's; a store and its units have the same.
func doorsOf(s interface {
	Shelf(room string, fresh func() any) any
},
) *doors {
	return s.Shelf("deliver", func() any { return &doors{lanes: map[Lane]*lane{}} }).(*doors)
}

func (d *doors) hang(name Lane, l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lanes[name] = l
}

func (d *doors) lane(name Lane) *lane {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.lanes[name]
}

// claim tries to have a message of this unit handed over directly, and says
// until when it is claimed then. What can wait goes the way that yields.
func (d *doors) claim(tx *store.Tx, m Message, facts []byte) (until time.Time, ok bool) {
	l := d.lane(m.Lane)
	if l == nil || m.Lane != SOS && m.Lane != Duty {
		return until, false
	}
	h := handoverOf(tx)
	if !l.accepts(len(h.all)) {
		return until, false
	}
	until = m.Made.Add(leaseTime)
	h.all = append(h.all, handed{l, until, m, facts})
	return until, true
}

// handover is what one unit has claimed for the lanes of its own node.
type handover struct{ all []handed }

type handed struct {
	lane  *lane
	until time.Time // when its claim runs out
	m     Message
	facts []byte
}

func handoverOf(tx *store.Tx) *handover {
	return tx.Slot("deliver", func() any {
		h := &handover{}
		tx.AfterCommit(h.deliver)
		return h
	}).(*handover)
}

// drop leaves out what has just been taken back.
func (h *handover) drop(taken func(Message) bool) {
	h.all = slices.DeleteFunc(h.all, func(one handed) bool { return taken(one.m) })
}

// deliver hands over what has been committed. The reader of a message sees its
// facts as they are kept, so that they read the same whichever way they came.
func (h *handover) deliver() {
	for _, one := range h.all {
		one.m.Facts = nil
		if json.Unmarshal(one.facts, &one.m.Facts) != nil || one.lane.e.Store.Now().After(one.until.Add(-leaseTime/2)) {
			one.lane.look() // so late that another node may have it: the database will say
			continue
		}
		one.lane.take(one.m)
	}
}

// accepts tells whether a unit that hands over n messages already may hand over
// one more: nothing waits in the database for this lane, and there is a free
// hand. Several units may be told so at once; what is too much then waits here.
func (l *lane) accepts(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open && !l.ended && l.load+n < cap(l.work)
}

// shut says that this lane takes nothing more.
func (l *lane) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}

// take puts a message that is claimed for this lane before it.
func (l *lane) take(m Message) {
	l.mu.Lock()
	l.inbox = append(l.inbox, m)
	l.load++
	l.mu.Unlock()
	l.rouse()
}

// look makes the lane look what waits in the database, at once.
func (l *lane) look() {
	l.doubt()
	l.rouse()
}

// doubt makes the lane look at its next turn.
func (l *lane) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open, l.unseen = false, true
}

func (l *lane) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// busy tells whether the lane has anything to send.
func (l *lane) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.load > 0
}

// line is what is claimed and waits for a hand, an organisation after the
// other.
type line struct {
	of   map[id.Org][]Message
	turn []id.Org
	n    int
}

func (q *line) add(m Message) {
	if q.of == nil {
		q.of = map[id.Org][]Message{}
	}
	if len(q.of[m.Org]) == 0 {
		q.turn = append(q.turn, m.Org)
	}
	q.of[m.Org] = append(q.of[m.Org], m)
	q.n++
}

// next is the first message of the organisation whose turn it is.
func (q *line) next() (Message, bool) {
	if q.n == 0 {
		return Message{}, false
	}
	org := q.turn[0]
	q.turn = q.turn[1:]
	m := q.of[org][0]
	if q.of[org] = q.of[org][1:]; len(q.of[org]) == 0 {
		delete(q.of, org)
	} else {
		q.turn = append(q.turn, org)
	}
	q.n--
	return m, true
}
