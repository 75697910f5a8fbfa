package api

import (
	"encoding/base64"
	"strconv"
	"strings"

	"muster/fault"
)

// Page is how a list is asked for: where the page before ended, never an
// offset, so that what comes in between neither doubles nor drops a row.
type Page struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"At most so many items"`
}

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next_cursor,omitempty" doc:"Ask for the next page with it; absent on the last"`
}

// cursor makes the text that stands for a place in one kind of list.
func cursor(kind string, at string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + " " + at))
}

var errCursor = fault.New(fault.Invalid, "bad_cursor").At("cursor")

// place reads a cursor of the wanted kind; none is the beginning.
func (p Page) place(kind string) (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(p.Cursor)
	at, ok := strings.CutPrefix(string(raw), kind+" ")
	if err != nil || !ok {
		return "", errCursor
	}
	return at, nil
}

// number reads a cursor that stands for a whole number; none is 0.
func (p Page) number(kind string) (int64, error) {
	at, err := p.place(kind)
	if err != nil || at == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || n < 0 {
		return 0, errCursor
	}
	return n, nil
}

// pageOf makes a page out of rows read with one more than wanted.
func pageOf[T any](rows []T, limit int, next func(last T) string) List[T] {
	if len(rows) <= limit {
		if rows == nil {
			rows = []T{}
		}
		return List[T]{Items: rows}
	}
	rows = rows[:limit]
	return List[T]{Items: rows, Next: next(rows[limit-1])}
}
