package deliver

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/store"
)

// What is taken back must not leave, wherever it is: messages that wait in the
// database are cancelled there; those that a lane has in its memory are dropped,
// those on their way to a carrier broken off, and those that a carrier has and
// can still let be taken from it, when the lane hears of it, which every node
// does after the commit. Hearing can fail, so what has been here for more than
// a moment is looked up again before it leaves. A message that a carrier has is
// marked in the database as well, so that its failure leads to no next way.

// errTakenBack is why a send that was under way ended.
var errTakenBack = errors.New("it was taken back while it was being sent")

// sure is how long a node may rely on what it last knew of a message.
const sure = time.Second

// recall says that what was queued about a thing before an instant is not to
// be said any more.
type recall struct {
	about  string
	before time.Time
	calls  bool // but for what goes to programs
}

const recallTopic = "taken back "

// topic is the recall as other lanes and nodes hear of it.
func (r recall) topic() string {
	which := "all "
	if r.calls {
		which = "calls "
	}
	return recallTopic + which + strconv.FormatInt(r.before.UnixMicro(), 10) + " " + r.about
}

// recalled reads a topic; ok is false if it is about something else.
func recalled(topic string) (r recall, ok bool) {
	rest, ok := strings.CutPrefix(topic, recallTopic)
	if !ok {
		return r, false
	}
	part := strings.SplitN(rest, " ", 3)
	if len(part) != 3 {
		return r, false
	}
	at, err := strconv.ParseInt(part[1], 10, 64)
	return recall{about: part[2], before: time.UnixMicro(at), calls: part[0] == "calls"}, err == nil
}

// meant tells whether the recall is of this message. What is queued in the
// unit that takes the others back has its instant, and stays.
func (r recall) meant(m Message) bool {
	return m.About == r.about && m.Made.Before(r.before) && !(r.calls && m.Purpose == Handover)
}

// flight is one message on its way to a carrier.
type flight struct {
	m     Message
	abort context.CancelCauseFunc
}

// held is a message that a carrier has and can still let be.
type held struct {
	m    Message
	stop func()
}

// returns is how a channel hears that a message is taken back that has left.
type returns struct {
	l *lane
	m Message
}

// Watch calls stop once if that happens before forget is called.
func (r *returns) Watch(stop func()) (forget func()) {
	l, m := r.l, r.m
	h := &held{m, sync.OnceFunc(stop)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.ContainsFunc(l.recall, func(r recall) bool { return r.meant(m) }) {
		go h.stop()
		return func() {}
	}
	l.held[h] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, h)
	}
}

// takeBack breaks off what is under way, stops what a carrier has, and
// remembers the recall for what has no hand yet.
func (l *lane) takeBack(r recall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.flying {
		if r.meant(f.m) {
			f.abort(errTakenBack)
		}
	}
	for h := range l.held {
		if r.meant(h.m) {
			delete(l.held, h)
			go h.stop()
		}
	}
	old := l.e.Store.Now().Add(-2 * sure)
	l.recall = append(slices.DeleteFunc(l.recall, func(r recall) bool { return r.before.Before(old) }), r)
}

// takeOff lets a message leave unless it was taken back.
func (l *lane) takeOff(m Message, abort context.CancelCauseFunc) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.ContainsFunc(l.recall, func(r recall) bool { return r.meant(m) }) {
		return false
	}
	l.flying[m.ID] = flight{m, abort}
	return true
}

// carry sends a message, if it is still to be sent.
func (l *lane) carry(m Message) outcome {
	ctx, abort := context.WithCancelCause(context.Background())
	defer abort(nil)
	if !l.takeOff(m, abort) {
		return outcome{message: m, idle: true}
	}
	defer func() {
		l.mu.Lock()
		delete(l.flying, m.ID)
		l.mu.Unlock()
	}()
	if l.e.Store.Now().Sub(m.known) > sure {
		var now State
		err := l.e.Store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
			now, err = store.One(tx, stateOf, store.Scalar[State], m.Org, m.ID)
			return err
		})
		if err == nil && now != Queued || errors.Is(context.Cause(ctx), errTakenBack) {
			return outcome{message: m, idle: true}
		}
	}
	o := l.e.send(ctx, m, &returns{l, m})
	if o.err != nil && errors.Is(context.Cause(ctx), errTakenBack) {
		o.err = errTakenBack
	}
	return o
}
