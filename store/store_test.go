package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// The suite uses the timer table, which needs no entry in the book, and the
// installation table, which belongs to no organisation.
var (
	addRow  = store.Query("conformance.add", `insert into timer (org, kind, subject, due) values ($1, 'c', $2, $3)`)
	putRow  = store.Query("conformance.put", `insert into timer (org, kind, subject, due) values ($1, 'c', $2, $3) on conflict (org, kind, subject) do update set due = excluded.due`)
	dueOf   = store.Query("conformance.due", `select due from timer where org = $1 and kind = 'c' and subject = $2`).Lock()
	subject = store.Query("conformance.list", `select subject from timer where org = $1 order by subject`)
	anyRow  = store.Query("conformance.swap", `select $3, $2 from timer where org = $1 limit 1`)
	allRows = store.Across("conformance.all", `select org, subject from timer order by subject`)
)

func TestStoreConformance(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		t.Run("a unit commits whole or not at all", func(t *testing.T) { wholeOrNot(t, s) })
		t.Run("an organisation sees its own rows only", func(t *testing.T) { ownRows(t, s) })
		t.Run("a taken key is a conflict that names the column", func(t *testing.T) { taken(t, s) })
		t.Run("placeholders out of order", func(t *testing.T) { outOfOrder(t, s) })
		t.Run("concurrent read-then-write loses nothing", func(t *testing.T) { counters(t, s) })
		t.Run("one bad unit in a crowd", func(t *testing.T) { crowd(t, s) })
		t.Run("what was asked ahead is there later", func(t *testing.T) { asksAhead(t, s) })
		t.Run("For undoes only itself", func(t *testing.T) { forUndoes(t, s) })
		t.Run("views cannot write, tenants cannot cross", func(t *testing.T) { walls(t, s) })
		t.Run("once means once", func(t *testing.T) { once(t, s) })
		t.Run("bytes that are no text do no harm", func(t *testing.T) { noText(t, s) })
		t.Run("a panic is one unit's own", func(t *testing.T) { panics(t, s) })
		t.Run("changes reach watchers after the commit", func(t *testing.T) { changes(t, s) })
		t.Run("installation values are made once", func(t *testing.T) { installation(t, s) })
	})
}

func add(t *testing.T, s *store.Store, org id.Org, subject string, due time.Time) {
	t.Helper()
	if err := s.Do(t.Context(), org, func(tx *store.Tx) error { return tx.Write(addRow, subject, due) }); err != nil {
		t.Fatal(err)
	}
}

// noText writes what a broken sender may put into a note: NUL, and bytes that
// are no UTF-8, in plain and in named strings, in units and in views.
func noText(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	add(t, s, org, "he\x00lp \xff\xfe!", time.Unix(1, 0))
	if got := list(t, s, org); len(got) != 1 || got[0] != "help \uFFFD!" {
		t.Errorf("stored as %q", got)
	}
	err := s.View(t.Context(), org, func(tx *store.Tx) error {
		due, err := store.One(tx, dueOf2, store.Scalar[int64], id.Shift("he\x00lp \xff!"))
		if err == nil && due != time.Unix(1, 0).UnixMicro() {
			t.Errorf("due %d", due)
		}
		return err
	})
	if err != nil {
		t.Errorf("looked for by the same bytes: %v", err)
	}
}

// asksAhead counts by a row that was asked for ahead, in crowds and alone,
// with and without another question between.
func asksAhead(t *testing.T, s *store.Store) {
	orgs := []id.Org{id.New[id.Org](), id.New[id.Org](), id.New[id.Org]()}
	for _, o := range orgs {
		add(t, s, o, "count", time.UnixMicro(0))
	}
	const each = 20
	count := func(tx *store.Tx, among bool, name string) error {
		ahead := store.Ahead(tx, dueOf, store.Scalar[int64], "count")
		none := store.Ahead(tx, dueOf, store.Scalar[int64], "nobody")
		if err := tx.Write(addRow, name, tx.Now()); err != nil {
			return err
		}
		if among {
			if _, err := store.One(tx, dueOf, store.Scalar[int64], name); err != nil {
				return err
			}
		}
		n, err := ahead()
		if err != nil {
			return err
		}
		if _, err := none(); fault.KindOf(err) != fault.NotFound {
			return fmt.Errorf("what is not there: %w", err)
		}
		return tx.Write(putRow, "count", time.UnixMicro(n+1))
	}
	var wg sync.WaitGroup
	for i := range each * len(orgs) {
		wg.Go(func() {
			org := orgs[i%len(orgs)]
			var err error
			if i%5 == 0 {
				err = s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
					sorry := errors.New("sorry")
					if err := tx.For(org, func(tx *store.Tx) error {
						store.Ahead(tx, dueOf, store.Scalar[int64], "count")
						return sorry
					}); !errors.Is(err, sorry) {
						return fmt.Errorf("a unit that fails before its question is asked: %w", err)
					}
					return tx.For(org, func(tx *store.Tx) error { return count(tx, i%2 == 0, fmt.Sprint(i)) })
				})
			} else {
				err = s.Do(t.Context(), org, func(tx *store.Tx) error { return count(tx, i%2 == 0, fmt.Sprint(i)) })
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, o := range orgs {
		err := s.View(t.Context(), o, func(tx *store.Tx) error {
			ahead := store.Ahead(tx, dueOf2, store.Scalar[int64], "count")
			n, err := ahead()
			if err == nil && n != each {
				t.Errorf("%d of %d are counted", n, each)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func list(t *testing.T, s *store.Store, org id.Org) []string {
	t.Helper()
	var got []string
	err := s.View(t.Context(), org, func(tx *store.Tx) (err error) {
		got, err = store.All(tx, subject, store.Scalar[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wholeOrNot(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	sorry := errors.New("sorry")
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		if err := tx.Write(addRow, "a", tx.Now()); err != nil {
			return err
		}
		return sorry
	})
	if !errors.Is(err, sorry) {
		t.Fatalf("got %v, want the unit's own error", err)
	}
	if got := list(t, s, org); len(got) != 0 {
		t.Fatalf("a failed unit left %v", got)
	}
	at := time.Date(2026, 11, 22, 3, 4, 5, 678000, time.UTC)
	add(t, s, org, "b", at)
	err = s.View(t.Context(), org, func(tx *store.Tx) error {
		got, err := store.One(tx, dueOf2, func(r store.Row) (time.Time, error) {
			var at time.Time
			return at, r.Scan(store.Time(&at))
		}, "b")
		if err == nil && !got.Equal(at) {
			t.Errorf("an instant came back as %v, want %v", got, at)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var dueOf2 = store.Query("conformance.due2", `select due from timer where org = $1 and kind = 'c' and subject = $2`)

func ownRows(t *testing.T, s *store.Store) {
	a, b := id.New[id.Org](), id.New[id.Org]()
	add(t, s, a, "mine", time.UnixMicro(1))
	if got := list(t, s, b); len(got) != 0 {
		t.Fatalf("organisation b sees %v", got)
	}
	if got := list(t, s, a); len(got) != 1 {
		t.Fatalf("organisation a sees %v, want its row", got)
	}
	err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
		rows, err := store.All(tx, allRows, func(r store.Row) (string, error) {
			var org, sub string
			return org, r.Scan(&org, &sub)
		})
		if err == nil && len(rows) < 1 {
			t.Error("the door across sees nothing")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func taken(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	add(t, s, org, "x", time.UnixMicro(1))
	err := s.Do(t.Context(), org, func(tx *store.Tx) error { return tx.Write(addRow, "x", tx.Now()) })
	if f := fault.From(err); f.Kind != fault.Conflict || f.Code != "taken" {
		t.Fatalf("got %v, want a conflict", err)
	}
}

func outOfOrder(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	add(t, s, org, "x", time.UnixMicro(1))
	err := s.View(t.Context(), org, func(tx *store.Tx) error {
		got, err := store.One(tx, anyRow, func(r store.Row) (string, error) {
			var a, b string
			err := r.Scan(&a, &b)
			return a + b, err
		}, "2", "3")
		if err == nil && got != "32" {
			t.Errorf("$3, $2 gave %q, want 32", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func counters(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	add(t, s, org, "n", time.UnixMicro(0))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				err := s.Do(t.Context(), org, func(tx *store.Tx) error {
					n, err := store.One(tx, dueOf, store.Scalar[int64], "n")
					if err != nil {
						return err
					}
					return tx.Write(putRow, "n", n+1)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	_ = s.View(t.Context(), org, func(tx *store.Tx) error {
		n, err := store.One(tx, dueOf2, store.Scalar[int64], "n")
		if err != nil || n != 200 {
			t.Errorf("200 increments made %d (%v)", n, err)
		}
		return nil
	})
}

func crowd(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	add(t, s, org, "00", time.UnixMicro(1))
	var wg sync.WaitGroup
	var failed atomic.Int32
	for i := range 40 {
		wg.Go(func() {
			key := fmt.Sprintf("%02d", i)
			err := s.Do(t.Context(), org, func(tx *store.Tx) error {
				if err := tx.Write(addRow, key+"-first", tx.Now()); err != nil {
					return err
				}
				if i%4 == 0 {
					return tx.Write(addRow, "00", tx.Now()) // taken
				}
				return nil
			})
			if err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	if failed.Load() != 10 {
		t.Errorf("%d units failed, want the 10 bad ones", failed.Load())
	}
	if got := len(list(t, s, org)); got != 31 {
		t.Errorf("%d rows, want 31: 30 good units and the first row", got)
	}
}

func forUndoes(t *testing.T, s *store.Store) {
	a, b := id.New[id.Org](), id.New[id.Org]()
	sorry := errors.New("sorry")
	err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
		err := tx.For(a, func(tx *store.Tx) error {
			if err := tx.Write(addRow, "lost", tx.Now()); err != nil {
				return err
			}
			return sorry
		})
		if !errors.Is(err, sorry) {
			t.Errorf("got %v, want the inner error", err)
		}
		err = tx.For(a, func(tx *store.Tx) error {
			if err := tx.Write(addRow, "twice", tx.Now()); err != nil {
				return err
			}
			return tx.Write(addRow, "twice", tx.Now())
		})
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v, want the violation to stay with its own unit", err)
		}
		return tx.For(b, func(tx *store.Tx) error { return tx.Write(addRow, "kept", tx.Now()) })
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, a); len(got) != 0 {
		t.Errorf("the undone units left %v", got)
	}
	if got := list(t, s, b); len(got) != 1 {
		t.Errorf("the good unit left %v, want one row", got)
	}
}

func walls(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	err := s.View(t.Context(), org, func(tx *store.Tx) error { return tx.Write(addRow, "x", tx.Now()) })
	if err == nil {
		t.Error("a view wrote")
	}
	err = s.Do(t.Context(), org, func(tx *store.Tx) error {
		_, err := store.All(tx, allRows, store.Scalar[string])
		return err
	})
	if err == nil {
		t.Error("a tenant's unit crossed organisations")
	}
	err = s.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.Write(addRow, "x", tx.Now()) })
	if err == nil {
		t.Error("a tenant's statement ran without an organisation")
	}
	if err := s.Do(t.Context(), "", func(*store.Tx) error { return nil }); err == nil {
		t.Error("a unit without an organisation ran")
	}
}

func once(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	run := func(key, row string) error {
		ctx := store.WithOnce(t.Context(), &store.Once{Key: key, Digest: "d"})
		return s.Do(ctx, org, func(tx *store.Tx) error { return tx.Write(putRow, row, tx.Now()) })
	}
	if err := run("k", "first"); err != nil {
		t.Fatal(err)
	}
	if f := fault.From(run("k", "second")); f.Code != "already_done" {
		t.Fatalf("got %v, want already_done", f)
	}
	if got := list(t, s, org); strings.Join(got, " ") != "first" {
		t.Fatalf("rows %v, want the first only", got)
	}
	var wg sync.WaitGroup
	var ok atomic.Int32
	for i := range 16 {
		wg.Go(func() {
			if run("race", fmt.Sprint("r", i)) == nil {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 || len(list(t, s, org)) != 2 {
		t.Fatalf("%d of 16 racing requests took effect, want 1", ok.Load())
	}
}

func panics(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		if err := tx.Write(addRow, "x", tx.Now()); err != nil {
			return err
		}
		panic("oh")
	})
	if fault.KindOf(err) != fault.Internal {
		t.Fatalf("got %v", err)
	}
	add(t, s, org, "y", time.UnixMicro(1))
	if got := list(t, s, org); len(got) != 1 {
		t.Fatalf("rows %v after a panic, want the later one only", got)
	}
}

func changes(t *testing.T, s *store.Store) {
	org := id.New[id.Org]()
	got := make(chan store.Change, 4)
	stop := s.Watch(func(c store.Change) {
		if c.Org == org {
			got <- c
		}
	})
	defer stop()
	_ = s.Do(t.Context(), org, func(tx *store.Tx) error { tx.Touch("never"); return errors.New("undone") })
	if err := s.Do(t.Context(), org, func(tx *store.Tx) error { tx.Touch("board"); tx.Touch("board"); return nil }); err != nil {
		t.Fatal(err)
	}
	if c := <-got; len(c.Topics) != 1 || c.Topics[0] != "board" {
		t.Fatalf("heard %v, want board once", c)
	}
}

func installation(t *testing.T, s *store.Store) {
	made := 0
	mk := func() ([]byte, error) { made++; return []byte(fmt.Sprint("value ", made)), nil }
	for range 2 {
		v, err := s.Installation(t.Context(), "test", mk)
		if err != nil || string(v) != "value 1" {
			t.Fatalf("got %q, %v", v, err)
		}
	}
}
