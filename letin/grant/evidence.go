package grant

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/ledger/evidence"
	"muster/store"
)

// about is what evidence here is about (access A13). It is not complete while
// something can still come.
const about evidence.About = "grant"

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
	f := evidence.File{About: about, Subject: string(which)}
	_, err := o.on(ctx, who, which, "seeGrants", func(h *hearing, rule string) (err error) {
		said := h.depose()
		f.Org, f.Complete = h.Org, said.complete()
		if f.Row, err = about.Row(said); err != nil {
			return err
		}
		if f.Seqs, err = entries(h.tx, h.Grant); err != nil {
			return err
		}
		e := h.entry("grant.evidence", rule)
		maps.Copy(e.Facts, evidence.Bind(f.Row, f.Seqs))
		return ledger.Append(h.tx, who, e)
	})
	if err != nil {
		return err
	}
	return f.Write(ctx, o.Store, o.Book, w)
}

// entries are the places in the book of all that it says about a grant, and of
// what its owner did while it was open, first to last.
func entries(tx *store.Tx, g Grant) (seqs []int64, err error) {
	about, err := evidence.Entries(tx, ledger.Filter{Subject: string(g.ID)}, g.Asked)
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
	all, err := evidence.Entries(tx, ledger.Filter{Staff: g.Staff}, g.Opened)
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
	c, err := about.Check(r, key, func(row json.RawMessage) (bool, error) {
		var said deposition
		d := json.NewDecoder(bytes.NewReader(row))
		d.DisallowUnknownFields()
		err := d.Decode(&said)
		return said.complete(), err
	})
	return Checked{c.Organisation, id.Grant(c.Subject), c.Key, c.Entries, c.Complete}, err
}
