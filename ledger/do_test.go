package ledger_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

var (
	org  = id.Org("org_00000000000000000000000000000001")
	aino = id.Person("per_aino")
	bo   = actor.Actor{
		Kind: actor.Person, Org: org, Person: "per_bo", Name: "Bo Berg", Door: actor.Board,
		IP: netip.MustParseAddr("192.0.2.7"), Session: "ses_1",
	}
)

// add appends the entries in one unit.
func add(t testing.TB, s *store.Store, entries ...ledger.Entry) {
	t.Helper()
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		for _, e := range entries {
			if err := ledger.Append(tx, bo, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func list(t testing.TB, s *store.Store, f ledger.Filter) (all []ledger.Record) {
	t.Helper()
	err := s.View(t.Context(), org, func(tx *store.Tx) (err error) {
		all, err = ledger.List(tx, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func note(n int) ledger.Entry {
	return ledger.Entry{
		Kind: "alarm.noted", Subject: fmt.Sprintf("alm_%d", n%3), About: aino, Rule: "call-handle",
		Facts:    map[string]any{"Number": n, "Words": []string{"a", "<b>"}, "Drill": n%2 == 0},
		Personal: map[string]string{"Note": fmt.Sprintf("Aino said \"%d\"\n\tand hung up", n)},
	}
}

func TestAppendedEntriesAreReadBack(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		add(t, s, note(0))
		add(t, s, note(1), note(2), note(3))
		all := list(t, s, ledger.Filter{})
		if len(all) != 4 {
			t.Fatalf("got %d entries", len(all))
		}
		r := all[0]
		if r.Seq != 3 || r.Kind != "alarm.noted" || r.Subject != "alm_0" || r.About != aino || r.Rule != "call-handle" {
			t.Errorf("got %+v", r)
		}
		if r.Actor.Name != "Bo Berg" || r.Actor.IP != "192.0.2.7" || r.Actor.Via != "ses_1" || r.Actor.Door != actor.Board {
			t.Errorf("got actor %+v", r.Actor)
		}
		if r.Facts["Number"] != int64(3) || r.Facts["Drill"] != false || r.Personal["Note"] != "Aino said \"3\"\n\tand hung up" {
			t.Errorf("got facts %v personal %v", r.Facts, r.Personal)
		}
		if got := list(t, s, ledger.Filter{Subject: "alm_0"}); len(got) != 2 || got[1].Seq != 0 {
			t.Errorf("by subject: %v", got)
		}
		if got := list(t, s, ledger.Filter{About: aino, Limit: 2, Before: 2}); len(got) != 2 || got[0].Seq != 1 {
			t.Errorf("by person: %v", got)
		}
		if got := list(t, s, ledger.Filter{Kind: "alarm.raised"}); len(got) != 0 {
			t.Errorf("by kind: %v", got)
		}
	})
}

// Units that append to one book at the same time must neither fork it nor
// leave a gap.
func TestWritersAtOnceMakeOneLine(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		const writers, each = 8, 20
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					err := s.Do(t.Context(), org, func(tx *store.Tx) error {
						return ledger.Append(tx, bo, note(w*each+n))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all := list(t, s, ledger.Filter{})
		if len(all) != writers*each {
			t.Fatalf("got %d entries", len(all))
		}
		for i, r := range all {
			if r.Seq != int64(len(all)-1-i) {
				t.Fatalf("entry %d has place %d", i, r.Seq)
			}
		}
	})
}

func TestAUnitThatFailsWritesNothing(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		boom := errors.New("boom")
		err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			if err := ledger.Append(tx, bo, note(1)); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if all := list(t, s, ledger.Filter{}); len(all) != 0 {
			t.Fatalf("got %v", all)
		}
	})
}

// What no command should ever write is refused, whole unit and all.
func TestEntriesThatMakeNoSenseAreRefused(t *testing.T) {
	s := mustertest.Store(t)
	long := strings.Repeat("x", 70_000)
	for name, e := range map[string]ledger.Entry{
		"no kind":             {},
		"kind in one word":    {Kind: "noted"},
		"kind with capitals":  {Kind: "Alarm.noted"},
		"name of a fact":      {Kind: "alarm.noted", Facts: map[string]any{"a b": 1}},
		"fact that is none":   {Kind: "alarm.noted", Facts: map[string]any{"A": func() {}}},
		"too many facts":      {Kind: "alarm.noted", Facts: map[string]any{"A": long}},
		"actor's own field":   {Kind: "alarm.noted", Personal: map[string]string{"actor.name": "x"}},
		"too long a value":    {Kind: "alarm.noted", Personal: map[string]string{"A": long}},
		"name without letter": {Kind: "alarm.noted", Personal: map[string]string{"": "x"}},
	} {
		err := s.Do(t.Context(), org, func(tx *store.Tx) error { return ledger.Append(tx, bo, e) })
		if fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if all := list(t, s, ledger.Filter{}); len(all) != 0 {
		t.Errorf("%d entries were written", len(all))
	}
}

// Text that is no UTF-8 is mended, not refused: an alarm must not fail on it.
func TestBrokenTextIsMended(t *testing.T) {
	s := mustertest.Store(t)
	who := bo
	who.Name = "Bo\xff"
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "alarm.noted", Subject: "alm_\xff", Personal: map[string]string{"Note": "a\xffb\x00"},
			Facts: map[string]any{"Text": "c\xff"},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	r := list(t, s, ledger.Filter{})[0]
	if r.Actor.Name != "Bo\uFFFD" || r.Personal["Note"] != "a\uFFFDb\x00" || r.Facts["Text"] != "c\uFFFD" {
		t.Errorf("got %+v", r)
	}
	if r := verify(t, export(t, open(t, s)), ledger.VerifyOptions{}); !r.Whole() {
		t.Error(codes(r))
	}
}
