package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

var formValue = regexp.MustCompile(`(?:PostFormValue|FormValue|form|value|Get)\("([a-z_]+)"\)`)

// fields are the names of all that handlers read from forms and addresses.
func fields(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range formValue.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 60 {
		t.Fatalf("only %d fields found", len(names))
	}
	return names
}

// Whatever is typed into a form of the provider's, or stands in its address, is
// answered; it is nobody's failure. PostgreSQL takes no text with these bytes.
func TestNoFieldOfTheProvidersFailsOnBytesThatAreNoText(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := openHouseOn(t, s)
		org := h.Organisation("Harbour Works").Live()
		other := h.Staff("Oliver Bennett", actor.FirstLine)
		b := h.colleague(h.Staff("Dora Director", actor.CustomerSuccess, actor.Director))
		names := fields(t)
		holes := map[string]string{"org": string(org.ID), "staff": string(other.ID), "grant": string(id.New[id.Grant]()), "request": string(id.New[id.Request]())}
		sent := 0
		ask := func(pattern, method, path string, form url.Values) {
			sent++
			if got := b.do(method, path, form); got.status >= http.StatusInternalServerError {
				t.Errorf("%s answers %d: %q", pattern, got.status, form)
			}
		}
		for _, pattern := range patterns(t) {
			method, path, ok := strings.Cut(pattern, " ")
			if !ok || !strings.HasPrefix(path, providerPages) || path == providerPages+"feed" {
				continue // the feed takes no fields, and goes on for as long as it is read
			}
			good := hole.ReplaceAllStringFunc(path, func(m string) string { return holes[strings.Trim(m, "{}.")] })
			for _, bad := range []string{"a\x00b", "\xff\xfe", "org_\x00"} {
				if strings.Contains(path, "{") {
					ask(pattern, method, hole.ReplaceAllString(path, url.PathEscape(bad)), url.Values{})
				}
				form := url.Values{}
				for _, name := range names {
					form.Set(name, bad)
				}
				if method == http.MethodGet {
					ask(pattern, method, good+"?"+form.Encode(), nil)
					continue
				}
				ask(pattern, method, good, form)
				form.Set("organisation", "Harbour Works")
				form.Set("org", string(org.ID))
				form.Set("staff", string(other.ID))
				ask(pattern, method, good, form)
			}
		}
		t.Logf("%d requests, %d fields", sent, len(names))
	})
}
