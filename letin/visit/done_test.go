package visit_test

import (
	"slices"
	"testing"

	"muster/ledger"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

// FL3: what support changed stands on the customer's pages of it, among what was
// looked at and on the page of the very visit, and not only in the book.
func TestFL3TheCustomersPageSaysWhatSupportChanged(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.Configure)
		if _, err := c.guest(c.enter("")); err != nil {
			t.Fatal(err)
		}
		looked, err := c.guest(c.enter(""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := roster.AddWorkspace(t.Context(), s, looked, "North gate", ""); err != nil {
			t.Fatal(err)
		}
		if all := c.kinds(); all[0] != "workspace.added" || !slices.Contains(all, "visit.entered") {
			t.Errorf("what support did: %v", all)
		}
		visits, err := c.house.List(t.Context(), c.org.Admin.Actor, "")
		if err != nil || len(visits) != 2 {
			t.Fatalf("%v, %v", visits, err)
		}
		for n, want := range []bool{true, false} {
			story, err := c.house.Read(t.Context(), c.org.Admin.Actor, visits[n].ID)
			if err != nil {
				t.Fatal(err)
			}
			if has := slices.ContainsFunc(story.Entries, func(e ledger.Record) bool { return e.Kind == "workspace.added" }); has != want {
				t.Errorf("the visit of %v says that the workspace was added: %v", story.Began, has)
			}
			if !slices.IsSortedFunc(story.Entries, func(a, b ledger.Record) int { return int(a.Seq - b.Seq) }) {
				t.Error("the story is not in order")
			}
		}
	})
}
