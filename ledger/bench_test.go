package ledger_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/id"
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

// One entry a unit: one caller on one book, 32 callers on one book (which is
// held for one round trip each), 32 callers on 64 books.
func benchAppend(b *testing.B, s *store.Store) {
	for _, c := range []struct {
		name           string
		callers, books int64
	}{{"alone", 1, 1}, {"crowd", 32, 1}, {"many", 32, 64}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var n atomic.Int64
			var wg sync.WaitGroup
			for range c.callers {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						book := id.Org(fmt.Sprintf("org_%032d", i%c.books))
						err := s.Do(b.Context(), book, func(tx *store.Tx) error { return ledger.Append(tx, bo, note(1)) })
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
