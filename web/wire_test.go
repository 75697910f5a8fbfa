package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"text/template/parse"
)

func TestAdministratorsConnectACentreAndAProgram(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	admin := h.as(org, org.Admin)
	admin.get("/settings/wires", http.StatusOK).sees(t, `href="/settings/wires/new"`)
	admin.get("/settings/wires/new", http.StatusOK).sees(t, `name="hosts"`, `name="codes"`, `name="url"`)
	admin.get("/settings/panels/new", http.StatusOK)
	centre := url.Values{"kind": {"dc09"}, "name": {"North centre"}, "hosts": {"192.0.2.1:7000\n192.0.2.2:7000"}, "network": {"tcp"}, "account": {"1234"}, "format": {"ADM-CID"}, "poll": {"85"}, "active": {"yes"}}
	admin.post("/settings/wires", centre, http.StatusOK)
	list := admin.get("/settings/wires", http.StatusOK)
	list.sees(t, "North centre")
	page := regexp.MustCompile(`/settings/wires/wir_[0-9a-f]+`).FindString(list.body)
	admin.get(page, http.StatusOK).sees(t, "192.0.2.2:7000", "1234")
	admin.post("/settings/wires", url.Values{"kind": {"webhook"}, "name": {"Our program"}, "url": {"https://example.com/hook"}, "active": {"yes"}}, http.StatusOK).sees(t, "whsec_")
	admin.get("/settings/wires", http.StatusOK).sees(t, "North centre", "Our program")
}

// TestEveryTemplateThatIsCalledExists finds a misspelt name on pages that no
// other test opens: templates are looked up when a page is written, not when
// they are read.
func TestEveryTemplateThatIsCalledExists(t *testing.T) {
	rd, err := newRenderer(&assets{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range rd.base.Templates() {
		if one.Tree == nil {
			continue
		}
		for _, name := range called(one.Tree.Root) {
			if rd.base.Lookup(name) == nil {
				t.Errorf("%s calls %q, which is nowhere", one.Name(), name)
			}
		}
	}
}

func called(n parse.Node) []string {
	var inside *parse.BranchNode
	switch n := n.(type) {
	case *parse.TemplateNode:
		return []string{n.Name}
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		var out []string
		for _, one := range n.Nodes {
			out = append(out, called(one)...)
		}
		return out
	case *parse.IfNode:
		inside = &n.BranchNode
	case *parse.WithNode:
		inside = &n.BranchNode
	case *parse.RangeNode:
		inside = &n.BranchNode
	default:
		return nil
	}
	return slices.Concat(called(inside.List), called(inside.ElseList))
}
