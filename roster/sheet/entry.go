package sheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"muster/actor"
	"muster/fault"
	"muster/roster/address"
)

// maxCell is how much of a cell is looked at, in bytes; more than any field
// may hold, so that what is longer fails its own check.
const maxCell = 4096

// check is one row on its way to an entry.
type check struct {
	l     *layout
	o     Options
	cells []string
	e     Entry
}

func (l *layout) entry(row int, cells []string, o Options) Entry {
	c := check{l: l, o: o, cells: cells, e: Entry{Row: row}}
	c.name()
	c.e.Email = c.optional(Email, address.Email)
	c.e.Mobile = c.optional(Mobile, func(s string) (string, error) { return address.Mobile(s, o.Country) })
	c.e.PIN = c.optional(PIN, address.PIN)
	c.e.Employee = c.optional(Employee, address.Employee)
	c.e.Language = c.optional(Language, language)
	if o.Contacts {
		c.news()
		c.written()
	} else {
		c.duties()
		c.reachable()
	}
	if len(l.contacts) > 0 {
		c.contacts()
	}
	c.rest()
	return c.e
}

// rest keeps what stands in the columns that were not understood.
func (c *check) rest() {
	if !c.o.Rest {
		return
	}
	for header, col := range c.l.rest {
		if v := address.Line(cell(c.cells, col)); v != "" {
			if c.e.Rest == nil {
				c.e.Rest = map[string]string{}
			}
			c.e.Rest[header] = v
		}
	}
}

// blank tells rows in which nothing that is understood stands. Notes beside
// an empty row are no person.
func (l *layout) blank(cells []string) bool {
	for _, i := range l.col {
		if cell(cells, i) != "" {
			return false
		}
	}
	return true
}

// repeated tells a header that is printed again on each page.
func (l *layout) repeated(cells []string) bool {
	for _, i := range l.col {
		if cell(cells, i) != cell(l.cells, i) {
			return false
		}
	}
	return true
}

// cell is one cell as a person sees it, without the guard of an export.
func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	s := cells[i]
	if len(s) > maxCell {
		s = s[:maxCell]
	}
	return unguard(strings.TrimFunc(s, func(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\n' || r == '\r' }))
}

func (c *check) bad(f Field, col int, err error) {
	flt := fault.From(err)
	c.e.Bad = append(c.e.Bad, Bad{
		Row: c.e.Row, Column: letters(max(col, 0)), Field: f,
		Code: flt.Code, Value: show(cell(c.cells, col)), Args: flt.Args,
	})
}

// value is the field's cell. An error that a formula left there is not a
// value, whatever the field would accept.
func (c *check) value(col int) (string, error) {
	s := cell(c.cells, col)
	if slices.Contains(formulaErrors, s) {
		return "", fault.New(fault.Invalid, "sheet_formula")
	}
	return s, nil
}

var formulaErrors = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}

func (c *check) field(f Field, ok func(string) (string, error)) string {
	col := c.l.col[f]
	s, err := c.value(col)
	if err == nil {
		s, err = ok(s)
	}
	if err != nil {
		c.bad(f, col, err)
		return ""
	}
	return s
}

func (c *check) optional(f Field, ok func(string) (string, error)) string {
	if col, has := c.l.col[f]; !has || address.Line(cell(c.cells, col)) == "" {
		return ""
	}
	return c.field(f, ok)
}

func (c *check) name() {
	firstCol, two := c.l.col[First]
	if !two {
		c.e.Name = c.field(Name, address.Name)
		return
	}
	given, err := c.value(firstCol)
	if err != nil {
		c.bad(Name, firstCol, err)
		return
	}
	c.e.Name = c.field(Name, func(family string) (string, error) { return address.Name(given + " " + family) })
}

func language(s string) (string, error) {
	code, ok := vocabulary.language[fold(s)]
	if !ok {
		if code, ok = vocabulary.language[fold(strings.SplitN(s, "-", 2)[0])]; !ok { // "fi-FI"
			return "", fault.New(fault.Invalid, "language_unknown")
		}
	}
	return code, nil
}

// reachable is SS3 by role: a worker needs both an e-mail address and a mobile
// number, everybody else one of them. What is wrong already is not missing.
func (c *check) reachable() {
	worker := len(c.e.Duties) == 0 || slices.ContainsFunc(c.e.Duties, func(d Duty) bool { return d.Role == actor.Worker })
	has := func(f Field) bool { return address.Line(cell(c.cells, c.l.col[f])) != "" }
	if !has(Email) && (worker || !has(Mobile)) {
		c.bad(Email, c.l.col[Email], fault.New(fault.Invalid, "email_missing"))
	}
	if !has(Mobile) && worker {
		c.bad(Mobile, c.l.col[Mobile], fault.New(fault.Invalid, "phone_missing"))
	}
}

// duties reads the two columns together: every role is held in every
// workspace named, unless it names its own: "worker (Depot), monitor (*)".
// Who is given a workspace and no role is a worker, since that is whom sheets
// list; where neither is said there are no duties.
func (c *check) duties() {
	places := c.places()
	col, has := c.l.col[Role]
	text := ""
	if has {
		var err error
		if text, err = c.value(col); err != nil {
			c.bad(Role, col, err)
			return
		}
	}
	if address.Line(text) == "" {
		if !slices.Equal(places, []string{""}) {
			c.hold(actor.Worker, places)
		}
		return
	}
	for _, item := range splitOutside(text, ",;/&+\n") {
		word, place, own := strings.Cut(strings.TrimSpace(item), "(")
		role, known := vocabulary.role[fold(word)]
		if !known {
			c.bad(Role, col, fault.New(fault.Invalid, "role_unknown").With("Role", show(address.Line(word))))
			return
		}
		if !own {
			c.hold(role, places)
			continue
		}
		place, err := workspace(strings.TrimSuffix(strings.TrimSpace(place), ")"))
		if err != nil {
			c.bad(Role, col, err)
			return
		}
		c.hold(role, []string{place})
	}
}

func (c *check) hold(r actor.Role, places []string) {
	for _, p := range places {
		if d := (Duty{r, p}); !slices.Contains(c.e.Duties, d) {
			c.e.Duties = append(c.e.Duties, d)
		}
	}
}

// places is the workspaces named in the row; one unnamed when there are none.
func (c *check) places() []string {
	col, has := c.l.col[Workspace]
	if !has || address.Line(cell(c.cells, col)) == "" {
		return []string{""}
	}
	text, err := c.value(col)
	if err != nil {
		c.bad(Workspace, col, err)
		return nil
	}
	var places []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if address.Line(part) == "" {
			continue
		}
		p, err := workspace(part)
		if err != nil {
			c.bad(Workspace, col, err)
			return nil
		}
		places = append(places, p)
	}
	return places
}

func workspace(s string) (string, error) {
	if address.Line(s) == Whole {
		return Whole, nil
	}
	return address.Workspace(s)
}

// contacts checks the escalation contacts by SS5: at least two, whom a
// telephone reaches, other than the worker and other than each other.
func (c *check) contacts() {
	rang := map[string]int{}
	given, failed := 0, false
	for _, cc := range c.l.contacts {
		field := Field(fmt.Sprintf("contact %d", cc.number))
		name, number := cell(c.cells, cc.name), cell(c.cells, cc.phone)
		if address.Line(name) == "" && address.Line(number) == "" {
			continue
		}
		given++
		contact, col, err := c.contact(cc, name, number)
		if err != nil {
			c.bad(field, col, err)
			failed = true
			continue
		}
		c.e.Contacts = append(c.e.Contacts, contact)
		rang[contact.Phone]++
		if rang[contact.Phone] == 2 {
			c.bad(Contacts, cc.phone, fault.New(fault.Invalid, "contacts_same"))
		}
	}
	if given < 2 && !failed {
		col := c.l.contacts[min(given, len(c.l.contacts)-1)]
		c.bad(Contacts, max(col.name, col.phone), fault.New(fault.Invalid, "contacts_few").With("Count", given))
	}
}

func (c *check) contact(cc contactColumns, name, number string) (Contact, int, error) {
	name, err := address.Name(name)
	if err != nil {
		return Contact{}, cc.name, err
	}
	number, err = address.Phone(number, c.o.Country)
	if err != nil {
		return Contact{}, cc.phone, err
	}
	if number == c.e.Mobile {
		return Contact{}, cc.phone, fault.New(fault.Invalid, "contact_is_worker")
	}
	return Contact{Name: name, Phone: number}, 0, nil
}

// splitOutside splits s at any of seps that stands outside parentheses.
func splitOutside(s, seps string) []string {
	depth := 0
	return strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return depth <= 0 && strings.ContainsRune(seps, r)
	})
}

// show is a cell's text as it may be shown: not endless, and with what
// could change the text around it made visible.
func show(s string) string {
	const most = 100
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		switch {
		case r == '\n', r == '\t', r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
