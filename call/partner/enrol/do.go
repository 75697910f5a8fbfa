package enrol

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/call/rota"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// wordPurpose keeps safe words apart from everything else under a key.
const wordPurpose = "partner.word"

// Clerk carries out what organisations do about enrolments, and what partners
// answer.
type Clerk struct {
	Store *store.Store
	Keys  *seal.Keys // to seal safe words
}

// Put enrols a worker, or changes what is known of one, and makes a numbered
// change on every active connection (SS10). What is the same already makes
// none. Faults as of Draft.
func (c Clerk) Put(ctx context.Context, who actor.Actor, worker id.Person, d Draft) (e Enrolment, err error) {
	err = c.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		b, err := Begin(tx, c.Keys, who)
		if err != nil {
			return err
		}
		e, err = b.Put(worker, d)
		return err
	})
	return e, err
}

// Part takes a worker out of the enrolment: the partner hears of it, and what
// was known is erased here.
func (c Clerk) Part(ctx context.Context, who actor.Actor, worker id.Person) error {
	return c.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		b, err := Begin(tx, nil, who)
		if err != nil {
			return err
		}
		return b.Part(worker)
	})
}

// SetForm says which facts the organisation adds to the usual ones (SS6).
func (c Clerk) SetForm(ctx context.Context, who actor.Actor, in []Field) error {
	return c.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		b, err := Begin(tx, nil, who)
		if err != nil {
			return err
		}
		return b.SetForm(in)
	})
}

// SetForm is Clerk.SetForm as part of the caller's unit.
func (b *Batch) SetForm(in []Field) error {
	form, err := settleForm(in)
	if err != nil {
		return err
	}
	text, err := json.Marshal(form)
	if err != nil {
		return err
	}
	if err := b.tx.Write(putForm, string(text)); err != nil {
		return err
	}
	b.form = form
	return ledger.Append(b.tx, b.who, ledger.Entry{
		Kind: "enrolment.form_changed", Subject: string(b.tx.Org()), Rule: b.rule, Facts: map[string]any{"Count": len(form)},
	})
}

// Batch changes enrolments inside one unit.
type Batch struct {
	tx    *store.Tx
	keys  *seal.Keys
	who   actor.Actor
	rule  string
	org   roster.Organisation
	form  []Field
	links []connection.Connection
	held  bool
}

// Begin starts changing the enrolments of the unit's organisation, if the actor
// may. keys may be nil where no safe word is set.
func Begin(tx *store.Tx, keys *seal.Keys, who actor.Actor) (*Batch, error) {
	rule, err := check(who, tx.Org(), "enrol")
	if err != nil {
		return nil, err
	}
	b := &Batch{tx: tx, keys: keys, who: who, rule: rule}
	if b.org, err = roster.Get(tx); err != nil {
		return nil, err
	}
	b.form, err = Form(tx)
	return b, err
}

// Put is Clerk.Put as part of the caller's unit.
func (b *Batch) Put(worker id.Person, d Draft) (Enrolment, error) {
	p, err := roster.Find(b.tx, worker)
	if err != nil {
		return Enrolment{}, err
	}
	if !p.Active {
		return Enrolment{}, fault.New(fault.NotFound, "not_found")
	}
	f, err := b.settle(p, d, b.form)
	if err != nil {
		return Enrolment{}, err
	}
	old, known, err := lookup(b.tx, hold, worker)
	if err != nil {
		return old, err
	}
	e, changed := old, differences(old.Facts, f)
	e.Worker, e.Facts = worker, f
	if e.word, err = b.word(old, d.Word); err != nil {
		return e, err
	}
	if d.Word != nil {
		if same, err := b.sameWord(old, *d.Word); err != nil {
			return e, err
		} else if !same {
			changed = append(changed, "word")
		}
	}
	e.Word = len(e.word) > 0
	e.Facts.Word = e.Word
	kind := Alter
	if !known || !old.Left.IsZero() {
		kind = Add
	}
	if kind == Alter && len(changed) == 0 {
		return e, nil
	}
	return e, b.save(e, p.Name, kind, changed, d.From)
}

// settle makes facts of a draft, with the rota as it is now.
func (b *Batch) settle(p roster.Person, d Draft, form []Field) (f Facts, err error) {
	if f, err = d.settle(p, b.org.Country, form); err == nil {
		f.Duty, _, err = dutyOf(b.tx, f.Rota)
	}
	return f, err
}

// dutyOf is rota.Duty where there is a rota.
func dutyOf(tx *store.Tx, which id.Rota) (n int64, counts time.Time, err error) {
	if which == "" {
		return 0, time.Time{}, nil
	}
	n, counts, err = rota.Duty(tx, which)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return 0, time.Time{}, nil
	}
	return n, counts, err
}

// Preview tells what Put would do, and does nothing: whether the worker is
// enrolled already, and which facts would change. form is what the organisation
// adds to the usual facts by then. The person need not be on the roster yet.
func (b *Batch) Preview(p roster.Person, d Draft, form []Field) (known bool, changed []string, err error) {
	f, err := b.settle(p, d, form)
	if err != nil {
		return false, nil, err
	}
	old, known, err := lookup(b.tx, get, p.Person)
	if err != nil {
		return false, nil, err
	}
	changed = differences(old.Facts, f)
	if d.Word != nil {
		same, err := b.sameWord(old, *d.Word)
		if err != nil {
			return false, nil, err
		}
		if !same {
			changed = append(changed, "word")
		}
	}
	return known && old.Left.IsZero(), changed, nil
}

// sameWord tells whether a safe word is the one that is there.
func (b *Batch) sameWord(old Enrolment, word string) (bool, error) {
	if len(old.word) == 0 || b.keys == nil {
		return len(old.word) == 0 && folded(word) == "", nil
	}
	plain, err := b.keys.Open(wordPurpose, old.word)
	return folded(string(plain)) == folded(word), err
}

// word is the sealed safe word that an enrolment is to have. One that is said
// again is sealed again, so that nobody can tell from the row that it is the
// same.
func (b *Batch) word(old Enrolment, word *string) ([]byte, error) {
	switch {
	case word == nil:
		return old.word, nil
	case strings.TrimSpace(*word) == "":
		return nil, nil
	}
	return b.keys.Seal(wordPurpose, []byte(strings.TrimSpace(*word)))
}

func (b *Batch) save(e Enrolment, name string, kind Kind, changed []string, from time.Time) error {
	text, err := json.Marshal(e.Facts)
	if err != nil {
		return err
	}
	if err := b.tx.Write(put, e.Worker, string(text), e.word, b.tx.Now()); err != nil {
		return err
	}
	return b.change(e.Worker, name, kind, changed, from)
}

// Part is Clerk.Part as part of the caller's unit.
func (b *Batch) Part(worker id.Person) error {
	e, known, err := lookup(b.tx, hold, worker)
	if err != nil {
		return err
	}
	if !known || !e.Left.IsZero() {
		return fault.New(fault.NotFound, "not_found")
	}
	if err := b.tx.Write(part, worker, b.tx.Now()); err != nil {
		return err
	}
	return b.change(worker, e.Facts.Name, Leave, nil, time.Time{})
}

// change gives the change its number on every connection, and writes it into
// the book once.
func (b *Batch) change(worker id.Person, name string, kind Kind, changed []string, from time.Time) error {
	late := kind == Alter && slices.Contains(changed, "rota") && from.Before(b.tx.Now().Add(notice))
	if !b.held { // numbers are made one after another
		var err error
		if b.links, err = connection.Hold(b.tx); err != nil {
			return err
		}
		b.held = true
	}
	facts := map[string]any{"Change": string(kind), "Fields": strings.Join(changed, " "), "Late": late}
	for _, link := range b.links {
		n, err := announce(b.tx, b.who, link, worker, name, Change{Kind: kind, Fields: changed, Late: late, Effective: from})
		if err != nil {
			return err
		}
		facts["Number"], facts["Other"] = n, link.OtherName
	}
	b.tx.Touch("partner")
	b.tx.Touch("board")
	return ledger.Append(b.tx, b.who, ledger.Entry{
		Kind:    "enrolment." + map[Kind]string{Add: "added", Alter: "changed", Leave: "left"}[kind],
		Subject: string(worker), About: worker, Rule: b.rule, Facts: facts, Personal: map[string]string{"Worker": name},
	})
}

// announce makes one numbered change on one connection.
func announce(tx *store.Tx, who actor.Actor, link connection.Connection, worker id.Person, name string, c Change) (int64, error) {
	n, err := connection.Number(tx, link.ID)
	if err != nil {
		return 0, err
	}
	err = tx.Write(addChange, link.ID, n, worker, name, string(c.Kind), strings.Join(c.Fields, " "), c.Late, tx.Now(), who.Name, c.Effective)
	if err != nil {
		return 0, err
	}
	at, err := Of(tx, link.ID, worker)
	if err != nil {
		return 0, err
	}
	return n, place(tx, worker, link.ID, at.after(n, c.Kind))
}

func place(tx *store.Tx, worker id.Person, link id.Link, s Standing) error {
	return tx.Write(putStanding, worker, link, s.Number, string(s.Kind), string(s.State), s.Confirmed)
}

// Begun tells a partner of everybody who is enrolled, when a connection begins;
// it runs in each side's unit and does something in the customer's.
func Begun(tx *store.Tx, link connection.Connection) error {
	if link.Side != connection.Customer {
		return nil
	}
	here, err := store.All(tx, all, scanEnrolment)
	if err != nil {
		return err
	}
	for _, e := range here {
		if _, err := announce(tx, actor.Engine(), link, e.Worker, e.Facts.Name, Change{Kind: Add}); err != nil {
			return err
		}
	}
	return nil
}

func lookup(tx *store.Tx, q *store.SQL, worker id.Person) (e Enrolment, known bool, err error) {
	e, err = store.One(tx, q, scanEnrolment, worker)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return Enrolment{}, false, nil
	}
	return e, err == nil, err
}

func check(who actor.Actor, org id.Org, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Enrolment", ID: string(org), Org: org})
}
