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
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/staff"
	inside "muster/letin/visit"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
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
	e := &entered{house: h, org: h.Organisation("Harbour Works").Live(), agent: h.Staff("Oliver Bennett", works)}
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
	file := e.guest.get("/incidents/statistics.csv", http.StatusOK)
	if name := file.header.Get("Content-Disposition"); !strings.Contains(name, string(e.grant.ID)) || !strings.HasPrefix(file.body, "\ufeff\""+string(e.grant.ID)+" · Oliver Bennett · 20") {
		t.Errorf("FL12: what a guest takes along is not marked: %s %.80s", name, file.body)
	}
	e.admin.post("/let-in/visits/"+e.visitID()+"/out", nil, http.StatusOK).sees(t, "Oliver Bennett is out", "Nobody is inside")
	over := e.guest.get("/roster", http.StatusUnauthorized)
	over.sees(t, "Your visit to Harbour Works is over", "Administrator of Harbour Works threw you out")
	if strings.Contains(over.body, "data-row") {
		t.Error("the page shows more than that it is over")
	}
	e.guest.post("/provider/grants/"+string(e.grant.ID)+"/enter", nil, http.StatusConflict)
	e.guest.get("/provider/inside", http.StatusOK).sees(t, "You are not inside anywhere")
}

// Access N9: while somebody is inside, the customer's open page hears of each
// page they open within two seconds of it, and shows who, where from, on which
// page and why.
func TestAccessN9TheCustomerSeesAVisitWhileItGoesOn(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	hears := e.admin.listen()
	hears("event: beat")
	for path, name := range map[string]string{"/roster": "The roster", "/procedures": "Procedures", "/settings": "Settings"} {
		began := time.Now()
		e.guest.get(path, http.StatusOK)
		for !strings.Contains(" "+hears("data: ")+" ", " "+inside.Topic+" ") {
			continue
		}
		e.admin.get("/let-in", http.StatusOK).sees(t, "Oliver Bennett", "Looks at: "+name, "127.0.0.1", "The board is empty since noon")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the customer saw %s after %v", path, took)
		}
	}
	visit := e.visitID()
	e.guest.post("/leave", url.Values{}, http.StatusOK)
	for !strings.Contains(" "+hears("data: ")+" ", " "+inside.Topic+" ") {
		continue
	}
	e.admin.get("/let-in", http.StatusOK).sees(t, "Nobody is inside")
	over := e.admin.get("/let-in/visits/"+visit, http.StatusOK).sees(t, "Oliver Bennett", "127.0.0.1")
	if strings.Contains(over.body, "/leave") {
		t.Error("to leave is shown as a page that was opened")
	}
}

// WK5: every administrator sees who may be added, with their department and
// what they have proved; whoever stops standing is there no more, and nobody
// else sees the list.
func TestWK5EveryAdministratorSeesWhoMayBeAdded(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	second := e.org.Monitor("Sanna")
	roles := []actor.Membership{{Role: actor.Administrator}}
	if err := roster.UpdatePerson(t.Context(), e.Store, e.Keys, e.org.Admin.Actor, second.Person.Person, roster.Change{Roles: &roles}); err != nil {
		t.Fatal(err)
	}
	piia := e.Staff("Piia Second", actor.SecondLine)
	e.Staff("Simo Sales", actor.Sales)
	for _, admin := range []*browser{e.admin, e.as(e.org, second)} {
		page := admin.get("/let-in/people", http.StatusOK)
		page.sees(t, "Oliver Bennett", "Piia Second", "Support, second line", "Non-disclosure agreement", "Background check")
		if strings.Contains(page.body, "Simo Sales") {
			t.Error("somebody of sales may be added")
		}
	}
	e.Unprove(piia, staff.Background)
	if page := e.admin.get("/let-in/people", http.StatusOK); strings.Contains(page.body, "Piia Second") {
		t.Error("somebody without a background check may be added")
	}
	e.as(e.org, e.org.Monitor("Mika")).get("/let-in/people", http.StatusForbidden)
}

// FL1: nothing that a guest adds to an address keeps a page out of the book, and
// the cookie in which their session comes does not either.
func TestFL1NoPageIsOpenedUnseen(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	e.guest.get("/board", http.StatusOK)
	for _, path := range []string{"/roster?region=x", "/procedures?region=list", "/board?region=frame.pulse"} {
		e.guest.get(path, http.StatusOK)
		page, _, _ := strings.Cut(path, "?")
		if last := e.lastLook(); last != page {
			t.Errorf("%s was opened, and the last page that the book knows is %s", path, last)
		}
	}
	u, err := url.Parse(e.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range e.guest.c.Jar.Cookies(u) {
		if c.Name != "muster-inside" {
			continue
		}
		bare := e.browser()
		for _, path := range []string{"/roster", "/account"} {
			got := bare.do(http.MethodGet, path, nil, "Cookie", "muster="+c.Value)
			if got.path != "/sign-in" || strings.Contains(got.body, "Harbour Works") {
				t.Errorf("a guest's session as that of staff opens %s: %d", got.path, got.status)
			}
		}
		return
	}
	t.Error("no guest's cookie")
}

// lastLook is the page that the book says was opened last.
func (e *entered) lastLook() string {
	e.t.Helper()
	page, _ := e.told("visit.looked")[0].Facts["Page"].(string)
	return page
}

// Whoever signs out is inside no more, and the provider's pages keep their
// tools while somebody is.
func TestWK8SigningOutEndsTheVisit(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	if got := e.guest.do(http.MethodPost, "/theme", url.Values{"theme": {"dark"}, "back": {"/provider/inside"}}); got.status != http.StatusOK || got.path != "/provider/inside" {
		t.Errorf("another look of the provider's pages: %d at %s", got.status, got.path)
	}
	e.guest.post("/sign-out", nil, http.StatusOK)
	e.admin.get("/let-in", http.StatusOK).sees(t, "Nobody is inside")
	if got := e.guest.do(http.MethodGet, "/roster", nil); got.path != "/sign-in" {
		t.Errorf("after signing out: %d at %s", got.status, got.path)
	}
}

// FL1, access A13: a visit that nobody comes back to has its end in the book, as
// it was; and who was refused at the door stands there too.
func TestFL1TheEndOfAVisitIsInTheBookThoughNobodyComesBack(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	visit := e.visitID()
	e.admin.post("/let-in/grants/"+string(e.grant.ID)+"/revoke", nil, http.StatusOK)
	house := inside.House{Store: e.Store, Gate: e.gate}
	for range 2 { // the second time there is nothing to do, whatever somebody still clicks
		if err := house.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.guest.post("/provider/inside/"+visit+"/leave", nil, http.StatusOK)
		e.admin.post("/let-in/visits/"+visit+"/out", nil, http.StatusOK)
	}
	ends := e.told("visit.ended")
	if len(ends) != 1 || ends[0].Facts["Outcome"] != "revoked" || ends[0].Personal["By"] == "" {
		t.Errorf("%+v", ends)
	}
	other := e.colleague(e.Staff("Otto Other", actor.FirstLine))
	other.post("/provider/grants/"+string(e.grant.ID)+"/enter", nil, http.StatusForbidden)
	if no := e.told("grant.denied"); len(no) != 1 || no[0].Rule != "letin-enter" || no[0].Subject != string(e.grant.ID) {
		t.Errorf("%+v", no)
	}
}

// told are the entries of a kind in the customer's book, newest first.
func (e *entered) told(kind string) (all []ledger.Record) {
	e.t.Helper()
	err := e.Store.View(e.t.Context(), e.org.ID, func(tx *store.Tx) (err error) {
		all, err = ledger.List(tx, ledger.Filter{Kind: kind})
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return all
}

// WK9: a session knows that its owner is of the provider's staff as well.
func TestWK9ASessionKnowsWhoWorksForTheProviderToo(t *testing.T) {
	h := openHouse(t)
	org, agent := h.Organisation("Harbour Works").Live(), h.Staff("Oliver Bennett", actor.FirstLine)
	u, err := url.Parse(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for member, want := range map[*town.Member]bool{&org.Admin: false, new(org.Join("Oliver at home", agent.Email, actor.Administrator)): true} {
		for _, c := range h.as(org, *member).c.Jar.Cookies(u) {
			if c.Name != "muster" {
				continue
			}
			if who, _, err := h.gate.SessionActor(t.Context(), c.Value); err != nil || who.Employed != want {
				t.Errorf("%s: %t, %v", member.Name, who.Employed, err)
			}
			seen++
		}
	}
	if seen != 2 {
		t.Errorf("%d sessions", seen)
	}
}

// A guest whose access is for configuring is not told that it is too small, where
// something is open to no support at all.
func TestFL8WhatNoSupportDoesSaysSo(t *testing.T) {
	e := let(t, grant.Configure, actor.SecondLine)
	for path, words := range map[string]string{
		"/people/x/duress": "Support does this for nobody", "/settings/tokens": "belongs to whoever is signed in themselves",
	} {
		r := e.guest.do(http.MethodPost, path, url.Values{"name": {"Eve"}})
		if r.status != http.StatusForbidden || strings.Contains(r.body, "unless the grant is for more") {
			t.Errorf("%s: %d", path, r.status)
		}
		r.sees(t, words)
	}
}
