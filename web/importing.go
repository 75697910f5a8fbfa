package web

// importView asks for a sheet.
type importView struct{ Frame }

// previewView shows what a sheet would do, row by row, before it does it.
type previewView struct {
	Frame
	File, Sheet        string
	Total              int
	Counts             []choice // Value: add, change, same, leave, bad
	Notes              []string
	Action             string
	Blocked, Nothing   bool
	Add, Change, Leave int
	Bad                int
	LeaveNames         []string
	Columns            []string
	Rows               []previewRow
	Pager              pager
}

type previewRow struct {
	Number         string
	What, WhatText string // add, change, same, leave, bad
	Cells          []previewCell
}

type previewCell struct {
	Value, Old string
	Changed    bool
	Problem    string
}
