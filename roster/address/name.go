// Package address brings what people type about a person into one checked
// form: what they are called, their e-mail address and their telephone number.
//
// Everything that enters the roster, by form, by API or by sheet, passes
// here, so that two spellings of one address are one address.
package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"muster/fault"
)

// MaxName is the longest name taken, in characters.
const MaxName = 120

// Line makes one line of text out of s: composed form (NFC), every run of
// white space (no-break spaces and line breaks too) one space, none at the
// ends, and no invisible marks. Marks that turn the reading direction are
// dropped because with them a name can show as another one.
func Line(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case invisible(r):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// invisible tells format characters that carry nothing a reader sees. The two
// joiners stay: Persian and Indic names are spelt with them.
func invisible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner
}

// Unreadable tells whether s holds control characters, or marks of text that
// was decoded wrongly. Nobody types these; they are a sign of a damaged file.
func Unreadable(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	return strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r)
	})
}

// Name checks what somebody is called. Faults, at no field: name_missing,
// name_too_long, name_unreadable.
func Name(s string) (string, error) {
	if Unreadable(s) {
		return "", fault.New(fault.Invalid, "name_unreadable")
	}
	s = Line(s)
	switch {
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", fault.New(fault.Invalid, "name_missing")
	case utf8.RuneCountInString(s) > MaxName:
		return "", fault.New(fault.Invalid, "name_too_long").With("Max", MaxName)
	}
	return s, nil
}
