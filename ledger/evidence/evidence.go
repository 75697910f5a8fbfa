// Package evidence is one file about one thing that happened, which holds by
// itself: how the thing stands, every entry of an organisation's book about it
// with its proof, and an entry that binds them all. Whoever has the book's
// public key checks it without the installation (access A13, notices row 17).
//
// The file is lines of JSON:
//
//	{"format":"muster-grant/1","grant":…,"key":…,"organisation":…}
//	{"grant":{…}}                              how it stands
//	{"entry":{…},"values":{…},"proof":…}       one for each entry of the book about it
//	{"entries":N,"complete":true,"sha256":…}
//
// The bytes of "entry" are the leaf of the book's log, "proof" is a C2SP
// tlog-proof. The last entry binds the second line and all entries before it.
// complete is false while something can still come; sha256 is that of all lines
// before, so that also what the book does not sign cannot change unseen.
package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// About is what a kind of evidence is about, as its lines call it.
type About string

func (a About) format() string { return "muster-" + string(a) + "/1" }

// kind is that of the entry which says that such evidence was taken, and binds
// it with the facts that Bind gives.
func (a About) kind() string { return string(a) + ".evidence" }

// Row is the line that says how a thing stands.
func (a About) Row(v any) ([]byte, error) { return written(map[string]any{string(a): v}) }

// Bind are the facts of the entry that binds a row and the entries at these
// places of the book.
func Bind(row []byte, seqs []int64) map[string]any {
	return map[string]any{"Digest": Digest(row), "Places": places(seqs)}
}

// Digest is the SHA-256 of a text, in hexadecimal.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// places is the mark of just these entries.
func places(seqs []int64) string { return Digest(fmt.Append(nil, seqs)) }

// File is evidence that the book has bound, and that is about to be written.
type File struct {
	About    About
	Org      id.Org
	Subject  string
	Row      []byte
	Seqs     []int64 // of the entries, first to last, without the one that binds them
	Complete bool
}

type entryLine struct {
	Entry  json.RawMessage `json:"entry"`
	Values json.RawMessage `json:"values"`
	Proof  string          `json:"proof"`
}

type endLine struct {
	Entries  int    `json:"entries"`
	Complete bool   `json:"complete"`
	Sum      string `json:"sha256"`
}

// Write writes the file, whole or not at all.
func (f File) Write(ctx context.Context, s *store.Store, book *ledger.Book, w io.Writer) error {
	all, err := f.proved(ctx, s, book)
	if err != nil {
		return err
	}
	head, err := written(map[string]string{"format": f.About.format(), "organisation": string(f.Org), string(f.About): f.Subject, "key": book.Key(f.Org)})
	lines, errs := [][]byte{head, f.Row}, []error{err}
	for _, p := range all {
		one, err := written(entryLine{json.RawMessage(p.Leaf), json.RawMessage(p.Values), p.Proof})
		lines, errs = append(lines, one), append(errs, err)
	}
	body := bytes.Join(lines, nil)
	end, err := written(endLine{len(all), f.Complete, Digest(body)})
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	_, err = w.Write(append(body, end...))
	return err
}

// proved are the entries with their proofs, and behind them the one which says
// that the evidence was taken: the first of its kind behind them that binds
// them.
func (f File) proved(ctx context.Context, s *store.Store, book *ledger.Book) ([]ledger.Proved, error) {
	seqs := slices.Clone(f.Seqs)
	err := s.View(ctx, f.Org, func(tx *store.Tx) error {
		taken, err := ledger.List(tx, ledger.Filter{Subject: f.Subject, Kind: f.About.kind()})
		for _, r := range slices.Backward(taken) {
			if r.Facts["Places"] == places(f.Seqs) {
				seqs = append(seqs, r.Seq)
				return err
			}
		}
		return errors.Join(err, fault.New(fault.NotFound, "not_found"))
	})
	if err != nil {
		return nil, err
	}
	return book.ProveAll(ctx, f.Org, seqs)
}

// Entries reads the book back to an instant, page by page.
func Entries(tx *store.Tx, f ledger.Filter, since time.Time) (all []ledger.Record, err error) {
	for {
		page, err := ledger.List(tx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < ledger.MaxList || page[len(page)-1].At.Before(since) {
			return all, nil
		}
		f.Before = page[len(page)-1].Seq
	}
}

// written is JSON as the file has it, with its end.
func written(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}
