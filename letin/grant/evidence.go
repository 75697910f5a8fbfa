package grant

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// Evidence about a grant is one file of lines, each a JSON object (access A13):
//
//	{"format":"muster-grant/1","organisation":…,"grant":…,"key":…}
//	{"grant":{…}}                              what was asked, consented to and approved
//	{"entry":{…},"values":{…},"proof":…}       one for each entry of the book about it
//	{"entries":N,"complete":true}
//
// The bytes of "entry" are the leaf of the book's log, "proof" is a C2SP
// tlog-proof. The last entry binds the grant and all entries before it.
// complete is false while something can still come.
const evidenceFormat = "muster-grant/1"

type evidenceHead struct {
	Format       string   `json:"format"`
	Organisation id.Org   `json:"organisation"`
	Grant        id.Grant `json:"grant"`
	Key          string   `json:"key"`
}

type evidenceGrant struct {
	Grant deposition `json:"grant"`
}

// deposition is the row, in words that stay.
type deposition struct {
	Staff     id.Staff           `json:"staff"`
	Name      string             `json:"name"`
	AskedBy   id.Staff           `json:"asked_by"`
	Asker     string             `json:"asker"`
	AskedAt   time.Time          `json:"asked_at"`
	Scope     Scope              `json:"scope"`
	Reason    Reason             `json:"reason"`
	Words     string             `json:"words"`
	Request   string             `json:"request,omitempty"`
	Seconds   int64              `json:"for_seconds"`
	Extends   id.Grant           `json:"extends,omitempty"`
	Emergency bool               `json:"emergency"`
	Consent   *evidenceConsent   `json:"consent,omitempty"`
	Approvals []evidenceApproval `json:"approvals"`
	Stage     Stage              `json:"stage"`
	Opened    time.Time          `json:"opened_at,omitzero"`
	Until     time.Time          `json:"until,omitzero"`
	Used      time.Time          `json:"first_used_at,omitzero"`
	Ended     time.Time          `json:"ended_at,omitzero"`
	EndedBy   string             `json:"ended_by,omitempty"`
	Why       string             `json:"why,omitempty"`
	Reviewed  time.Time          `json:"reviewed_at,omitzero"`
	Reviewer  string             `json:"reviewer,omitempty"`
}

type evidenceConsent struct {
	Person id.Person `json:"person"`
	Name   string    `json:"name"`
	How    string    `json:"how"`
	Words  string    `json:"words"`
	Digest string    `json:"sha256"` // of the mail, or of the words
	At     time.Time `json:"at"`
}

type evidenceApproval struct {
	Staff id.Staff  `json:"staff"`
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
}

type evidenceEntry struct {
	Entry  json.RawMessage `json:"entry"`
	Values json.RawMessage `json:"values"`
	Proof  string          `json:"proof"`
}

type evidenceEnd struct {
	Entries  int  `json:"entries"`
	Complete bool `json:"complete"`
}

func (g Grant) depose() deposition {
	d := deposition{
		Staff: g.Staff, Name: g.Name, AskedBy: g.AskedBy, Asker: g.Asker, AskedAt: g.Asked, Scope: g.Scope, Reason: g.Reason, Words: g.Words,
		Request: g.Request, Seconds: int64(g.For / time.Second), Extends: g.After, Emergency: g.Emergency, Stage: g.Stage, Opened: g.Opened,
		Until: g.Until, Used: g.Used, Ended: g.Ended, EndedBy: g.EndedBy, Why: g.Why, Reviewed: g.Reviewed, Reviewer: g.Reviewer,
		Approvals: []evidenceApproval{},
	}
	if c := g.Consent; !c.At.IsZero() {
		d.Consent = &evidenceConsent{c.Person, c.Name, c.How, c.Words, c.Digest, c.At}
	}
	for _, a := range g.Approvals {
		d.Approvals = append(d.Approvals, evidenceApproval{a.Staff, a.Name, a.At})
	}
	return d
}

// complete tells whether nothing more can come about a grant.
func (d deposition) complete() bool { return d.Stage.Over() && (!d.Emergency || !d.Reviewed.IsZero()) }

// Evidence writes the file about a grant. That it was taken is the last entry
// in it, which binds all that stands before: the grant as it was, and which
// entries there were.
func (o Office) Evidence(ctx context.Context, who actor.Actor, which id.Grant, w io.Writer) error {
	var row []byte
	var seqs []int64
	g, err := o.on(ctx, who, which, "seeGrants", func(h *hearing, rule string) (err error) {
		if row, err = written(evidenceGrant{h.depose()}); err != nil {
			return err
		}
		if seqs, err = entries(h.tx, h.Grant); err != nil {
			return err
		}
		e := h.entry("grant.evidence", rule)
		e.Facts["Digest"], e.Facts["Places"] = digest(row), places(seqs)
		return ledger.Append(h.tx, who, e)
	})
	if err != nil {
		return err
	}
	all, err := o.proved(ctx, g, seqs)
	if err != nil {
		return err
	}
	head, err := written(evidenceHead{evidenceFormat, g.Org, g.ID, o.Book.Key(g.Org)})
	lines := [][]byte{head, row}
	errs := []error{err}
	for _, p := range all {
		one, err := written(evidenceEntry{json.RawMessage(p.Leaf), json.RawMessage(p.Values), p.Proof})
		lines, errs = append(lines, one), append(errs, err)
	}
	end, err := written(evidenceEnd{len(all), g.depose().complete()})
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	_, err = w.Write(bytes.Join(append(lines, end), nil))
	return err
}

// written is JSON as the file has it, with its end.
func written(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// places is the mark of just these entries.
func places(seqs []int64) string { return digest(fmt.Append(nil, seqs)) }

// proved are the entries with their proofs, and behind them the one which says
// that the evidence was taken: the first of its kind behind them that binds
// them.
func (o Office) proved(ctx context.Context, g Grant, seqs []int64) ([]ledger.Proved, error) {
	err := o.Store.View(ctx, g.Org, func(tx *store.Tx) error {
		taken, err := ledger.List(tx, ledger.Filter{Subject: string(g.ID), Kind: "grant.evidence"})
		for _, r := range slices.Backward(taken) {
			if r.Facts["Places"] == places(seqs) {
				seqs = append(seqs, r.Seq)
				return err
			}
		}
		return errors.Join(err, fault.New(fault.NotFound, "not_found"))
	})
	if err != nil {
		return nil, err
	}
	return o.Book.ProveAll(ctx, g.Org, seqs)
}

// entries are the places in the book of all that it says about a grant, and of
// what its owner did while it was open, first to last.
func entries(tx *store.Tx, g Grant) (seqs []int64, err error) {
	about, err := everything(tx, ledger.Filter{Subject: string(g.ID)}, g.Asked)
	if err != nil {
		return nil, err
	}
	acts, err := acts(tx, g)
	for _, r := range append(about, acts...) {
		seqs = append(seqs, r.Seq)
	}
	slices.Sort(seqs)
	return slices.Compact(seqs), err
}

// acts are what the owner of a grant did in the organisation while it was open.
func acts(tx *store.Tx, g Grant) ([]ledger.Record, error) {
	if g.Opened.IsZero() {
		return nil, nil
	}
	all, err := everything(tx, ledger.Filter{Staff: g.Staff}, g.Opened)
	return slices.DeleteFunc(all, g.outside(tx.Now())), err
}

// mostPages bounds how far one look goes back for a page that has something on
// it: whoever was inside may have been elsewhere in the organisation since.
const mostPages = 10

// actsBefore is a page of them that stands before a place in the book, 0 being
// its end, and where the next one begins; 0: there is none.
func actsBefore(tx *store.Tx, g Grant, before int64) (some []ledger.Record, older int64, err error) {
	if g.Opened.IsZero() {
		return nil, 0, nil
	}
	for range mostPages {
		page, err := ledger.List(tx, ledger.Filter{Staff: g.Staff, Before: before})
		if err != nil {
			return nil, 0, err
		}
		if before = 0; len(page) == ledger.MaxList && !page[len(page)-1].At.Before(g.Opened) {
			before = page[len(page)-1].Seq
		}
		some = slices.DeleteFunc(page, g.outside(tx.Now()))
		if len(some) > 0 || before == 0 {
			break
		}
	}
	return some, before, nil
}

// outside tells whether an entry is from before the grant was open, or after.
func (g Grant) outside(now time.Time) func(ledger.Record) bool {
	return func(r ledger.Record) bool { return r.At.Before(g.Opened) || r.At.After(g.till(now)) }
}

// till is when a grant that was open ended, or now.
func (g Grant) till(now time.Time) time.Time {
	if g.Ended.IsZero() {
		return now
	}
	return g.Ended
}

// everything reads the book back to an instant, page by page.
func everything(tx *store.Tx, f ledger.Filter, since time.Time) (all []ledger.Record, err error) {
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

// Checked is what was seen in a file of evidence.
type Checked struct {
	Organisation id.Org
	Grant        id.Grant
	Key          string // the file's own; empty: it is no such file
	Entries      int
	Complete     bool
}

// CheckEvidence checks a file of evidence by itself, without the installation.
// With a key that is known by another way it must be that book's. What does
// not hold is Invalid: "bad_evidence" with the line, 0 for the file as a whole.
func CheckEvidence(r io.Reader, key string) (Checked, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	c := checking{key: key}
	for n := 1; lines.Scan(); n++ {
		if err := c.take(n, lines.Bytes()); err != nil {
			return c.Checked, badEvidence(n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return c.Checked, err
	}
	if !c.ended {
		return c.Checked, badEvidence(0, nil) // its end was cut off
	}
	return c.Checked, nil
}

func badEvidence(n int, cause error) error {
	return fault.New(fault.Invalid, "bad_evidence").With("Line", n).Wrap(cause)
}

// checking follows a file from line to line.
type checking struct {
	Checked
	key   string // known by another way; may be empty
	row   string // digest of the grant as the file has it
	said  deposition
	seqs  []int64
	last  boundBy
	ended bool
}

// boundBy is what the entry of the evidence binds.
type boundBy struct {
	Seq     int64  `json:"seq"`
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Facts   struct{ Digest, Places string }
}

var errEvidence = errors.New("not as the book has it")

func (c *checking) take(n int, text []byte) error {
	switch {
	case n == 1:
		var head evidenceHead
		if err := strict(text, &head); err != nil {
			return err
		}
		if head.Format != evidenceFormat {
			return errEvidence
		}
		c.Organisation, c.Grant, c.Key = head.Organisation, head.Grant, head.Key
		if c.key != "" && c.key != head.Key {
			return errEvidence
		}
		return nil
	case c.ended:
		return errEvidence
	case n == 2:
		var row evidenceGrant
		c.row = digest(append(bytes.Clone(text), '\n'))
		err := strict(text, &row)
		c.said = row.Grant
		return err
	case bytes.HasPrefix(text, []byte(`{"entry":`)):
		return c.entry(text)
	}
	return c.end(text)
}

// entry checks one entry, which stands behind the one before in the book.
func (c *checking) entry(text []byte) error {
	var e evidenceEntry
	var as boundBy
	if err := errors.Join(strict(text, &e), json.Unmarshal(e.Entry, &as)); err != nil {
		return err
	}
	if len(c.seqs) > 0 && as.Seq <= c.last.Seq {
		return errEvidence
	}
	c.last, c.seqs = as, append(c.seqs, as.Seq)
	c.Entries++
	return ledger.Proved{Seq: as.Seq, Leaf: string(e.Entry), Values: string(e.Values), Proof: e.Proof}.Check(c.Key)
}

// end holds the file as a whole against its last entry.
func (c *checking) end(text []byte) error {
	var end evidenceEnd
	if err := strict(text, &end); err != nil {
		return err
	}
	whole := c.Entries > 0 && c.last.Kind == "grant.evidence" && c.last.Subject == string(c.Grant) &&
		c.last.Facts.Digest == c.row && c.last.Facts.Places == places(c.seqs[:len(c.seqs)-1])
	if !whole || end.Entries != c.Entries || end.Complete != c.said.complete() {
		return errEvidence
	}
	c.ended, c.Complete = true, end.Complete
	return nil
}

// strict reads JSON that has nothing in it which is not known.
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
