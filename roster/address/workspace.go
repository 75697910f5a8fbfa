package address

import (
	"strings"
	"unicode/utf8"

	"muster/fault"
)

// maxLabel is the longest name of a workspace and the longest employee
// number, in characters.
const maxLabel = 60

// Workspace checks the name of a workspace. Commas and semicolons separate
// names in a sheet, and a star alone means the whole organisation there, so
// none of them can be part of one. Faults: workspace_missing, workspace_form.
func Workspace(s string) (string, error) {
	bad := fault.New(fault.Invalid, "workspace_form").With("Max", maxLabel)
	if Unreadable(s) {
		return "", bad
	}
	s = Line(s)
	switch {
	case s == "":
		return "", fault.New(fault.Invalid, "workspace_missing")
	case utf8.RuneCountInString(s) > maxLabel, s == "*", strings.ContainsAny(s, ",;"), !balanced(s):
		return "", bad
	}
	return s, nil
}

// balanced tells whether the parentheses in s match, since a sheet puts a
// workspace's name in parentheses behind a role.
func balanced(s string) bool {
	depth := 0
	for _, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}

// Employee checks the number that the organisation's own payroll gives a
// person; empty is fine. Fault: employee_form.
func Employee(s string) (string, error) {
	if Unreadable(s) || utf8.RuneCountInString(Line(s)) > maxLabel {
		return "", fault.New(fault.Invalid, "employee_form").With("Max", maxLabel)
	}
	return Line(s), nil
}
