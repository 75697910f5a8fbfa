package muster_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

func roomsAreQuiet(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		if within(s.room, "cmd") {
			continue
		}
		for _, sel := range s.uses("fmt") {
			if strings.HasPrefix(sel.Sel.Name, "Print") {
				out = append(out, breach{h.at(sel), "fmt." + sel.Sel.Name})
			}
		}
		for _, sel := range s.uses("os") {
			if sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr" || sel.Sel.Name == "Exit" {
				out = append(out, breach{h.at(sel), "os." + sel.Sel.Name})
			}
		}
		for _, sel := range s.uses("log") {
			out = append(out, breach{h.at(sel), "package log; use log/slog"})
		}
	}
	return out
}

// Migrations are written one thing a line, which is all that these read.
var (
	tableLine  = regexp.MustCompile(`(?i)^\s*create table (\w+)`)
	columnLine = regexp.MustCompile(`(?i)^\s+(\w+)\s+(ident|text|bigint|boolean|bytea|double precision)\b`)
	namedLine  = regexp.MustCompile(`(?i)constraint (\w+) unique|create unique index (\w+) on (\w+)`)
)

func constraintsNameTheirField(h *house) []breach {
	columns, named := map[string][]string{}, map[string][2]string{} // table → columns, name → file and table
	for _, p := range slices.Sorted(maps.Keys(h.text)) {
		if !within(path.Dir(p), "store/migrate") || path.Ext(p) != ".sql" {
			continue
		}
		table := ""
		for line := range strings.Lines(h.text[p]) {
			if m := tableLine.FindStringSubmatch(line); m != nil {
				table = m[1]
			}
			if m := columnLine.FindStringSubmatch(line); m != nil {
				columns[table] = append(columns[table], m[1])
			}
			if m := namedLine.FindStringSubmatch(line); m != nil {
				named[m[1]+m[2]] = [2]string{p, max(m[3], table)}
				if m[3] != "" {
					named[m[2]] = [2]string{p, m[3]}
				}
			}
		}
	}
	var out []breach
	for _, name := range slices.Sorted(maps.Keys(named)) {
		file, table := named[name][0], named[name][1]
		rest, ok := strings.CutPrefix(name, table+"_")
		column := rest[:max(0, strings.LastIndexByte(rest, '_'))]
		if !ok || !slices.Contains(columns[table], column) {
			out = append(out, breach{file, fmt.Sprintf("%s is not %s_COLUMN_RULE with a column of that table", name, table)})
		}
	}
	return out
}

func testsDoNotSleep(h *house) []breach {
	// In a synctest bubble a sleep costs nothing and is exact; the bubble may
	// be made by another file of the room.
	bubbles := map[string]bool{}
	for _, s := range h.code {
		if len(s.uses("testing/synctest")) > 0 {
			bubbles[s.room] = true
		}
	}
	var out []breach
	for _, s := range h.code {
		if bubbles[s.room] || !s.test && !within(s.room, "mustertest") {
			continue
		}
		for _, sel := range s.uses("time") {
			if sel.Sel.Name == "Sleep" {
				out = append(out, breach{h.at(sel), "time.Sleep in a test"})
			}
		}
	}
	return out
}

func skipsSayWhy(h *house) []breach {
	var out []breach
	for _, s := range h.code {
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "SkipNow" || sel.Sel.Name == "Skip" && len(call.Args) == 0 && s.test) {
				out = append(out, breach{h.at(call), "a skip without a reason"})
			}
			return true
		})
	}
	return out
}

// The words are put together here so that this file does not break its laws.
var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func nothingIsLeftForLater(h *house) []breach {
	return grep(h, later, "left for later")
}

var machine = regexp.MustCompile(`(^|[\s"'(=:])/(root|Users|home/\w+)/|"resol` + `ved":`)

func noFileKnowsItsMachine(h *house) []breach {
	return grep(h, machine, "names a machine")
}

func grep(h *house, pattern *regexp.Regexp, what string) []breach {
	all := maps.Clone(h.text)
	for _, s := range h.code {
		all[s.path] = s.text
	}
	var out []breach
	for _, p := range slices.Sorted(maps.Keys(all)) {
		for i, line := range slices.Collect(strings.Lines(all[p])) {
			if m := pattern.FindString(line); m != "" {
				out = append(out, breach{fmt.Sprintf("%s:%d", p, i+1), fmt.Sprintf("%s: %q", what, strings.TrimSpace(m))})
			}
		}
	}
	return out
}
