package switchboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"muster/deliver"
	"muster/deliver/standby"
	"muster/fault"
)

// station is one carrier at work.
type station struct {
	board  *Board
	source Source
	opened *Opened
	posts  map[string]*post // by channel
	idle   chan struct{}    // told when the last send under way is over

	mu    sync.Mutex
	under int // sends under way
	left  bool
}

func (s *station) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return false
	}
	s.under++
	return true
}

func (s *station) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under--; s.left && s.under == 0 {
		s.idle <- struct{}{}
	}
}

// leave lets nothing more in.
func (s *station) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left = true; s.under == 0 {
		s.idle <- struct{}{}
	}
}

// finish waits for what is under way, and no longer than until hurry.
func (s *station) finish(hurry <-chan struct{}) {
	late := time.NewTimer(finishing)
	defer late.Stop()
	select {
	case <-s.idle:
	case <-late.C:
		return
	}
	tick := time.NewTicker(looking)
	defer tick.Stop()
	for s.opened.Busy != nil && s.opened.Busy() {
		select {
		case <-tick.C:
		case <-late.C:
			return
		case <-hurry:
			return
		}
	}
}

// mark stands before a carrier's ids, which another carrier's could be like.
// What the environment names has none, as its ids had before there were others;
// nor has mail, whose ids are our own and come back by another door.
func (s *station) mark(channel, id string) string {
	if s.source.Fixed || channel == "email" || id == "" {
		return id
	}
	return s.source.ID[len(s.source.ID)-12:] + ":" + id
}

// report takes what the carrier says of a message.
func (s *station) report(ctx context.Context, channel string, r deliver.Report) error {
	r.ProviderID, r.Or = s.mark(channel, r.ProviderID), s.mark(channel, r.Or)
	if p := s.posts[channel]; p != nil {
		s.board.meter.heard(p, r)
		if pair := p.pair.Load(); pair != nil {
			pair.Heard(p, r)
		}
	}
	err := s.board.Reports(ctx, channel, r)
	if fault.KindOf(err) == fault.NotFound && s.board.meter.isTest(r) {
		return nil // no message waits for it; a carrier that is told no says that we are at fault
	}
	return err
}

// post is a carrier as one channel has it.
type post struct {
	station *station
	next    deliver.Channel
	pair    atomic.Pointer[standby.Pair] // nil: it is alone, or not used
}

var _ deliver.Channel = (*post)(nil)

func (p *post) Name() string { return p.next.Name() }

func (p *post) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !p.station.enter() {
		return deliver.Receipt{}, errLeaves
	}
	defer p.station.exit()
	m := p.station.board.meter
	at := m.now()
	receipt, err := p.next.Send(ctx, out)
	receipt.ProviderID = p.station.mark(p.Name(), receipt.ProviderID)
	receipt.Parts = slices.Clone(receipt.Parts)
	for i, id := range receipt.Parts {
		receipt.Parts[i] = p.station.mark(p.Name(), id)
	}
	if err == nil || !errors.Is(context.Cause(ctx), context.Canceled) {
		m.sent(p, at, receipt, err)
	}
	return receipt, err
}

// line is one channel, whichever carriers it has.
type line struct {
	name string
	now  atomic.Pointer[route]
}

var _ deliver.Channel = (*line)(nil)

// route is what a line leads to.
type route struct {
	posts []*post
	to    deliver.Channel
	pair  *standby.Pair // nil: there is one only
}

func (l *line) Name() string { return l.name }

func (l *line) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	for again := false; ; again = true {
		r := l.now.Load()
		if r == nil {
			return deliver.Receipt{}, errNone(l.name)
		}
		receipt, err := r.to.Send(ctx, out)
		if errors.Is(err, errLeaves) && !again {
			continue // the board has just changed over
		}
		return receipt, err
	}
}

// set leads the line to other carriers. Two that stay keep what they know of
// each other.
func (l *line) set(posts []*post, clock func() time.Time) {
	old := l.now.Load()
	if old != nil && slices.Equal(old.posts, posts) {
		return
	}
	if old != nil {
		for _, p := range old.posts {
			p.pair.Store(nil)
		}
	}
	switch len(posts) {
	case 0:
		l.now.Store(nil)
	case 1:
		l.now.Store(&route{posts: posts, to: posts[0]})
	default:
		pair := standby.New(posts[0], posts[1], clock)
		posts[0].pair.Store(pair)
		posts[1].pair.Store(pair)
		l.now.Store(&route{posts: posts, to: pair, pair: pair})
	}
}
