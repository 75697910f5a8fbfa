package muster_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var laws = []law{
	{
		name: "ImportsPointDown", check: importsPointDown,
		why: "a room knows only the floors below it, so that it can be read, tested and changed alone",
	},
	{
		name: "SQLOnlyInSQLFiles", check: sqlOnlyInSQLFiles,
		why: "whoever looks for what a room asks of the database finds all of it in its sql.go",
	},
	{
		name: "OneClock", check: oneClock,
		why: "a row sees only tx.Now(), so that all of a unit happens at one instant and tests can move time",
	},
	{
		name: "RulesArePure", check: rulesArePure,
		why: "a rule.go has no context, no database and no clock: it can be tested by a table",
	},
	{
		name: "OnePackageComment", check: onePackageComment,
		why: "every room says once what it is",
	},
	{
		name: "RoomsHaveNames", check: roomsHaveNames,
		why: "a room is called by what a customer calls it; a room for leftovers has no such name",
	},
	{
		name: "FilesAreShort", check: filesAreShort,
		why: "a file of at most 400 lines can be read in one sitting",
	},
	{
		name: "FunctionsAreShort", check: functionsAreShort,
		why: "a function of at most 60 lines can be seen as a whole",
	},
	{
		name: "RoomsAreNarrow", check: roomsAreNarrow,
		why: "a room with at most 25 exported names can be kept in mind (a const or var block counts as one)",
	},
	{
		name: "NoHTTPBelowTheEdge", check: noHTTPBelowTheEdge,
		why: "one table at the edge turns the kinds of fault into status codes; no room knows of it",
	},
	{
		name: "EveryNoHasItsText", check: everyNoHasItsText,
		why: "whoever is refused reads why, in every language",
	},
	{
		name: "RoomsAreQuiet", check: roomsAreQuiet,
		why: "only cmd speaks on the terminal; rooms return errors and log",
	},
	{
		name: "ConstraintsNameTheirField", check: constraintsNameTheirField,
		why: "a broken constraint becomes an error at the field that its name says: table_column_rule",
	},
	{
		name: "TestsDoNotSleep", check: testsDoNotSleep,
		why: "a test that sleeps is slow when it passes and wrong when the machine is slow",
	},
	{
		name: "SkipsSayWhy", check: skipsSayWhy,
		why: "a test that did not run must say so",
	},
	{
		name: "NothingIsLeftForLater", check: nothingIsLeftForLater,
		why: "what is not done is an issue, not a comment",
	},
	{
		name: "NoFileKnowsItsMachine", check: noFileKnowsItsMachine,
		why: "a clone works anywhere: no file names a folder of one machine, or where packages were fetched from",
	},
	{
		name: "EveryRowHasItsTest", check: everyRowHasItsTest,
		why: "a requirement that no test is named after gets lost",
	},
}

// floors lists the rooms from the ground up; a room may import what stands
// before it. Rooms on one floor do not know each other; the folders of one room
// do, but for the channels in deliver, which share only their carriers' rooms.
var floors = [][]string{
	{"fault", "client", "ical"}, // client knows nothing of the house, so that products can copy it
	{"id"},
	{"actor"},
	{"store", "seal"},
	{"ledger", "policy", "timer", "lang", "turn"},
	{"deliver"},
	{"identity"},
	{"roster", "carrier"},
	{"call/errand", "call/look", "call/rota", "call/watch", "call/word"},
	{"call/procedure"},
	{"call/alarm"},
	{"call/answer", "call/course", "call/incident", "call/wire"},
	{"call/shift"},
	{"call/partner"},
	{"call/canary", "call/device", "call/drill", "call/texting"},
	{"letin", "tell"},
	{"web", "api"},
	{"demo", "bench", "proof"},
	{"cmd"},
}

// carriers are the rooms in deliver that more than one channel stands on.
var carriers = map[string]bool{"deliver/twilio": true, "deliver/setting": true, "deliver/dead": true, "deliver/outward": true, "deliver/transcript": true}

// floor finds the floor of a folder and the room it belongs to.
func floor(folder string) (level int, room string) {
	for i, names := range floors {
		for _, name := range names {
			if within(folder, name) {
				return i, name
			}
		}
	}
	return -1, ""
}

// channel is the folder of a channel that a folder belongs to.
func channel(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

func importsPointDown(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		level, room := floor(s.room)
		if level < 0 {
			out = append(out, breach{s.path, "room " + s.room + " stands on no floor; give it one in house_laws_test.go"})
			continue
		}
		for _, imp := range s.file.Imports {
			target, ours := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), "muster/")
			if !ours {
				continue
			}
			below, other := floor(target)
			up := below >= level && other != room
			aside := other == room && room == "deliver" && !within(s.room, target) && !within(target, s.room) && channel(s.room) != channel(target) && !carriers[target]
			if below < 0 || up || aside {
				out = append(out, breach{h.at(imp), s.room + " may not import " + target})
			}
		}
	}
	return out
}

// sqlText matches how a statement begins; prose that begins with such a verb
// goes on differently.
var sqlText = regexp.MustCompile(`(?i)^\s*(select\s+[^\n]*\s+from\s|insert\s+into\s|update\s+\w+\s+set\s|` +
	`delete\s+from\s|with\s+\w+\s+as\s*\(|(create|alter|drop)\s+(table|index|unique|policy)\s|` +
	`set_config\(|listen\s+\w+$|notify\s+\w+|truncate\s+\w+$|pragma\s+\w+)`)

func sqlOnlyInSQLFiles(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		if path.Base(s.path) == "sql.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && sqlText.MatchString(text) {
				out = append(out, breach{h.at(lit), "SQL outside sql.go"})
			}
			return true
		})
	}
	return out
}

// clocks may ask what time it is: the store for everyone, commands for their
// own output, whoever measures, and what runs in programs of others.
var clocks = []string{"store", "cmd", "bench", "client"}

func oneClock(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		if slices.ContainsFunc(clocks, func(room string) bool { return within(s.room, room) }) {
			continue
		}
		for _, sel := range s.uses("time") {
			if slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
				out = append(out, breach{h.at(sel), "time." + sel.Sel.Name + " outside the store; take tx.Now()"})
			}
		}
	}
	return out
}

func rulesArePure(h *house) []breach {
	var out []breach
	for _, s := range h.rooms() {
		if path.Base(s.path) != "rule.go" {
			continue
		}
		for _, imp := range s.file.Imports {
			switch p := strings.Trim(imp.Path.Value, `"`); p {
			case "context", "database/sql", "net/http", "os", "math/rand", "math/rand/v2", "muster/store":
				out = append(out, breach{h.at(imp), "a rule imports " + p})
			}
		}
	}
	return out
}

func onePackageComment(h *house) []breach {
	comments := map[string][]string{}
	for _, s := range h.code {
		if s.test && s.room != "." {
			continue
		}
		comments[s.room] = append(comments[s.room], "")[:len(comments[s.room])]
		if s.file.Doc != nil {
			comments[s.room] = append(comments[s.room], s.path)
		}
		if s.file.Doc != nil && !strings.HasPrefix(s.file.Doc.Text(), "Package ") && !strings.HasPrefix(s.file.Doc.Text(), "Command ") {
			comments[s.room] = append(comments[s.room], s.path+" (which does not begin with Package or Command)")
		}
	}
	var out []breach
	for room, files := range comments {
		if len(files) != 1 {
			out = append(out, breach{room, fmt.Sprintf("%d package comments, want one: %s", len(files), strings.Join(files, ", "))})
		}
	}
	return sorted(out)
}

var noNames = []string{
	"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types",
	"misc", "base", "shared", "lib", "core", "manager", "service", "services",
}

func roomsHaveNames(h *house) []breach {
	var out []breach
	for _, s := range h.code {
		name := strings.TrimSuffix(s.file.Name.Name, "_test")
		if slices.Contains(noNames, name) || slices.Contains(noNames, path.Base(s.room)) {
			out = append(out, breach{s.path, "package " + name + " has no name of its own"})
		}
	}
	return out
}

func sorted(out []breach) []breach {
	slices.SortFunc(out, func(a, b breach) int { return strings.Compare(a.where+a.what, b.where+b.what) })
	return out
}
