package smpp

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// driven is a gate whose clock ticks.
func driven(t *testing.T, window int) (g *gate, stop func()) {
	g = &gate{free: window}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(tickTime)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				g.tick()
			case <-ctx.Done():
				return
			}
		}
	})
	return g, func() { cancel(); wg.Wait() }
}

// A centre that takes a hundred in a second gets close to that, and few that
// it throws back.
func TestThrottledPaceFindsWhatTheCentreTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, stop := driven(t, 10)
		defer stop()
		const limit, seconds = 100, 30
		var taken, complaints, inSecond atomic.Int64
		began := time.Now()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for time.Since(began) < seconds*time.Second {
					if g.enter(t.Context(), false, false) != nil {
						return
					}
					time.Sleep(5 * time.Millisecond)
					second := int64(time.Since(began) / time.Second)
					if inSecond.Load()>>32 != second {
						inSecond.Store(second << 32)
					}
					good := inSecond.Add(1)&0xffffffff <= limit
					if good {
						taken.Add(1)
					} else {
						complaints.Add(1)
					}
					status := okay
					if !good {
						status = throttled
					}
					g.leave(status, nil)
				}
			})
		}
		wg.Wait()
		if got := float64(taken.Load()) / seconds; got < 95 {
			t.Errorf("%.1f a second where %d were allowed", got, limit)
		}
		if n := complaints.Load(); n > taken.Load()/10 {
			t.Errorf("%d complaints for %d that were taken", n, taken.Load())
		}
		t.Logf("%d taken in %d s, %d complaints", taken.Load(), seconds, complaints.Load())
	})
}

func TestWhoeverIsUrgentGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{free: 1}
		if err := g.enter(t.Context(), false, false); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		wait := func(name string, urgent, again bool) {
			wg.Go(func() {
				if g.enter(t.Context(), urgent, again) == nil {
					mu.Lock()
					order = append(order, name)
					mu.Unlock()
					g.leave(okay, nil)
				}
			})
			synctest.Wait()
		}
		wait("bulk", false, false)
		wait("bulk sent back", false, true)
		wait("sos", true, false)
		gone, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if g.enter(gone, true, true) == nil {
				t.Error("let in after it went away")
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		g.leave(okay, nil)
		wg.Wait()
		if len(order) != 3 || order[0] != "sos" || order[1] != "bulk sent back" || g.free != 1 {
			t.Errorf("order %v, %d free", order, g.free)
		}
	})
}
