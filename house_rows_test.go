package muster_test

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rows are the requirements of which each has a test that is named after it,
// TestSS7… for one, and the rows by which support's access is accepted,
// TestAccessN7…: how they are called in tests, and the last of each.
var rows = []struct {
	name string
	last int
}{{"OA", 10}, {"SS", 13}, {"WK", 11}, {"FL", 16}, {"AccessA", 13}, {"AccessN", 12}}

// named are the rows that a test's name begins with; there may be several.
var (
	named = regexp.MustCompile(`^Test((?:(?:Access)?[A-Z]{1,2}\d+)+)(?:[A-Z]|$)`)
	one   = regexp.MustCompile(`(?:Access)?[A-Z]{1,2}\d+`)
)

func everyRowHasItsTest(h *house) []breach {
	held := map[string]bool{}
	for _, s := range h.code {
		if !s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			if m := named.FindStringSubmatch(f.Name.Name); m != nil {
				for _, row := range one.FindAllString(m[1], -1) {
					held[row] = true
				}
			}
		}
	}
	var out []breach
	for _, r := range rows {
		for n := 1; n <= r.last; n++ {
			if row := fmt.Sprint(r.name, n); !held[row] {
				out = append(out, breach{row, "no test is named Test" + row + "…"})
			}
		}
	}
	return out
}

// sold are words of programs of which a part is for sale.
var sold = regexp.MustCompile(`(?i)licen[cs]e[ _]?(key|check|file|server|token)|(enterprise|premium|paid|pro)[ _](edition|plan|tier|feature|only)|\bentitlement`)

// Access N11: there is one program, it holds all of what this house has, and no
// part of it asks whether somebody has paid.
func TestAccessN11OneProgramHoldsAllAndNothingIsForSale(t *testing.T) {
	h, err := readHouse(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	imports, mains := map[string][]string{}, []string{}
	for _, s := range h.rooms() {
		if s.file.Name.Name == "main" && !slices.Contains(mains, s.room) {
			mains = append(mains, s.room)
		}
		for _, imp := range s.file.Imports {
			if to, ours := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), "muster/"); ours {
				imports[s.room] = append(imports[s.room], to)
			}
		}
		for line := range strings.Lines(s.text) {
			if strings.HasPrefix(line, "//go:build") && !strings.Contains(line, "unix") && !strings.Contains(line, "linux") && !strings.Contains(line, "windows") {
				t.Errorf("%s is in some builds only: %s", s.path, line)
			}
			if word := sold.FindString(line); word != "" {
				t.Errorf("%s speaks of %q", s.path, word)
			}
		}
	}
	if !slices.Equal(mains, []string{"cmd/muster"}) {
		t.Errorf("the programs are %v", mains)
	}
	reached := map[string]bool{}
	var reach func(room string)
	reach = func(room string) {
		if !reached[room] {
			reached[room] = true
			for _, next := range imports[room] {
				reach(next)
			}
		}
	}
	reach("cmd/muster")
	for _, s := range h.rooms() {
		if within(s.room, "letin") && !reached[s.room] {
			t.Errorf("%s is not in the program", s.room)
		}
	}
	if license := h.text["LICENSE"]; !strings.Contains(license, "Apache License") || !strings.Contains(license, "Version 2.0") {
		t.Error("the licence is not Apache 2.0")
	}
}
