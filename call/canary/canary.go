// Package canary tries the whole way of an alarm all the time, with nobody
// troubled: a shift of an organisation that Muster keeps for itself misses its
// check-in, its timer fires, the alarm climbs its ladder, and the message
// leaves for an address behind which is Muster again. Each part is measured.
// When one flight does not come home in time, the provider's staff are told.
//
// What is dead cannot say so: the instant of the last good flight stands on
// the health page and in the metrics, and while all is well a heartbeat may go
// out, whose silence somebody else notices.
package canary

import (
	"time"

	"muster/id"
)

// The terms of a flight. A flight that is not home by Limit after its deadline
// has failed.
const (
	checkIn = 10 * time.Second
	Limit   = 10 * time.Second
)

// Where the canary's messages go: names that no mail server can have (RFC 2606
// §2) and a number that nobody has (kept free for drama by the United Kingdom's
// regulator), caught by Loop before anything leaves.
const (
	monitorMail = "canary@muster.invalid"
	workerMail  = "worker-canary@muster.invalid"
	workerPhone = "+447700900123"
)

// Flight is one try.
type Flight struct {
	ID       id.Flight
	Shift    id.Shift
	Deadline time.Time
	Raised   time.Time // when the alarm was; zero: not yet
	Handed   time.Time // when its message reached the channel; zero: not yet
	Failed   bool
}

// Home tells whether the flight came to its end.
func (f Flight) Home() bool { return !f.Handed.IsZero() }

// Alarm is how long after the deadline the alarm was raised.
func (f Flight) Alarm() time.Duration { return f.Raised.Sub(f.Deadline) }

// Message is how long after that its message reached the channel.
func (f Flight) Message() time.Duration { return f.Handed.Sub(f.Raised) }

// late tells whether a flight that is not home should be by now.
func (f Flight) late(now time.Time) bool { return !f.Home() && now.After(f.Deadline.Add(Limit)) }

// Health is how the canary is, for whoever looks from outside.
type Health struct {
	Every time.Duration // zero: it does not fly
	Last  Flight        // the last that came home; zero: none has
	Since time.Time     // since when it flies on this node
}

// Well tells whether a flight has come home as lately as it should: one may
// fail, of which staff are told, but not two.
func (h Health) Well(now time.Time) bool {
	last := h.Last.Handed
	if last.Before(h.Since) {
		last = h.Since // after an outage the first one needs its time
	}
	return h.Every == 0 || now.Sub(last) <= 2*h.Every+checkIn+Limit
}
