// Package word knows what workers say in one word, in a text message or in the
// note of an app: that they begin, are well, need help, have finished. It
// understands the languages of the roster with their usual synonyms, whatever
// the case and with or without accents.
package word

import (
	_ "embed"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Verb is what a worker wants.
type Verb string

// The verbs.
const (
	Start    Verb = "start"
	OK       Verb = "ok"
	Help     Verb = "help"
	End      Verb = "end"
	Status   Verb = "status"
	HighRisk Verb = "highrisk"
	Away     Verb = "away" // out of coverage for so many minutes
)

//go:embed words.json
var file []byte

// verbs are all words by their folded form.
var verbs = func() map[string]Verb {
	var lists map[Verb]map[string][]string
	if err := json.Unmarshal(file, &lists); err != nil {
		panic("word: " + err.Error())
	}
	all := map[string]Verb{}
	for verb, byLanguage := range lists {
		for _, words := range byLanguage {
			for _, w := range words {
				folded := Fold(w)
				if other, taken := all[folded]; taken && other != verb {
					panic("word: " + w + " stands for two verbs")
				}
				all[folded] = verb
			}
		}
	}
	return all
}()

// Longest is the most words that one verb is written with.
const Longest = 3

// Of tells which verb a word stands for, or several that are written apart
// ("high risk"); ok is false for every other text.
func Of(text string) (v Verb, ok bool) {
	v, ok = verbs[Fold(text)]
	return v, ok
}

// Fold is a text as words are compared: small letters and digits, nothing
// else. Letters that a telephone cannot type stand for their plain ones.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}
