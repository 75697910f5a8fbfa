package bench

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"muster/id"
	"muster/ledger"
	"muster/store"
)

const (
	bookClients = 32
	bookBooks   = 64
	bookTime    = 3 * time.Second
	bookVerify  = 100_000
	verifyGoal  = 2.0 // seconds
)

// bookRow is how many acts a second are put into the book, one a unit, and how
// long an export takes to verify.
func bookRow(r *run) (err error) {
	m, err := r.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	raw, err := newRaw(r.ctx, r.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.close()) }()
	books := make([]id.Org, bookBooks)
	for i := range books {
		books[i] = id.New[id.Org]()
	}
	var many, alone, bare spread
	for range 3 {
		for _, of := range []struct {
			books int
			rates *spread
		}{{bookBooks, &many}, {1, &alone}} {
			v, err := rate(bookClients, bookTime, func(c int) error {
				return m.book(r, books[c%of.books], 1)
			})
			if err != nil {
				return err
			}
			*of.rates = append(*of.rates, v)
		}
		v, err := raw.batched(r.ctx, bookClients, bookTime/2)
		if err != nil {
			return err
		}
		bare = append(bare, v)
	}
	r.report(line{
		what: fmt.Sprintf("acts put into the book, one a unit, %d callers", bookClients),
		got:  fmt.Sprintf("%d books %s/s; one book %s/s", bookBooks, many.rounds("%.0f"), alone.rounds("%.0f")),
		raw:  fmt.Sprintf("rows, batched %s/s; ratio %.2f", bare.rounds("%.0f"), many.median()/bare.median()),
	})
	return r.verifyBook(m)
}

// book puts n acts into a book, in one unit.
func (m *rooms) book(r *run, org id.Org, n int) error {
	return m.store.Do(r.ctx, org, func(tx *store.Tx) error {
		for i := range n {
			err := ledger.Append(tx, boss(org), ledger.Entry{
				Kind: "alarm.noted", Subject: string(id.New[id.Alarm]()), About: "per_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d",
				Facts: map[string]any{"Number": i}, Personal: map[string]string{"Worker": "Aino Korhonen", "Note": "Reached by telephone."},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) verifyBook(m *rooms) error {
	n, org := r.n(bookVerify), id.New[id.Org]()
	for done := 0; done < n; done += 1000 {
		if err := m.book(r, org, min(1000, n-done)); err != nil {
			return err
		}
	}
	if err := r.db.settle(r.ctx); err != nil {
		return err
	}
	book, err := ledger.Open(r.ctx, m.store, m.keys)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	began := time.Now()
	if err := book.Export(r.ctx, boss(org), org, "bench", &out); err != nil {
		return err
	}
	exported := time.Since(began).Seconds()
	var took spread
	for range 3 {
		began := time.Now()
		report, err := ledger.Verify(bytes.NewReader(out.Bytes()), ledger.VerifyOptions{})
		if err != nil {
			return err
		}
		took = append(took, time.Since(began).Seconds())
		if !report.Whole() || report.Entries != int64(n)+1 {
			r.lost("%d acts put into the book, %d in its export, whole: %t", n, report.Entries, report.Whole())
		}
	}
	r.report(line{
		what: fmt.Sprintf("an export of %d acts verified", n),
		got:  fmt.Sprintf("%s s (written in %.1f s, %d MB)", took.rounds("%.2f"), exported, out.Len()>>20),
		raw:  "–", goal: "≤ 2 s for 100,000", met: judge(took.median() <= verifyGoal, verifyGoal/took.median()),
	})
	return nil
}
