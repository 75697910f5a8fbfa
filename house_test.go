// Package muster_test holds the laws of the house: a test that reads the code.
//
// Each law is a function from the tree to its breaches. The laws themselves
// are tested on small trees that break them, in house_fixture_test.go.
package muster_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// law is one rule that the code keeps.
type law struct {
	name  string
	why   string
	check func(*house) []breach
	// excused are places, without their line, that may break it, and why. An
	// excuse whose place no longer breaks the law fails the test too.
	excused map[string]string
}

// breach is one place where a law is broken.
type breach struct{ where, what string }

func TestHouse(t *testing.T) {
	h, err := readHouse(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.code) < 20 {
		t.Fatalf("only %d Go files read: this is not the whole house", len(h.code))
	}
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) {
			used := map[string]bool{}
			for _, b := range l.check(h) {
				place := lineNumber.ReplaceAllString(b.where, "")
				if _, ok := l.excused[place]; ok {
					used[place] = true
					continue
				}
				t.Errorf("%s: %s", b.where, b.what)
			}
			for where := range l.excused {
				if !used[where] {
					t.Errorf("%s is excused but keeps the law: remove the excuse", where)
				}
			}
			if t.Failed() {
				t.Logf("the law: %s", l.why)
			}
		})
	}
}

var lineNumber = regexp.MustCompile(`:\d+$`)

// house is the tree as the laws see it.
type house struct {
	fset *token.FileSet
	code []source
	text map[string]string // every other text file by its path
}

// source is one Go file.
type source struct {
	path string
	room string // folder, "." for the root
	test bool
	file *ast.File
	text string
}

// left are folders that no one wrote by hand, or that hold no code of ours.
var left = []string{".git", "node_modules", "bin", "var", "web/dist", "e2e/shots", "e2e/test-results"}

func readHouse(fsys fs.FS) (*house, error) {
	h := &house{fset: token.NewFileSet(), text: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(left, p) || slices.Contains(left, d.Name()) && p != "." {
				return fs.SkipDir
			}
			return nil
		}
		raw, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		text := string(raw)
		if path.Ext(p) != ".go" {
			if !strings.ContainsRune(text, 0) {
				h.text[p] = text
			}
			return nil
		}
		file, err := parser.ParseFile(h.fset, p, raw, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		h.code = append(h.code, source{
			path: p, room: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), file: file, text: text,
		})
		return nil
	})
	return h, err
}

// rooms is the files that make up the product: neither tests nor their world.
func (h *house) rooms() []source {
	return slices.DeleteFunc(slices.Clone(h.code), func(s source) bool {
		return s.test || s.room == "." || slices.ContainsFunc([]string{"mustertest", "e2e", "tools"}, func(top string) bool {
			return within(s.room, top)
		})
	})
}

func (h *house) line(n ast.Node) int { return h.fset.Position(n.Pos()).Line }

// at is where a node is, as an editor can jump to.
func (h *house) at(n ast.Node) string {
	p := h.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// within tells whether room is the folder top, or below it.
func within(room, top string) bool {
	return room == top || strings.HasPrefix(room, top+"/")
}

// uses lists the selectors pkg.Name that a file uses of an imported package,
// whatever it is called there.
func (s source) uses(importPath string) []*ast.SelectorExpr {
	name := ""
	for _, imp := range s.file.Imports {
		if strings.Trim(imp.Path.Value, `"`) != importPath {
			continue
		}
		name = path.Base(importPath)
		if imp.Name != nil {
			name = imp.Name.Name
		}
	}
	if name == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}
