package world

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
)

// Carrier is a channel that hands everything to itself. The zero Patience is
// right in virtual time, where nothing is under way after synctest.Wait.
type Carrier struct {
	Patience time.Duration // how long Expect waits for a message

	name string

	mu    sync.Mutex
	sent  []deliver.Outgoing
	taken map[deliver.Outgoing]int
	tries int
	trips []trip
	news  chan struct{} // closed and replaced when something was sent
}

// trip is what goes wrong with the next sends.
type trip struct {
	left  int
	err   error
	lost  bool          // the carrier took it all the same
	delay time.Duration // before anything else
}

// NewCarrier makes a carrier that stands in for the named channel.
func NewCarrier(name string) *Carrier {
	return &Carrier{name: name, taken: map[deliver.Outgoing]int{}, news: make(chan struct{})}
}

// Name is the channel that the carrier stands in for.
func (c *Carrier) Name() string { return c.name }

// Send takes the message, or fails as it was told to.
func (c *Carrier) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	t := c.trip()
	if t.delay > 0 {
		select {
		case <-ctx.Done():
			return deliver.Receipt{}, context.Cause(ctx)
		case <-time.After(t.delay):
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.err != nil && !t.lost {
		return deliver.Receipt{}, t.err
	}
	c.sent = append(c.sent, out)
	close(c.news)
	c.news = make(chan struct{})
	if t.err != nil {
		return deliver.Receipt{}, t.err
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: fmt.Sprintf("%s-%06d", c.name, len(c.sent))}, nil
}

func (c *Carrier) trip() trip {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	if len(c.trips) == 0 {
		return trip{}
	}
	t := c.trips[0]
	if c.trips[0].left--; c.trips[0].left == 0 {
		c.trips = c.trips[1:]
	}
	return t
}

// Fail makes the next n sends fail with err; deliver.Refused makes it final.
func (c *Carrier) Fail(n int, err error) { c.stumble(trip{left: n, err: err}) }

// Lose makes the next n sends arrive although the sender is told err, as when
// a connection breaks before the answer.
func (c *Carrier) Lose(n int, err error) { c.stumble(trip{left: n, err: err, lost: true}) }

// Stall makes the next n sends take d before they succeed.
func (c *Carrier) Stall(n int, d time.Duration) { c.stumble(trip{left: n, delay: d}) }

func (c *Carrier) stumble(t trip) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trips = append(c.trips, t)
}

// Sent is everything that the carrier took, in order.
func (c *Carrier) Sent() []deliver.Outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// Tries is how often somebody asked the carrier to take something.
func (c *Carrier) Tries() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries
}

// Phone is the device behind one address.
func (c *Carrier) Phone(t testing.TB, address string) *Phone {
	return &Phone{t: t, c: c, to: address}
}

// Phone reads what reaches one address.
type Phone struct {
	t  testing.TB
	c  *Carrier
	to string
}

// Expect takes the oldest message to this address that nobody has taken yet
// and that has all the words in its subject or text. Without one the test
// ends.
func (p *Phone) Expect(words ...string) deliver.Outgoing {
	p.t.Helper()
	end := time.NewTimer(p.c.Patience)
	defer end.Stop()
	for {
		out, news, ok := p.take(words)
		if ok {
			return out
		}
		if p.c.Patience > 0 {
			select {
			case <-news:
				continue
			case <-end.C:
			}
		}
		p.t.Fatalf("%s %s: no message with %q; waiting there:\n%s", p.c.name, p.to, words, p.waiting())
	}
}

// ExpectNothing fails the test when a message waits that nobody has taken.
func (p *Phone) ExpectNothing() {
	p.t.Helper()
	if rest := p.waiting(); rest != "" {
		p.t.Errorf("%s %s: want no message, got:\n%s", p.c.name, p.to, rest)
	}
}

func (p *Phone) take(words []string) (deliver.Outgoing, <-chan struct{}, bool) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for _, out := range p.untaken() {
		said := out.Subject + "\n" + out.Text
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said, w) }) {
			p.c.taken[out]++
			return out, nil, true
		}
	}
	return deliver.Outgoing{}, p.c.news, false
}

// untaken is what came to this address less what was taken. The same message
// twice is two messages.
func (p *Phone) untaken() []deliver.Outgoing {
	seen := map[deliver.Outgoing]int{}
	var rest []deliver.Outgoing
	for _, out := range p.c.sent {
		if out.To != p.to {
			continue
		}
		if seen[out]++; seen[out] > p.c.taken[out] {
			rest = append(rest, out)
		}
	}
	return rest
}

func (p *Phone) waiting() string {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	var b strings.Builder
	for _, out := range p.untaken() {
		fmt.Fprintf(&b, "  %s | %s\n", out.Subject, out.Text)
	}
	return b.String()
}
