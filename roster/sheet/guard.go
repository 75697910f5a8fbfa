package sheet

import (
	"strings"
	"unicode/utf8"
)

// risky are the characters that make an office program take a cell for a
// formula (or DDE command) when it opens a text table, with the wide forms
// that some of them fold.
const risky = "=+-@\t\r\n＝＋－＠"

// guard makes s safe to open in any office program: an apostrophe in front
// makes it text. It can be undone without doubt, so that what was exported
// comes back as it was; hence an apostrophe is also put before values that
// already begin with apostrophes and a risky character.
func guard(s string) string {
	if startsRisky(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// unguard takes off what guard put on.
func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && startsRisky(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return s
}

func startsRisky(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && (strings.ContainsRune(risky, r) || r < ' ')
}
