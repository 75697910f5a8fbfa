package grant

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
// tlog-proof. complete is false while something can still come.
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
func (g Grant) complete() bool { return g.Stage.Over() && (!g.Emergency || !g.Reviewed.IsZero()) }

// Evidence writes the file about a grant. That it was taken is an entry of the
// book, and of the file.
func (o Office) Evidence(ctx context.Context, who actor.Actor, which id.Grant, w io.Writer) error {
	g, err := o.on(ctx, who, which, "seeGrants", func(h *hearing, rule string) error {
		return ledger.Append(h.tx, who, h.entry("grant.evidence", rule))
	})
	if err != nil {
		return err
	}
	seqs, err := o.entries(ctx, g)
	if err != nil {
		return err
	}
	all, err := o.Book.ProveAll(ctx, g.Org, seqs)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	errs := []error{
		enc.Encode(evidenceHead{evidenceFormat, g.Org, g.ID, o.Book.Key(g.Org)}),
		enc.Encode(evidenceGrant{g.depose()}),
	}
	for _, p := range all {
		errs = append(errs, enc.Encode(evidenceEntry{json.RawMessage(p.Leaf), json.RawMessage(p.Values), p.Proof}))
	}
	errs = append(errs, enc.Encode(evidenceEnd{len(all), g.complete()}), out.Flush())
	return errors.Join(errs...)
}

// entries are the places in the book of all that it says about a grant, and of
// what its owner did while it was open, first to last.
func (o Office) entries(ctx context.Context, g Grant) (seqs []int64, err error) {
	err = o.Store.View(ctx, g.Org, func(tx *store.Tx) error {
		about, err := everything(tx, ledger.Filter{Subject: string(g.ID)}, g.Asked)
		if err != nil {
			return err
		}
		acts, err := acts(tx, g)
		for _, r := range append(about, acts...) {
			seqs = append(seqs, r.Seq)
		}
		slices.Sort(seqs)
		seqs = slices.Compact(seqs)
		return err
	})
	return seqs, err
}

// acts are what the owner of a grant did in the organisation while it was open.
func acts(tx *store.Tx, g Grant) ([]ledger.Record, error) {
	if g.Opened.IsZero() {
		return nil, nil
	}
	all, err := everything(tx, ledger.Filter{Staff: g.Staff}, g.Opened)
	return slices.DeleteFunc(all, func(r ledger.Record) bool {
		return r.At.Before(g.Opened) || r.At.After(g.till(tx.Now()))
	}), err
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
	Key          string // the file's own
	Entries      int
	Complete     bool
}

// CheckEvidence checks a file of evidence by itself, without the installation.
// With a key that is known by another way it must be that book's. What does
// not hold is Invalid: "bad_evidence" with the line, or "bad_proof".
func CheckEvidence(r io.Reader, key string) (c Checked, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var last int64 = -1
	ended := false
	bad := func(n int, cause error) error {
		return fault.New(fault.Invalid, "bad_evidence").With("Line", n).Wrap(cause)
	}
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		switch {
		case n == 1:
			var head evidenceHead
			if err := strict(line, &head); err != nil || head.Format != evidenceFormat || key != "" && key != head.Key {
				return c, bad(n, err)
			}
			c.Organisation, c.Grant, c.Key = head.Organisation, head.Grant, head.Key
		case ended:
			return c, bad(n, nil)
		case bytes.HasPrefix(line, []byte(`{"grant":`)) && n == 2:
			if err := strict(line, &evidenceGrant{}); err != nil {
				return c, bad(n, err)
			}
		case bytes.HasPrefix(line, []byte(`{"entry":`)):
			if last, err = checkEntry(line, c.Key, last); err != nil {
				return c, bad(n, err)
			}
			c.Entries++
		default:
			var end evidenceEnd
			if err := strict(line, &end); err != nil || end.Entries != c.Entries {
				return c, bad(n, err)
			}
			ended, c.Complete = true, end.Complete
		}
	}
	if err := lines.Err(); err != nil {
		return c, err
	}
	if !ended {
		return c, bad(0, nil) // its end was cut off
	}
	return c, nil
}

// checkEntry checks one entry, which stands behind the one before in the book.
func checkEntry(line []byte, key string, last int64) (int64, error) {
	var e evidenceEntry
	var place struct {
		Seq int64 `json:"seq"`
	}
	if err := errors.Join(strict(line, &e), json.Unmarshal(e.Entry, &place)); err != nil {
		return last, err
	}
	if place.Seq <= last {
		return last, errors.New("out of place")
	}
	return place.Seq, ledger.Proved{Seq: place.Seq, Leaf: string(e.Entry), Values: string(e.Values), Proof: e.Proof}.Check(key)
}

// strict reads JSON that has nothing in it which is not known.
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
