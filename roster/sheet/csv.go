package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"muster/fault"
)

// separators that office programs put between cells, in the order in which
// equals are decided.
const separators = ";,\t|"

func readCSV(data []byte, o Options) (*Sheet, error) {
	text, encoding := decode(data, o.Language)
	if !bytes.ContainsRune(text, '\n') {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n")) // as old Macintosh programs end lines
	}
	r := newReader(o)
	r.sheet.Encoding = encoding
	comma, text, skipped := separator(text, o)
	if err := eachRecord(text, comma, func(row int, cells []string) error {
		return r.row(row+skipped, cells)
	}); err != nil {
		return nil, err
	}
	return r.done()
}

// separator finds what stands between the cells: what the file says itself
// ("sep=;" in the first line, which Excel understands), or with what the
// header can be read. It returns the text without such a line, and how many
// rows that took away.
func separator(text []byte, o Options) (rune, []byte, int) {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	if said, ok := bytes.CutPrefix(bytes.ToLower(bytes.Trim(line, "\"\r ")), []byte("sep=")); ok && len(said) == 1 &&
		strings.Contains(separators, string(said)) {
		return rune(said[0]), rest, 1
	}
	best, most := ',', 0
	for _, comma := range separators {
		known := 0
		// A file with a broken quotation mark is refused later, with its row.
		_ = eachRecord(text, comma, func(row int, cells []string) error {
			if row > headerWithin {
				return io.EOF
			}
			if looksLikeHeader(cells, o) {
				known = len(cells)
				return io.EOF
			}
			return nil
		})
		if known > most {
			best, most = comma, known
		}
	}
	return best, text, 0
}

// maxWidth bounds one row, as office programs do. The reader takes in a row as
// a whole, with many times the room that it has in the file.
const maxWidth = 16_384

// tooWide tells whether a row has more cells than that. Line breaks and
// separators between quotation marks belong to a cell.
func tooWide(text []byte, comma byte) bool {
	cells, quoted := 1, false
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			cells = 1
		case c == comma:
			if cells++; cells > maxWidth {
				return true
			}
		}
	}
	return false
}

// eachRecord gives every record with the row that an office program shows it
// in: quoted line breaks make no row, empty lines do.
func eachRecord(text []byte, comma rune, take func(row int, cells []string) error) error {
	if tooWide(text, byte(comma)) {
		return fault.New(fault.Invalid, "sheet_broken")
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.Comma = comma
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	row, line := 0, 1 // line: the one that the next record would begin in
	var offset int64
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return fault.New(fault.Invalid, "sheet_quotes").With("Row", row+1+broken.StartLine-line).Wrap(err)
		}
		if err != nil {
			return err
		}
		start, _ := c.FieldPos(0)
		row += 1 + start - line
		end := c.InputOffset()
		line += bytes.Count(text[offset:end], []byte("\n"))
		offset = end
		if err := take(row, cells); err != nil {
			return err
		}
	}
}
