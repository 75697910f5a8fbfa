package sheet

import (
	"slices"

	"muster/fault"
)

// reader takes the rows of one table in order and makes a Sheet of them.
type reader struct {
	o     Options
	sheet Sheet
	l     *layout
	rows  int
	first map[string]int // row in which a value that must be unique stood first
}

func newReader(o Options) *reader { return &reader{o: o, first: map[string]int{}} }

// row takes one row; row numbers count from 1 and rise.
func (r *reader) row(number int, cells []string) error {
	if r.l == nil {
		return r.header(number, cells)
	}
	if r.l.blank(cells) || r.l.repeated(cells) {
		return nil
	}
	if r.rows++; r.rows > MaxRows {
		return fault.New(fault.Invalid, "sheet_too_many_rows").With("Max", MaxRows)
	}
	e := r.l.entry(number, cells, r.o)
	for _, u := range []struct {
		field Field
		value string
	}{{Email, e.Email}, {PIN, e.PIN}, {Employee, e.Employee}} {
		r.unique(&e, u.field, u.value)
	}
	r.sheet.Entries = append(r.sheet.Entries, e)
	return nil
}

func (r *reader) header(number int, cells []string) error {
	if number > headerWithin {
		return fault.New(fault.Invalid, "sheet_no_header").With("Rows", headerWithin)
	}
	if !looksLikeHeader(cells, r.o) {
		return nil
	}
	l, err := readHeader(number, slices.Clone(cells), r.o)
	if err != nil {
		return err
	}
	r.l = &l
	r.sheet.Header, r.sheet.Unread, r.sheet.Columns = number, l.unread, map[Field]string{}
	for f, col := range l.col {
		r.sheet.Columns[f] = letters(col)
	}
	return nil
}

// unique marks the second and later rows with the same value: the first one
// has it, and which of them is meant only the sender knows.
func (r *reader) unique(e *Entry, f Field, value string) {
	if value == "" {
		return
	}
	key := string(f) + "\x00" + value
	first, taken := r.first[key]
	if !taken {
		r.first[key] = e.Row
		return
	}
	e.Bad = append(e.Bad, Bad{
		Row: e.Row, Column: letters(r.l.col[f]), Field: f, Code: "sheet_duplicate",
		Value: show(value), Args: map[string]any{"Row": first},
	})
}

// done is the sheet, once all rows were taken.
func (r *reader) done() (*Sheet, error) {
	if r.l == nil {
		return nil, fault.New(fault.Invalid, "sheet_no_header").With("Rows", headerWithin)
	}
	if len(r.sheet.Entries) == 0 {
		return nil, fault.New(fault.Invalid, "sheet_empty")
	}
	return &r.sheet, nil
}
