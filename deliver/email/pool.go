package email

import (
	"context"
	"sync"
	"time"
)

// idleTime is how long an unused connection is kept; relays hang up after
// some minutes, busy ones after ten seconds.
const idleTime = 8 * time.Second

// pool keeps sessions for the next mail. Urgent mail has connections of its
// own on top of the common ones, so that no flood can keep it waiting.
type pool struct {
	config *config
	common chan struct{}
	urgent chan struct{}

	mu     sync.Mutex
	free   []*session // the one used last is taken first
	closed bool
}

func newPool(c *config) *pool {
	return &pool{
		config: c,
		common: make(chan struct{}, c.connections),
		urgent: make(chan struct{}, max(c.connections/2, 1)),
	}
}

// lease waits for the right to use a connection. Urgent mail takes whichever
// kind is free first, so that a storm of it has all of them.
func (p *pool) lease(ctx context.Context, urgent bool) (release func(), err error) {
	var extra chan struct{} // nil: never ready
	if urgent {
		extra = p.urgent
	}
	select {
	case p.common <- struct{}{}:
		return func() { <-p.common }, nil
	case extra <- struct{}{}:
		return func() { <-extra }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// get gives a kept session, or nil if there is none.
func (p *pool) get() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return nil
	}
	s := p.free[n-1]
	p.free = p.free[:n-1]
	s.idle.Stop()
	return s
}

// put keeps a session for later, or ends it.
func (p *pool) put(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.broken || p.closed {
		s.close()
		return
	}
	s.reused = true
	s.idle = time.AfterFunc(idleTime, func() { p.drop(s) })
	p.free = append(p.free, s)
}

// drop ends a session that nobody has wanted for a while.
func (p *pool) drop(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.free {
		if other == s {
			p.free = append(p.free[:i], p.free[i+1:]...)
			s.close()
			return
		}
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.free {
		s.idle.Stop()
		s.close()
	}
	p.free = nil
}
