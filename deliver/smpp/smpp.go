// Package smpp sends text messages to a message centre by SMPP 3.4, and takes
// in the receipts and the texts that it brings.
//
// A centre's answer to a message means only that it will try; what became of
// it is told by receipts, one for each part, which may come twice, out of
// order, before the answer, on another node, or never.
package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/transcript"
	"muster/fault"
	"muster/seal"
	"muster/store"
)

// Doors are where a channel brings what the centre tells it. Both functions
// must bear the same twice.
type Doors struct {
	Store    *store.Store
	Keys     *seal.Keys
	Reported func(context.Context, deliver.Report) error // NotFound: not one of ours
	Heard    func(context.Context, Text) error           // nil: texts are passed over; Store and Keys are for them
	Log      *slog.Logger
}

// Channel is deliver's channel "sms". Safe for use from many sides.
type Channel struct {
	config config
	doors  Doors
	gate   *gate
	out    *link
	links  []*link
	room   chan struct{} // taken by what the centre brought and is being worked on
	work   sync.WaitGroup
	tls    *tls.Config
}

var _ deliver.Channel = (*Channel)(nil)

// brought is how much of what the centre brings may be worked on at once.
const brought = 512

// New makes a channel from the value of MUSTER_SMPP:
// smpp://USER:PASS@HOST:PORT?from=+358…, or smpps:// for TLS. It sends and
// hears while Run runs.
func New(setting string, doors Doors) (*Channel, error) {
	c, err := readSetting(setting)
	if err != nil {
		return nil, err
	}
	ch := &Channel{
		config: c, doors: doors, gate: &gate{free: c.window}, room: make(chan struct{}, brought),
		tls: &tls.Config{ServerName: c.host, MinVersion: tls.VersionTLS12},
	}
	if c.twice {
		ch.out = ch.link(bindTransmitter)
		ch.link(bindReceiver)
	} else {
		ch.out = ch.link(bindTransceiver)
	}
	return ch, nil
}

func (c *Channel) link(command uint32) *link {
	l := &link{config: c.config, command: command, tls: c.tls, take: c.take, log: c.doors.Log, changed: make(chan struct{})}
	c.links = append(c.links, l)
	return l
}

// Name is "sms".
func (*Channel) Name() string { return "sms" }

// Health tells whether messages can be handed over at this moment.
func (c *Channel) Health() error {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.now == nil || c.out.now.over() {
		return errors.Join(errDown, c.out.why)
	}
	return nil
}

// Run keeps the centre bound until ctx ends; then it unbinds, and returns when
// all that was brought is taken.
func (c *Channel) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range c.links {
		wg.Go(func() { l.run(ctx) })
	}
	wg.Go(func() { c.keepTime(ctx) })
	wg.Wait()
	c.work.Wait()
}

// keepTime paces the gate, and looks after texts that stay incomplete.
func (c *Channel) keepTime(ctx context.Context) {
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.gate.tick()
		if n%int(sweepTime/tickTime) == 0 && c.doors.Heard != nil {
			if err := c.sweep(ctx); err != nil && ctx.Err() == nil {
				c.doors.Log.Error("parts of text messages wait", "err", err)
			}
		}
	}
}

// Send gives one text to the centre, in as many parts as it needs. A number
// that the centre will never reach is deliver.Refused; whatever else goes
// wrong is worth another try. Send waits while the centre wants it slower, and
// a moment for a connection that is down.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !e164.MatchString(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form", dead.Unknown)
	}
	parts, size := c.config.messages(out)
	if len(parts) > maxParts {
		return deliver.Receipt{}, deliver.Refused("too_long", fmt.Sprintf("the text would take %d parts", len(parts)))
	}
	var ids []string
	for i, m := range parts {
		id, err := c.submit(ctx, m, out.Urgent)
		if err != nil && i > 0 {
			err = fmt.Errorf("after %d of %d parts: %w", i, len(parts), err)
		}
		if err != nil {
			return deliver.Receipt{}, err
		}
		if id = canonical(id); id != "" {
			ids = append(ids, c.config.account+"-"+id)
		}
	}
	r := deliver.Receipt{State: deliver.HandedOver, Detail: "taken, " + size.String()}
	switch len(ids) {
	case 0: // the centre will not report
	case 1:
		r.ProviderID = ids[0]
	default:
		r.Parts = ids
	}
	return r, nil
}

// submit hands one message over and gives back the centre's id for it.
func (c *Channel) submit(ctx context.Context, m message, urgent bool) (string, error) {
	body := m.bytes()
	for again := false; ; again = true {
		if err := c.gate.enter(ctx, urgent, again); err != nil {
			return "", fmt.Errorf("smpp: the message centre takes no more in time: %w", err)
		}
		p, err := c.offer(ctx, m, body)
		c.gate.leave(p.status, err)
		switch {
		case err != nil:
			return "", err
		case p.status == okay:
			return messageID(p.body), nil
		case !busy(p.status):
			return "", verdict(p.status)
		}
	}
}

// offer sends one message and waits for the answer. A line that the centre
// takes for another kind is given up.
func (c *Channel) offer(ctx context.Context, m message, body []byte) (pdu, error) {
	log := transcript.From(ctx)
	log.Hide(c.config.pass)
	s, err := c.out.session(ctx)
	if err != nil {
		return pdu{}, fmt.Errorf("smpp: %w", err)
	}
	if log != nil {
		log.Said(m.words())
	}
	p, err := s.ask(ctx, submitSM, body)
	if log != nil {
		p.recount(log, err)
	}
	if err == nil && p.status == notBound {
		s.end(fmt.Errorf("smpp: %s", statusText(p.status)))
	}
	return p, err
}

// take works on what the centre brings, beside the reader, which must go on:
// the answer that names a message can be behind its receipt. What is too much
// is refused for now, and comes again.
func (c *Channel) take(s *session, p pdu) {
	select {
	case c.room <- struct{}{}:
	default:
		s.answer(p, tryLater)
		return
	}
	c.work.Go(func() {
		defer func() { <-c.room }()
		s.answer(p, c.bring(s, p))
	})
}

// bringTime bounds the work on one message that was brought.
const bringTime = 15 * time.Second

// bring takes one message in, and gives the status of the answer.
func (c *Channel) bring(on *session, p pdu) uint32 {
	ctx, cancel := context.WithTimeout(context.Background(), bringTime)
	defer cancel()
	m, err := parse(p.body)
	if err != nil {
		c.doors.Log.Warn("the message centre brings what cannot be read", "host", c.config.host, "err", err)
		return badLength
	}
	if r, ok := c.config.receipt(m); ok {
		if r.State == "" || r.ProviderID == "" {
			return okay // on its way, or unknown: nothing that we did not know
		}
		err = c.doors.Reported(ctx, r)
		if fault.KindOf(err) == fault.NotFound {
			c.doors.Log.Warn("a receipt for a message that is not ours", "host", c.config.host, "id", r.ProviderID)
			return okay // bringing it again would not help
		}
	} else if s, ok := c.config.segment(m); ok && c.doors.Heard != nil {
		err = c.hear(ctx, s, &on.settled)
	}
	if err != nil {
		c.doors.Log.Error("what the message centre brings waits", "host", c.config.host, "err", err)
		return tryLater
	}
	return okay
}
