package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	inside "muster/letin/visit"
	"muster/store"
)

// WK7: whatever page support opens, the customer reads its name, in each
// language, and no address that only a programmer understands.
func TestWK7EveryPageThatSupportOpensHasAName(t *testing.T) {
	f := furnish(t, grant.View, actor.FirstLine)
	f.Stop()
	for _, eyes := range []id.Person{"", f.aino.Person.Person, f.mikko.Person.Person} {
		f.enter(eyes)
		for _, pattern := range patterns(t) {
			method, path := f.address(pattern)
			if method != http.MethodGet || path == "/feed" || stays(pattern) {
				continue
			}
			f.guest.do(method, path, nil)
		}
	}
	var paths []string
	err := f.Store.View(t.Context(), f.org.ID, func(tx *store.Tx) error {
		filter := ledger.Filter{Kind: "visit.looked"}
		for {
			page, err := ledger.List(tx, filter)
			for _, e := range page {
				path, _ := e.Facts["Page"].(string)
				if !slices.Contains(paths, path) {
					paths = append(paths, path)
				}
			}
			if err != nil || len(page) < ledger.MaxList {
				return err
			}
			filter.Before = page[len(page)-1].Seq
		}
	})
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d pages: %v", len(paths), err)
	}
	for _, path := range paths {
		for _, tag := range lang.Supported() {
			if key := pageKey(strings.Trim(path, "/")); !tag.Has(key) {
				t.Errorf("%s has no name: %s", path, key)
			}
		}
	}
	seen := f.admin.get(letinPage+"/activity", http.StatusOK)
	for _, path := range paths {
		if text := plainText(seen.body); strings.Contains(text, "opened: "+path) {
			t.Errorf("the customer reads %s", path)
		}
	}
}

func TestWhatIsDoneOnAPageIsCalledByThePage(t *testing.T) {
	for path, want := range map[string]string{
		"":                 "No page yet",
		"/":                "The first page",
		"/people/{person}": "Somebody’s page",
		"/people/{person}/contacts/{contact}/{act}": "Somebody’s page",
		"POST /alarms/{alarm}/resolve":              "An alarm",
		"/roster/import":                            "The import",
		"/no/such/thing":                            "/no/such/thing",
	} {
		if got := pageName(lang.English, inside.Page{Path: path}); got != want {
			t.Errorf("%q is called %q, want %q", path, got, want)
		}
	}
}
