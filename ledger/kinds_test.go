package ledger_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// noKinds are texts that look like a kind of entry and are none.
var noKinds = map[string]string{
	"identity.code":   "the purpose of a seal",
	"roster.duress":   "the purpose of a seal",
	"contact.code":    "the purpose of a seal",
	"contact.push":    "the purpose of a seal",
	"carrier.setting": "the purpose of a seal",
	"pass.sign":       "the purpose of a seal",
	"staff.review":    "a timer",
	"staff.proof":     "a timer",
	"notice.clock":    "a timer",
	"roster.xlsx":     "the name of a file",
	"book.jsonl":      "the name of a file",

	"position.accuracy": "a field",
	"position.battery":  "a field",
	"position.source":   "a field",
}

var kindLike = regexp.MustCompile(`^([a-z_]+)\.[a-z_]+$`)

// Whoever reads the book reads sentences: every kind of entry that the code
// can write has one in every language.
func TestEveryKindHasItsSentence(t *testing.T) {
	kinds := kindsInCode(t)
	if len(kinds) < 10 {
		t.Fatalf("only %d kinds found: this test looks in the wrong place", len(kinds))
	}
	for _, tag := range []string{"en", "fi", "fr"} {
		known := texts(t, tag)
		for kind, where := range kinds {
			if !known["book."+kind] && !known[kind] { // some are the key of another text
				t.Errorf("%s: no sentence for %s, written in %s", tag, kind, where)
			}
		}
	}
}

// kindsInCode finds the kinds by where they stand (Kind: "…" in an entry), and
// what else looks like a kind of the same things in the rooms that write into
// the book, since many pass them through a function of their own.
func kindsInCode(t *testing.T) map[string]string {
	t.Helper()
	literals, sure := map[string]string{}, map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || d.Name() == "sql.go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Kind" {
					if kind := kindIn(n.Value); kind != "" {
						sure[prefix(kind)] = true
					}
				}
			case ast.Expr:
				if kind := kindIn(n); kind != "" {
					literals[kind] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind := range literals {
		if !sure[prefix(kind)] || noKinds[kind] != "" {
			delete(literals, kind)
		}
	}
	return literals
}

func kindIn(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil || !kindLike.MatchString(text) {
		return ""
	}
	return text
}

func prefix(kind string) string { return kindLike.FindStringSubmatch(kind)[1] }

func texts(t *testing.T, tag string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	names, err := filepath.Glob("../lang/catalogue/*." + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{}
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key := range all {
			known[key] = true
		}
	}
	return known
}
