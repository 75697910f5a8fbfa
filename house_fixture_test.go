package muster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// What each law must find in a small tree, and what it must leave alone: a
// law that cannot fail is none.
var fixtures = []struct {
	law   string
	files map[string]string
	want  []string // the places of the breaches
}{
	{
		law: "ImportsPointDown",
		files: map[string]string{
			"ledger/do.go":         "package ledger\n\nimport _ \"muster/store\"\n",
			"store/up.go":          "package store\n\nimport _ \"muster/ledger\"\n",
			"timer/aside.go":       "package timer\n\nimport _ \"muster/policy\"\n",
			"deliver/sms/sms.go":   "package sms\n\nimport _ \"muster/deliver\"\n",
			"deliver/sms/peer.go":  "package sms\n\nimport _ \"muster/deliver/email\"\n",
			"roster/sheet/s.go":    "package sheet\n\nimport _ \"muster/roster/address\"\n",
			"call/alarm/a.go":      "package alarm\n\nimport _ \"muster/call/shift\"\n",
			"call/shift/s.go":      "package shift\n\nimport _ \"muster/call/alarm\"\n",
			"attic/a.go":           "package attic\n",
			"store/up_test.go":     "package store_test\n\nimport _ \"muster/mustertest\"\n",
			"roster/test_world.go": "package roster\n\nimport _ \"muster/mustertest\"\n",
		},
		want: []string{
			"attic/a.go", "call/alarm/a.go:3", "deliver/sms/peer.go:3", "roster/test_world.go:3",
			"store/up.go:3", "timer/aside.go:3",
		},
	},
	{
		law: "SQLOnlyInSQLFiles",
		files: map[string]string{
			"roster/sql.go": "package roster\n\nvar q = `select id from person where org = $1`\n",
			"roster/do.go":  "package roster\n\nvar q = `select id from person where org = $1`\n",
			"roster/add.go": "package roster\n\nvar q = \"\\n  INSERT INTO person (org) values ($1)\"\n",
			"roster/say.go": "package roster\n\nvar q = \"select a file in the list\\nUpdate the page; delete what you like\"\n",
		},
		want: []string{"roster/add.go:3", "roster/do.go:3"},
	},
	{
		law: "OneClock",
		files: map[string]string{
			"store/now.go":   "package store\n\nimport \"time\"\n\nvar now = time.Now\n",
			"timer/do.go":    "package timer\n\nimport \"time\"\n\nvar now = time.Now()\n",
			"timer/alias.go": "package timer\n\nimport clock \"time\"\n\nvar age = clock.Since(clock.Time{})\n",
			"timer/ok.go":    "package timer\n\nimport \"time\"\n\nvar tick = time.NewTimer(time.Second)\n",
		},
		want: []string{"timer/alias.go:5", "timer/do.go:5"},
	},
	{
		law: "RulesArePure",
		files: map[string]string{
			"roster/rule.go": "package roster\n\nimport _ \"context\"\n",
			"ledger/rule.go": "package ledger\n\nimport _ \"strings\"\n",
		},
		want: []string{"roster/rule.go:3"},
	},
	{
		law: "OnePackageComment",
		files: map[string]string{
			"id/id.go":        "// Package id makes identifiers.\npackage id\n",
			"id/more.go":      "package id\n",
			"actor/actor.go":  "package actor\n",
			"store/doc.go":    "// Package store keeps rows.\npackage store\n",
			"store/store.go":  "// Package store keeps rows, too.\npackage store\n",
			"lang/lang.go":    "// This is about languages.\npackage lang\n",
			"seal/do_test.go": "package seal_test\n",
		},
		want: []string{"actor", "lang", "store"},
	},
	{
		law: "RoomsHaveNames",
		files: map[string]string{
			"roster/helpers/h.go": "package helpers\n",
			"roster/roster.go":    "package roster\n",
			"web/x/x_test.go":     "package util_test\n",
		},
		want: []string{"roster/helpers/h.go", "web/x/x_test.go"},
	},
	{
		law: "FilesAreShort",
		files: map[string]string{
			"id/long.go": "package id\n" + strings.Repeat("\n", 441),
			"id/full.go": "package id\n" + strings.Repeat("\n", 430),
		},
		want: []string{"id/long.go"},
	},
	{
		law: "FunctionsAreShort",
		files: map[string]string{
			"id/long.go": "package id\n\nfunc long() {" + strings.Repeat("\n", 70) + "}\n\nfunc short() {\n}\n",
		},
		want: []string{"id/long.go long"},
	},
	{
		law: "RoomsAreNarrow",
		files: map[string]string{
			"fault/wide.go": "package fault\n" + strings.Repeat("func X() {}\n", 28),
			"actor/enum.go": "package actor\n\nconst (\n" + strings.Repeat("X = 1\n", 40) + ")\n\nfunc (T) M() {}\n",
		},
		want: []string{"fault"},
	},
	{
		law: "NoHTTPBelowTheEdge",
		files: map[string]string{
			"roster/do.go":  "package roster\n\nimport \"net/http\"\n\nvar gone = http.StatusGone\n",
			"api/errors.go": "package api\n\nimport \"net/http\"\n\nvar gone = http.StatusGone\n",
		},
		want: []string{"roster/do.go:5"},
	},
	{
		law: "EveryNoHasItsText",
		files: map[string]string{
			"lang/catalogue/fault.en.json":  `{"fault.taken": "Taken", "fault.gone": "Gone"}`,
			"lang/catalogue/fault.fi.json":  `{"fault.taken": "Varattu"}`,
			"lang/catalogue/roster.fi.json": `{"fault.gone": "Poissa"}`,
			"roster/do.go":                  "package roster\n\nimport \"muster/fault\"\n\nvar a = fault.New(fault.Conflict, \"taken\")\nvar b = fault.New(fault.Expired, \"gone\")\nvar c = fault.New(fault.Invalid, \"lost\").At(\"x\")\n",
		},
		want: []string{"roster/do.go:7"},
	},
	{
		law: "RoomsAreQuiet",
		files: map[string]string{
			"roster/do.go":       "package roster\n\nimport \"fmt\"\n\nfunc f() { fmt.Println(fmt.Sprint()) }\n",
			"roster/out.go":      "package roster\n\nimport \"os\"\n\nvar w = os.Stderr\n",
			"cmd/muster/main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n",
		},
		want: []string{"roster/do.go:5", "roster/out.go:5"},
	},
	{
		law: "ConstraintsNameTheirField",
		files: map[string]string{
			"store/migrate/0009_x.sql": "create table person (\n    org ident not null,\n    pin text not null,\n" +
				"    mail_at text,\n    constraint person_pin_unique unique (org, pin),\n    constraint person_taken unique (org)\n);\n" +
				"create unique index person_mail_at_once on person (org, mail_at);\ncreate unique index mail_once on person (org);\n",
		},
		want: []string{"store/migrate/0009_x.sql", "store/migrate/0009_x.sql"},
	},
	{
		law: "TestsDoNotSleep",
		files: map[string]string{
			"id/a_test.go":    "package id\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n",
			"timer/a_test.go": "package timer\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n",
			"timer/b_test.go": "package timer\n\nimport \"testing/synctest\"\n\nfunc g() { synctest.Wait() }\n",
		},
		want: []string{"id/a_test.go:5"},
	},
	{
		law: "SkipsSayWhy",
		files: map[string]string{
			"id/a_test.go": "package id\n\nfunc f(t *testing.T) {\n\tt.SkipNow()\n\tt.Skip()\n\tt.Skip(\"no network\")\n}\n",
		},
		want: []string{"id/a_test.go:4", "id/a_test.go:5"},
	},
	{
		law: "NothingIsLeftForLater",
		files: map[string]string{
			"id/a.go":       "package id\n\n// TO" + "DO: more\n",
			"web/island.ts": "const TODOS = 1\n// FIX" + "ME\n",
		},
		want: []string{"id/a.go:3", "web/island.ts:2"},
	},
	{
		law: "NoFileKnowsItsMachine",
		files: map[string]string{
			"README.md":             "cd /ro" + "ot/muster\nsee https://example.org/root/in/progress\n",
			"web/package-lock.json": "{\n\"resol" + "ved\": \"x\"\n}\n",
		},
		want: []string{"README.md:1", "web/package-lock.json:2"},
	},
	{
		law: "EveryRowHasItsTest",
		files: map[string]string{
			"id/a_test.go": "package id\n\n" + allRowsBut("OA3", "FL10", "AccessN1", "AccessA12", "SS13") +
				"func TestFL9FL10TheyGoTogether(t *testing.T) {}\n\nfunc testSS13(t *testing.T) {}\n\nfunc (x X) TestOA3Is(t *testing.T) {}\n\nfunc TestAccessN10Only(t *testing.T) {}\n",
			"id/a.go": "package id\n\nfunc TestAccessA12InNoTestFile() {}\n",
		},
		want: []string{"AccessA12", "AccessN1", "OA3", "SS13"},
	},
}

// allRowsBut writes a test for each requirement but these.
func allRowsBut(left ...string) string {
	var out strings.Builder
	for _, r := range rows {
		for n := 1; n <= r.last; n++ {
			if row := fmt.Sprint(r.name, n); !slices.Contains(left, row) {
				fmt.Fprintf(&out, "func Test%sHolds(t *testing.T) {}\n\n", row)
			}
		}
	}
	return out.String()
}

func TestEachLawFindsItsBreach(t *testing.T) {
	tested := map[string]bool{}
	for _, f := range fixtures {
		t.Run(f.law, func(t *testing.T) {
			tested[f.law] = true
			tree := fstest.MapFS{}
			for p, text := range f.files {
				tree[p] = &fstest.MapFile{Data: []byte(text)}
			}
			h, err := readHouse(tree)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, b := range sorted(lawCalled(t, f.law).check(h)) {
				got = append(got, b.where)
			}
			if g, w := strings.Join(got, " "), strings.Join(f.want, " "); g != w {
				t.Errorf("found breaches at\n  %s\nwant\n  %s", g, w)
			}
		})
	}
	for _, l := range laws {
		if !tested[l.name] {
			t.Errorf("law %s has no fixture that breaks it", l.name)
		}
	}
}

func lawCalled(t *testing.T, name string) law {
	t.Helper()
	for _, l := range laws {
		if l.name == name {
			return l
		}
	}
	t.Fatalf("no law is called %s", name)
	return law{}
}
