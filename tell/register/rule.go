// Package register takes sheets of what is run, and for whom, and writes what
// there is as such a sheet.
//
// A sheet is first prepared: read, compared, and kept for an hour. The plan says
// row by row what would be added, changed or left. Taking it in does what was
// shown or nothing; the same sheet once more changes nothing. A sheet never
// takes a component out: what does not stand in it may stand elsewhere. What
// runs for a customer who is named in it, and is not in it, leaves if that is
// asked for.
package register

import (
	"slices"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/tell/component"
)

// What is the fate of a row.
type What string

// The fates. Leave is of what runs and is not in the sheet.
const (
	Add    What = "add"
	Change What = "change"
	Same   What = "same"
	Leave  What = "leave"
	Bad    What = "bad"
)

// Field names a column.
type Field string

// The columns. ID tells a component that has another name or place by now.
const (
	Part         Field = "part"
	Organisation Field = "organisation"
	Workspace    Field = "workspace"
	ID           Field = "id"
)

// Line is one row as it was read.
type Line struct {
	Row                      int
	Part, Org, Workspace, ID string
}

// Row is what becomes of one line. A component's own row names no organisation.
type Row struct {
	Line
	What    What
	Old     string                // Change: where it stands now, and by which name
	Wrong   map[Field]fault.Fault `json:",omitempty"`
	path    string                // of the component, as compared
	which   id.Component          // as far as it is there already
	org     id.Org
	place   id.Workspace
	changed component.Component
}

// Customer is an organisation that a sheet may name.
type Customer struct {
	ID        id.Org
	Name      string
	Places    map[id.Workspace]string
	Installed []component.Installation
}

// state is what there is.
type state struct {
	parts     []component.Component
	customers []Customer
}

// comparer compares lines with what there is.
type comparer struct {
	state
	byPath  map[string]component.Named
	byName  map[string][]component.Named
	byID    map[id.Component]component.Named
	added   map[string][]string // paths that the sheet adds, by path and by name
	seen    map[string]int
	orgs    map[string][]*Customer
	named   map[id.Org]*Customer
	carried map[id.Org][]component.Installation
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// pathOf writes a path as it is compared: people type a plain > for the sign.
func pathOf(s string) string {
	return fold(spelt(s))
}

// spelt writes a path with one sign between its names.
func spelt(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '›' || r == '>' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, component.Between)
}

// cut is the name of a path, and what it stands in.
func cut(s string) (in, name string) {
	at := strings.LastIndexFunc(s, func(r rune) bool { return r == '›' || r == '>' })
	if at < 0 {
		return "", strings.TrimSpace(s)
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(strings.TrimLeft(s[at:], "›>"))
}

func newComparer(s state) *comparer {
	c := &comparer{
		state: s, byPath: map[string]component.Named{}, byName: map[string][]component.Named{}, byID: map[id.Component]component.Named{}, added: map[string][]string{}, seen: map[string]int{},
		orgs: map[string][]*Customer{}, named: map[id.Org]*Customer{}, carried: map[id.Org][]component.Installation{},
	}
	for _, one := range component.Paths(s.parts) {
		c.byPath[pathOf(one.Path)], c.byID[one.ID] = one, one
		c.byName[fold(one.Name)] = append(c.byName[fold(one.Name)], one)
	}
	for i := range s.customers {
		o := &s.customers[i]
		c.orgs[fold(o.Name)] = append(c.orgs[fold(o.Name)], o)
		c.orgs[string(o.ID)] = []*Customer{o}
	}
	return c
}

// plan compares all lines: first the tree, so that what is added may be
// installed wherever in the sheet it stands.
func (c *comparer) plan(lines []Line) []Row {
	rows := make([]Row, len(lines))
	for _, installs := range []bool{false, true} {
		for i, l := range lines {
			if (l.Org != "") == installs {
				rows[i] = c.compare(l)
			}
		}
	}
	for _, o := range c.customers {
		for _, i := range o.Installed {
			if c.named[o.ID] != nil && !slices.Contains(c.carried[o.ID], i) {
				rows = append(rows, Row{Line: Line{Part: c.byID[i.Component].Path, Org: o.Name, Workspace: o.Places[i.Workspace]}, What: Leave, which: i.Component, org: o.ID, place: i.Workspace})
			}
		}
	}
	return rows
}

// place finds a workspace by its name.
func (o Customer) place(name string) (id.Workspace, bool) {
	for at, called := range o.Places {
		if fold(called) == fold(name) {
			return at, true
		}
	}
	return "", false
}

func (r *Row) bad(f Field, code string) {
	if r.Wrong == nil {
		r.Wrong = map[Field]fault.Fault{}
	}
	r.What, r.Wrong[f] = Bad, *fault.New(fault.Invalid, code)
}

func (c *comparer) compare(l Line) Row {
	r := Row{Line: l, What: Same}
	key := pathOf(l.Part)
	if l.Org != "" || l.Workspace != "" {
		c.installs(&r, key)
	} else {
		c.stands(&r, key)
	}
	double := strings.Join([]string{key, string(r.org), fold(l.Org), fold(l.Workspace)}, "\n")
	if first, twice := c.seen[double]; twice && r.What != Bad {
		r.bad(Part, "sheet_duplicate")
		r.Wrong[Part] = *fault.New(fault.Invalid, "sheet_duplicate").With("Row", first)
	}
	c.seen[double] = l.Row
	return r
}

// stands compares the row of a component.
func (c *comparer) stands(r *Row, key string) {
	in, name := cut(r.Part)
	one, known := c.byPath[key]
	if r.ID != "" {
		if one, known = c.byID[id.Component(r.ID)]; !known {
			r.bad(ID, "component_unknown")
			return
		}
	}
	if known && one.Path == spelt(r.Part) || known && pathOf(one.Path) == key && r.ID == "" {
		return
	}
	parent, there := c.byPath[pathOf(in)]
	comes := slices.Contains(c.added[pathOf(in)], pathOf(in))
	switch {
	case name == "":
		r.bad(Part, "required")
	case in != "" && !there && !comes:
		r.bad(Part, "register_parent")
	case known:
		r.What, r.Old, r.which = Change, one.Path, one.ID
		r.changed = component.Component{ID: one.ID, Parent: parent.ID, Name: name, Public: one.Public}
		c.byPath[key] = one // whatever else names it by where it will stand
	default:
		r.What, r.changed = Add, component.Component{Parent: parent.ID, Name: name}
		c.added[key] = []string{key}
		if short := fold(name); short != key {
			c.added[short] = append(c.added[short], key)
		}
	}
}

// installs compares the row of something that runs for somebody.
func (c *comparer) installs(r *Row, key string) {
	switch found := c.orgs[fold(r.Org)]; {
	case len(found) == 1:
		o := found[0]
		r.org, c.named[o.ID] = o.ID, o
		if r.Workspace != "" {
			var there bool
			if r.place, there = o.place(r.Workspace); !there {
				r.bad(Workspace, "workspace_unknown")
			}
		}
	case len(found) > 1:
		r.bad(Organisation, "register_ambiguous")
	default:
		r.bad(Organisation, "register_organisation")
	}
	one, known := c.byPath[key]
	same, comes := c.byName[key], c.added[key]
	switch r.path = key; {
	case known:
	case len(same) == 1 && len(comes) == 0:
		one, known = same[0], true
	case len(same) == 0 && len(comes) == 1:
		r.path = comes[0]
	case len(same)+len(comes) > 1:
		r.bad(Part, "register_which")
	default:
		r.bad(Part, "component_unknown")
	}
	if r.What == Bad {
		return
	}
	r.What = Add
	if known {
		r.which = one.ID
		i := component.Installation{Component: one.ID, Workspace: r.place}
		c.carried[r.org] = append(c.carried[r.org], i)
		if slices.Contains(c.named[r.org].Installed, i) {
			r.What = Same
		}
	}
}
