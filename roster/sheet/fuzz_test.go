package sheet_test

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"muster/fault"
	"muster/roster/sheet"
)

// FuzzRead holds for any bytes: an answer or one Invalid fault, and nothing
// taken that would not be taken again.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("sep=;\nName;E-mail;Mobile;Role;Team\n'=A;a@b.example;+358401234567;worker (X), monitor (*);\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := sheet.Read(data, sheet.Options{Country: "FI", Language: "fi"})
		if err != nil {
			if fl := fault.From(err); fl.Kind != fault.Invalid {
				t.Fatalf("not the sender's fault: %v", err)
			}
			return
		}
		last := s.Header
		for _, e := range s.Entries {
			if e.Row <= last {
				t.Fatalf("row %d after row %d", e.Row, last)
			}
			last = e.Row
			if len(e.Bad) == 0 && (e.Name == "" || e.Email+e.Mobile == "") {
				t.Fatalf("taken with something missing: %+v", e)
			}
			if !utf8.ValidString(e.Name + e.Email + e.Mobile + e.PIN + e.Employee) {
				t.Fatalf("taken with broken text: %+v", e)
			}
		}
	})
}
