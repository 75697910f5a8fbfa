package sheet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/fault"
	"muster/roster/address"
)

// headerWithin is how many rows may stand above the header: titles, dates,
// logos. headerWidth is how many columns are looked at.
const (
	headerWithin = 50
	headerWidth  = 256
)

// layout says which column holds what. Columns count from 0.
type layout struct {
	row      int
	col      map[Field]int
	contacts []contactColumns // by their number in the header
	unread   []string
	rest     map[string]int // columns that were not understood, by header as written
	cells    []string       // as written, to know the header when it is repeated further down
}

type contactColumns struct{ number, name, phone int } // a column of -1 is missing

// looksLikeHeader tells a header from titles above it: something a person is
// called by, and something they are reached by.
func looksLikeHeader(cells []string, o Options) bool {
	if o.header != nil {
		return o.header(cells)
	}
	var called, reached bool
	for _, c := range within(cells) {
		switch f, _ := o.column(c); f {
		case Name, First, Last:
			called = true
		case Email, Mobile, phone:
			reached = true
		}
	}
	return called && reached
}

// column is what a header stands for.
func (o Options) column(header string) (Field, bool) {
	if len(o.As) > 0 && len(header) <= maxCell {
		if f, ok := o.As[address.Line(header)]; ok {
			return f, true
		}
	}
	f, ok := vocabulary.column[fold(header)]
	if f == Told && !o.Contacts {
		return "", false
	}
	return f, ok
}

func readHeader(row int, cells []string, o Options) (layout, error) {
	l := layout{row: row, col: map[Field]int{}, rest: map[string]int{}, cells: cells}
	for i, c := range within(cells) {
		f, ok := o.column(c)
		if f == Other || l.takeNamed(i, f) || !ok && l.takeContact(i, c) {
			if f == Other && address.Line(c) != "" {
				l.rest[address.Line(c)] = i
			}
			continue
		}
		if !ok {
			if address.Line(c) != "" {
				l.unread = append(l.unread, show(c))
				l.rest[address.Line(c)] = i
			}
			continue
		}
		if _, twice := l.col[f]; twice {
			return l, fault.New(fault.Invalid, "sheet_column_twice").At(string(f)).
				With("Header", show(c)).With("Column", letters(i))
		}
		l.col[f] = i
	}
	l.settle()
	needed := []Field{Name, Email, Mobile}
	if o.Contacts {
		l.person()
		needed = []Field{Name, Email}
	}
	for _, f := range needed {
		if _, ok := l.col[f]; !ok {
			return l, fault.New(fault.Invalid, "sheet_column_missing").At(string(f)).With("Row", row)
		}
	}
	slices.SortFunc(l.contacts, func(a, b contactColumns) int { return a.number - b.number })
	return l, nil
}

// settle resolves words that mean one thing alone and another beside a
// second column: "Nom" beside "Prénom" is the family name, and "Phone" is the
// mobile number when no column says "Mobile".
func (l *layout) settle() {
	name, hasName := l.col[Name]
	firstCol, hasFirst := l.col[First]
	last, hasLast := l.col[Last]
	switch {
	case hasFirst && !hasLast && hasName:
		l.col[Last] = name
		hasLast = true
	case hasLast && !hasFirst && !hasName:
		l.col[Name] = last
	case hasFirst && !hasLast && !hasName:
		l.col[Name] = firstCol
	}
	if hasFirst && hasLast {
		// Two columns are better than one that repeats them.
		l.col[Name] = l.col[Last]
	} else {
		delete(l.col, First)
		delete(l.col, Last)
	}
	if p, ok := l.col[phone]; ok {
		if _, better := l.col[Mobile]; better {
			l.unread = append(l.unread, show(l.cells[p]))
		} else {
			l.col[Mobile] = p
		}
		delete(l.col, phone)
	}
}

// takeNamed takes a column that was said to be part of a contact.
func (l *layout) takeNamed(col int, f Field) bool {
	var number int
	var part string
	if n, _ := fmt.Sscanf(string(f), "contact %d %s", &number, &part); n != 2 {
		return false
	}
	switch part {
	case "name":
		l.contact(number).name = col
	case "phone":
		l.contact(number).phone = col
	}
	return true
}

// takeContact understands "Contact 1 name", "Kontakt 2 Telefon" and the like.
func (l *layout) takeContact(col int, header string) bool {
	number, rest, ok := cutNumber(fold(header))
	if !ok {
		return false
	}
	for _, w := range vocabulary.contact {
		what, ok := strings.CutPrefix(rest, w)
		if !ok {
			if what, ok = strings.CutSuffix(rest, w); !ok {
				continue
			}
		}
		f, known := vocabulary.column[what]
		switch {
		case what == "" || known && f == Name:
			l.contact(number).name = col
		case known && (f == phone || f == Mobile):
			l.contact(number).phone = col
		default:
			continue
		}
		return true
	}
	return false
}

func (l *layout) contact(number int) *contactColumns {
	i := slices.IndexFunc(l.contacts, func(c contactColumns) bool { return c.number == number })
	if i < 0 {
		l.contacts = append(l.contacts, contactColumns{number: number, name: -1, phone: -1})
		i = len(l.contacts) - 1
	}
	return &l.contacts[i]
}

// cutNumber takes the one number of one or two digits out of s.
func cutNumber(s string) (number int, rest string, ok bool) {
	const digits = "0123456789"
	from := strings.IndexAny(s, digits)
	if from < 0 {
		return 0, s, false
	}
	to := from + 1
	for to < len(s) && strings.IndexByte(digits, s[to]) >= 0 {
		to++
	}
	rest = s[:from] + s[to:]
	number, err := strconv.Atoi(s[from:to])
	return number, rest, err == nil && number > 0 && number < 100 && !strings.ContainsAny(rest, digits)
}

func within(cells []string) []string { return cells[:min(len(cells), headerWidth)] }

// letters names a column as office programs do: 0 is A, 26 is AA.
func letters(col int) string {
	s := ""
	for col++; col > 0; col = (col - 1) / 26 {
		s = string(rune('A'+(col-1)%26)) + s
	}
	return s
}
