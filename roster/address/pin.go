package address

import (
	"strings"

	"muster/fault"
)

// PIN checks the short identifier by which a person is found on the board
// and identifies themselves on a telephone (OA10): 2 to 12 letters or digits,
// kept in upper case. Faults: pin_missing, pin_form.
func PIN(s string) (string, error) {
	s = strings.ToUpper(Line(s))
	if s == "" {
		return "", fault.New(fault.Invalid, "pin_missing")
	}
	if len(s) < 2 || len(s) > 12 || !onlyOf(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "", fault.New(fault.Invalid, "pin_form")
	}
	return s, nil
}
