package sheet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"muster/actor"
	"muster/fault"
	"muster/roster/sheet"
)

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func TestWholeFileFaults(t *testing.T) {
	const head = "Name;E-mail;Mobile\n"
	for name, c := range map[string]struct {
		data, code, field string
	}{
		"nothing":            {"", "sheet_empty", ""},
		"white space":        {" \r\n\t", "sheet_empty", ""},
		"header only":        {head, "sheet_empty", ""},
		"no header":          {"Aino;aino@huolto.example;0401234567\n", "sheet_no_header", ""},
		"header too far":     {strings.Repeat("x\n", 60) + head, "sheet_no_header", ""},
		"no mobile":          {"Name;E-mail\nA;a@b.example\n", "sheet_column_missing", "mobile"},
		"no e-mail":          {"Name;Mobile\nA;0401234567\n", "sheet_column_missing", "email"},
		"two e-mails":        {"Name;E-mail;Courriel;Mobile\nA;a@b.example;;0401234567\n", "sheet_column_twice", "email"},
		"open quote":         {head + "A;a@b.example;0401234567\n\"B;b@b.example;0401234568\nC;;\n", "sheet_quotes", ""},
		"old Excel":          {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "sheet_old_format", ""},
		"a PDF":              {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "sheet_no_header", ""},
		"too large":          {strings.Repeat("x", sheet.MaxBytes+1), "sheet_too_large", ""},
		"zeros":              {strings.Repeat("\x00", 5000), "sheet_no_header", ""},
		"empty zip":          {"PK\x05\x06" + strings.Repeat("\x00", 18), "sheet_broken", ""},
		"cut in its marks":   {"PK", "sheet_broken", ""},
		"one half of UTF-16": {"\xff\xfeN", "sheet_no_header", ""},
	} {
		_, err := sheet.Read([]byte(c.data), sheet.Options{Country: "FI"})
		if f := fault.From(err); f == nil || f.Kind != fault.Invalid || f.Code != c.code || f.Field != c.field {
			t.Errorf("%s: %v, want %s %s", name, err, c.code, c.field)
		}
	}
	_, err := sheet.Read([]byte(head+"A;a@b.example;0401234567\n\n\"B;b@b.example;0401234568\nC;;\n"), sheet.Options{Country: "FI"})
	if row := fault.From(err).Args["Row"]; row != 4 {
		t.Errorf("the open quote is said to be in row %v, want 4", row)
	}
}

func TestEncodingsAndSeparators(t *testing.T) {
	sheets := map[string]struct {
		country, head, name string
		encodings           map[string]encoding.Encoding
	}{
		"fi": {"FI", "Nimi|Sähköposti|Matkapuhelin", "Äijö Öhman", map[string]encoding.Encoding{"windows-1252": charmap.Windows1252}},
		"fr": {"FR", "Nom complet|Courriel|Portable", "Loïc d’Aubigné", map[string]encoding.Encoding{"windows-1252": charmap.Windows1252}},
		"de": {"DE", "Name|E-Mail|Mobil", "Jörg Straßer", map[string]encoding.Encoding{"windows-1252": charmap.Windows1252}},
		"it": {"IT", "Nome completo|E-mail|Cellulare", "Niccolò Forlì", map[string]encoding.Encoding{"windows-1252": charmap.Windows1252}},
		"pl": {"PL", "Imię i nazwisko|E-mail|Telefon komórkowy", "Łucja Żółtaś", map[string]encoding.Encoding{"windows-1250": charmap.Windows1250, "iso-8859-2": charmap.ISO8859_2}},
		"ru": {"RU", "ФИО|Почта|Мобильный", "Жанна Ёлкина", map[string]encoding.Encoding{"windows-1251": charmap.Windows1251}},
	}
	mobile := map[string]string{"FI": "0401234567", "FR": "0646167780", "DE": "01718782983", "IT": "3471234567", "PL": "604446523", "RU": "89398578358"}
	for lang, c := range sheets {
		text := c.head + "\r\n" + c.name + "|a@b.example|" + mobile[c.country] + "\r\n"
		c.encodings["utf-8"] = encoding.Nop
		c.encodings["utf-16"] = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
		for name, enc := range c.encodings {
			for _, sep := range []string{",", ";", "\t", "|"} {
				for _, orgLanguage := range []string{lang, "en", ""} {
					data, err := enc.NewEncoder().String(strings.ReplaceAll(text, "|", sep))
					if err != nil {
						t.Fatal(err)
					}
					s, err := sheet.Read([]byte(data), sheet.Options{Country: c.country, Language: orgLanguage})
					if err != nil || s.Encoding != name || s.Entries[0].Name != c.name || len(s.Entries[0].Bad) > 0 {
						t.Errorf("%s in %s by %q for %q: %+v, %v", lang, name, sep, orgLanguage, s, err)
					}
				}
			}
		}
	}
	// UTF-16 as some programs write it, without a mark.
	bare, _ := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String("Name;E-mail;Mobile\nÄijö;a@b.example;0401234567\n")
	if s, err := sheet.Read([]byte(bare), sheet.Options{Country: "FI"}); err != nil || s.Entries[0].Name != "Äijö" {
		t.Errorf("UTF-16 without mark: %+v, %v", s, err)
	}
}

func TestRowsAreNumberedAsTheOfficeProgramShowsThem(t *testing.T) {
	text := "sep=;\r\n" + // row 1
		"\r\n" + // 2
		"Name;E-mail;Mobile;Note\r\n" + // 3
		"A;a@b.example;0401234567;\"two\nlines\"\r\n" + // 4
		"\r\n\r\n" + // 5, 6
		";;;only a note\r\n" + // 7
		"Name;E-mail;Mobile;Note\r\n" + // 8, the header again
		"B;not an address;0401234568;\r\n" // 9
	s, err := sheet.Read([]byte(text), sheet.Options{Country: "FI"})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for _, e := range s.Entries {
		rows = append(rows, e.Row)
	}
	if s.Header != 3 || !slices.Equal(rows, []int{4, 9}) || s.Entries[1].Bad[0].Column != "B" {
		t.Errorf("header %d, rows %v", s.Header, rows)
	}
	old := strings.ReplaceAll("Name;E-mail;Mobile\nA;a@b.example;0401234567\n", "\n", "\r")
	if s, err := sheet.Read([]byte(old), sheet.Options{Country: "FI"}); err != nil || len(s.Entries) != 1 {
		t.Errorf("line ends of old Macintosh programs: %v", err)
	}
}

func TestSS3BadCells(t *testing.T) {
	for name, c := range map[string]struct{ head, row, field, code string }{
		"control character":   {"Name;E-mail;Mobile", "Be\all;a@b.example;0401234567", "name", "name_unreadable"},
		"broken UTF-8":        {"Name;E-mail;Mobile", "J\u00e4rg\ufffd;a@b.example;0401234567", "name", "name_unreadable"},
		"nobody":              {"Name;E-mail;Mobile", ";a@b.example;0401234567", "name", "name_missing"},
		"very long":           {"Name;E-mail;Mobile", strings.Repeat("a", 10_000) + ";a@b.example;0401234567", "name", "name_too_long"},
		"rounded by Excel":    {"Name;E-mail;Mobile", "A;a@b.example;3,58401E+11", "mobile", "phone_rounded"},
		"landline":            {"Name;E-mail;Phone", "A;a@b.example;09 1234567", "mobile", "phone_is_landline"},
		"formula that failed": {"Name;E-mail;Mobile", "#N/A;a@b.example;0401234567", "name", "sheet_formula"},
		"formula in roles":    {"Name;E-mail;Mobile;Role", "A;a@b.example;0401234567;#REF!", "role", "sheet_formula"},
		"unknown role":        {"Name;E-mail;Mobile;Role", "A;a@b.example;0401234567;worker, wizard", "role", "role_unknown"},
		"unknown language":    {"Name;E-mail;Mobile;Language", "A;a@b.example;0401234567;Klingon", "language", "language_unknown"},
		"long PIN":            {"Name;E-mail;Mobile;PIN", "A;a@b.example;0401234567;1234567890123", "pin", "pin_form"},
		"long workspace":      {"Name;E-mail;Mobile;Team", "A;a@b.example;0401234567;" + strings.Repeat("x", 61), "workspace", "workspace_form"},
		"contact, no number":  {"Name;E-mail;Mobile;Contact 1 name;Contact 1 phone;Contact 2 name;Contact 2 phone", "A;a@b.example;0401234567;B;;C;0401234568", "contact 1", "phone_missing"},
		"contact, no name":    {"Name;E-mail;Mobile;Contact 1 name;Contact 1 phone;Contact 2 name;Contact 2 phone", "A;a@b.example;0401234567;B;0401234569;;0401234568", "contact 2", "name_missing"},
		"no contacts":         {"Name;E-mail;Mobile;Contact 1 name;Contact 1 phone;Contact 2 name;Contact 2 phone", "A;a@b.example;0401234567;;;;", "contacts", "contacts_few"},
	} {
		s, err := sheet.Read([]byte(c.head+"\n"+c.row+"\n"), sheet.Options{Country: "FI"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b := s.Entries[0].Bad
		if len(b) != 1 || string(b[0].Field) != c.field || b[0].Code != c.code || b[0].Row != 2 {
			t.Errorf("%s: %+v, want one %s at %s", name, b, c.code, c.field)
		} else if len([]rune(b[0].Value)) > 101 || strings.ContainsAny(b[0].Value, "\a\u202e") {
			t.Errorf("%s: shown as %q", name, b[0].Value)
		}
		if f := b[0].Fault(); f.Field != c.field || f.Kind != fault.Invalid {
			t.Errorf("%s: fault %v", name, f)
		}
	}
}

func TestSS4HeadersInSevenLanguages(t *testing.T) {
	for _, head := range []string{
		"Name;E-mail;Mobile;Role;Workspace;Language;PIN;Employee number",
		"Vor- und Nachname;E-Mail-Adresse;Handynummer;Rolle;Standort;Sprache;PIN-Code;Personal-Nr.",
		"NOM COMPLET;Courriel *;Téléphone portable;Rôle;Équipe;Langue;Code PIN;Matricule",
		"Nominativo;Indirizzo e-mail;Cellulare;Ruolo;Sede;Lingua;Codice PIN;Matricola",
		"Koko nimi;Sähköpostiosoite;Matkapuhelin (esim. 040…);Rooli;Toimipiste;Kieli;PIN-koodi;Henkilönumero",
		"Imię i nazwisko;Adres e-mail;Telefon komórkowy;Rola;Zespół;Język;Kod PIN;Numer pracownika",
		"ФИО;Электронная почта;Мобильный телефон;Роль;Отдел;Язык;ПИН-код;Табельный номер",
	} {
		row := "Anna Å;a@b.example;+358401234567;worker/monitor;Depot; fi-FI ;42a;7"
		s, err := sheet.Read([]byte(head+"\n"+row+"\n"), sheet.Options{Country: "FI"})
		if err != nil {
			t.Errorf("%s: %v", head, err)
			continue
		}
		e := s.Entries[0]
		duties := []sheet.Duty{{Role: actor.Worker, Workspace: "Depot"}, {Role: actor.Monitor, Workspace: "Depot"}}
		if len(s.Unread)+len(e.Bad) > 0 || !slices.Equal(e.Duties, duties) || e.Language != "fi" || e.PIN != "42A" || e.Employee != "7" {
			t.Errorf("%s: unread %q, %+v", head, s.Unread, e)
		}
	}
}

func TestNameInTwoColumns(t *testing.T) {
	for head, want := range map[string]string{
		"First name;Last name": "Anna Berg", "Vorname;Name": "Anna Berg", "Prénom;Nom": "Anna Berg",
		"Imię;Nazwisko": "Anna Berg", "Etunimi;Sukunimi": "Anna Berg", "Имя;Фамилия": "Anna Berg",
		"Nome;Cognome": "Anna Berg", "Notes;Nazwisko": "Berg", "Nome;Notes": "Anna",
	} {
		s, err := sheet.Read([]byte(head+";E-mail;Phone\nAnna;Berg;a@b.example;+358401234567\n"), sheet.Options{Country: "FI"})
		if err != nil || s.Entries[0].Name != want {
			t.Errorf("%s: %+v, %v", head, s, err)
		}
	}
}

func TestRowLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("Name;E-mail;Mobile;Role\n")
	for i := range sheet.MaxRows {
		fmt.Fprintf(&b, "P;p%d@b.example;;monitor\n", i)
	}
	s, err := sheet.Read([]byte(b.String()), sheet.Options{Country: "FI"})
	if err != nil || s.Good() != sheet.MaxRows {
		t.Fatalf("%d rows at the limit: %v", sheet.MaxRows, err)
	}
	b.WriteString("One;more@b.example;;monitor\n")
	if _, err := sheet.Read([]byte(b.String()), sheet.Options{Country: "FI"}); codeOf(err) != "sheet_too_many_rows" {
		t.Errorf("beyond the limit: %v", err)
	}
}
