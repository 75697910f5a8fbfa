package muster_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// The limits are what the code bases keep that one likes to read; about a
// tenth over is no breach, since the last lines of a whole are worth keeping
// together.
const (
	fileLines     = 400
	functionLines = 60
	exportedNames = 25
	slack         = 1.1
)

// crowded rooms have outgrown the limit, each as far as it says and no further:
// whoever needs one name more there takes the room apart first. An identifier's
// kind is a name in id, which is no burden to anybody.
var crowded = map[string]int{
	"id": 44, "roster": 32, "deliver": 37, "call/alarm": 34, "call/shift": 32, "call/procedure": 30, "call/partner/enrol": 28,
}

func tooMany(n, limit int) bool { return float64(n) > float64(limit)*slack }

func filesAreShort(h *house) []breach {
	var out []breach
	for _, s := range h.code {
		if n := strings.Count(s.text, "\n"); tooMany(n, fileLines) {
			out = append(out, breach{s.path, fmt.Sprintf("%d lines, about %d is the limit", n, fileLines)})
		}
	}
	return out
}

func functionsAreShort(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := h.fset.Position(f.End()).Line - h.line(f) + 1; tooMany(n, functionLines) {
				out = append(out, breach{s.path + " " + f.Name.Name, fmt.Sprintf("%d lines, about %d is the limit", n, functionLines)})
			}
		}
	}
	return out
}

func roomsAreNarrow(h *house) []breach {
	names := map[string]int{}
	for _, s := range h.rooms() {
		for _, d := range s.file.Decls {
			names[s.room] += exported(d)
		}
	}
	var out []breach
	for room, n := range names {
		if tooMany(n, exportedNames) && n > crowded[room] {
			out = append(out, breach{room, fmt.Sprintf("%d exported names, about %d is the limit", n, exportedNames)})
		}
	}
	return sorted(out)
}

// exported counts the names that a declaration adds to what a caller has to
// know. Methods come with their type, and a block of values is read as one.
func exported(d ast.Decl) int {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			return 1
		}
	case *ast.GenDecl:
		n := 0
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					n++
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() {
						n++
					}
				}
			}
		}
		if d.Tok == token.CONST || d.Tok == token.VAR {
			return min(n, 1)
		}
		return n
	}
	return 0
}
