package muster_test

import (
	"encoding/json"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// noHTTPBelowTheEdge looks for status codes; a channel has to read those of
// its carrier.
func noHTTPBelowTheEdge(h *house) []breach {
	edge := []string{"web", "api", "deliver", "cmd", "demo", "bench", "client"}
	var out []breach
	for _, s := range h.rooms() {
		if slices.ContainsFunc(edge, func(room string) bool { return within(s.room, room) }) {
			continue
		}
		for _, sel := range s.uses("net/http") {
			if strings.HasPrefix(sel.Sel.Name, "Status") || sel.Sel.Name == "Error" {
				out = append(out, breach{h.at(sel), "http." + sel.Sel.Name + " below the edge"})
			}
		}
	}
	return out
}

func everyNoHasItsText(h *house) []breach {
	texts := h.catalogues()
	var out []breach
	for _, s := range h.rooms() {
		for _, call := range s.callsOf("muster/fault", "New") {
			if len(call.Args) != 2 {
				continue
			}
			lit, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				continue
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				continue
			}
			missing := slices.DeleteFunc(slices.Sorted(maps.Keys(texts)), func(tag string) bool {
				return texts[tag]["fault."+code]
			})
			if len(missing) > 0 {
				out = append(out, breach{h.at(call), "no text fault." + code + " in " + strings.Join(missing, ", ")})
			}
		}
	}
	return out
}

// catalogues is the keys of every language.
func (h *house) catalogues() map[string]map[string]bool {
	texts := map[string]map[string]bool{}
	for p, text := range h.text {
		if path.Dir(p) != "lang/catalogue" {
			continue
		}
		_, tag, _ := strings.Cut(strings.TrimSuffix(path.Base(p), ".json"), ".")
		if texts[tag] == nil {
			texts[tag] = map[string]bool{}
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &keys); err != nil {
			continue // lang does not start with it, and says so better
		}
		for key := range keys {
			texts[tag][key] = true
		}
	}
	return texts
}

// callsOf lists the calls of one function of an imported package.
func (s source) callsOf(importPath, name string) []*ast.CallExpr {
	wanted := map[*ast.SelectorExpr]bool{}
	for _, sel := range s.uses(importPath) {
		wanted[sel] = sel.Sel.Name == name
	}
	var calls []*ast.CallExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && wanted[sel] {
				calls = append(calls, call)
			}
		}
		return true
	})
	return calls
}
