package sheet

import (
	"bufio"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"muster/actor"
)

// columns of exports and templates, in order.
var columns = []Field{Name, Email, Mobile, Role, Workspace, Language, PIN, Employee}

// WriteCSV writes entries as WriteRows does, with headers and roles in the
// language. Read gives back what was written.
func WriteCSV(w io.Writer, lang string, entries []Entry) error {
	return WriteRows(w, func(yield func([]string) bool) {
		if !yield(headers(lang)) {
			return
		}
		for _, e := range entries {
			if !yield(cellsOf(e, lang)) {
				return
			}
		}
	})
}

// WriteRows writes a table as UTF-8 with a byte order mark, which is what
// makes Excel read it as UTF-8, with semicolons. No cell begins with a
// character that starts a formula.
func WriteRows(w io.Writer, rows iter.Seq[[]string]) error {
	b := bufio.NewWriter(w)
	b.WriteString("\ufeff")
	for cells := range rows {
		for i, c := range cells {
			if i > 0 {
				b.WriteByte(';')
			}
			// Every cell is quoted, so that no separator that another
			// program prefers can cut it and bare a formula.
			b.WriteString(`"` + strings.ReplaceAll(guard(c), `"`, `""`) + `"`)
		}
		b.WriteString("\r\n")
	}
	return b.Flush()
}

// WriteXLSX writes entries as a workbook. All cells are text and formatted as
// text, so that numbers keep their digits and nothing becomes a formula when
// somebody edits the cell.
func WriteXLSX(w io.Writer, lang string, entries []Entry) error {
	return writeBook(w, lang, entries, nil)
}

// WriteTemplate writes an empty workbook to be filled in, in the language
// (SS2), with the notes on a sheet of their own, where they are not taken for
// people.
func WriteTemplate(w io.Writer, lang string, notes []string) error {
	return writeBook(w, lang, nil, notes)
}

func writeBook(w io.Writer, lang string, entries []Entry, notes []string) (err error) {
	const people, info = "Muster", "Info"
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", people); err != nil {
		return err
	}
	if err := writePeople(book, people, lang, entries); err != nil {
		return err
	}
	if len(notes) > 0 {
		if _, err := book.NewSheet(info); err != nil {
			return err
		}
		if err := book.SetColWidth(info, "A", "A", 100); err != nil {
			return err
		}
		for i, n := range notes {
			if err := book.SetCellStr(info, cellName(0, i+1), n); err != nil {
				return err
			}
		}
	}
	return book.Write(w)
}

func writePeople(book *excelize.File, name, lang string, entries []Entry) error {
	const formatText = 49 // "@"
	text, err := book.NewStyle(&excelize.Style{NumFmt: formatText})
	if err != nil {
		return err
	}
	head, err := book.NewStyle(&excelize.Style{NumFmt: formatText, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	sw, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i := range columns {
		if err := sw.SetColStyle(i+1, i+1, text); err != nil {
			return err
		}
	}
	if err := sw.SetColWidth(1, len(columns), 26); err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := setRow(sw, 1, headers(lang), head); err != nil {
		return err
	}
	for i, e := range entries {
		cells := cellsOf(e, lang)
		for j, c := range cells {
			// A telephone number in a text cell is no formula and should
			// not wear an apostrophe; anything else might travel on as CSV.
			if columns[j] != Mobile {
				cells[j] = guard(c)
			}
		}
		if err := setRow(sw, i+2, cells, text); err != nil {
			return err
		}
	}
	return sw.Flush()
}

func setRow(sw *excelize.StreamWriter, row int, cells []string, style int) error {
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = excelize.Cell{StyleID: style, Value: c}
	}
	return sw.SetRow(cellName(0, row), values)
}

func headers(lang string) []string {
	h := make([]string, len(columns))
	for i, f := range columns {
		h[i] = inLanguage(vocabulary.columnIn[f], lang)
	}
	return h
}

func cellsOf(e Entry, lang string) []string {
	role, place := dutyCells(e.Duties, lang)
	return []string{e.Name, e.Email, e.Mobile, role, place, e.Language, e.PIN, e.Employee}
}

// dutyCells writes duties so that entry.duties reads them back: two plain
// columns where every role is held in every workspace, else each role with
// its own workspace behind it.
func dutyCells(duties []Duty, lang string) (role, place string) {
	var roles []actor.Role
	var places []string
	for _, d := range duties {
		if !slices.Contains(roles, d.Role) {
			roles = append(roles, d.Role)
		}
		if !slices.Contains(places, d.Workspace) {
			places = append(places, d.Workspace)
		}
	}
	word := func(r actor.Role) string { return inLanguage(vocabulary.roleIn[r], lang) }
	var items []string
	if len(roles)*len(places) == len(duties) {
		for _, r := range roles {
			items = append(items, word(r))
		}
		return strings.Join(items, ", "), strings.Join(places, "; ")
	}
	return Describe(duties, lang), ""
}

// Describe writes duties in the language, each with its workspace.
func Describe(duties []Duty, lang string) string {
	items := make([]string, len(duties))
	for i, d := range duties {
		items[i] = inLanguage(vocabulary.roleIn[d.Role], lang)
		if d.Workspace != "" {
			items[i] += " (" + d.Workspace + ")"
		}
	}
	return strings.Join(items, ", ")
}

// cellName is the cell in a column (from 0) and row (from 1).
func cellName(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col+1, row)
	if err != nil {
		panic("sheet: " + err.Error()) // columns are ours, and rows below MaxRows
	}
	return name
}
