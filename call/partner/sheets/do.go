package sheets

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/call/partner/enrol"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/sheet"
	"muster/seal"
	"muster/store"
)

// valid is how long a sheet waits to be applied.
const valid = time.Hour

// Intake carries out what an organisation does with a sheet of enrolments.
type Intake struct {
	Store *store.Store
	Keys  *seal.Keys // to compare and to seal safe words
}

// kept is an upload that waits.
type kept struct {
	id      id.Import
	file    string
	data    []byte
	columns []Column
	expires time.Time
}

// Prepare keeps an upload for an hour, with what its columns mean as far as
// that can be told. Nothing else changes. Faults of the file as of sheet.Read,
// at file.
func (in Intake) Prepare(ctx context.Context, who actor.Actor, file string, data []byte) (id.Import, error) {
	k := kept{id: id.New[id.Import](), file: clip(file), data: data}
	var org roster.Organisation
	var form []enrol.Field
	err := in.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		if _, err = enrol.Begin(tx, in.Keys, who); err != nil {
			return err
		}
		if org, err = roster.Get(tx); err != nil {
			return err
		}
		form, err = enrol.Form(tx)
		return err
	})
	if err != nil {
		return "", err
	}
	heads, err := sheet.Glance(data, sheet.Options{Country: org.Country, Language: org.Language})
	if err != nil {
		return "", fault.From(err).At("file")
	}
	for _, h := range heads {
		c := Column{Text: h.Text, Letter: h.Column, Sample: h.Sample, Means: h.Means}
		if c.Means == "" {
			c.Means = guess(h.Text, form)
		}
		k.columns = append(k.columns, c)
	}
	columns, err := json.Marshal(k.columns)
	if err != nil {
		return "", err
	}
	return k.id, in.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		if err := tx.Write(dropOld, tx.Now()); err != nil {
			return err
		}
		return tx.Write(addImport, k.id, who.ID(), k.file, k.data, string(columns), tx.Now().Add(valid))
	})
}

// Match says what the columns of a kept sheet mean, by their letter. Columns
// that are not named stay as they are.
func (in Intake) Match(ctx context.Context, who actor.Actor, upload id.Import, means map[string]Means) error {
	return in.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := enrol.Begin(tx, in.Keys, who); err != nil {
			return err
		}
		k, err := load(tx, upload)
		if err != nil {
			return err
		}
		form, err := enrol.Form(tx)
		if err != nil {
			return err
		}
		for i, c := range k.columns {
			m, said := means[c.Letter]
			if !said {
				continue
			}
			if !meaningful(m, form) {
				return fault.New(fault.Invalid, "not_a_choice").At("columns." + c.Letter)
			}
			k.columns[i].Means = m
		}
		text, err := json.Marshal(k.columns)
		if err != nil {
			return err
		}
		return tx.Write(setColumns, upload, string(text))
	})
}

// Look plans what a kept sheet would do now.
func (in Intake) Look(ctx context.Context, who actor.Actor, upload id.Import) (p Plan, err error) {
	err = in.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		b, err := enrol.Begin(tx, in.Keys, who)
		if err != nil {
			return err
		}
		k, err := load(tx, upload)
		if err != nil {
			return err
		}
		p, err = k.plan(tx, b)
		return err
	})
	return p, err
}

// Apply does what the plan says, all of it in one unit: people who are not on
// the roster join it as workers, names and numbers there follow the sheet, and
// every enrolment becomes a numbered change. Who is enrolled and not in the
// sheet is taken out only if leave is set. Faults: Invalid "import_bad_rows"
// with their Count, and what is wrong with the sheet as a whole.
func (in Intake) Apply(ctx context.Context, who actor.Actor, upload id.Import, leave bool) (p Plan, err error) {
	err = in.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		b, err := enrol.Begin(tx, in.Keys, who)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "importRoster", policy.Resource{Type: "Roster", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		k, err := load(tx, upload)
		if err != nil {
			return err
		}
		if p, err = k.plan(tx, b); err != nil {
			return err
		}
		if p.Fault != nil {
			return p.Fault
		}
		if n := p.Count(Bad); n > 0 {
			return fault.New(fault.Invalid, "import_bad_rows").At("file").With("Count", n)
		}
		e, err := roster.Begin(tx, who, in.Keys)
		if err != nil {
			return err
		}
		if err := p.carryOut(b, e, tx, rule, leave); err != nil {
			return err
		}
		if err := tx.Write(dropImport, upload); err != nil {
			return err
		}
		left := 0
		if leave {
			left = p.Count(Leave)
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "enrolment.imported", Subject: string(upload), Rule: rule,
			Facts: map[string]any{"Added": p.Count(Add), "Changed": p.Count(Change), "Same": p.Count(Same), "Left": left},
		})
	})
	return p, err
}

func (p Plan) carryOut(b *enrol.Batch, e *roster.Edit, tx *store.Tx, rule string, leave bool) error {
	if err := b.SetForm(p.Form); err != nil {
		return err
	}
	for _, r := range p.Rows {
		var err error
		switch r.What {
		case Add, Change:
			err = r.carryOut(b, e, tx, rule)
		case Leave:
			if leave {
				err = b.Part(r.Worker)
			}
		case Same, Bad:
		}
		if err != nil {
			return fault.From(err).With("Row", r.Number)
		}
	}
	return nil
}

func (r Row) carryOut(b *enrol.Batch, e *roster.Edit, tx *store.Tx, rule string) error {
	switch {
	case r.Joins:
		p, err := e.Add(roster.NewPerson{
			Name: r.Entry.Name, Email: r.Entry.Email, Mobile: r.Entry.Mobile, Language: r.Entry.Language, Employee: r.Entry.Employee,
			Roles: []actor.Membership{{Role: actor.Worker}},
		}, rule)
		if err != nil {
			return err
		}
		r.Worker = p.Person
	case r.Moves:
		p, err := roster.Find(tx, r.Worker)
		if err != nil {
			return err
		}
		if err := e.Alter(p, roster.Change{Name: &r.Entry.Name, Mobile: &r.Entry.Mobile}, rule); err != nil {
			return err
		}
	}
	_, err := b.Put(r.Worker, r.Draft)
	return err
}

func load(tx *store.Tx, upload id.Import) (kept, error) {
	expired := fault.New(fault.Expired, "import_expired")
	k, err := store.One(tx, getImport, scanKept, upload)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) || err == nil && tx.Now().After(k.expires) {
		return kept{}, expired
	}
	return k, err
}

// meaningful tells whether a column can mean this.
func meaningful(m Means, form []enrol.Field) bool {
	switch m {
	case "", Nothing, Out, Word, New, sheet.Name, sheet.First, sheet.Last, sheet.Email, sheet.Mobile, sheet.Role, sheet.Language, sheet.PIN, sheet.Employee, sheet.Workspace:
		return true
	}
	for n := range mostContacts {
		if m == sheet.ContactName(n+1) || m == sheet.ContactPhone(n+1) {
			return true
		}
	}
	key, own := strings.CutPrefix(string(m), ours)
	for _, f := range form {
		if own && f.Key == key {
			return true
		}
	}
	return false
}

// mostContacts is how many contacts a sheet may have for each worker.
const mostContacts = 12

// clip keeps a file's name showable.
func clip(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}
