package standby

import (
	"context"
	"errors"
	"sync"
	"time"

	"muster/deliver"
)

// Pair is a channel over two carriers. Safe for use from many sides. What it
// knows of its carriers is its own: after a start it begins with the first.
type Pair struct {
	carriers [2]deliver.Channel
	now      func() time.Time

	mu     sync.Mutex
	choice choice
}

var _ deliver.Channel = (*Pair)(nil)

// New makes one channel of two that have the same name, and whose ids are never
// alike; now is the clock.
func New(first, second deliver.Channel, now func() time.Time) *Pair {
	return &Pair{carriers: [2]deliver.Channel{first, second}, now: now}
}

// Name is that of either carrier.
func (p *Pair) Name() string { return p.carriers[0].Name() }

// Send gives the message to the carrier whose turn it is, and if that does not
// take it to the other. A final no is final: it is about the address.
func (p *Pair) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	p.mu.Lock()
	which := p.choice.pick(p.now())
	p.mu.Unlock()
	half, cancel := p.half(ctx)
	receipt, err := p.try(half, which, out)
	cancel()
	if err == nil || final(err) || ctx.Err() != nil {
		return receipt, err
	}
	receipt, other := p.try(ctx, 1-which, out)
	if other == nil || final(other) {
		return receipt, other
	}
	return receipt, errors.Join(err, other)
}

// half leaves the other carrier as much time as this one has.
func (p *Pair) half(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, end.Sub(p.now())/2)
}

func (p *Pair) try(ctx context.Context, which int, out deliver.Outgoing) (deliver.Receipt, error) {
	receipt, err := p.carriers[which].Send(ctx, out)
	p.mu.Lock()
	defer p.mu.Unlock()
	t, now := &p.choice.tracks[which], p.now()
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled): // nobody wants it sent any more, which says nothing of the carrier
	case err != nil && !final(err):
		t.lost(now)
	case err != nil: // a carrier that says no is at work
		t.sent("", now)
	default:
		id := receipt.ProviderID
		if len(receipt.Parts) > 0 {
			id = receipt.Parts[0] // one of them speaks for all
		}
		t.sent(id, now)
		if receipt.State != deliver.HandedOver {
			t.heard(now, id)
		}
	}
	return receipt, err
}

// Heard takes note of a report of one of the two carriers. That a message was
// handed on says nothing; that a telephone rings does, for nobody may pick up.
func (p *Pair) Heard(from deliver.Channel, r deliver.Report) {
	which := 0
	if from == p.carriers[1] {
		which = 1
	}
	if r.State == "" || r.State == deliver.HandedOver && p.Name() != "voice" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.choice.tracks[which].heard(p.now(), r.ProviderID, r.Or)
}

// Standing is how the two fare, for people to look at.
type Standing struct {
	Second   bool      // the second is used
	Since    time.Time // for how long; zero: from the start
	Why      string    // Errors or Slow, what is wrong with the first
	Again    time.Time // when the first is tried again; zero: it is in use, or being tried
	Carriers [2]Health
}

// Health is what is known of one carrier.
type Health struct {
	Tried, Failed int           // since the start
	Typical       time.Duration // to the first report, 90th percentile of the newest; zero: none came
	Trouble       string        // Errors, Slow, or empty
}

// Standing tells how the two fare now.
func (p *Pair) Standing() Standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.choice
	s := Standing{Second: c.using == 1, Since: c.since, Why: c.why}
	if s.Second && !c.trying {
		s.Again = c.again
	}
	for i := range c.tracks {
		t := &c.tracks[i]
		t.review(p.now())
		s.Carriers[i] = Health{Tried: t.tried, Failed: t.failed, Typical: t.typical(), Trouble: t.trouble()}
	}
	return s
}

// final tells a carrier's final no from what is worth another try.
func final(err error) bool {
	f, ok := errors.AsType[interface {
		error
		Final() bool
	}](err)
	return ok && f.Final()
}
