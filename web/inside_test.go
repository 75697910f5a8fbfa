package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/letin/grant"
	"muster/mustertest/town"
)

// colleague is the browser of somebody of the provider's, who has proved a
// second factor.
func (h *house) colleague(c town.Colleague) *browser {
	h.t.Helper()
	link, err := h.gate.MakeLink(h.t.Context(), shell, identity.LinkSpec{Staff: c.ID, Many: true})
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	b.do(http.MethodPost, link[strings.Index(link, "/sign-in/link/"):], url.Values{})
	b.get("/provider/inside", http.StatusOK)
	return b
}

// visit is a customer with somebody of support inside.
type entered struct {
	*house
	org   *town.Organisation
	agent town.Colleague
	grant grant.Grant
	guest *browser
	admin *browser
}

func let(t *testing.T, scope grant.Scope, works actor.Department) *entered {
	t.Helper()
	h := openHouse(t)
	e := &entered{house: h, org: h.Organisation("Harbour Works"), agent: h.Staff("Oliver Bennett", works)}
	e.grant = e.org.Granted(e.agent, scope)
	e.guest, e.admin = h.colleague(e.agent), h.as(e.org, e.org.Admin)
	e.enter("")
	return e
}

func (e *entered) enter(eyes id.Person) reply {
	e.t.Helper()
	return e.guest.post("/provider/grants/"+string(e.grant.ID)+"/enter", url.Values{"eyes": {string(eyes)}}, http.StatusOK)
}

// visitID is the visit that goes on, as the customer's page names it.
func (e *entered) visitID() string {
	e.t.Helper()
	_, rest, ok := strings.Cut(e.admin.get("/let-in", http.StatusOK).body, `action="/let-in/visits/`)
	if !ok {
		e.t.Fatal("nobody is inside")
	}
	return rest[:strings.Index(rest, "/")]
}

// FL1, access N9: whoever is inside sees it on every page, and the customer
// sees them while they look; the customer throws them out, and the very next
// request is refused with the reason.
func TestWK4AGuestIsSeenAndThrownOut(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	page := e.guest.get("/roster", http.StatusOK)
	page.sees(t, "You are inside Harbour Works", "as an administrator sees it", "The board is empty since noon", "R-2026-000001", string(e.grant.ID), "Oliver Bennett", `data-until`, `action="/leave"`)
	began := time.Now()
	e.admin.get("/let-in", http.StatusOK).sees(t, "Oliver Bennett", "Looks at: The roster", "The board is empty since noon", "127.0.0.1")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the customer saw it after %v", took)
	}
	e.admin.get("/roster", http.StatusOK).sees(t, "Oliver Bennett of support is inside", "Throw out")
	e.admin.post("/let-in/visits/"+e.visitID()+"/out", nil, http.StatusOK).sees(t, "Oliver Bennett is out", "Nobody is inside")
	over := e.guest.get("/roster", http.StatusUnauthorized)
	over.sees(t, "Your visit to Harbour Works is over", "Administrator of Harbour Works threw you out")
	if strings.Contains(over.body, "data-row") {
		t.Error("the page shows more than that it is over")
	}
	e.guest.post("/provider/grants/"+string(e.grant.ID)+"/enter", nil, http.StatusConflict)
	e.guest.get("/provider/inside", http.StatusOK).sees(t, "You are inside nowhere")
}
