package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/letin/grant"
	"muster/store"
)

// hidden reads a value that a form carries.
func hidden(t *testing.T, page reply, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("no %s on %s", name, page.path)
	}
	return m[1]
}

// FL1, WK4, WK9 as people do it: asked for by one, consented to, approved by two
// groups, revoked; what is wrong is said beside its field and keeps what was
// typed.
func TestFL1LeaveToEnterOnThePages(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	agent, lead := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Lena Lead", actor.FirstLine)
	head, success := h.Staff("Henrik Head", actor.FirstLine, actor.Head), h.Staff("Saara Success", actor.CustomerSuccess, actor.SuccessManager)
	asks, admin := h.colleague(lead), h.as(org, org.Admin)

	asks.get(grantsPage, http.StatusOK).sees(t, "Nobody has asked to enter")
	form := url.Values{
		"organisation": {string(org.ID)}, "staff": {string(agent.ID)}, "scope": {"view"}, "reason": {"support"}, "hours": {"8"}, "request": {"R-2026-000001"}, "words": {"."},
	}
	asks.post(grantsPage, form, http.StatusUnprocessableEntity).sees(t, "Please write a sentence", "R-2026-000001")
	form.Set("words", "The board is empty since noon")
	own := url.Values{}
	for k, v := range form {
		own[k] = v
	}
	own.Set("staff", string(lead.ID))
	asks.post(grantsPage, own, http.StatusUnprocessableEntity).sees(t, "Nobody adds themselves")
	page := asks.post(grantsPage, form, http.StatusOK).sees(t, "Asked.", "Consent of an administrator", "two people from two groups")
	path := page.path
	which := path[strings.LastIndex(path, "/"):]

	h.colleague(agent).post(path+"/approve", nil, http.StatusForbidden).sees(t, "Nobody adds themselves")
	yes := h.colleague(success)
	yes.get(grantsPage, http.StatusOK).sees(t, "Waits for you", "Oliver Bennett", "Harbour Works")
	yes.post(path+"/approve", nil, http.StatusOK).sees(t, "Your approval is noted", "one more person, from another group")

	mine := admin.get(ownGrantsPage+which, http.StatusOK).sees(t, "I consent that Oliver Bennett of support enters Harbour Works", "The board is empty since noon")
	consent := url.Values{"mark": {hidden(t, mine, "mark")}, "language": {hidden(t, mine, "language")}}
	admin.post(ownGrantsPage+which+"/consent", url.Values{"mark": {"x"}, "language": {"en"}}, http.StatusUnprocessableEntity).sees(t, "Please read it again")
	admin.get(ownGrantsPage+which+"/consent", http.StatusNotFound)
	admin.post(ownGrantsPage+which+"/consent", consent, http.StatusOK).sees(t, "Your consent is noted", "still missing")
	h.colleague(head).post(path+"/approve", nil, http.StatusOK).sees(t, "Open", "Until")
	h.colleague(agent).get(path, http.StatusOK).sees(t, "Enter now")
	file := admin.post(ownGrantsPage+which+"/evidence", nil, http.StatusOK)
	if seen, err := grant.CheckEvidence(strings.NewReader(file.body), ""); err != nil || seen.Entries < 5 || seen.Complete {
		t.Errorf("%+v, %v", seen, err)
	}
	admin.post(ownGrantsPage+which+"/revoke", url.Values{"why": {"It works again"}}, http.StatusOK).sees(t, "It is revoked", "It works again")
	h.colleague(agent).get(path, http.StatusOK).sees(t, "Revoked")
	asks.get(grantsPage, http.StatusOK).sees(t, "Over", "Revoked")
}

// What one organisation's administrators see of it, another's do not, nor do its
// own monitors.
func TestLeaveToEnterIsTheAdministratorsAlone(t *testing.T) {
	h := openHouse(t)
	org, other := h.Organisation("Harbour Works").Live(), h.Organisation("Elsewhere")
	agent, lead := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Lena Lead", actor.FirstLine)
	page := h.colleague(lead).post(grantsPage, url.Values{
		"organisation": {string(org.ID)}, "staff": {string(agent.ID)}, "scope": {"view"}, "reason": {"support"}, "hours": {"8"},
		"request": {"R-1"}, "words": {"The board is empty since noon"},
	}, http.StatusOK)
	own := ownGrantsPage + page.path[strings.LastIndex(page.path, "/"):]
	h.as(other, other.Admin).get(own, http.StatusNotFound)
	h.as(org, org.Monitor("Mika")).get(own, http.StatusForbidden)
	h.as(org, org.Admin).get(grantsPage, http.StatusNotFound)
	h.as(org, org.Admin).post(own+"/approve", nil, http.StatusNotFound)
}

// access A10 as people do it.
func TestAccessA10BreakGlassOnThePages(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	agent, director := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	in, keeps := h.colleague(agent), h.colleague(director)
	in.get(emergencyPage, http.StatusOK).sees(t, "Nobody. While the list is empty", "You are not on the list")
	in.post(emergencyPage+"/list", url.Values{"staff": {string(agent.ID)}, "on": {"yes"}}, http.StatusUnprocessableEntity).sees(t, "Nobody puts themselves on the list")
	keeps.post(emergencyPage+"/list", url.Values{"staff": {string(agent.ID)}, "on": {"yes"}}, http.StatusOK).sees(t, "Oliver Bennett", "put there by Dora Director")
	form := url.Values{"organisation": {string(org.ID)}, "words": {"help"}}
	in.post(emergencyPage, form, http.StatusUnprocessableEntity).sees(t, "Please write a sentence", "help")
	form.Set("words", "Nobody is called when help is pressed")
	page := in.post(emergencyPage, form, http.StatusOK).sees(t, "Entry is open", "nobody was asked beforehand")
	own := ownGrantsPage + page.path[strings.LastIndex(page.path, "/"):]
	admin := h.as(org, org.Admin)
	admin.get(letinPage, http.StatusOK).sees(t, "Oliver Bennett may be inside in an emergency")
	admin.post(own+"/revoke", nil, http.StatusOK)
	admin.get(letinPage, http.StatusOK).sees(t, "Oliver Bennett was inside in an emergency")
	in.post(emergencyPage, form, http.StatusForbidden).sees(t, "an administrator reviews what was done")
	admin.get(own, http.StatusOK).sees(t, "Your review of the emergency")
	admin.post(own+"/review", url.Values{"why": {"All was needed"}}, http.StatusOK).sees(t, "Your review is noted", "Reviewed by")
	in.post(emergencyPage, form, http.StatusOK)
}

var ageSessions = store.Across("web_test.age", `update session set created = created - $1`)

// FL2: whoever finds a browser that was left open cannot consent with it. They
// are sent through the sign-in, which says why and leads back to the page; and
// taking leave away needs none.
func TestFL2ConsentSendsThroughTheSignInAndBack(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	agent, lead := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Lena Lead", actor.FirstLine)
	asked := h.colleague(lead).post(grantsPage, url.Values{
		"organisation": {string(org.ID)}, "staff": {string(agent.ID)}, "scope": {"view"}, "reason": {"support"}, "hours": {"8"},
		"request": {"R-1"}, "words": {"The board is empty since noon"},
	}, http.StatusOK)
	own := ownGrantsPage + asked.path[strings.LastIndex(asked.path, "/"):]
	admin := h.as(org, org.Admin)
	page := admin.get(own, http.StatusOK)
	consent := url.Values{"mark": {hidden(t, page, "mark")}, "language": {hidden(t, page, "language")}}
	err := h.Store.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.Write(ageSessions, int64(16*60*1e6)) })
	if err != nil {
		t.Fatal(err)
	}
	h.Store.Tell(store.Change{Topics: []string{"*"}})
	admin.get(own, http.StatusOK).sees(t, "I consent that Oliver Bennett")
	again := admin.post(own+"/consent", consent, http.StatusOK)
	if again.path != "/sign-in" {
		t.Fatalf("consent by an old sign-in leads to %s", again.path)
	}
	again.sees(t, "Consent takes a sign-in of the last quarter of an hour")
	if next := hidden(t, again, "next"); next != own {
		t.Errorf("and from there to %q", next)
	}
	h.as(org, org.Admin).post(own+"/consent", consent, http.StatusOK).sees(t, "Your consent is noted")
	admin.post(own+"/revoke", url.Values{"why": {"Thank you"}}, http.StatusOK)
}
