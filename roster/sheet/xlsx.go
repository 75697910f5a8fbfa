package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"muster/fault"
)

// Limits on what a workbook may unfold to, in bytes. A hundred thousand rows
// of a dozen columns need about half of maxCells.
const (
	maxParts  = 2000
	maxCells  = 128 << 20 // worksheets and shared strings together
	maxOthers = 24 << 20  // styles, themes, pictures and the rest
	inMemory  = 4 << 20   // larger parts wait in a temporary file
)

// readXLSX reads the first visible sheet that has a roster's header.
func readXLSX(data []byte, o Options) (s *Sheet, err error) {
	if err := checkZip(data); err != nil {
		return nil, err
	}
	// The parser is large and takes bytes from strangers. Where it fails in
	// a way of its own, the file is broken and we are not.
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fault.New(fault.Invalid, "sheet_broken")
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxCells + maxOthers, UnzipXMLSizeLimit: inMemory,
	})
	if err != nil {
		return nil, fault.New(fault.Invalid, "sheet_broken").Wrap(err)
	}
	defer book.Close()
	return readBook(book, o)
}

func readBook(book *excelize.File, o Options) (*Sheet, error) {
	var found *Sheet
	noHeader := fault.New(fault.Invalid, "sheet_no_header")
	var firstErr error
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		if found != nil {
			if hasHeader(book, name, o) {
				found.Ignored = append(found.Ignored, name)
			}
			continue
		}
		r := newReader(o)
		r.sheet.Name = name
		err := eachRow(book, name, r.row)
		if err == nil {
			found, err = r.done()
		}
		switch {
		case errors.Is(err, noHeader):
			if firstErr == nil {
				firstErr = err
			}
		case err != nil:
			return nil, err
		}
	}
	switch {
	case found != nil:
		return found, nil
	case firstErr != nil:
		return nil, firstErr
	}
	return nil, fault.New(fault.Invalid, "sheet_broken") // a zip file, but no workbook
}

func hasHeader(book *excelize.File, name string, o Options) bool {
	found := false
	// An unreadable sheet beside the roster is no reason to refuse the roster.
	_ = eachRow(book, name, func(row int, cells []string) error {
		found = looksLikeHeader(cells, o)
		if found || row > headerWithin {
			return io.EOF
		}
		return nil
	})
	return found
}

// eachRow gives the rows of a sheet that hold something. Each is read twice,
// side by side: as stored, and as shown.
func eachRow(book *excelize.File, name string, take func(row int, cells []string) error) error {
	broken := fault.New(fault.Invalid, "sheet_broken")
	stored, err := book.Rows(name)
	if err != nil {
		return broken.Wrap(err)
	}
	defer stored.Close()
	shown, err := book.Rows(name)
	if err != nil {
		return broken.Wrap(err)
	}
	defer shown.Close()
	for row := 1; stored.Next() && shown.Next(); row++ {
		raw, err := stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return broken.Wrap(err)
		}
		formatted, err := shown.Columns()
		if err != nil {
			return broken.Wrap(err)
		}
		cells := raw
		for i := range cells {
			if i < len(formatted) {
				cells[i] = asTyped(raw[i], formatted[i])
			}
		}
		if len(cells) == 0 {
			continue
		}
		if err := take(row, cells); err != nil {
			return err
		}
	}
	if err := stored.Error(); err != nil {
		return broken.Wrap(err)
	}
	return nil
}

// asTyped guesses what was typed into a cell that holds a number. Telephone
// numbers and PINs turn into quantities there: 358401234567 is shown as
// 3.58E+11, and 0042 is 42, which only the cell's format still shows with its
// zeros. Text is the same stored and shown, and stays.
func asTyped(stored, shown string) string {
	if stored == shown {
		return stored
	}
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) >= 1<<53 {
		return stored
	}
	plain := strconv.FormatFloat(n, 'f', -1, 64)
	if zeros := strings.TrimSuffix(shown, plain); zeros != shown && strings.Trim(zeros, "0") == "" ||
		shown == "+"+plain {
		return shown
	}
	return plain
}

// checkZip looks at the container before anything in it is unfolded. That the
// parts are not larger than they say is seen to by archive/zip.
func checkZip(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.New(fault.Invalid, "sheet_broken").Wrap(err)
	}
	tooLarge := fault.New(fault.Invalid, "sheet_too_large").With("Megabytes", MaxBytes>>20)
	if len(z.File) > maxParts {
		return tooLarge
	}
	var cells, others uint64
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		size := &others
		if strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml" {
			size = &cells
		}
		if f.UncompressedSize64 > maxCells { // before the sum, which could wrap
			return tooLarge
		}
		*size += f.UncompressedSize64
	}
	if cells > maxCells || others > maxOthers {
		return tooLarge
	}
	return nil
}
