package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/mustertest"
)

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	o := open(t, mustertest.Store(t))
	stranger := caller{o, ""}
	doc := stranger.get("/api/openapi.json").want(http.StatusOK)
	if v := doc.text("openapi"); !strings.HasPrefix(v, "3.1") {
		t.Errorf("OpenAPI %s, want 3.1", v)
	}
	var described []string
	for path, item := range doc.at("paths").(map[string]any) {
		for method := range item.(map[string]any) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	var routes []string
	for _, r := range Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	slices.Sort(described)
	slices.Sort(routes)
	if !slices.Equal(described, routes) {
		t.Errorf("described %v\nroutes %v", described, routes)
	}
	// The routes really are registered, and nothing else under their paths is:
	// what is unknown says so, and every known one asks for a token first.
	f := o.api.(*front)
	for _, r := range Routes() {
		probe, err := http.NewRequestWithContext(t.Context(), r.Method, strings.NewReplacer("{id}", "x", "{seq}", "1", "{contact_id}", "y", "{cover_id}", "z").Replace(r.Path), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := f.mux.Handler(probe); pattern != r.Method+" "+r.Path {
			t.Errorf("%s %s is served by %q", r.Method, r.Path, pattern)
		}
		stranger.ask(r.Method, r.Path, nil).refused(http.StatusUnauthorized, "token_missing")
	}
	yaml := stranger.get("/api/openapi.yaml").want(http.StatusOK)
	if !strings.Contains(string(yaml.raw), "/api/v1/shifts/{id}/check-in:") {
		t.Error("the YAML spelling lacks a path")
	}
}

// The names that clients are written against.
func TestFixedNamesAreThere(t *testing.T) {
	var have []string
	for _, r := range Routes() {
		have = append(have, r.Method+" "+strings.TrimPrefix(r.Path, prefix))
	}
	for _, want := range []string{
		"POST /organisations", "POST /organisations/{id}/people", "POST /organisations/{id}/shifts",
		"POST /shifts/{id}/check-in", "POST /shifts/{id}/help", "POST /shifts/{id}/extend", "POST /shifts/{id}/finish",
		"GET /organisations/{id}/board", "GET /organisations/{id}/activity",
		"GET /alarms/{id}", "POST /alarms/{id}/acknowledge", "POST /alarms/{id}/resolve",
	} {
		if !slices.Contains(have, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestTheDocumentExplainsEveryRefusal(t *testing.T) {
	files, err := filepath.Glob("../lang/catalogue/*.en.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d catalogues: %v", len(files), err)
	}
	var want []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for key := range texts {
			if code, ok := strings.CutPrefix(key, "fault."); ok {
				want = append(want, code)
			}
		}
	}
	slices.Sort(want)
	if have := slices.Sorted(maps.Keys(problemCodes())); !slices.Equal(have, want) {
		t.Errorf("the document knows %q, the catalogues %q", have, want)
	}
}

// Whoever reads the document must find the type of each answer and an example
// of each plain body.
func TestTheDocumentShowsExamples(t *testing.T) {
	o := open(t, mustertest.Store(t))
	doc := caller{o, ""}.get("/api/openapi.json").want(http.StatusOK)
	schemas := doc.at("components", "schemas").(map[string]any)
	for name, want := range map[string]string{
		"Organisation": "time_zone", "Person": "mobile", "Shift": "check_in_seconds", "Alarm": "id", "Problem": "code",
	} {
		schema, _ := schemas[name].(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		field, _ := properties[want].(map[string]any)
		if examples, _ := field["examples"].([]any); len(examples) == 0 {
			t.Errorf("%s.%s has no example", name, want)
		}
	}
	for path, item := range doc.at("paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			responses, _ := op.(map[string]any)["responses"].(map[string]any)
			named := map[string]bool{}
			parameters, _ := op.(map[string]any)["parameters"].([]any)
			for _, p := range parameters {
				named[p.(map[string]any)["name"].(string)] = true
			}
			for _, m := range pathNames.FindAllStringSubmatch(path, -1) {
				if !named[m[1]] {
					t.Errorf("%s %s does not describe %s", method, path, m[1])
				}
			}
			if keyed := method == "post" && !unkeyed(path); named[keyHeader] != keyed {
				t.Errorf("%s %s: %s described %t, want %t", method, path, keyHeader, named[keyHeader], keyed)
			}
			if responses["default"] == nil {
				t.Errorf("%s %s does not say what a refusal looks like", method, path)
			}
		}
	}
}

var pathNames = regexp.MustCompile(`\{(\w+)\}`)
