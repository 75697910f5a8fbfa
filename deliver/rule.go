package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/id"
	"muster/lang"
)

// Lane says how urgent a message is; lanes never wait for each other.
type Lane string

// The lanes, most urgent first.
const (
	SOS    Lane = "sos"    // a person needs help
	Duty   Lane = "duty"   // somebody must act: reminders, codes, verification
	Notice Lane = "notice" // news about the service
	Bulk   Lane = "bulk"   // everything else
)

// lanes lists them, most urgent first.
func lanes() []Lane { return []Lane{SOS, Duty, Notice, Bulk} }

// Stop is one address on a message's route.
type Stop struct {
	Channel string `json:"channel"`
	Address string `json:"address"`
}

// Message is one thing to say to one recipient.
type Message struct {
	Org     id.Org
	ID      id.Message // made by Queue
	Purpose string     // see package wording
	Lane    Lane
	Person  id.Person // the recipient; empty when not on the roster
	Lang    lang.Tag
	About   string // what it is about: an alarm, a shift
	Thread  string // messages with the same thread are one conversation; empty: About
	Facts   map[string]any
	Sealed  []byte        // further facts, made by Secrets
	Route   []Stop        // in the order to be tried
	Valid   time.Duration // how long it makes sense to deliver it, from when it may leave
	After   time.Time     // it may not leave before; zero: at once

	State   State
	Stop    int // where on the route it is
	Tries   int // at this stop
	Made    time.Time
	Expires time.Time

	known time.Time // when this node last knew that it was still to be sent
	over  bool      // nothing more is done for it; what comes back is only told
}

// AttemptID names the try that a message is at. It does not depend on which
// node makes it, so a try that is repeated after a crash carries the same id.
// It begins as the message's own id does, so that what comes back with an
// attempt's id alone leads to the message, also before the try is recorded.
func (m Message) AttemptID() id.Attempt {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%d", m.ID, m.Stop, m.Tries))
	return id.Attempt("att_" + string(m.ID[len("msg_"):sharedID]) + hex.EncodeToString(sum[:6]))
}

// sharedID is how much of their ids a message and its attempts have in common,
// with the prefix: the instant and 26 bits more.
const sharedID = len("msg_") + 20

// rank orders states by how much is known; a report never takes a message to
// a lower one.
var rank = map[State]int{
	Queued: 0, Failed: 1, Expired: 1, Cancelled: 1, HandedOver: 2, Relayed: 3, Delivered: 4, Answered: 5,
}

// stronger tells whether state b says more than a.
func stronger(b, a State) bool { return rank[b] > rank[a] }

// supersedes tells whether a report of state b changes an attempt, or a part of
// one, that is in state a. What was handed over or passed on may still come
// back; that it was passed on is no news about what has come back since.
func supersedes(b, a State) bool {
	if b == Failed || b == Cancelled {
		return a == HandedOver || a == Relayed
	}
	return stronger(b, a) && (a != Failed || stronger(b, Relayed))
}

// among is what a report about one part says about the whole, when the parts
// are in these states: it has failed as soon as one part has, and has come as
// far as the part that lags behind most. ok is false while that is no further
// than the carrier's taking it.
func (r Report) among(parts []State) (whole Report, ok bool) {
	whole = r
	whole.State = slices.MinFunc(parts, func(a, b State) int { return rank[a] - rank[b] })
	return whole, whole.State != HandedOver
}

// patience is how many tries a stop gets before the next one on the route is
// given a chance.
const patience = 3

// outcome is what one try came to.
type outcome struct {
	message Message
	stop    Stop
	receipt Receipt
	err     error
	idle    bool // it was taken back before it could leave
}

// step is what follows from an outcome: how the message stands and, if it is
// still queued, when it is tried next.
type step struct {
	state State
	stop  int
	tries int
	due   time.Time
}

// next decides what follows a try, at the instant now.
func (o outcome) next(now time.Time) step {
	m := o.message
	if o.err == nil {
		return step{state: o.receipt.State, stop: m.Stop, tries: m.Tries, due: m.heardBy(o.receipt.State, now)}
	}
	_, refused := refusedBy(o.err)
	more := m.Stop+1 < len(m.Route)
	if more && (refused || m.Tries+1 >= patience) {
		return step{state: Queued, stop: m.Stop + 1, due: now}
	}
	if refused {
		return step{state: Failed, stop: m.Stop, tries: m.Tries}
	}
	pause, more := o.pause()
	if !more {
		return step{state: Failed, stop: m.Stop, tries: m.Tries}
	}
	due := now.Add(pause)
	if due.After(m.Expires) {
		return step{state: Expired, stop: m.Stop, tries: m.Tries}
	}
	return step{state: Queued, stop: m.Stop, tries: m.Tries + 1, due: due}
}

// waits are how long a carrier's silence about a message that it took is
// borne before the next way is tried as well; what is not listed may be silent
// for good. See docs/adr/0016.
var waits = map[Lane]map[string]time.Duration{
	SOS: {
		"webpush": 15 * time.Second, "sms": 30 * time.Second, "whatsapp": 30 * time.Second,
		"email": time.Minute, "voice": 90 * time.Second,
	},
	Duty: {
		"webpush": time.Minute, "sms": 2 * time.Minute, "whatsapp": 2 * time.Minute, "voice": 3 * time.Minute,
	},
}

// followed are the purposes in which silence is followed up to the last way,
// whatever the channel: whoever is told of an incident is told until somebody
// may have heard (notices row 8). It stands for how long silence is borne.
var followed = map[string]time.Duration{"notice_incident": 15 * time.Minute, "notice_maintenance": 15 * time.Minute}

// heardBy is when the carrier of a message in this state should have said that
// it arrived; zero where nothing follows from it if it does not.
func (m Message) heardBy(s State, now time.Time) (due time.Time) {
	if s != HandedOver && s != Relayed || m.Stop >= len(m.Route) || m.over {
		return due
	}
	channel := m.Route[m.Stop].Channel
	wait, known := waits[m.Lane][channel]
	last := m.Stop == len(m.Route)-1
	if long, ok := followed[m.Purpose]; ok {
		wait, known, last = long, s == HandedOver, false // a system that took it in and reports no more is as good as a mail gets
	}
	if !known || last && (m.Lane != SOS || channel == "email") {
		return due // a mail's relay seldom says that it arrived; that it does not means little
	}
	if due = now.Add(wait); due.After(m.Expires) {
		return time.Time{}
	}
	return due
}

// afterSilence decides what follows when no good report came in time: the next
// way, beside what is under way already. ok is false where none is left, and
// the message stays as it is.
func (m Message) afterSilence(now time.Time) (step, bool) {
	if m.Stop+1 < len(m.Route) && now.Before(m.Expires) {
		return step{state: Queued, stop: m.Stop + 1, due: now}, true
	}
	return step{state: m.State, stop: m.Stop, tries: m.Tries}, false
}

// afterReport decides what a carrier's later report does to a message; latest
// tells whether it is about its latest try. Of a try before, only what is good
// news counts. ok is false when it changes nothing.
func (m Message) afterReport(r Report, latest bool, now time.Time) (step, bool) {
	if !latest && !stronger(r.State, Relayed) {
		return step{}, false
	}
	if r.State == Failed || r.State == Cancelled {
		if stronger(m.State, Relayed) || m.State == Queued || m.State == Failed {
			return step{}, false // something better is known already, or it moved on
		}
		if m.Stop+1 < len(m.Route) && now.Before(m.Expires) && !m.over {
			return step{state: Queued, stop: m.Stop + 1, due: now}, true
		}
		return step{state: r.State, stop: m.Stop, tries: m.Tries}, true
	}
	if !stronger(r.State, m.State) || m.State == Failed && !stronger(r.State, Relayed) {
		return step{}, false
	}
	return step{state: r.State, stop: m.Stop, tries: m.Tries, due: m.heardBy(r.State, now)}, true
}

// Lost tells whether nothing more is done for the message, and nobody may have
// got it as far as is known: it failed, or its carriers were silent for too long.
func (m Message) Lost() bool {
	switch m.State {
	case Failed, Expired, Cancelled:
		return true
	}
	return m.State == HandedOver && m.over
}

// storable keeps of a carrier's words what both databases take. PostgreSQL
// refuses bytes that are not text, and a refused row would hold up its lane.
func storable(words string) string {
	const most = 1000
	if len(words) > most {
		words = words[:most]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(words, "\x00", ""), "")
}

// turns shares room among the organisations that have something to send, a
// fair part each, starting after the one that was served last.
func turns(orgs []id.Org, last id.Org, room int) (share int, order []id.Org) {
	if len(orgs) == 0 || room <= 0 {
		return 0, nil
	}
	at := 0
	for at < len(orgs) && orgs[at] <= last {
		at++
	}
	order = slices.Concat(orgs[at:], orgs[:at])
	if len(order) > room {
		order = order[:room]
	}
	return max(1, room/len(order)), order
}
