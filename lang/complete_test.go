package lang

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestEveryLanguageHasEveryText(t *testing.T) {
	if n := len(texts[English]); n < 50 {
		t.Fatalf("only %d English texts were loaded", n)
	}
	for _, tag := range supported {
		for key, english := range texts[English] {
			own, ok := texts[tag][key]
			if !ok {
				t.Errorf("%s: %s is missing", tag, key)
				continue
			}
			for form := range english {
				if own[form] == nil {
					t.Errorf("%s: %s has no plural form %q", tag, key, form)
				}
			}
			if want, got := english.arguments(), own.arguments(); !freeArguments(key) && !slices.Equal(want, got) {
				t.Errorf("%s: %s has placeholders %v, English has %v", tag, key, got, want)
			}
		}
		for key := range texts[tag] {
			if !English.Has(key) {
				t.Errorf("%s: %s is not in English", tag, key)
			}
		}
	}
}

// A key that stands twice would have one of its texts shown by chance.
func TestEveryKeyStandsOnce(t *testing.T) {
	names, err := fs.Glob(files, "catalogue/*.json")
	if err != nil {
		t.Fatal(err)
	}
	first := make(map[string]string)
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tag := strings.Split(name, ".")[1]
		d := json.NewDecoder(bytes.NewReader(data))
		for depth := 0; ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch v := token.(type) {
			case json.Delim:
				if v == '{' {
					depth++
				} else {
					depth--
				}
			case string:
				if depth == 1 && English.Has(v) {
					if was := first[tag+v]; was != "" {
						t.Errorf("%s of %s stands in %s and %s", v, tag, was, name)
					}
					first[tag+v] = name
				}
			}
		}
	}
}

// freeArguments are the time patterns, where languages differ by nature.
func freeArguments(key string) bool {
	return strings.HasPrefix(key, "time.")
}

// arguments are the names in "other"; a form like "one alarm" may leave out
// the number.
func (m message) arguments() []string {
	set := make(map[string]bool)
	for _, p := range m["other"] {
		if p.arg != "" {
			set[p.arg] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func TestFormsUseNoArgumentsOfTheirOwn(t *testing.T) {
	for _, tag := range supported {
		for key, m := range texts[tag] {
			for form, pieces := range m {
				for _, p := range pieces {
					if p.arg != "" && !slices.Contains(m.arguments(), p.arg) {
						t.Errorf("%s: %s (%s) uses %s, which \"other\" does not", tag, key, form, p.arg)
					}
				}
			}
		}
	}
}

func TestTextsAreClean(t *testing.T) {
	for _, tag := range supported {
		for key, m := range texts[tag] {
			for _, pieces := range m {
				for _, p := range pieces {
					if strings.Contains(p.text, "  ") || strings.ContainsAny(p.text, "\t\r") || strings.Contains(p.text, "...") {
						t.Errorf("%s: %s: stray white space or three dots in %q", tag, key, p.text)
					}
				}
			}
		}
	}
}

// The keys that the program uses are read from its source, so that one without
// a text cannot be forgotten. (Codes of faults have a law of the house.)
func TestEveryKeyInTheSourceHasAText(t *testing.T) {
	keys := 0
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			key, ok := keyOf(n)
			if !ok {
				return true
			}
			keys++
			for _, tag := range supported {
				if !tag.Has(key) {
					t.Errorf("%s: %s has no text %s", fset.Position(n.Pos()), tag, key)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys == 0 {
		t.Fatal("no key was found: the source was not read")
	}
}

// keyOf reads x.Text("key", …).
func keyOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return "", false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Text" {
		return "", false
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(lit.Value)
	return key, err == nil && strings.Contains(key, ".")
}
