// Package intake takes sheets into the roster and writes the roster out again.
//
// A sheet is first prepared: read, checked and compared with the roster, and
// kept for an hour. The plan that comes of it says row by row what would be
// added, changed, or left as it is, and every bad cell. Applying does all of
// it in one unit or nothing, and only if the roster is still the one that was
// compared with. Taking the same sheet in again changes nothing.
package intake

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/sheet"
)

// What says what a row of a plan does.
type What string

// The fates of a row.
const (
	Add    What = "add"
	Change What = "change"
	Same   What = "same"
	Leave  What = "leave" // on the roster, not in the sheet; only when asked for
	Bad    What = "bad"   // has bad cells, so nothing of the sheet is taken in
)

// Difference is one field that a row changes.
type Difference struct {
	Field    sheet.Field
	Old, New string
}

// Row is one row of the sheet, or a person who is not in it.
type Row struct {
	What        What
	Number      int       // in the sheet; 0 for Leave
	Person      id.Person // empty for Add
	Name        string
	Entry       sheet.Entry
	Differences []Difference
	Bad         []sheet.Bad

	old   roster.Person
	news  []Difference // of what a contact person is told; among Differences
	joins bool         // becomes a contact person, or is told something else
}

// Plan is what taking a sheet in would do.
type Plan struct {
	ID         id.Import
	File       string // name of the upload
	Sheet      string // of the workbook
	Unread     []string
	Ignored    []string
	Workspaces []string // that would be made
	Rows       []Row    // as in the sheet; those who would leave at the end
	Expires    time.Time
}

// Count is how many rows have the fate.
func (p Plan) Count(w What) (n int) {
	for _, r := range p.Rows {
		if r.What == w {
			n++
		}
	}
	return n
}

// comparer finds rows on the roster.
type comparer struct {
	e       *roster.Edit
	lang    string // of the reader, for the words of roles
	who     id.Person
	by      map[sheet.Field]map[string]int // index of a person by a value that is theirs alone
	known   map[string]int                 // by name and mobile number
	people  []roster.Person
	row     map[int]int // row that has taken a person already
	missing map[string]string
	columns map[sheet.Field]string

	contacts  Contacts // nil: the sheet is one of the roster
	told      map[id.Person]Told
	everybody []sheet.News
}

func newComparer(e *roster.Edit, people []roster.Person, who id.Person, columns map[sheet.Field]string, lang string) *comparer {
	c := &comparer{
		e: e, lang: lang, who: who, people: people, columns: columns, row: map[int]int{}, known: map[string]int{}, missing: map[string]string{},
		by: map[sheet.Field]map[string]int{sheet.Employee: {}, sheet.Email: {}, sheet.PIN: {}},
	}
	for i, p := range people {
		c.by[sheet.Employee][p.Employee] = i
		c.by[sheet.PIN][p.PIN] = i
		c.known[key(p.Name, p.Phone())] = i
		for _, at := range p.Points {
			if at.Channel == roster.Email {
				c.by[sheet.Email][at.Address] = i
			}
		}
	}
	return c
}

func key(name, mobile string) string { return cases.Fold().String(name) + "\n" + mobile }

// plan compares every entry, and names those who are not in the sheet. The one
// who takes the sheet in is never among them: nobody removes themselves by
// leaving themselves out.
func (c *comparer) plan(entries []sheet.Entry) []Row {
	rows := make([]Row, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, c.compare(e))
	}
	for i, p := range c.people {
		if _, here := c.row[i]; !here && c.goes(p) {
			rows = append(rows, Row{What: Leave, Person: p.Person, Name: p.Name, old: p})
		}
	}
	return rows
}

func (c *comparer) compare(e sheet.Entry) Row {
	r := Row{What: Add, Number: e.Row, Name: e.Name, Entry: e, Bad: e.Bad}
	i, bad := c.find(e)
	r.Bad = append(slices.Clone(r.Bad), bad...)
	if i >= 0 {
		r.old, r.Person = c.people[i], c.people[i].Person
		c.row[i] = e.Row
	}
	if c.contacts != nil {
		c.news(&r, i)
	}
	if len(r.Bad) > 0 {
		r.What = Bad
		return r
	}
	c.name(e.Duties)
	if i < 0 {
		return r
	}
	r.Differences = append(c.differences(r.old, e), r.news...)
	r.What = Same
	if len(r.Differences) > 0 || r.joins {
		r.What = Change
	}
	return r
}

// find tells which person a row is about, -1 for nobody yet: by employee
// number, else e-mail address, else PIN, else name and mobile number together.
func (c *comparer) find(e sheet.Entry) (int, []sheet.Bad) {
	at := -1
	var bad []sheet.Bad
	for _, f := range []struct {
		field sheet.Field
		value string
	}{{sheet.Employee, e.Employee}, {sheet.Email, e.Email}, {sheet.PIN, e.PIN}} {
		i, ok := c.by[f.field][f.value]
		switch {
		case f.value == "" || !ok:
		case at < 0:
			at = i
		case i != at:
			bad = append(bad, c.bad(e, f.field, fault.New(fault.Invalid, "import_taken"), f.value))
		}
	}
	if i, ok := c.known[key(e.Name, e.Mobile)]; ok && at < 0 && e.Mobile != "" {
		at = i
	}
	if first, twice := c.row[at]; twice && at >= 0 {
		bad = append(bad, c.bad(e, sheet.Name, fault.New(fault.Invalid, "sheet_duplicate").With("Row", first), e.Name))
	}
	return at, bad
}

func (c *comparer) bad(e sheet.Entry, f sheet.Field, why *fault.Fault, value string) sheet.Bad {
	return sheet.Bad{Row: e.Row, Column: c.columns[f], Field: f, Code: why.Code, Value: value, Args: why.Args}
}

// name remembers workspaces that the sheet names and that do not exist.
func (c *comparer) name(duties []sheet.Duty) {
	for _, d := range duties {
		if d.Workspace == "" || d.Workspace == sheet.Whole {
			continue
		}
		if _, ok := c.e.Named(d.Workspace); !ok {
			fold := cases.Fold().String(d.Workspace)
			if _, known := c.missing[fold]; !known {
				c.missing[fold] = d.Workspace
			}
		}
	}
}

// differences are the fields in which a row would change a person. What a row
// does not say stays as it is.
func (c *comparer) differences(p roster.Person, e sheet.Entry) []Difference {
	var all []Difference
	note := func(f sheet.Field, from, to string) {
		if to != "" && from != to {
			all = append(all, Difference{f, from, to})
		}
	}
	note(sheet.Name, p.Name, e.Name)
	if !slices.ContainsFunc(p.Points, func(at roster.Point) bool { return at.Address == e.Email }) {
		note(sheet.Email, p.First(roster.Email), e.Email)
	}
	if !slices.ContainsFunc(p.Points, func(at roster.Point) bool { return at.Address == e.Mobile }) {
		note(sheet.Mobile, p.Phone(), e.Mobile)
	}
	note(sheet.Language, p.Own, e.Language)
	note(sheet.PIN, p.PIN, e.PIN)
	note(sheet.Employee, p.Employee, e.Employee)
	if len(e.Duties) > 0 {
		from, to := sorted(duties(c.e, p.Roles)), sorted(c.settled(e.Duties))
		if !slices.EqualFunc(from, to, sameDuty) {
			all = append(all, Difference{sheet.Role, sheet.Describe(from, c.lang), sheet.Describe(to, c.lang)})
		}
	}
	return all
}

// settled gives duties that name no workspace the one that the roster would
// give them.
func (c *comparer) settled(list []sheet.Duty) []sheet.Duty {
	out := make([]sheet.Duty, len(list))
	for i, d := range list {
		if w, ok := c.e.Named(d.Workspace); ok {
			d.Workspace = w.Name
		}
		if d.Workspace == "" || d.Workspace == sheet.Whole {
			d.Workspace = sheet.Whole
			if d.Role == actor.Worker {
				d.Workspace = c.e.Workspaces[0].Name
			}
		}
		out[i] = d
	}
	return out
}

// duties are a person's roles as a sheet names them.
func duties(e *roster.Edit, roles []actor.Membership) []sheet.Duty {
	out := make([]sheet.Duty, 0, len(roles))
	for _, m := range roles {
		d := sheet.Duty{Role: m.Role, Workspace: sheet.Whole}
		for _, w := range e.Workspaces {
			if w.ID == m.Workspace {
				d.Workspace = w.Name
			}
		}
		out = append(out, d)
	}
	return out
}

// memberships are duties as the roster keeps them; all workspaces exist.
func memberships(e *roster.Edit, list []sheet.Duty) []actor.Membership {
	if len(list) == 0 {
		return []actor.Membership{{Role: actor.Worker}}
	}
	out := make([]actor.Membership, 0, len(list))
	for _, d := range list {
		m := actor.Membership{Role: d.Role}
		if w, ok := e.Named(d.Workspace); ok {
			m.Workspace = w.ID
		}
		out = append(out, m)
	}
	return out
}

func sorted(list []sheet.Duty) []sheet.Duty {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b sheet.Duty) int {
		if n := strings.Compare(a.Workspace, b.Workspace); n != 0 {
			return n
		}
		return strings.Compare(string(a.Role), string(b.Role))
	})
	return slices.CompactFunc(list, sameDuty)
}

func sameDuty(a, b sheet.Duty) bool { return a == b }
