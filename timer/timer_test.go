package timer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/id"
	"muster/mustertest"
	"muster/store"
	"muster/timer"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// fired records what an engine did, after the commit.
type fired struct {
	mu   sync.Mutex
	late map[string]time.Duration
	n    int
	all  chan struct{}
	want int
}

func newFired(want int) *fired {
	return &fired{late: map[string]time.Duration{}, all: make(chan struct{}), want: want}
}

func (f *fired) handle(tx *store.Tx, t timer.Timer) error {
	late := t.Late(tx)
	tx.AfterCommit(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.late[t.Subject] = late
		if f.n++; f.n == f.want {
			close(f.all)
		}
	})
	return nil
}

// seen is how many fired, and how late each was.
func (f *fired) seen() (n int, late map[string]time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n, maps.Clone(f.late)
}

func set(t testing.TB, s *store.Store, org id.Org, subject string, after time.Duration) {
	t.Helper()
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		return timer.Set(tx, "k", subject, tx.Now().Add(after))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, s *store.Store, h map[string]timer.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { timer.NewEngine(s, quiet, h).Run(ctx) })
	return func() { cancel(); wg.Wait() }
}

func TestTimersFireOnceInTimeOnBothDatabases(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		const n = 300
		f := newFired(n)
		org := id.New[id.Org]()
		defer run(t, s, map[string]timer.Handler{"k": f.handle})()
		defer run(t, s, map[string]timer.Handler{"k": f.handle})() // two engines share the work
		for i := range n {
			set(t, s, org, fmt.Sprint(i), time.Duration(i%50)*time.Millisecond)
		}
		select {
		case <-f.all:
		case <-time.After(30 * time.Second):
			t.Fatal("not all timers fired")
		}
		count, all := f.seen()
		if count != n || len(all) != n {
			t.Fatalf("%d firings of %d timers, want %d once each", count, len(all), n)
		}
		for sub, late := range all {
			if late < 0 {
				t.Errorf("timer %s fired %v early", sub, -late)
			}
		}
	})
}

func TestTimerMovedOrCancelledNeverFiresAtItsOldTime(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *store.Store) {
		org := id.New[id.Org]()
		f := newFired(1)
		defer run(t, s, map[string]timer.Handler{"k": f.handle})()
		set(t, s, org, "moved", time.Minute)
		set(t, s, org, "cancelled", time.Minute)
		time.Sleep(30 * time.Second) // virtual
		set(t, s, org, "moved", 2*time.Hour)
		if err := s.Do(t.Context(), org, func(tx *store.Tx) error { return timer.Cancel(tx, "k", "cancelled") }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2*time.Hour - time.Second)
		synctest.Wait()
		if n, _ := f.seen(); n != 0 {
			t.Fatal("a timer fired at a time that no longer held")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n, late := f.seen(); n != 1 || late["moved"] != 0 {
			t.Fatalf("fired %d, late %v; want once, to the instant", n, late)
		}
	})
}

func TestTimerThatFailsIsTriedAgainThenParkedAndHoldsUpNobody(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *store.Store) {
		org := id.New[id.Org]()
		f := newFired(1)
		var tries atomic.Int32 // bits, since a unit may run twice
		defer run(t, s, map[string]timer.Handler{
			"k":   f.handle,
			"bad": func(_ *store.Tx, at timer.Timer) error { tries.Or(1 << at.Tries); return errors.New("no") },
		})()
		err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			return errors.Join(timer.Set(tx, "bad", "x", tx.Now().Add(time.Minute)),
				timer.Set(tx, "k", "good", tx.Now().Add(time.Minute)))
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n, late := f.seen(); n != 1 || late["good"] != 0 {
			t.Errorf("the good timer fired %d times, late %v", n, late)
		}
		trouble, err := timer.Trouble(t.Context(), s, 10)
		if err != nil || len(trouble) != 1 || trouble[0].Subject != "x" || trouble[0].Tries != 6 || tries.Load() < 6 {
			t.Fatalf("parked %v after tries %b (%v), want x after 6", trouble, tries.Load(), err)
		}
	})
}

func TestTimerThatFailedOnceStillSaysWhatWasPromised(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *store.Store) {
		org := id.New[id.Org]()
		var mu sync.Mutex
		dues := map[int]time.Time{} // by try, since a unit may run twice
		defer run(t, s, map[string]timer.Handler{"k": func(tx *store.Tx, at timer.Timer) error {
			mu.Lock()
			defer mu.Unlock()
			dues[at.Tries] = at.Due
			if at.Tries < 2 {
				return errors.New("not yet")
			}
			if late := at.Late(tx); late != 6*time.Second {
				t.Errorf("the third try is %v late, want the two pauses", late)
			}
			return nil
		}})()
		began := s.Now()
		set(t, s, org, "x", time.Minute)
		time.Sleep(time.Hour) // virtual
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(dues) != 3 {
			t.Fatalf("tried %d times, want 3", len(dues))
		}
		for _, due := range dues {
			if !due.Equal(began.Add(time.Minute)) {
				t.Errorf("due %v, want what was promised, %v", due, began.Add(time.Minute))
			}
		}
	})
}

func TestTimerThatIsSetAnewAtItsInstantFiresAtTheNewOneOnly(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *store.Store) {
		const pairs = 40
		org := id.New[id.Org]()
		at := s.Now().Add(time.Minute)
		moved, fired := map[string]bool{}, map[string]int{} // units of one organisation run one after the other
		stop := run(t, s, map[string]timer.Handler{
			"mover": func(tx *store.Tx, by timer.Timer) error {
				moved[by.Subject] = true
				return timer.Set(tx, "k", by.Subject, at.Add(time.Hour))
			},
			"k": func(tx *store.Tx, by timer.Timer) error {
				if tx.Now().Equal(at) && moved[by.Subject] {
					t.Errorf("%s fired at an instant from which it had been moved", by.Subject)
				}
				if tx.Now().Equal(at.Add(time.Hour)) {
					fired[by.Subject]++
				}
				return nil
			},
		})
		err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			for i := range pairs {
				err := errors.Join(timer.Set(tx, "mover", fmt.Sprint(i), at), timer.Set(tx, "k", fmt.Sprint(i), at))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour) // virtual
		synctest.Wait()
		stop()
		if len(moved) != pairs || len(fired) != pairs {
			t.Errorf("%d were moved and %d fired at the new time, want %d", len(moved), len(fired), pairs)
		}
		for subject, n := range fired {
			if n != 1 {
				t.Errorf("%s fired %d times at the new time", subject, n)
			}
		}
	})
}

func TestThousandsOfTimersOverDaysFireToTheInstant(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *store.Store) {
		const n = 3000
		f := newFired(n)
		org := id.New[id.Org]()
		rnd := rand.New(rand.NewPCG(1, 2))
		stop := run(t, s, map[string]timer.Handler{"k": f.handle})
		err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			for i := range n {
				if err := timer.Set(tx, "k", fmt.Sprint(i), tx.Now().Add(time.Duration(rnd.Int64N(int64(7*24*time.Hour))))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 7 { // a restart a day
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			stop()
			stop = run(t, s, map[string]timer.Handler{"k": f.handle})
		}
		synctest.Wait()
		stop()
		count, all := f.seen()
		if count != n {
			t.Fatalf("%d of %d fired", count, n)
		}
		for sub, late := range all {
			if late < 0 || late > time.Millisecond {
				t.Fatalf("timer %s was off by %v in virtual time", sub, late)
			}
		}
	})
}

// inVirtualTime runs fn on a fresh SQLite store inside a bubble of virtual
// time.
func inVirtualTime(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What becomes due while the engine looks, and what finds no room, must not
// wait until the engine has slept its longest sleep.
func TestNothingWaitsForTheLongestSleep(t *testing.T) {
	s := mustertest.Store(t)
	const apart, together = 800, 600
	f := newFired(apart + together)
	defer run(t, s, map[string]timer.Handler{"k": f.handle})()
	err := s.Do(t.Context(), id.New[id.Org](), func(tx *store.Tx) error {
		from := tx.Now().Add(time.Second)
		for i := range apart {
			if err := timer.Set(tx, "k", fmt.Sprint("apart ", i), from.Add(time.Duration(i)*2*time.Millisecond)); err != nil {
				return err
			}
		}
		for i := range together {
			if err := timer.Set(tx, "k", fmt.Sprint("together ", i), from.Add(2*time.Second)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-f.all:
	case <-time.After(30 * time.Second):
		t.Fatal("not all timers fired")
	}
	_, late := f.seen()
	for subject, by := range late {
		if by > 4*time.Second { // the longest sleep is five
			t.Errorf("%s was %v late", subject, by)
		}
	}
}
