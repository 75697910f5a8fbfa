package sheets

import (
	"cmp"
	"slices"
	"strings"

	"muster/actor"
	"muster/call/partner/enrol"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/sheet"
	"muster/store"
)

// plan compares a sheet with roster and enrolments.
func (k kept) plan(tx *store.Tx, b *enrol.Batch) (Plan, error) {
	p := Plan{ID: k.id, File: k.file, Columns: k.columns, Expires: k.expires}
	org, err := roster.Get(tx)
	if err != nil {
		return p, err
	}
	form, err := enrol.Form(tx)
	if err != nil {
		return p, err
	}
	p.Form = formWith(form, k.columns)
	read, err := sheet.Read(k.data, sheet.Options{Country: org.Country, Language: org.Language, As: as(k.columns), Rest: true})
	if err != nil {
		p.Fault = fault.From(err).At("file")
		return p, nil
	}
	people, err := roster.All(tx)
	if err != nil {
		return p, err
	}
	c := comparer{b: b, plan: &p, people: people, taken: map[id.Person]int{}}
	for _, e := range read.Entries {
		r, err := c.row(e)
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, r)
	}
	for _, one := range people {
		if _, here := c.taken[one.Person]; here {
			continue
		}
		_, known, err := enrol.Find(tx, one.Person)
		if err != nil {
			return p, err
		}
		if known {
			p.Rows = append(p.Rows, Row{What: Leave, Worker: one.Person, Name: one.Name})
		}
	}
	return p, nil
}

// comparer finds the rows of a sheet on the roster.
type comparer struct {
	b      *enrol.Batch
	plan   *Plan
	people []roster.Person
	taken  map[id.Person]int // row that is about the person
}

func (c *comparer) row(e sheet.Entry) (Row, error) {
	r := Row{What: Bad, Number: e.Row, Name: e.Name, Entry: e, Draft: draftOf(e, c.plan.Columns), Bad: slices.Clone(e.Bad)}
	p, found := c.find(e)
	if found {
		r.Worker, r.Moves = p.Person, e.Name != "" && e.Name != p.Name || e.Mobile != "" && e.Mobile != p.Phone()
		if first, twice := c.taken[p.Person]; twice {
			r.Bad = append(r.Bad, c.bad(e, fault.New(fault.Invalid, "sheet_duplicate").At(string(sheet.Name)).With("Row", first)))
		}
		c.taken[p.Person] = e.Row
	} else {
		p.Roles, r.Joins = []actor.Membership{{Role: actor.Worker}}, true
	}
	if len(r.Bad) > 0 {
		return r, nil
	}
	p.Name = cmp.Or(e.Name, p.Name)
	p.Points = []roster.Point{{Channel: roster.Email, Address: cmp.Or(e.Email, p.First(roster.Email))}, {Channel: roster.SMS, Address: cmp.Or(e.Mobile, p.Phone())}}
	known, changed, err := c.b.Preview(p, r.Draft, c.plan.Form)
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return r, err
		}
		for _, f := range fault.All(err) {
			r.Bad = append(r.Bad, c.bad(e, f))
		}
		return r, nil
	}
	switch {
	case !known:
		r.What = Add
	case len(changed) > 0:
		r.What = Change
	default:
		r.What = Same
	}
	return r, nil
}

// find tells which person a row is about: by e-mail address, else by mobile
// number.
func (c *comparer) find(e sheet.Entry) (roster.Person, bool) {
	for _, by := range []struct{ channel, address string }{{roster.Email, e.Email}, {roster.SMS, e.Mobile}} {
		i := slices.IndexFunc(c.people, func(p roster.Person) bool {
			return by.address != "" && slices.ContainsFunc(p.Points, func(at roster.Point) bool { return at.Channel == by.channel && at.Address == by.address })
		})
		if i >= 0 {
			return c.people[i], true
		}
	}
	return roster.Person{}, false
}

// bad puts a fault of an enrolment at the cell that it comes from.
func (c *comparer) bad(e sheet.Entry, f *fault.Fault) sheet.Bad {
	means := Means(f.Field)
	switch {
	case strings.HasPrefix(f.Field, "out."):
		means = Out
	case f.Field == "word":
		means = Word
	}
	b := sheet.Bad{Row: e.Row, Field: means, Code: f.Code, Args: f.Args}
	for _, col := range c.plan.Columns {
		if col.Means == means || col.Means == New && means == ours+Means(enrol.Field{Label: col.Text}.Keyed().Key) {
			b.Column, b.Value = col.Letter, e.Rest[col.Text]
		}
	}
	return b
}
