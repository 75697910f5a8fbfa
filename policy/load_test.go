package policy

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// Everything that Cedar itself would accept or skip, and that must not load.
func TestNoWeakRuleSetLoads(t *testing.T) {
	const head = `@id("x") @why("Y.") `
	for name, c := range map[string]struct{ rule, want string }{
		"misspelt fact":           {head + `permit (principal, action == Action::"seeBoard", resource) when { context.here.moniter };`, "moniter"},
		"misspelt action":         {head + `permit (principal, action == Action::"seeBord", resource);`, "seeBord"},
		"unknown thing":           {head + `permit (principal, action, resource is Bord);`, "Bord"},
		"action on a wrong thing": {head + `permit (principal, action == Action::"seeBoard", resource is Alarm);`, "x"},
		"text for yes or no":      {head + `permit (principal, action, resource) when { context.self == "yes" };`, "x"},
		"no id":                   {`@why("Y.") permit (principal, action, resource);`, "@id"},
		"no why":                  {`@id("x") permit (principal, action, resource);`, "@why"},
		"the same id twice":       {`@id("floor-wall") @why("Y.") permit (principal, action, resource);`, "twice"},
		"not Cedar":               {`let everybody in;`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := ownFiles(t)
			fsys["zz.cedar"] = &fstest.MapFile{Data: []byte(c.rule)}
			_, err := load(fsys)
			if err == nil {
				t.Fatal("it loaded")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error does not say what is wrong: %v", err)
			}
		})
	}
}

func ownFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, glob := range []string{"*.cedar", "*.cedarschema"} {
		names, err := fs.Glob(files, glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys[name] = &fstest.MapFile{Data: data}
		}
	}
	return fsys
}

// catalogue is every text about a rule in one language; each room keeps those
// of its own rules.
func catalogue(t *testing.T, tag string) map[string]string {
	t.Helper()
	texts := map[string]string{}
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
		for key, text := range all {
			if text, ok := text.(string); ok && strings.HasPrefix(key, "policy.") {
				texts[key] = text
			}
		}
	}
	return texts
}

// Whoever is refused reads the rule in their own language.
func TestEveryRuleHasItsSentence(t *testing.T) {
	for _, tag := range []string{"en", "fi", "fr"} {
		texts := catalogue(t, tag)
		known := map[string]bool{"policy." + nothing: true}
		for _, r := range Rules() {
			known["policy."+r.ID] = true
			text := texts["policy."+r.ID]
			if text == "" {
				t.Errorf("%s: rule %s has no sentence", tag, r.ID)
			}
			if tag == "en" && strings.ReplaceAll(text, "’", "'") != r.Why {
				t.Errorf("rule %s says %q in its file and %q in the catalogue", r.ID, r.Why, text)
			}
		}
		if texts["policy."+nothing] == "" {
			t.Errorf("%s: no sentence for when no rule comes near", tag)
		}
		for key := range texts {
			if !known[key] {
				t.Errorf("%s: %s belongs to no rule", tag, key)
			}
		}
	}
}

func TestRulesAreShownAsWritten(t *testing.T) {
	whole := regexp.MustCompile(`(?s)^@id\("([a-z-]+)"\)\n@why\(".+\.?"\)\n(permit|forbid) \(.*\);$|(?s)^@id\("([a-z-]+)"\)\n.*};$`)
	for _, r := range Rules() {
		m := whole.FindStringSubmatch(r.Text)
		if m == nil || m[1]+m[3] != r.ID || r.Forbids != strings.Contains(r.Text, "\nforbid (") {
			t.Errorf("rule %s is shown as %q", r.ID, r.Text)
		}
	}
}
