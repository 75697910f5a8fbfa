package web

import "time"

// bookView shows the book: everything that happened, newest first.
type bookView struct {
	Frame
	Size     int
	Root     string
	Checked  bool
	Intact   bool
	Problem  string
	Kinds    []choice
	About    string
	Filtered bool
	Entries  []bookEntry
	Pager    pager
}

type bookEntry struct {
	Index        int64
	Number       string
	At           time.Time
	Who, Whom    string
	What, Detail string
	From         string
}
