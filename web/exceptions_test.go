package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/letin/desk"
)

// FL14: heads of department see the exceptions of all customers, by the
// settings' names, those that hold first; agents do not.
func TestFL14HeadsSeeTheExceptionsOfAllCustomers(t *testing.T) {
	h := openHouse(t)
	harbour, north := h.Organisation("Harbour Works").Live(), h.Organisation("Northfield Care").Live()
	_, agent := h.hired("Fanny", actor.FirstLine, "")
	_, head := h.hired("Heli", actor.FirstLine, actor.Head)
	agent.get(exceptionsPage, http.StatusForbidden).sees(t, "Heads of department")
	head.get(exceptionsPage, http.StatusOK).sees(t, "No exception is in force")
	admin := h.as(harbour, harbour.Admin)
	at := wish(t, admin, url.Values{"kind": {string(desk.Setting)}, "setting": {"Muster/setRoles"}})
	other := wish(t, h.as(north, north.Admin), url.Values{"kind": {string(desk.Setting)}, "setting": {"Muster/manageRota"}})
	for _, page := range []string{at, other} {
		agent.post(page+"/take", nil, http.StatusOK)
		agent.post(page+"/except", url.Values{"scope": {map[string]string{at: "Muster/setRoles", other: "class:high"}[page]}, "because": {"Nobody of theirs is there until Tuesday."}}, http.StatusOK)
	}
	head.get(exceptionsPage, http.StatusOK).sees(t, "Harbour Works", "Northfield Care", "Muster: Access rights", "Wait for a head of department", `href="`+at+`"`)
	_, rest, _ := strings.Cut(head.get(at, http.StatusOK).body, `name="exception" value="`)
	exception, _, _ := strings.Cut(rest, `"`)
	head.post(at+"/decide", url.Values{"exception": {exception}, "decision": {"allow"}, "until": {time.Now().AddDate(0, 0, 5).Format(time.DateOnly)}, "decided": {"Until Tuesday, they signed for it."}}, http.StatusOK)
	head.get(exceptionsPage, http.StatusOK).sees(t, "In force", "Until Tuesday, they signed for it.")
	admin.get(asksPage, http.StatusOK).sees(t, "Muster: Access rights")
	if got := head.get("/provider", http.StatusOK); got.path != supportPage {
		t.Errorf("the provider's address leads to %s", got.path)
	}
}
