package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"muster/call/wire"
	"muster/deliver/webhook"
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

func TestAdministratorsSwitchAWebhookOnAgainAndSendWhatItMissed(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	admin := h.as(org, org.Admin)
	admin.post("/settings/wires", url.Values{"kind": {"webhook"}, "name": {"Our program"}, "url": {"https://example.com/hook"}, "active": {"yes"}, "own": {"yes"}}, http.StatusOK)
	page := regexp.MustCompile(`/settings/wires/wir_[0-9a-f]+`).FindString(admin.get("/settings/wires", http.StatusOK).body)
	admin.get(page, http.StatusOK).sees(t, "Not tried yet", "No request yet")
	which, _ := strings.CutPrefix(page, "/settings/wires/")
	office := wire.Office{Store: h.Store, Keys: h.Keys}
	gone := webhook.Try{Message: "msg_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d", Kind: "alarm.raised", At: h.Store.Now(), Took: 120 * time.Millisecond, Status: 410, Answer: "moved <away>"}
	if err := office.Tried(t.Context(), org.ID, which, gone); err != nil {
		t.Fatal(err)
	}
	admin.get("/settings/wires", http.StatusOK).sees(t, "Switched off")
	admin.get(page, http.StatusOK).sees(t, "Muster has sent nothing here since", "gone for good (410)", "410 moved &lt;away&gt;", "120 ms", page+"/on")
	admin.post(page+"/on", url.Values{"again": {"yes"}}, http.StatusOK).sees(t, "0 messages are sent again")
	admin.get(page, http.StatusOK).sees(t, "Requests")
	admin.post(page+"/on", nil, http.StatusConflict)
}
