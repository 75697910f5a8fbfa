package sheet_test

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"muster/actor"
	"muster/roster/address"
	"muster/roster/sheet"
)

var languages = []string{"en", "de", "fr", "it", "fi", "pl", "ru"}

func anEntry() *rapid.Generator[sheet.Entry] {
	nasty := rapid.OneOf(
		rapid.StringMatching(`['=+@\-]{0,3}[A-Za-zÅл ";,()|]{1,12}`),
		rapid.SampledFrom([]string{`=HYPERLINK("http://203.0.113.9/","Eve")`, "'t Hooft", "''=x", "+49 Müller", "@SUM(A1)", "-2+3 Ö", "a\"b;c,d"}),
	)
	return rapid.Custom(func(t *rapid.T) sheet.Entry {
		name, err := address.Name(nasty.Draw(t, "name"))
		if err != nil {
			name = "Aino"
		}
		e := sheet.Entry{
			Name: name, Email: rapid.StringMatching(`[-=+a-z0-9]{1,8}@[a-z]{2,6}\.example`).Draw(t, "email"),
			Mobile:   "+358" + rapid.StringMatching(`40[0-9]{7}`).Draw(t, "mobile"),
			Language: rapid.SampledFrom(append(languages, "")).Draw(t, "language"),
			PIN:      rapid.StringMatching(`([A-Z0-9]{4})?`).Draw(t, "pin"),
		}
		if e.Employee, err = address.Employee(nasty.Draw(t, "employee")); err != nil {
			e.Employee = ""
		}
		for range rapid.IntRange(1, 4).Draw(t, "duties") {
			place := sheet.Whole
			if rapid.Bool().Draw(t, "placed") {
				if p, err := address.Workspace(nasty.Draw(t, "place")); err == nil {
					place = p
				}
			}
			d := sheet.Duty{Role: rapid.SampledFrom([]actor.Role{actor.Worker, actor.Monitor, actor.Administrator}).Draw(t, "role"), Workspace: place}
			if !holds(e.Duties, d) {
				e.Duties = append(e.Duties, d)
			}
		}
		return e
	})
}

func holds(all []sheet.Duty, d sheet.Duty) bool {
	for _, x := range all {
		if x == d {
			return true
		}
	}
	return false
}

func sameDuties(a, b []sheet.Duty) bool {
	for _, d := range a {
		if !holds(b, d) {
			return false
		}
	}
	return len(a) == len(b)
}

// What is exported reads back as it was, in both forms and every language,
// and exporting that again gives the same bytes.
func TestExportReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEntry().Draw(t, "entry")
		lang := rapid.SampledFrom(languages).Draw(t, "lang")
		for _, write := range []func(*bytes.Buffer, []sheet.Entry) error{
			func(b *bytes.Buffer, all []sheet.Entry) error { return sheet.WriteCSV(b, lang, all) },
			func(b *bytes.Buffer, all []sheet.Entry) error { return sheet.WriteXLSX(b, lang, all) },
		} {
			var b bytes.Buffer
			if err := write(&b, []sheet.Entry{e}); err != nil {
				t.Fatal(err)
			}
			s, err := sheet.Read(b.Bytes(), sheet.Options{Country: "FI"})
			if err != nil || len(s.Entries) != 1 {
				t.Fatalf("%+v: %v", s, err)
			}
			got, want := s.Entries[0], e
			if !sameDuties(got.Duties, want.Duties) {
				t.Fatalf("duties %+v, want %+v", got.Duties, want.Duties)
			}
			got.Duties, want.Duties, got.Row = nil, nil, 0
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("read back %+v, want %+v", got, want)
			}
		}
	})
}

func TestExportNeverStartsAFormula(t *testing.T) {
	hostile := []sheet.Entry{{
		Name: `=HYPERLINK("http://203.0.113.9/","Eve")`, Email: "-x@hostile.example", Mobile: "+358401112223",
		Duties:   []sheet.Duty{{Role: actor.Worker, Workspace: "=cmd|' /C calc'!A0"}},
		Employee: "@SUM(1;1)", PIN: "77",
	}}
	var b bytes.Buffer
	if err := sheet.WriteCSV(&b, "fi", hostile); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("\ufeff")) {
		t.Error("no byte order mark")
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
	r.Comma = ';'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, c := range record {
			if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") {
				t.Errorf("a cell begins with %q", c)
			}
		}
	}
	b.Reset()
	if err := sheet.WriteXLSX(&b, "fi", hostile); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	for _, cell := range []string{"A2", "B2", "C2", "E2", "H2"} {
		formula, _ := f.GetCellFormula(name, cell)
		kind, _ := f.GetCellType(name, cell)
		if formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s is no text: formula %q, type %v", cell, formula, kind)
		}
	}
	if v, _ := f.GetCellValue(name, "C2"); v != "+358401112223" {
		t.Errorf("mobile %q", v)
	}
	if v, _ := f.GetCellValue(name, "A2"); !strings.HasPrefix(v, "'=") {
		t.Errorf("name %q would run if the book were saved as CSV", v)
	}
}

func TestSS2TemplateIsReadWhenFilledIn(t *testing.T) {
	for _, lang := range languages {
		var b bytes.Buffer
		if err := sheet.WriteTemplate(&b, lang, []string{"First note", "Second note"}); err != nil {
			t.Fatal(err)
		}
		if _, err := sheet.Read(b.Bytes(), sheet.Options{Country: "FI"}); codeOf(err) != "sheet_empty" {
			t.Errorf("%s: empty template: %v", lang, err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		for cell, v := range map[string]string{"A2": "Aino", "B2": "aino@huolto.example", "C2": "0401234567", "G2": "0042"} {
			if err := f.SetCellStr(f.GetSheetName(0), cell, v); err != nil {
				t.Fatal(err)
			}
		}
		var filled bytes.Buffer
		if err := f.Write(&filled); err != nil {
			t.Fatal(err)
		}
		s, err := sheet.Read(filled.Bytes(), sheet.Options{Country: "FI"})
		if err != nil || s.Good() != 1 || len(s.Unread) > 0 || s.Entries[0].PIN != "0042" {
			t.Errorf("%s: %+v, %v", lang, s, err)
		}
	}
}
