package intake

import (
	"bytes"
	"context"
	"io"

	"muster/actor"
	"muster/fault"
	"muster/lang"
	"muster/ledger"
	"muster/roster"
	"muster/roster/sheet"
	"muster/store"
)

// Format is a kind of file.
type Format string

// The kinds of file that the roster is written as.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
)

// Export writes everybody on the roster, with titles and roles in the
// organisation's language. No office program runs what stands in it, and
// taking it in again changes nothing. That it was done is in the book.
func Export(ctx context.Context, s *store.Store, who actor.Actor, f Format) ([]byte, error) {
	if f != CSV && f != XLSX {
		return nil, fault.New(fault.Invalid, "bad_format").At("format")
	}
	var entries []sheet.Entry
	var org roster.Organisation
	err := s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := check(tx, who, "exportRoster")
		if err != nil {
			return err
		}
		e, err := roster.Begin(tx, who, nil)
		if err != nil {
			return err
		}
		people, err := roster.All(tx)
		if err != nil {
			return err
		}
		org, entries = e.Org, entries[:0]
		for _, p := range people {
			entries = append(entries, sheet.Entry{
				Name: p.Name, Email: p.First(roster.Email), Mobile: p.Phone(), Duties: duties(e, p.Roles),
				Language: p.Own, PIN: p.PIN, Employee: p.Employee,
			})
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "roster.exported", Subject: string(org.ID), Rule: rule,
			Facts: map[string]any{"Count": len(entries), "Format": string(f)},
		})
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	write := sheet.WriteXLSX
	if f == CSV {
		write = sheet.WriteCSV
	}
	if err := write(&b, org.Language, entries); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Template writes the empty sheet to be filled in (SS2), in a language: titles
// in all seven, the notes in the nearest complete one.
func Template(w io.Writer, language string) error {
	tag := lang.Match(language)
	return sheet.WriteTemplate(w, language, []string{
		tag.Text("roster.template.fill", nil),
		tag.Text("roster.template.required", nil),
		tag.Text("roster.template.roles", nil),
		tag.Text("roster.template.workspaces", nil),
		tag.Text("roster.template.pin", nil),
	})
}
