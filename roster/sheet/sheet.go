// Package sheet reads rosters out of spreadsheets (XLSX), text tables (CSV) and
// address books (vCard) as people really send them, into checked entries, and writes them
// back so that no office program runs what somebody typed as a name.
//
// It is pure: bytes in, entries out. What is wrong with a cell is said by
// row, column, field and code, so that a page can show all of it in the
// reader's language (SS2); what is wrong with the whole file is one fault.
//
// The words of headers, roles and languages, in seven languages, stand in
// words.json.
package sheet

import (
	"bytes"
	"fmt"

	"muster/actor"
	"muster/fault"
)

// Limits on one upload. A file beyond them is refused as a whole.
const (
	MaxBytes = 16 << 20 // as uploaded
	MaxRows  = 100_000  // that are not empty
)

// Field names what a column holds; also the Field of a Bad cell.
type Field string

// The columns that are understood. Contacts are numbered: "contact 1".
const (
	Name      Field = "name"
	First     Field = "first"
	Last      Field = "last"
	Email     Field = "email"
	Mobile    Field = "mobile"
	Role      Field = "role"
	Workspace Field = "workspace"
	Language  Field = "language"
	PIN       Field = "pin"
	Employee  Field = "employee"
	Contacts  Field = "contacts"

	phone Field = "phone" // taken for Mobile where there is no better column
)

// Options say how to read what a sheet leaves open.
type Options struct {
	Country  string // ISO 3166-1 alpha-2: whose telephone numbers lack a country code
	Language string // of the organisation; decides between encodings that fit equally

	// As says what columns hold that are called otherwise than the vocabulary
	// knows, by header: a field, "contact 1 name", "contact 1 phone", or Other
	// for what is not to be understood at all.
	As map[string]Field
	// Contacts says that the rows are contact persons: roles and PINs are left
	// alone, a column of news is understood, and nobody needs a mobile number.
	Contacts bool
	// Rest keeps what stands in the columns that were not understood.
	Rest bool

	header func(cells []string) bool // of a table of another kind; nil: of a roster
}

// ContactName and ContactPhone are the fields of the two parts of a contact.
func ContactName(n int) Field  { return Field(fmt.Sprintf("contact %d name", n)) }
func ContactPhone(n int) Field { return Field(fmt.Sprintf("contact %d phone", n)) }

// Other is a column that the reader of a sheet is to leave alone.
const Other Field = "other"

// Sheet is what was read.
type Sheet struct {
	Name     string           // of the sheet in the workbook; empty for CSV
	Encoding string           // of a CSV file, as IANA calls it; empty for XLSX
	Header   int              // row of the header, from 1; 0 for cards, which have none
	Columns  map[Field]string // letters of the columns that were understood
	Unread   []string         // headers of columns that were not understood, as written
	Ignored  []string         // other visible sheets that look like a roster too
	Entries  []Entry
}

// Entry is one row. Values that break their own rule are left empty and are
// in Bad.
type Entry struct {
	Row      int               `json:"row"` // as the office program numbers it; of cards, which one
	Name     string            `json:"name,omitempty"`
	Email    string            `json:"email,omitempty"`
	Mobile   string            `json:"mobile,omitempty"` // E.164
	Duties   []Duty            `json:"duties,omitempty"`
	Language string            `json:"language,omitempty"` // ISO 639-1
	PIN      string            `json:"pin,omitempty"`
	Employee string            `json:"employee,omitempty"`
	Contacts []Contact         `json:"contacts,omitempty"`
	News     []News            `json:"news,omitempty"` // of contact persons; none: the row says nothing of them
	Rest     map[string]string `json:"rest,omitempty"` // by header as written, if Options.Rest asked for it
	Bad      []Bad             `json:"bad,omitempty"`
}

// Whole is the workspace of a Duty in the whole organisation.
const Whole = "*"

// Duty is one role, in one workspace by name. An empty workspace was not
// said; Whole is the whole organisation.
type Duty struct {
	Role      actor.Role `json:"role"`
	Workspace string     `json:"workspace,omitempty"`
}

// Contact is somebody to ring when the worker of this row is in danger (SS5).
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"` // E.164
}

// Bad is one bad cell.
type Bad struct {
	Row    int            `json:"row"`
	Column string         `json:"column"` // letters, as the office program shows them
	Field  Field          `json:"field"`
	Code   string         `json:"code"` // text under "fault.<code>"
	Value  string         `json:"value"`
	Args   map[string]any `json:"args,omitempty"`
}

// Fault is the bad cell as a fault, for its text in the reader's language.
func (b Bad) Fault() *fault.Fault {
	f := fault.New(fault.Invalid, b.Code).At(string(b.Field))
	for k, v := range b.Args {
		f = f.With(k, v)
	}
	return f
}

// Good counts the entries without a bad cell.
func (s *Sheet) Good() int {
	n := 0
	for _, e := range s.Entries {
		if len(e.Bad) == 0 {
			n++
		}
	}
	return n
}

// Read reads a roster; the kind of file is told by its content, never by its
// name. Faults, all Invalid: sheet_empty, sheet_too_large, sheet_too_many_rows,
// sheet_old_format (xls, or locked by a password), sheet_broken (damaged, or
// no sheet at all), card_broken (with the Card), sheet_quotes (a quotation mark that never closes, with the
// Row), sheet_no_header, sheet_column_missing and sheet_column_twice (at the
// field).
func Read(data []byte, o Options) (*Sheet, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, fault.New(fault.Invalid, "sheet_too_large").With("Megabytes", MaxBytes>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault.New(fault.Invalid, "sheet_empty")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")): // OLE 2 container
		return nil, fault.New(fault.Invalid, "sheet_old_format")
	case bytes.HasPrefix(data, []byte("PK")):
		return readXLSX(data, o)
	case isCards(data):
		return readCards(data, o)
	default:
		return readCSV(data, o)
	}
}
