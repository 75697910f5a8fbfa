package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

var errSorry = errors.New("sorry")

// deed is what a unit of the random world does, beside adding n to a counter of
// its organisation.
type deed struct {
	name string
	ok   func(error) bool // what its caller must hear
	do   func(tx *store.Tx) error
}

var deeds = []deed{
	{"plain", succeeds, func(*store.Tx) error { return nil }},
	{"adds a row", succeeds, func(tx *store.Tx) error { return tx.Write(addRow, id.New[id.Shift](), tx.Now()) }},
	{"reads much", succeeds, func(tx *store.Tx) error {
		for range 40 { // more than a convoy waits for
			if _, err := store.All(tx, subject, store.Scalar[string]); err != nil {
				return err
			}
		}
		return nil
	}},
	{"changes its mind", isSorry, func(*store.Tx) error { return errSorry }},
	{"changes its mind late", isSorry, func(tx *store.Tx) error {
		if _, err := store.All(tx, subject, store.Scalar[string]); err != nil { // what it wrote is sent
			return err
		}
		return errSorry
	}},
	{"takes what is taken", isTaken, func(tx *store.Tx) error { return tx.Write(addRow, "n", tx.Now()) }},
	{"finds nothing", isKind(fault.NotFound), func(tx *store.Tx) error {
		_, err := store.One(tx, dueOf, store.Scalar[int64], "nobody")
		return err
	}},
	{"panics", isKind(fault.Internal), func(*store.Tx) error { panic("oh") }},
}

func succeeds(err error) bool { return err == nil }
func isSorry(err error) bool  { return errors.Is(err, errSorry) }
func isTaken(err error) bool  { return isKind(fault.Conflict)(err) && fault.From(err).Code == "taken" }

func isKind(k fault.Kind) func(error) bool {
	return func(err error) bool { return err != nil && fault.KindOf(err) == k }
}

// act is one unit: which deed, whose, on which node, and what it adds.
type act struct {
	deed, org, node int
	n               int64
	gone            bool // its caller has left before it began
}

// However units are put together on however many nodes, the outcome is that of
// each by itself: every caller hears what is its own, what succeeded is there
// once, and of the others there is nothing.
func TestPostgresUnitsTogetherDoWhatEachDoesAlone(t *testing.T) {
	dsn := mustertest.Postgres(t)
	nodes := []*store.Store{open(t, dsn), open(t, dsn)}
	rapid.Check(t, func(rt *rapid.T) {
		acts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
			return act{
				deed: rapid.IntRange(0, len(deeds)-1).Draw(rt, "deed"),
				org:  rapid.IntRange(0, 3).Draw(rt, "org"),
				node: rapid.IntRange(0, 1).Draw(rt, "node"),
				n:    rapid.Int64Range(1, 1000).Draw(rt, "n"),
				gone: rapid.IntRange(0, 9).Draw(rt, "gone") == 0,
			}
		}), 1, 30).Draw(rt, "acts")
		orgs := make([]id.Org, 4)
		for i := range orgs {
			orgs[i] = id.New[id.Org]()
			add(t, nodes[0], orgs[i], "n", time.UnixMicro(0))
		}
		want, told := map[id.Org]int64{}, int64(0)
		var heard atomic.Int64
		var wg sync.WaitGroup
		for _, a := range acts {
			d, org := deeds[a.deed], orgs[a.org]
			ok := d.ok
			if a.gone {
				ok = func(err error) bool { return errors.Is(err, context.Canceled) }
			} else if d.ok(nil) {
				want[org] += a.n
				told++
			}
			wg.Go(func() {
				if err := a.run(t, nodes[a.node], org, d, func() { heard.Add(1) }); !ok(err) {
					t.Errorf("a unit that %s got %v", d.name, err)
				}
			})
		}
		wg.Wait()
		got := map[id.Org]int64{}
		for _, org := range orgs {
			if n := counter(t, nodes[1], org); n != 0 {
				got[org] = n
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("counters %v, want %v", got, want)
		}
		if heard.Load() != told {
			t.Errorf("%d units were told that they are durable, want %d", heard.Load(), told)
		}
	})
}

func (a act) run(t *testing.T, s *store.Store, org id.Org, d deed, durable func()) error {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if a.gone {
		cancel()
	}
	return s.Do(ctx, org, func(tx *store.Tx) error {
		tx.AfterCommit(durable)
		n, err := store.One(tx, dueOf, store.Scalar[int64], "n")
		if err != nil {
			return err
		}
		if err := tx.Write(putRow, "n", n+a.n); err != nil {
			return err
		}
		return d.do(tx)
	})
}

func counter(t *testing.T, s *store.Store, org id.Org) (n int64) {
	t.Helper()
	err := s.View(t.Context(), org, func(tx *store.Tx) (err error) {
		n, err = store.One(tx, dueOf2, store.Scalar[int64], "n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Somebody holds a row of one organisation for long; its unit waits, and those
// of the others do not.
func TestPostgresUnitThatWaitsForARowKeepsNobodyElse(t *testing.T) {
	s := mustertest.PostgresStore(t)
	held := id.New[id.Org]()
	add(t, s, held, "n", time.UnixMicro(0))
	locked, release := make(chan struct{}), make(chan struct{})
	var holder, waiter, others sync.WaitGroup
	holder.Go(func() {
		err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
			err := tx.For(held, func(tx *store.Tx) error {
				_, err := store.One(tx, dueOf, store.Scalar[int64], "n")
				return err
			})
			close(locked)
			<-release
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-locked
	increment := func(org id.Org) {
		if err := (act{n: 1}).run(t, s, org, deeds[0], func() {}); err != nil {
			t.Error(err)
		}
	}
	for i := range 40 {
		if i%8 == 0 {
			waiter.Go(func() { increment(held) })
		}
		org := id.New[id.Org]()
		add(t, s, org, "n", time.UnixMicro(0))
		others.Go(func() { increment(org) })
	}
	others.Wait() // never, if one of them waited for the row
	close(release)
	holder.Wait()
	waiter.Wait()
	if n := counter(t, s, held); n != 5 {
		t.Errorf("the counter that was held is %d, want 5", n)
	}
}

// A result that is too long to be kept for a convoy comes all the same.
func TestPostgresUnitsReadLongResults(t *testing.T) {
	s := mustertest.PostgresStore(t)
	long := strings.Repeat("x", 2000)
	var wg sync.WaitGroup
	for range 12 {
		org := id.New[id.Org]()
		wg.Go(func() {
			err := s.Do(t.Context(), org, func(tx *store.Tx) error {
				for i := range 700 {
					if err := tx.Write(addRow, fmt.Sprint(long, i), tx.Now()); err != nil {
						return err
					}
				}
				rows, err := store.All(tx, subject, store.Scalar[string])
				if err == nil && len(rows) != 700 {
					t.Errorf("%d rows, want 700", len(rows))
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Closing waits for every connection; none may be kept for convoys that never
// come, also after more of them were under way than there are places.
func TestPostgresClosesAfterManyConvoys(t *testing.T) {
	s, err := store.Open(t.Context(), mustertest.Postgres(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	orgs := make([]id.Org, 6)
	for i := range orgs {
		orgs[i] = id.New[id.Org]()
		add(t, s, orgs[i], "n", time.UnixMicro(0))
	}
	locked, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
			for _, org := range orgs {
				if err := tx.For(org, func(*store.Tx) error { return nil }); err != nil {
					return err
				}
			}
			close(locked)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-locked
	for range 4 {
		for _, org := range orgs {
			wg.Go(func() {
				if err := (act{n: 1}).run(t, s, org, deeds[0], func() {}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	<-time.After(time.Second) // each waits for its organisation, and makes room for the next
	close(release)
	wg.Wait()
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the store does not close")
	}
}
