package told

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/ledger/evidence"
	"muster/policy"
	"muster/store"
	"muster/tell/notice"
)

// What proofs are about (notices row 17): what one organisation was told of a
// notice, or the notice and what every organisation was told of it.
const (
	part  evidence.About = "told"
	whole evidence.About = "notice"
)

// deposition is what one organisation was told.
type deposition struct {
	Words  []saidWord   `json:"words"`
	People []toldPerson `json:"people"`
	Over   bool         `json:"over"`
}

type saidWord struct {
	N        int          `json:"n"`
	Kind     notice.Kind  `json:"kind"`
	State    notice.State `json:"state"`
	Text     string       `json:"text"` // in English
	Words    string       `json:"words,omitempty"`
	Since    time.Time    `json:"since,omitzero"`
	From     time.Time    `json:"from,omitzero"`
	Till     time.Time    `json:"till,omitzero"`
	Promised time.Time    `json:"next_word,omitzero"`
	At       time.Time    `json:"at"`
}

type toldPerson struct {
	N      int           `json:"n"`
	Person id.Person     `json:"person"`
	Name   string        `json:"name"`
	Why    string        `json:"why"`
	State  deliver.State `json:"state,omitempty"` // empty: no confirmed address
	Tries  []try         `json:"tries"`
	Read   time.Time     `json:"read,omitzero"`
}

// try is one way to one address, and what its carrier said last.
type try struct {
	Channel string        `json:"channel"`
	Address string        `json:"address"`
	State   deliver.State `json:"state"`
	Report  string        `json:"report,omitempty"`
	At      time.Time     `json:"at"`
	Heard   time.Time     `json:"heard"`
}

// account is the notice as its writers know it, and the parts that follow.
type account struct {
	Words []writtenWord `json:"words"`
	Parts []partOf      `json:"parts"`
	Over  bool          `json:"over"`
}

type writtenWord struct {
	N        int          `json:"n"`
	State    notice.State `json:"state"`
	Phrase   string       `json:"phrase"`
	Words    string       `json:"words,omitempty"`
	By       string       `json:"by,omitempty"` // empty: by itself
	Written  time.Time    `json:"written"`
	Released time.Time    `json:"released,omitzero"`
	Carried  time.Time    `json:"carried,omitzero"`
}

type partOf struct {
	Organisation id.Org `json:"organisation"`
	Sum          string `json:"sha256"`
}

// Proof writes the file about what the reader's organisation was told of a
// notice: whom, when, at which address, and what was reported. That it was taken
// is the last entry in it, and binds the rest.
func (o Office) Proof(ctx context.Context, who actor.Actor, which id.Notice, w io.Writer) error {
	rule, err := policy.Check(who, "exportBook", policy.Resource{Type: "Book", Org: who.Org})
	if err != nil {
		return err
	}
	return o.part(ctx, who, who.Org, rule, which, w)
}

// part is the file about one organisation.
func (o Office) part(ctx context.Context, who actor.Actor, org id.Org, rule string, which id.Notice, w io.Writer) error {
	f := evidence.File{About: part, Org: org, Subject: string(which)}
	err := o.Store.Do(ctx, org, func(tx *store.Tx) error {
		said, err := depose(tx, which)
		if err != nil {
			return err
		}
		f.Complete = said.Over
		if f.Row, err = part.Row(said); err != nil {
			return err
		}
		if f.Seqs, err = entries(tx, which, said.Words[0].At); err != nil {
			return err
		}
		return ledger.Append(tx, who, ledger.Entry{Kind: "told.evidence", Subject: string(which), Rule: rule, Facts: evidence.Bind(f.Row, f.Seqs)})
	})
	if err != nil {
		return err
	}
	return f.Write(ctx, o.Store, o.Book, w)
}

// entries are the places in the book of all that it says about a notice.
func entries(tx *store.Tx, which id.Notice, since time.Time) (seqs []int64, err error) {
	all, err := evidence.Entries(tx, ledger.Filter{Subject: string(which)}, since)
	for _, r := range slices.Backward(all) {
		seqs = append(seqs, r.Seq)
	}
	return seqs, err
}

// depose is what is known in the unit's organisation of a notice, the first word
// first. One that it was not told of is NotFound.
func depose(tx *store.Tx, which id.Notice) (d deposition, err error) {
	words, err := store.All(tx, listTold, scanTold, which, mostShown)
	if err != nil {
		return d, err
	}
	if len(words) == 0 {
		return d, fault.New(fault.NotFound, "not_found")
	}
	d.Over = words[0].State.Over()
	for _, t := range slices.Backward(words) {
		d.Words = append(d.Words, saidWord{t.N, t.Kind, t.State, t.Text("en", t.Kind, t.State), t.Words, t.Since, t.From, t.Till, t.Promised, t.At})
	}
	people, err := Receipts(tx, which)
	if err != nil {
		return d, err
	}
	tries, err := deliver.AttemptsAbout(tx, string(which), mostMessages*4)
	d.People = []toldPerson{}
	for _, r := range slices.Backward(people) {
		p := toldPerson{r.N, r.Person, r.Name, string(r.Why), r.State, []try{}, r.Read}
		for _, a := range tries {
			if a.Message == r.Message {
				p.Tries = append(p.Tries, try{a.Channel, a.Address, a.State, strings.TrimSpace(a.Code + " " + a.Detail), a.At, a.Updated})
			}
		}
		d.Over = d.Over && r.State != deliver.Queued
		d.People = append(d.People, p)
	}
	return d, err
}

// WholeProof writes for staff the file about a notice and everybody who was told
// of it: what the provider's book says, then the part of each organisation,
// whose books say that it was taken.
func (o Office) WholeProof(ctx context.Context, who actor.Actor, which id.Notice, w io.Writer) error {
	rule, err := may(who, "writeNotice")
	if err != nil {
		return err
	}
	n, words, err := notice.Office{Store: o.Store}.Open(ctx, who, which)
	if err != nil {
		return err
	}
	var orgs []id.Org
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		orgs, err = store.All(tx, toldOrgs, store.Scalar[id.Org], which)
		return err
	})
	if err != nil {
		return err
	}
	said := account{Words: []writtenWord{}, Parts: []partOf{}, Over: n.State.Over()}
	for _, one := range words {
		said.Words = append(said.Words, writtenWord{one.N, one.State, one.Phrase, one.Words, one.ByName, one.Written, one.Released, one.Carried})
	}
	var parts bytes.Buffer
	for _, org := range orgs {
		from := parts.Len()
		if err := o.part(ctx, who, org, rule, which, &parts); err != nil {
			return err
		}
		said.Parts = append(said.Parts, partOf{org, evidence.Digest(parts.Bytes()[from:])})
	}
	f := evidence.File{About: whole, Org: identity.Provider, Subject: string(which), Complete: said.Over}
	if f.Row, err = whole.Row(said); err != nil {
		return err
	}
	err = o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		if f.Seqs, err = entries(tx, which, words[0].Written); err != nil {
			return err
		}
		facts := maps.Clone(evidence.Bind(f.Row, f.Seqs))
		facts["Organisations"] = len(orgs)
		return ledger.Append(tx, who, ledger.Entry{Kind: "notice.evidence", Subject: string(which), Rule: rule, Facts: facts})
	})
	if err != nil {
		return err
	}
	if err := f.Write(ctx, o.Store, o.Book, w); err != nil {
		return err
	}
	_, err = parts.WriteTo(w)
	return err
}

// Checked is what was seen in a proof.
type Checked struct {
	evidence.Checked     // of the part, or of what the provider's book says
	Parts            int // of organisations, behind what the provider's book says
}

// CheckProof checks a proof by itself, without the installation. With a key that
// is known by another way it must be that book's. What does not hold is Invalid
// "bad_evidence" with the line; a file that is no proof has no key.
func CheckProof(r io.Reader, key string) (c Checked, err error) {
	begin := bufio.NewReader(r) // what is no proof may be long, and is not read
	first, err := begin.Peek(len(head) + len(`"muster-notice/1"`))
	if !bytes.HasPrefix(first, []byte(head+`"muster-told/`)) && !bytes.HasPrefix(first, []byte(head+`"muster-notice/`)) {
		return c, evidence.Bad(1, err)
	}
	text, err := io.ReadAll(begin)
	if err != nil {
		return c, err
	}
	sections := bytes.SplitAfter(text, []byte("\n"+head))
	for i := range sections[:len(sections)-1] { // the beginning of a section stands at the end of the one before
		sections[i], sections[i+1] = sections[i][:len(sections[i])-len(head)], append([]byte(head), sections[i+1]...)
	}
	if c.Checked, err = part.Check(bytes.NewReader(sections[0]), key, decide[deposition]); c.Key != "" {
		if len(sections) > 1 {
			err = errors.Join(err, evidence.Bad(0, nil))
		}
		return c, err
	}
	var said account
	if c.Checked, err = whole.Check(bytes.NewReader(sections[0]), key, decide[account]); err != nil {
		return c, err
	}
	if err := json.Unmarshal(c.Row, &said); err != nil || len(said.Parts) != len(sections)-1 {
		return c, evidence.Bad(0, err)
	}
	line := bytes.Count(sections[0], []byte("\n"))
	for i, p := range said.Parts {
		section := sections[i+1]
		one, err := part.Check(bytes.NewReader(section), "", decide[deposition])
		same := one.Organisation == p.Organisation && one.Subject == c.Subject && signer(one.Key) == signer(c.Key) && evidence.Digest(section) == p.Sum
		if err != nil || !same {
			return c, evidence.Bad(line+1, err)
		}
		line, c.Parts = line+bytes.Count(section, []byte("\n")), c.Parts+1
	}
	return c, nil
}

// head is how each section of a proof begins.
const head = `{"format":`

// signer is the public key in the key of a book, whatever the book is called.
func signer(key string) string { return key[strings.LastIndex(key, "+")+1:] }

// decide tells whether nothing more can come, by how a thing stands.
func decide[T deposition | account](row json.RawMessage) (bool, error) {
	var said T
	d := json.NewDecoder(bytes.NewReader(row))
	d.DisallowUnknownFields()
	err := d.Decode(&said)
	switch said := any(said).(type) {
	case deposition:
		return said.Over, err
	case account:
		return said.Over, err
	}
	return false, err
}
