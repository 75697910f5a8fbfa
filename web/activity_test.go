package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/deliver"
	"muster/letin/grant"
	"muster/roster"
	"muster/store"
)

// WK7: administrators, and nobody else of theirs, see who added whom, when and
// from which address.
func TestWK7AdministratorsSeeWhoAddedWhomWhenAndFromWhere(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	agent, lead := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Lena Lead", actor.FirstLine)
	head, success := h.Staff("Henrik Head", actor.FirstLine, actor.Head), h.Staff("Saara Success", actor.CustomerSuccess, actor.SuccessManager)
	admin := h.as(org, org.Admin)
	page := h.colleague(lead).post(grantsPage, url.Values{
		"organisation": {string(org.ID)}, "staff": {string(agent.ID)}, "scope": {"view"}, "reason": {"support"}, "hours": {"8"}, "request": {"R-2026-000001"}, "words": {"The board is empty since noon"},
	}, http.StatusOK)
	which := page.path[strings.LastIndex(page.path, "/"):]
	mine := admin.get(ownGrantsPage+which, http.StatusOK)
	admin.post(ownGrantsPage+which+"/consent", url.Values{"mark": {hidden(t, mine, "mark")}, "language": {hidden(t, mine, "language")}}, http.StatusOK)
	h.colleague(success).post(page.path+"/approve", nil, http.StatusOK)
	h.colleague(head).post(page.path+"/approve", nil, http.StatusOK)

	seen := admin.get(letinPage+"/activity", http.StatusOK)
	rows := strings.Split(seen.body, "<tr")
	row := func(all ...string) {
		t.Helper()
		for _, r := range rows {
			has := strings.Contains(r, "127.0.0.1") && strings.Contains(r, "<time datetime=")
			for _, one := range all {
				has = has && strings.Contains(plainText("<tr"+r), one)
			}
			if has {
				return
			}
		}
		t.Errorf("no row with %q, a time and the address:\n%s", all, plainText(seen.body))
	}
	row("Lena Lead asked", "Oliver Bennett")
	row("Saara Success", "Oliver Bennett")
	row("Henrik Head", "Oliver Bennett")
	row(org.Admin.Name, "Oliver Bennett")
	h.as(org, org.Monitor("Mika")).get(letinPage+"/activity", http.StatusForbidden)
	other := h.Organisation("Elsewhere")
	if theirs := h.as(other, other.Admin).get(letinPage+"/activity", http.StatusOK); strings.Contains(theirs.body, "Lena Lead") {
		t.Error("another organisation sees it")
	}
}

// FL12: pictures and files of a customer's data say by which leave, by whom and
// when they were made, and what support found goes to whoever asked, and to
// nobody else.
func TestFL12WhatIsTakenOfACustomersDataIsMarkedAndGoesToThemAlone(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	page := e.guest.get("/roster", http.StatusOK)
	if !strings.Contains(page.body, string(e.grant.ID)+" · Oliver Bennett · 20") {
		t.Error("the page, and so a picture of it, is not marked")
	}
	file := e.guest.get("/incidents/statistics.csv", http.StatusOK)
	if name := file.header.Get("Content-Disposition"); !strings.Contains(name, string(e.grant.ID)) || !strings.HasPrefix(file.body, "\ufeff\""+string(e.grant.ID)+" · Oliver Bennett · 20") {
		t.Errorf("a file is not marked: %s %.80s", name, file.body)
	}
	path := wish(t, e.admin, url.Values{"kind": {"look"}})
	e.guest.post(path+"/take", nil, http.StatusOK).sees(t, "You are inside, to look only.", "pictures of their data go to nobody else")
	e.guest.get(path+"?template=found", http.StatusOK).sees(t, "This is what we saw, and why it is so", "go to nobody but you")
	e.guest.post(path+"/reply", url.Values{"template": {"found"}, "words": {"The board is empty since the watch ended at noon."}}, http.StatusOK)
	err := e.Store.View(t.Context(), e.org.ID, func(tx *store.Tx) error {
		all, err := deliver.About(tx, strings.TrimPrefix(path, supportPage+"/"), 20)
		replies := 0
		for _, m := range all {
			if m.Purpose != "request_reply" {
				continue
			}
			replies++
			if len(m.Route) != 1 || m.Route[0].Address != e.org.Admin.First(roster.Email) {
				t.Errorf("it goes to %+v", m.Route)
			}
		}
		if replies != 1 {
			t.Errorf("%d answers", replies)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	other := e.Organisation("Elsewhere")
	e.as(other, other.Admin).get(asksPage+strings.TrimPrefix(path, supportPage), http.StatusNotFound)
}
