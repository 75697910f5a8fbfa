package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"muster/fault"
	"muster/roster/address"
)

// Heading is one column of a sheet as it is called there.
type Heading struct {
	Text   string // as written, on one line
	Column string // letters
	Means  Field  // what Read would take it for, also "contact 1 name"; empty for nothing
	Sample string // the first value below it
}

// headings is how many cells a row must fill to be taken for a header that
// nobody understands.
const headings = 3

// Glance reads what the columns of a sheet are called, for a person to say what
// they mean: the header that Read would take or, where it would find none, the
// first row that looks like one. Faults as of Read.
func Glance(data []byte, o Options) ([]Heading, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Invalid, "sheet_too_large").With("Megabytes", MaxBytes>>20)
	}
	var known, likely glimpse
	take := func(row int, cells []string) error {
		for _, g := range []*glimpse{&known, &likely} {
			if g.head != nil && g.below == nil {
				g.below = append([]string{}, cells...)
			}
		}
		if known.head == nil && looksLikeHeader(cells, o) {
			known.head = append([]string{}, cells...)
		}
		if likely.head == nil && filled(cells) >= headings {
			likely.head = append([]string{}, cells...)
		}
		if row > headerWithin+1 || known.below != nil {
			return io.EOF
		}
		return nil
	}
	if err := eachOf(data, o, take); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if known.head == nil {
		known = likely
	}
	if known.head == nil {
		return nil, fault.New(fault.Invalid, "sheet_no_header").With("Rows", headerWithin)
	}
	return known.headings(o), nil
}

// glimpse is a header and the row below it.
type glimpse struct{ head, below []string }

func (g glimpse) headings(o Options) []Heading {
	var out []Heading
	l := layout{col: map[Field]int{}}
	for i, c := range within(g.head) {
		text := address.Line(c)
		if text == "" {
			continue
		}
		h := Heading{Text: show(text), Column: letters(i), Sample: show(cell(g.below, i))}
		if f, ok := o.column(c); ok {
			if f == phone {
				f = Mobile
			}
			h.Means = f
		} else if l.takeContact(i, c) {
			h.Means = l.named(i)
		}
		out = append(out, h)
	}
	return out
}

// named is which part of which contact a column has just been taken for.
func (l *layout) named(col int) Field {
	for _, c := range l.contacts {
		switch col {
		case c.name:
			return ContactName(c.number)
		case c.phone:
			return ContactPhone(c.number)
		}
	}
	return ""
}

func filled(cells []string) (n int) {
	for _, c := range within(cells) {
		if address.Line(c) != "" {
			n++
		}
	}
	return n
}

// eachOf gives the rows of a file of either kind, of a workbook those of all
// visible sheets.
func eachOf(data []byte, o Options, take func(int, []string) error) error {
	if !bytes.HasPrefix(data, []byte("PK")) {
		text, _ := decode(data, o.Language)
		comma, text, _ := separator(text, o)
		return eachRecord(text, comma, take)
	}
	if err := checkZip(data); err != nil {
		return err
	}
	broken := fault.New(fault.Invalid, "sheet_broken")
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxCells + maxOthers, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return broken.Wrap(err)
	}
	defer book.Close()
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		if err := eachRow(book, name, take); err != nil {
			return err
		}
	}
	return nil
}

// Title is what a column is called in templates and exports, in the language.
func Title(f Field, lang string) string {
	var number int
	var part string
	if n, _ := fmt.Sscanf(string(f), "contact %d %s", &number, &part); n == 2 {
		word := inLanguage(vocabulary.columnIn[phone], lang)
		if part == "name" {
			word = inLanguage(vocabulary.columnIn[Name], lang)
		}
		return fmt.Sprintf("%s %d %s", inLanguage(vocabulary.contactIn, lang), number, word)
	}
	return inLanguage(vocabulary.columnIn[f], lang)
}
