// Package sheets takes enrolments in from spreadsheets as organisations really
// send them, and writes the template that they are best sent in (SS2).
//
// A sheet is first kept for an hour with what its columns mean, as far as that
// can be told; a person corrects the rest. The plan says row by row what would
// happen, and every bad cell. Applying does all of it in one unit or nothing.
package sheets

import (
	"slices"
	"strings"
	"time"

	"muster/call/partner/enrol"
	"muster/call/word"
	"muster/id"
	"muster/roster/sheet"
)

// Means is what a column of an enrolment sheet stands for: a field of the
// roster, "contact 1 name", or one of these.
type Means = sheet.Field

// What columns may mean beyond what a roster has.
const (
	Nothing Means = "other" // is not taken in
	Out     Means = "out"   // telephone number out of office hours (SS9)
	Word    Means = "word"  // safe word (SS8)
	New     Means = "new"   // a further fact that the organisation does not know yet (SS6)

	ours = "fields." // before the key of a further fact
)

// Column is one column of a kept sheet.
type Column struct {
	Text   string // as written
	Letter string
	Sample string
	Means  Means // empty: nobody has said yet, and it is not taken in
}

// What says what a row of a plan does.
type What string

// The fates of a row.
const (
	Add    What = "add"
	Change What = "change"
	Same   What = "same"
	Leave  What = "leave" // enrolled, and not in the sheet; only when asked for
	Bad    What = "bad"   // has bad cells, so that nothing of the sheet is taken in
)

// Row is one row of the sheet, or an enrolled worker who is not in it.
type Row struct {
	What   What
	Number int // in the sheet; 0 for Leave
	Worker id.Person
	Name   string
	Joins  bool // comes onto the roster by this sheet
	Moves  bool // has another name or number than on the roster
	Entry  sheet.Entry
	Draft  enrol.Draft
	Bad    []sheet.Bad
}

// Plan is what taking a sheet in would do.
type Plan struct {
	ID      id.Import
	File    string
	Columns []Column
	Form    []enrol.Field // with the new facts
	Rows    []Row
	Fault   error // of the sheet as a whole, such as a column that is missing
	Expires time.Time
}

// Count is how many rows have the fate.
func (p Plan) Count(w What) (n int) {
	for _, r := range p.Rows {
		if r.What == w {
			n++
		}
	}
	return n
}

// guesses are what headers beyond a roster's own are called in sheets.
// The first of each language is the one that templates use.
var guesses = map[Means]map[string][]string{
	Out: {
		"en": {"Out of hours", "Out of office hours"}, "de": {"Außerhalb der Bürozeit", "Außerhalb der Bürozeiten"},
		"fr": {"Hors horaires", "Hors heures de bureau"}, "it": {"Fuori orario"}, "fi": {"Toimistoajan ulkopuolella"},
		"pl": {"Poza godzinami pracy"}, "ru": {"В нерабочее время"},
	},
	Word: {
		"en": {"Safe word", "Code word"}, "de": {"Sicherheitswort", "Codewort"}, "fr": {"Mot de sécurité"}, "it": {"Parola di sicurezza"},
		"fi": {"Turvasana", "Tunnussana"}, "pl": {"Hasło bezpieczeństwa"}, "ru": {"Кодовое слово"},
	},
}

// guess tells what a header means that no roster has.
func guess(text string, form []enrol.Field) Means {
	folded := word.Fold(text)
	for _, f := range form {
		if word.Fold(f.Label) == folded {
			return ours + Means(f.Key)
		}
	}
	for means, byLang := range guesses {
		for _, list := range byLang {
			if slices.ContainsFunc(list, func(w string) bool { return word.Fold(w) == folded }) {
				return means
			}
		}
	}
	return ""
}

// as is what the reader of rosters is told about the columns.
func as(columns []Column) map[string]sheet.Field {
	m := map[string]sheet.Field{}
	for _, c := range columns {
		switch {
		case c.Means == "", c.Means == Out, c.Means == Word, c.Means == New, strings.HasPrefix(string(c.Means), ours):
			m[c.Text] = sheet.Other
		default:
			m[c.Text] = c.Means
		}
	}
	return m
}

// formWith is the organisation's form with the facts that the sheet brings.
func formWith(form []enrol.Field, columns []Column) []enrol.Field {
	form = slices.Clone(form)
	for _, c := range columns {
		if c.Means == New {
			form = append(form, enrol.Field{Label: c.Text}.Keyed())
		}
	}
	return form
}

// draftOf makes of a row what the partner is to know.
func draftOf(e sheet.Entry, columns []Column) enrol.Draft {
	d := enrol.Draft{Fields: map[string]string{}}
	for _, c := range e.Contacts {
		d.Contacts = append(d.Contacts, enrol.Contact{Name: c.Name, Phone: c.Phone})
	}
	for _, c := range columns {
		v := e.Rest[c.Text]
		switch key, own := strings.CutPrefix(string(c.Means), ours); {
		case v == "":
		case own:
			d.Fields[key] = v
		case c.Means == New:
			d.Fields[enrol.Field{Label: c.Text}.Keyed().Key] = v
		case c.Means == Out:
			d.Out = append(d.Out, enrol.Contact{Phone: v})
		case c.Means == Word:
			d.Word = &v
		}
	}
	return d
}
