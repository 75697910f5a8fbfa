package sheet

import (
	"bytes"
	"errors"
	"io"

	"muster/fault"
	"muster/roster/address"
)

// Rows gives the rows of a table of another kind, CSV or XLSX, from its header
// on: the first row, among those a header may stand in, that known knows. Cells
// are on one line and as they were before WriteRows made them safe; take may
// not keep the slice. An error of take ends it. Faults as of Read.
func Rows(data []byte, known func(cells []string) bool, take func(row int, cells []string) error) (err error) {
	switch {
	case len(data) > MaxBytes:
		return fault.New(fault.Invalid, "sheet_too_large").With("Megabytes", MaxBytes>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return fault.New(fault.Invalid, "sheet_empty")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return fault.New(fault.Invalid, "sheet_old_format")
	}
	defer func() { // as for Read: the parser's own failure is the file's
		if p := recover(); p != nil {
			err = fault.New(fault.Invalid, "sheet_broken")
		}
	}()
	found := false
	err = eachOf(data, Options{header: known}, func(row int, cells []string) error {
		tidy := make([]string, len(within(cells)))
		for i := range tidy {
			tidy[i] = unguard(address.Line(cells[i]))
		}
		if !found {
			if found = known(tidy); !found {
				if row > headerWithin {
					return io.EOF
				}
				return nil
			}
		}
		return take(row, tidy)
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && !found {
		err = fault.New(fault.Invalid, "sheet_no_header").With("Rows", headerWithin)
	}
	return err
}
