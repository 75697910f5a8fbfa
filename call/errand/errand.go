// Package errand lets whoever carries things from one place to another, look
// by look, leave those for later that have failed, so that they hold up none
// of the others.
package errand

import (
	"slices"
	"sync"
	"time"
)

// Pauses remember which errands have failed, and until when they are left out.
// The zero value knows of none.
type Pauses[E comparable] struct {
	mu    sync.Mutex
	known map[E]pause
}

type pause struct {
	failed int
	until  time.Time
}

// How long the first pause is, and the longest that they double up to.
const (
	first   = 5 * time.Second
	longest = time.Minute
)

// Room is how many errands have to be read for so many that are to be done.
func (p *Pauses[E]) Room(batch int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return batch + len(p.known)
}

// Ready are those of the errands that wait for nothing, at most batch.
func (p *Pauses[E]) Ready(all []E, batch int, now time.Time) []E {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e, one := range p.known {
		if now.Sub(one.until) > longest { // it has not come again: somebody else has done it
			delete(p.known, e)
		}
	}
	ready := slices.DeleteFunc(slices.Clone(all), func(e E) bool { return p.known[e].until.After(now) })
	return ready[:min(len(ready), batch)]
}

// Done takes note of what came of an errand.
func (p *Pauses[E]) Done(e E, err error, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.known, e)
		return
	}
	if p.known == nil {
		p.known = map[E]pause{}
	}
	failed := p.known[e].failed
	p.known[e] = pause{failed + 1, now.Add(min(first<<min(failed, 10), longest))}
}
