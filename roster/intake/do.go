package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/sheet"
	"muster/seal"
	"muster/store"
)

// valid is how long a prepared sheet waits to be applied.
const valid = time.Hour

// kept is an upload that waits.
type kept struct {
	id      id.Import
	version int64
	file    string
	upload
	expires time.Time
}

// upload is what waits of an upload, packed.
type upload struct {
	sheet.Sheet
	Contacts bool         `json:"contacts,omitempty"` // taken in as contact persons
	Wanted   []sheet.News `json:"wanted,omitempty"`   // by those of whom the sheet says nothing
}

// Prepare reads an upload, keeps it for an hour and plans what taking it in
// would do; nothing on the roster changes. lang is the reader's language, for
// the words of roles. Faults of the file as of sheet.Read, at file.
func Prepare(ctx context.Context, s *store.Store, who actor.Actor, file string, data []byte, lang string) (Plan, error) {
	return Aim{}.Prepare(ctx, s, who, file, data, lang)
}

// Prepare is the package's Prepare under an aim.
func (a Aim) Prepare(ctx context.Context, s *store.Store, who actor.Actor, file string, data []byte, lang string) (p Plan, err error) {
	var org roster.Organisation
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := check(tx, who, "importRoster"); err != nil {
			return err
		}
		if a.Contacts != nil {
			if err := a.Contacts.Check(a.Wanted); err != nil {
				return err
			}
		}
		org, err = roster.Get(tx)
		return err
	})
	if err != nil {
		return Plan{}, err
	}
	read, err := sheet.Read(data, sheet.Options{Country: org.Country, Language: org.Language, Contacts: a.Contacts != nil})
	if err != nil {
		return Plan{}, atFile(err)
	}
	k := kept{id: id.New[id.Import](), file: clip(file), upload: upload{Sheet: *read, Contacts: a.Contacts != nil, Wanted: a.Wanted}}
	packed, err := pack(k.upload)
	if err != nil {
		return Plan{}, err
	}
	// Comparing takes time in which no writer should wait; what changes
	// meanwhile makes the plan stale and is found when it is applied.
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		k.expires = tx.Now().Add(valid)
		p, k.version, err = k.plan(tx, who, a, lang)
		return err
	})
	if err != nil {
		return Plan{}, err
	}
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		if err := tx.Write(dropOld, tx.Now()); err != nil {
			return err
		}
		return tx.Write(addImport, k.id, who.ID(), k.version, k.file, packed, k.expires)
	})
	return p, err
}

// Look plans again what a prepared sheet would do. One that is too old, or was
// applied, is Expired "import_expired".
func Look(ctx context.Context, s *store.Store, who actor.Actor, upload id.Import, lang string) (Plan, error) {
	return Aim{}.Look(ctx, s, who, upload, lang)
}

// Look is the package's Look under an aim.
func (a Aim) Look(ctx context.Context, s *store.Store, who actor.Actor, upload id.Import, lang string) (p Plan, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := check(tx, who, "importRoster"); err != nil {
			return err
		}
		k, err := a.load(tx, upload)
		if err != nil {
			return err
		}
		p, _, err = k.plan(tx, who, a, lang)
		return err
	})
	return p, err
}

// MayLeave tells in the unit that takes people off the roster whether somebody
// may go: the rooms above know what stands against it, such as a running shift.
type MayLeave func(tx *store.Tx, person id.Person) error

// Apply does what the plan of a prepared sheet says, all of it in one unit.
// Those who are not in the sheet leave where leave says that they may; with nil
// they stay. Besides the faults of Look: Conflict "import_stale" if the roster
// has changed since it was prepared, Invalid "import_bad_rows" with their
// Count, Conflict "import_on_shift" with the Name of somebody who may not
// leave, and the faults of roster.Edit with the Row they are about. The plan
// that was carried out comes back.
func Apply(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, upload id.Import, leave MayLeave) (Plan, error) {
	return Aim{}.Apply(ctx, s, keys, who, upload, leave)
}

// Apply is the package's Apply under an aim. Contact persons who are not in the
// sheet stay on the roster.
func (a Aim) Apply(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, upload id.Import, leave MayLeave) (p Plan, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := check(tx, who, "importRoster")
		if err != nil {
			return err
		}
		k, err := a.load(tx, upload)
		if err != nil {
			return err
		}
		e, err := roster.Begin(tx, who, keys)
		if err != nil {
			return err
		}
		if e.Org.Version != k.version {
			return fault.New(fault.Conflict, "import_stale")
		}
		if p, _, err = k.plan(tx, who, a, ""); err != nil {
			return err
		}
		if n := p.Count(Bad); n > 0 {
			return fault.New(fault.Invalid, "import_bad_rows").At("file").With("Count", n)
		}
		if leave == nil {
			p.Rows = slices.DeleteFunc(p.Rows, func(r Row) bool { return r.What == Leave })
		}
		if err := p.nobodyIsOut(tx, leave); err != nil {
			return err
		}
		if err := a.carryOut(tx, e, who, p, rule); err != nil {
			return err
		}
		if err := tx.Write(dropImport, upload); err != nil {
			return err
		}
		if p.Count(Same) == len(p.Rows) {
			return nil
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: a.kind(), Subject: string(upload), Rule: rule,
			Facts: map[string]any{"Added": p.Count(Add), "Changed": p.Count(Change), "Left": p.Count(Leave), "Same": p.Count(Same)},
		})
	})
	return p, err
}

// nobodyIsOut asks for all who leave whether they may.
func (p Plan) nobodyIsOut(tx *store.Tx, leave MayLeave) error {
	for _, r := range p.Rows {
		if r.What != Leave {
			continue
		}
		err := leave(tx, r.Person)
		if fault.KindOf(err) == fault.Conflict {
			return fault.New(fault.Conflict, "import_on_shift").With("Name", r.Name).Wrap(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// carryOut does what the plan says, and notes in its rows who somebody new is.
func (a Aim) carryOut(tx *store.Tx, e *roster.Edit, who actor.Actor, p Plan, rule string) error {
	for _, name := range p.Workspaces {
		if _, err := e.AddWorkspace(name, "", rule); err != nil {
			return err
		}
	}
	// First those who leave, so that what was theirs is free.
	for _, r := range p.Rows {
		if r.What == Leave && a.Contacts == nil {
			if err := e.Leave(r.old, rule); err != nil {
				return atRow(err, r)
			}
		}
	}
	for i, r := range p.Rows {
		var err error
		switch r.What {
		case Add:
			n := r.Entry
			next := roster.NewPerson{
				Name: n.Name, Email: n.Email, Mobile: n.Mobile, Language: n.Language, PIN: n.PIN, Employee: n.Employee,
			}
			if next.Contact = a.Contacts != nil; !next.Contact {
				next.Roles = memberships(e, n.Duties)
			}
			p.Rows[i].old, err = e.Add(next, rule)
		case Change:
			if len(r.Differences) > len(r.news) {
				err = e.Alter(r.old, r.change(e), rule)
			}
		case Same, Leave, Bad:
		}
		if err != nil {
			return atRow(err, r)
		}
	}
	return a.tell(tx, who, p)
}

func (r Row) change(e *roster.Edit) (c roster.Change) {
	n := r.Entry
	for _, d := range r.Differences {
		switch d.Field {
		case sheet.Name:
			c.Name = &n.Name
		case sheet.Email:
			c.Email = &n.Email
		case sheet.Mobile:
			c.Mobile = &n.Mobile
		case sheet.Language:
			c.Language = &n.Language
		case sheet.PIN:
			c.PIN = &n.PIN
		case sheet.Employee:
			c.Employee = &n.Employee
		case sheet.Role:
			roles := memberships(e, n.Duties)
			c.Roles = &roles
		}
	}
	return c
}

// plan compares what waits with the roster, and says which version of it.
func (k kept) plan(tx *store.Tx, who actor.Actor, a Aim, lang string) (Plan, int64, error) {
	e, err := roster.Begin(tx, who, nil)
	if err != nil {
		return Plan{}, 0, err
	}
	people, err := roster.All(tx)
	if err != nil {
		return Plan{}, 0, err
	}
	c := newComparer(e, people, who.Person, k.Columns, lang)
	if c.contacts, c.everybody = a.Contacts, k.Wanted; c.contacts != nil {
		if c.told, err = c.contacts.Told(tx); err != nil {
			return Plan{}, 0, err
		}
	}
	return Plan{
		ID: k.id, File: k.file, Sheet: k.Name, Unread: k.Unread, Ignored: k.Ignored, Expires: k.expires,
		Rows: c.plan(k.Entries), Workspaces: slices.Sorted(maps.Values(c.missing)),
	}, e.Org.Version, nil
}

func check(tx *store.Tx, who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Roster", ID: string(tx.Org()), Org: tx.Org()})
}

func load(tx *store.Tx, upload id.Import) (kept, error) {
	expired := fault.New(fault.Expired, "import_expired")
	k, err := store.One(tx, getImport, scanKept, upload)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) || err == nil && tx.Now().After(k.expires) {
		return kept{}, expired
	}
	return k, err
}

func scanKept(r store.Row) (k kept, err error) {
	var packed []byte
	if err := r.Scan(&k.id, &k.version, &k.file, &packed, store.Time(&k.expires)); err != nil {
		return k, err
	}
	k.upload, err = unpack(packed)
	return k, err
}

func pack(s upload) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(s); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(packed []byte) (s upload, err error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return s, err
	}
	if err := json.NewDecoder(io.LimitReader(z, 1<<30)).Decode(&s); err != nil {
		return s, err
	}
	for _, e := range s.Entries {
		for _, b := range e.Bad {
			for name, v := range b.Args {
				if n, ok := v.(float64); ok { // which JSON makes of whole numbers
					b.Args[name] = int(n)
				}
			}
		}
	}
	return s, nil
}

// atRow says which row a fault is about.
func atRow(err error, r Row) error {
	var all []error
	for _, f := range fault.All(err) {
		all = append(all, f.With("Row", r.Number))
	}
	return fault.Join(all...)
}

// atFile puts a fault of the whole file at the field where it was chosen; one
// that names a column keeps it as Column.
func atFile(err error) error {
	f := fault.From(err)
	if f.Field != "" {
		f = f.With("Field", f.Field)
	}
	return f.At("file")
}

// clip keeps a file's name showable.
func clip(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}
