package sheet

import (
	_ "embed"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"muster/actor"
)

//go:embed words.json
var wordsJSON []byte

// words is the vocabulary of sheets: what columns, roles and languages are
// called. The first word of each language is the one written in exports and
// templates; all are read, in any language, in any sheet.
type words struct {
	column    map[string]Field // by folded word
	contact   []string         // folded
	role      map[string]actor.Role
	language  map[string]string
	news      map[string]string           // category by folded word
	columnIn  map[Field]map[string]string // written form by field and language
	contactIn map[string]string
	roleIn    map[actor.Role]map[string]string
	newsIn    map[string]map[string]string
}

var vocabulary = loadWords()

func loadWords() words {
	var file struct {
		Columns   map[Field]map[string][]string
		Contact   map[string][]string
		Roles     map[actor.Role]map[string][]string
		News      map[string]map[string][]string
		Languages map[string][]string
	}
	if err := json.Unmarshal(wordsJSON, &file); err != nil {
		panic("sheet: words.json: " + err.Error()) // embedded, so a fault of the build
	}
	w := words{
		column: map[string]Field{}, role: map[string]actor.Role{}, language: map[string]string{}, news: map[string]string{},
		columnIn: map[Field]map[string]string{}, contactIn: map[string]string{},
		roleIn: map[actor.Role]map[string]string{}, newsIn: map[string]map[string]string{},
	}
	for field, byLang := range file.Columns {
		w.columnIn[field] = first(byLang)
		for _, list := range byLang {
			for _, word := range list {
				w.column[fold(word)] = field
			}
		}
	}
	w.contactIn = first(file.Contact)
	for _, list := range file.Contact {
		for _, word := range list {
			w.contact = append(w.contact, fold(word))
		}
	}
	for role, byLang := range file.Roles {
		w.roleIn[role] = first(byLang)
		for _, list := range byLang {
			for _, word := range list {
				w.role[fold(word)] = role
			}
		}
	}
	for category, byLang := range file.News {
		w.newsIn[category] = first(byLang)
		for _, list := range byLang {
			for _, word := range list {
				w.news[fold(word)] = category
			}
		}
	}
	for code, list := range file.Languages {
		w.language[code] = code
		for _, word := range list {
			w.language[fold(word)] = code
		}
	}
	return w
}

func first(byLang map[string][]string) map[string]string {
	m := make(map[string]string, len(byLang))
	for lang, list := range byLang {
		m[lang] = list[0]
	}
	return m
}

// fold reduces a word to what tells it from others: letters and digits in
// lower case, without accents, and without what stands in parentheses.
func fold(s string) string {
	if i := strings.IndexAny(s, "(["); i > 0 {
		s = s[:i]
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case r == 'ł':
			b.WriteRune('l')
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// inLanguage picks a word in the wanted language, English where there is none.
func inLanguage(byLang map[string]string, lang string) string {
	if w, ok := byLang[lang]; ok {
		return w
	}
	return byLang["en"]
}
