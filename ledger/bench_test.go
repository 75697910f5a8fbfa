package ledger_test

import (
	"bytes"
	"testing"
	"time"

	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

// The design asks for 100,000 entries in 2 seconds.
func BenchmarkVerify100000(b *testing.B) {
	s := mustertest.Store(b)
	book := open(b, s)
	for range 100 {
		many := make([]ledger.Entry, 1000)
		for n := range many {
			many[n] = note(n)
		}
		add(b, s, many...)
	}
	var out bytes.Buffer
	start := time.Now()
	if err := book.Export(b.Context(), bo, org, "floor-book", &out); err != nil {
		b.Fatal(err)
	}
	b.Logf("export: %d MB in %v", out.Len()>>20, time.Since(start))
	for b.Loop() {
		if r := verify(b, out.Bytes(), ledger.VerifyOptions{}); !r.Whole() {
			b.Fatal(codes(r))
		}
	}
	start = time.Now()
	if _, _, err := book.Prove(b.Context(), org, 70_000); err != nil {
		b.Fatal(err)
	}
	b.Logf("proof of one entry of 100,000: %v", time.Since(start))
}

func BenchmarkAppendSQLite(b *testing.B)   { benchAppend(b, mustertest.Store(b)) }
func BenchmarkAppendPostgres(b *testing.B) { benchAppend(b, mustertest.PostgresStore(b)) }

// One entry a unit, all units on one book: the worst case.
func benchAppend(b *testing.B, s *store.Store) {
	b.ReportAllocs()
	for b.Loop() {
		add(b, s, note(1))
	}
}
