// Package lang holds every text that a person reads, in the languages that are
// complete, and writes times, durations and numbers the way each of them does.
//
// Texts live in catalogue/<room>.<tag>.json in go-i18n's format: flat keys
// "room.thing", values either a text or its plural forms, placeholders written
// {{.Name}}. Nothing else of Go's template language is allowed there, so that
// a translator can break no logic, and rendering costs next to nothing.
package lang

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"muster/fault"
)

// Tag is a language in which every text exists; stored as it is (BCP 47).
type Tag string

// The complete languages. English is also what everything falls back to.
const (
	English Tag = "en" // as written in the United Kingdom
	Finnish Tag = "fi"
	French  Tag = "fr"
)

var supported = []Tag{English, Finnish, French}

// maxWanted bounds what Match reads of one header; real ones are far shorter.
const maxWanted = 512

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, t := range supported {
		tags = append(tags, language.MustParse(string(t)))
	}
	return language.NewMatcher(tags)
}()

// Supported returns the complete languages, English first.
func Supported() []Tag { return slices.Clone(supported) }

// Parse takes a language somebody chose. A code that is not a complete
// language is Invalid, since a person must not be written to in a language
// with holes.
func Parse(code string) (Tag, error) {
	if t := Tag(code); slices.Contains(supported, t) {
		return t, nil
	}
	return English, fault.New(fault.Invalid, "unknown_language").With("Value", clip(code))
}

// Match finds the complete language that suits best. Each wanted is a stored
// code or an Accept-Language header (RFC 9110 §12.5.4); earlier ones win.
// Nothing that suits, or nothing that can be read, gives English.
func Match(wanted ...string) Tag {
	for _, w := range wanted {
		if t := Tag(w); slices.Contains(supported, t) {
			return t
		}
		if w == "" || len(w) > maxWanted {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(w)
		if err != nil {
			continue
		}
		if _, i, sure := matcher.Match(tags...); sure > language.No {
			return supported[i]
		}
	}
	return English
}

// Name is what the language calls itself.
func (t Tag) Name() string { return t.Text("lang.name", nil) }

// Text writes the text under key with args put in. Whole numbers and
// durations in args are written the language's way; identifiers must
// therefore be strings. An argument named Count picks the plural form. What is
// missing in the language is shown in English, and what is missing there too
// as its key, because a strange word helps more than none.
func (t Tag) Text(key string, args map[string]any) string {
	for _, tag := range [...]Tag{t, English} {
		if m, ok := texts[tag][key]; ok {
			return m.write(tag, args)
		}
	}
	return key
}

// Has tells whether the language itself has a text under key.
func (t Tag) Has(key string) bool {
	_, ok := texts[t][key]
	return ok
}

// FaultCodes are the codes that a no of ours can have, in order.
func FaultCodes() (codes []string) {
	for key := range texts[English] {
		if code, ok := strings.CutPrefix(key, faultKey); ok {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// faultKey begins the keys of what faults say.
const faultKey = "fault."

// Fault is what the fault says to the person who caused it. Codes without a
// text, which a test rules out for our own, say at least what kind of no it
// is. An argument that is itself a key, like the rule that refused, is put in
// as the text it stands for.
func Fault(t Tag, f *fault.Fault) string {
	key := faultKey + f.Code
	if !English.Has(key) {
		key = faultKey + f.Kind.String()
	}
	args := maps.Clone(f.Args)
	for name, v := range args {
		if s, ok := v.(string); ok && English.Has(s) {
			args[name] = t.Text(s, nil)
		}
	}
	return t.Text(key, args)
}

// clip keeps what is quoted back to a person to a length that fits a line.
func clip(s string) string {
	const most = 40
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
