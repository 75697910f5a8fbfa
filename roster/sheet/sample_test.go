package sheet_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/roster/sheet"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, name string, o sheet.Options) *sheet.Sheet {
	t.Helper()
	s, err := sheet.Read(sample(t, name), o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// reasons are the words that expected.json uses for some codes.
var reasons = map[string]string{
	"sheet_duplicate": "duplicate", "contacts_few": "fewer than two",
	"contact_is_worker": "is the worker", "contacts_same": "not distinct",
}

func TestSS2SamplesHoldWhatIsExpected(t *testing.T) {
	var expected map[string]struct {
		HeaderRow int `json:"header_row"`
		Good      int
		Bad       [][]any
		Language  string
		Country   string
		Encoding  string
	}
	if err := json.Unmarshal(sample(t, "expected.json"), &expected); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, want := range expected {
		if want.Country == "" {
			continue // not a roster; has its own test
		}
		seen++
		s := read(t, name, sheet.Options{Country: want.Country, Language: want.Language})
		if want.HeaderRow != 0 && s.Header != want.HeaderRow {
			t.Errorf("%s: header in row %d, want %d", name, s.Header, want.HeaderRow)
		}
		if s.Good() != want.Good {
			t.Errorf("%s: %d good rows, want %d", name, s.Good(), want.Good)
		}
		var bad []sheet.Bad
		for _, e := range s.Entries {
			bad = append(bad, e.Bad...)
		}
		if len(bad) != len(want.Bad) {
			t.Errorf("%s: %d bad cells, want %d: %+v", name, len(bad), len(want.Bad), bad)
			continue
		}
		for i, w := range want.Bad {
			if bad[i].Row != int(w[0].(float64)) || string(bad[i].Field) != w[1] {
				t.Errorf("%s: bad cell %+v, want %v", name, bad[i], w)
			}
			if len(w) > 2 && reasons[bad[i].Code] != w[2] {
				t.Errorf("%s: row %d is %s, want %v", name, bad[i].Row, bad[i].Code, w[2])
			}
		}
		switch want.Encoding {
		case "utf-8 with BOM":
			want.Encoding = "utf-8"
		}
		if s.Encoding != want.Encoding {
			t.Errorf("%s: read as %s, want %s", name, s.Encoding, want.Encoding)
		}
	}
	if seen != 5 {
		t.Errorf("%d samples seen, want 5", seen)
	}
}

func entryAt(t *testing.T, s *sheet.Sheet, row int) sheet.Entry {
	t.Helper()
	i := slices.IndexFunc(s.Entries, func(e sheet.Entry) bool { return e.Row == row })
	if i < 0 {
		t.Fatalf("no row %d", row)
	}
	return s.Entries[i]
}

func TestSS4FinnishSampleCellByCell(t *testing.T) {
	s := read(t, "roster-fi.xlsx", sheet.Options{Country: "FI"})
	if !slices.Equal(s.Unread, []string{"Aloitti"}) || s.Name != "Henkilöt" {
		t.Errorf("unread %q in %q", s.Unread, s.Name)
	}
	e := entryAt(t, s, 5)
	if want := []sheet.Duty{{Role: actor.Worker, Workspace: "Kenttä"}, {Role: actor.Monitor, Workspace: "Kenttä"}}; !slices.Equal(e.Duties, want) {
		t.Errorf("duties %v", e.Duties)
	}
	if e := entryAt(t, s, 7); e.Mobile != "+358401234567" {
		t.Errorf("a number that became a quantity: %q", e.Mobile)
	}
	if e := entryAt(t, s, 11); e.Mobile != "+358405550199" {
		t.Errorf("+358 (0)40 …: %q", e.Mobile)
	}
	if e := entryAt(t, s, 13); e.Name != "Oskari Korhonen" {
		t.Errorf("name with no-break space: %q", e.Name)
	}
	if b := entryAt(t, s, 25).Bad[0]; b.Column != "B" || b.Value != "eero.kauppi20@huolto.example" || b.Args["Row"] != 24 {
		t.Errorf("duplicate: %+v", b)
	}
	if b := entryAt(t, s, 21).Bad[0]; b.Column != "C" || b.Value != "12345" || b.Code != "phone_invalid" {
		t.Errorf("short number: %+v", b)
	}
}

func TestSS5GermanSampleContacts(t *testing.T) {
	s := read(t, "enrolment-de.xlsx", sheet.Options{Country: "DE"})
	e := entryAt(t, s, 2)
	if want := []sheet.Contact{{Name: "Großkurt Kübler", Phone: "+491718416272"}, {Name: "Björn Weiß", Phone: "+491718782983"}}; !slices.Equal(e.Contacts, want) {
		t.Errorf("contacts %v", e.Contacts)
	}
	if e := entryAt(t, s, 21); e.Mobile != "+491712345678" {
		t.Errorf("mobile by formula: %q", e.Mobile)
	}
	if len(s.Ignored) != 0 {
		t.Errorf("ignored %q", s.Ignored)
	}
	for _, u := range []string{"Außerhalb der Bürozeit", "Sicherheitswort", "Kennzeichen"} {
		if !slices.Contains(s.Unread, u) {
			t.Errorf("%s is not said to be unread", u)
		}
	}
}

func TestSamplesReadAsWritten(t *testing.T) {
	for _, c := range []struct {
		file    string
		country string
		row     int
		name    string
		mobile  string
	}{
		{"roster-ru.csv", "RU", 2, "Глеб Ёлкин", "+79398578358"},
		{"roster-fr.csv", "FR", 2, "Benoît d’Aubigné", "+33646167780"},
		{"roster-fr.csv", "FR", 11, "Maëlys d’Aubigné", ""},
		{"roster-pl.csv", "PL", 2, "Paweł Nowak-Żak", "+48604446523"},
	} {
		e := entryAt(t, read(t, c.file, sheet.Options{Country: c.country}), c.row)
		if e.Name != c.name || c.mobile != "" && e.Mobile != c.mobile {
			t.Errorf("%s row %d: %q %q", c.file, c.row, e.Name, e.Mobile)
		}
	}
}

func TestHostileSampleIsText(t *testing.T) {
	s := read(t, "hostile.xlsx", sheet.Options{Country: "FI"})
	for row, want := range map[int]string{
		2: `=HYPERLINK("http://203.0.113.9/","Eve")`, 3: "<script>alert(1)</script>", 4: "Ozgnp.exe",
	} {
		if e := entryAt(t, s, row); e.Name != want || len(e.Bad) != 0 {
			t.Errorf("row %d: %q %v", row, e.Name, e.Bad)
		}
	}
}

func TestNotASheetIsOneClearError(t *testing.T) {
	_, err := sheet.Read(sample(t, "not-a-sheet.xlsx"), sheet.Options{Country: "FI"})
	if f := fault.All(err); len(f) != 1 || f[0].Kind != fault.Invalid || f[0].Code != "sheet_broken" {
		t.Errorf("%v", err)
	}
}
