package proof

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"muster/deliver"
	"muster/id"
)

var (
	errLine = errors.New("the carrier does not answer")
	errLost = errors.New("the carrier's answer got lost")
)

// take is one message that a carrier was asked to take.
type take struct {
	number  int64 // over both carriers, in the order in which they answered
	message id.Message
	attempt id.Attempt
	to      string
	urgent  bool
	began   time.Time // when the sender asked
	at      time.Time
	taken   bool // the carrier has it
	heard   bool // and the sender got the answer
	by      *process
}

// carrier takes messages as carriers do: mostly.
type carrier struct {
	name string
	rnd  *dice
	news func(take) // told of every message that was taken

	mu     sync.Mutex
	good   bool
	takes  []take
	outage span
}

// line is a carrier as one process reaches it.
type line struct {
	*carrier
	p *process
}

func (c line) Name() string { return c.name }

func (c line) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	began := clock()
	stall, err := c.fate(out.Urgent)
	if stall > 0 {
		select {
		case <-time.After(stall):
		case <-ctx.Done():
			err = errors.Join(err, context.Cause(ctx))
		case <-c.p.died:
			err = errors.Join(err, errGone)
		}
	}
	t := take{
		number: asked.Add(1), message: out.Message, attempt: out.Attempt, to: out.To, urgent: out.Urgent,
		began: began, at: clock(), taken: err == nil || errors.Is(err, errLost), heard: err == nil, by: c.p,
	}
	c.mu.Lock()
	c.takes = append(c.takes, t)
	c.mu.Unlock()
	if t.taken {
		c.news(t)
	}
	if err != nil {
		return deliver.Receipt{}, err
	}
	state := deliver.HandedOver // a relay says no more of a mail, and a telephone that it has the text
	if c.name == "sms" {
		state = deliver.Delivered
	}
	return deliver.Receipt{State: state, ProviderID: fmt.Sprintf("%s-%06d", c.name, t.number)}, nil
}

// asked counts what both carriers were asked.
var asked atomic.Int64

// fate is what becomes of the next message; a call for help is never refused for
// good.
func (c *carrier) fate(urgent bool) (stall time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := clock()
	switch {
	case c.good:
		return 0, nil
	case now.Before(c.outage.to) && now.After(c.outage.from):
		return 0, errLine
	case now.After(c.outage.to):
		from := now.Add(c.rnd.between(time.Hour, 12*time.Hour))
		c.outage = span{from, from.Add(c.rnd.between(time.Minute, 25*time.Minute))}
	}
	switch f := c.rnd.float(); {
	case f < 0.02:
		return c.rnd.between(time.Second, 30*time.Second), nil // the sender waits for twenty at most
	case f < 0.06:
		return 0, errLine
	case f < 0.07:
		return c.rnd.between(0, 5*time.Second), errLost
	case f < 0.08 && !urgent: // where nobody can hear of an alarm its next step begins, which call/alarm tries
		return 0, deliver.Refused("21211", "no such number")
	}
	return 0, nil
}

// heal ends all trouble.
func (c *carrier) heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.good = true
}
