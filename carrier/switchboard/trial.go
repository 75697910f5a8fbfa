package switchboard

import (
	"context"
	"time"

	"muster/actor"
	"muster/carrier"
	"muster/deliver"
	"muster/deliver/transcript"
	"muster/fault"
)

// Outcome is what came of a test.
type Outcome struct {
	Receipt deliver.Receipt
	Err     error // the carrier did not take it
	Lines   []transcript.Line
}

// How long a test may take, and its conversation go on: until nothing was said
// for a while, and no longer than a person would wait.
const (
	trialTime = 20 * time.Second
	afterword = 20 * time.Second
	pause     = 2 * time.Second
	callPause = 5 * time.Second // a telephone rings in between
)

// Try sends a message over one carrier at once, past its standing, and writes
// down what is said. A carrier that is not at work for the channel is NotFound.
func (b *Board) Try(ctx context.Context, who actor.Actor, id string, out deliver.Outgoing, channel string) (Outcome, error) {
	b.mu.Lock()
	var p *post
	if s := b.stations[id]; s != nil {
		p = s.posts[channel]
	}
	b.mu.Unlock()
	if p == nil {
		if _, err := carrier.Allowed(who, "tryCarrier"); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, fault.New(fault.NotFound, "not_found")
	}
	trial := carrier.Trial{Carrier: id, Name: p.station.source.Name, Channel: channel, To: out.To}
	if err := b.Office.Try(ctx, who, trial); err != nil {
		return Outcome{}, err
	}
	ctx, log := transcript.With(ctx, b.Office.Store.Now)
	limited, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	var o Outcome
	o.Receipt, o.Err = p.Send(limited, out)
	if o.Err == nil {
		b.meter.tested(o.Receipt)
		o.await(ctx, log, map[bool]time.Duration{false: pause, true: callPause}[channel == "voice"])
	}
	o.Lines = log.Lines()
	return o, nil
}

// await waits until nothing more is said.
func (o *Outcome) await(ctx context.Context, log *transcript.Log, quiet time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, afterword)
	defer cancel()
	for said := len(log.Lines()); ; {
		select {
		case <-time.After(quiet):
		case <-ctx.Done():
			return
		}
		now := len(log.Lines())
		if now == said {
			return
		}
		said = now
	}
}
