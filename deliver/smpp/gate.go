package smpp

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// gate lets as many messages be under way as the window has room for, whoever
// is urgent first, and no faster than the centre has lately taken them once it
// has said that it is too fast.
type gate struct {
	mu    sync.Mutex
	free  int
	queue [2][]chan struct{} // who waits: urgent, and all others

	slow   bool    // the centre has complained
	rate   float64 // messages that may start in a second while slow
	knee   float64 // the rate at which it last complained; infinite if that is not known
	budget float64 // how many may start now
	since  int     // ticks since the last complaint
	set    int     // ticks since the rate was set by what the centre took
	taken  [second]int
	at     int
}

const (
	tickTime = 100 * time.Millisecond
	second   = int(time.Second / tickTime)

	least  = 5           // messages in a second, to begin again with
	spring = 0.05        // by so much the rate grows in a tick
	rise   = 0.005       // and beyond what is known to be too fast
	calm   = 60 * second // after so long without complaint there is no limit
)

// enter waits for a place. again is for whoever was inside already and was
// sent back: they come before the others.
func (g *gate) enter(ctx context.Context, urgent, again bool) error {
	line := 1
	if urgent {
		line = 0
	}
	g.mu.Lock()
	if g.free > 0 && !g.slow && len(g.queue[0])+len(g.queue[1]) == 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	in := make(chan struct{})
	if again {
		g.queue[line] = slices.Insert(g.queue[line], 0, in)
	} else {
		g.queue[line] = append(g.queue[line], in)
	}
	g.admit()
	g.mu.Unlock()
	select {
	case <-in:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue[line], in); i >= 0 {
		g.queue[line] = slices.Delete(g.queue[line], i, i+1)
		return context.Cause(ctx)
	}
	return nil // it was let in at that moment
}

// leave gives the place back, with what became of the message: its status, or
// an error.
func (g *gate) leave(status uint32, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free++
	switch {
	case err != nil:
	case status == okay:
		g.taken[g.at]++
	case busy(status):
		g.slacken(status)
	}
	g.admit()
}

// slacken takes the pace back to what the centre took in the last second. How
// much that was is telling only if it was not next to nothing, and if the
// complaint is about the pace.
func (g *gate) slacken(status uint32) {
	if !g.slow || g.set >= second {
		sum := 0
		for _, n := range g.taken {
			sum += n
		}
		g.rate, g.knee, g.set = max(least, float64(sum)), math.Inf(1), 0
		if status == throttled && sum > least {
			g.knee = g.rate
		}
	}
	g.slow, g.since, g.budget = true, 0, 0
}

// admit lets in whoever may come. The lock is held.
func (g *gate) admit() {
	for i := range g.queue {
		for len(g.queue[i]) > 0 && g.free > 0 && (!g.slow || g.budget >= 1) {
			g.free--
			if g.slow {
				g.budget--
			}
			close(g.queue[i][0])
			g.queue[i] = g.queue[i][1:]
		}
	}
}

// tick is called every tickTime.
func (g *gate) tick() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = (g.at + 1) % second
	g.taken[g.at] = 0
	if !g.slow {
		return
	}
	g.set++
	if g.since++; g.since >= calm {
		g.slow = false
	}
	if g.rate < g.knee {
		g.rate *= 1 + spring
	} else {
		g.rate *= 1 + rise
	}
	g.budget = min(g.budget+g.rate/float64(second), max(1, g.rate/2))
	g.admit()
}
