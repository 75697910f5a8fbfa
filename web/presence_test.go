package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/presence"
	"muster/letin/setting"
)

// FL8 as people do it: an agent with leave to configure changes access rights
// only while an administrator of the customer watches.
func TestFL8ASettingOfHighImportanceWhileTheCustomerWatches(t *testing.T) {
	e := let(t, grant.Configure, actor.SecondLine)
	page := accountsPage + "/" + string(e.org.ID)
	agent := e.guest // has the provider's session beside the guest's
	admin := e.admin
	admin.get(presence.Page, http.StatusOK).sees(t, "Nobody waits for you")
	agent.post(page+"/presence", url.Values{}, http.StatusUnprocessableEntity).sees(t, `href="#f-words"`)
	agent.post(page+"/presence", url.Values{"words": {"The settings of the organisation"}}, http.StatusOK).sees(t, "The administrators have been asked", "waits for an administrator")

	form := url.Values{"name": {"Harbour Works"}, "country": {"FI"}, "time_zone": {"Europe/Helsinki"}, "language": {"en"}, "check_in": {"1800"}, "grace": {"120"}, "remind": {"120"}, "repeat": {"120"}, "reopen": {"900"}}
	refused := agent.do(http.MethodPost, "/settings", form)
	if refused.status != http.StatusForbidden || !strings.Contains(refused.body, "on a request from an address on file") {
		t.Fatalf("%d: %s", refused.status, plainText(refused.body))
	}
	admin.get(letinPage, http.StatusOK).sees(t, e.agent.Actor.Name+" asks you to watch", `href="`+presence.Page+`"`)
	waiting := admin.get(presence.Page, http.StatusOK).sees(t, e.agent.Actor.Name, "The settings of the organisation", "Join and watch")
	path := regexp.MustCompile(`/let-in/presence/prs_[0-9a-f]+`).FindString(waiting.body)
	agent.post(path+"/join", nil, http.StatusForbidden) // not with the customer's eyes
	admin.post(path+"/join", nil, http.StatusOK).sees(t, "You watch", "data-prove")
	if page := admin.get(letinPage, http.StatusOK); strings.Contains(page.body, "asks you to watch") {
		t.Error("a session that somebody watches still waits")
	}
	admin.post(path+"/prove", nil, http.StatusNoContent, "Accept", "application/json")
	if changed := agent.do(http.MethodPost, "/settings", form); changed.status == http.StatusForbidden {
		t.Fatal(plainText(changed.body))
	}
	admin.get("/book", http.StatusOK).sees(t, "joined and watches what")
	admin.post(path+"/leave", nil, http.StatusOK).sees(t, "ended by an administrator")
	if again := agent.do(http.MethodPost, "/settings", form); again.status != http.StatusForbidden {
		t.Errorf("%d after the administrator left", again.status)
	}
}

func TestFL8NobodyIsWatchedWhoIsNotInside(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	_, agent := h.hired("Axel", actor.SecondLine, "")
	agent.post(accountsPage+"/"+string(org.ID)+"/presence", url.Values{"words": {"x"}}, http.StatusUnprocessableEntity).sees(t, "First enter the organisation")
}

// FL9: support sends a link to the owner's own address, and learns nothing.
func TestFL9SupportSendsALinkAndLearnsNothing(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works").Live()
	_, agent := h.hired("Axel", actor.FirstLine, "")
	page := accountsPage + "/" + string(org.ID)
	address := org.Admin.First("email")
	blank := regexp.MustCompile(`[0-9a-z]{8,}`)
	known := agent.post(page+"/reset", url.Values{"reset_email": {strings.ToUpper(address)}}, http.StatusOK).sees(t, "If the address is on file")
	other := agent.post(page+"/reset", url.Values{"reset_email": {"nobody@good.test"}}, http.StatusOK)
	if blank.ReplaceAllString(known.body, "") != blank.ReplaceAllString(other.body, "") {
		t.Error("the two answers differ")
	}
	if strings.Contains(known.body, "/sign-in/link/") {
		t.Error("the link is on the page")
	}
	agent.post(page+"/reset", url.Values{"reset_email": {"no address"}}, http.StatusUnprocessableEntity)
	book := h.as(org, org.Admin).get("/book", http.StatusOK).sees(t, "had a link to sign in sent to")
	if strings.Count(book.body, "had a link to sign in sent to") != 1 {
		t.Error("booked for nobody")
	}
}

func TestFL8TheCatalogueOnThePages(t *testing.T) {
	h := openHouse(t)
	_, director := h.hired("Dora", actor.CustomerSuccess, actor.Director)
	_, agent := h.hired("Axel", actor.SecondLine, "")
	office := pass.New(pass.Config{Store: h.Store, Keys: h.Keys, Gate: h.gate, URL: "https://muster.test", Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(office.Close)
	desk, _, err := office.Add(t.Context(), h.Staff("Dirk", actor.CustomerSuccess, actor.Director).Actor, pass.Draft{Name: "Freight desk", Address: "https://freight.test"})
	if err != nil {
		t.Fatal(err)
	}
	agent.get(catalogPage, http.StatusOK).sees(t, "Access rights", "High importance", "No settings of other products yet")
	agent.get(catalogPage+"/new", http.StatusForbidden)
	form := url.Values{"product": {string(desk.ID)}, "key": {"bank"}, "name_en": {"Bank account"}, "name_fi": {"Pankkitili"}, "name_fr": {""}, "class": {string(setting.High)}}
	director.post(catalogPage+"/new", form, http.StatusUnprocessableEntity).sees(t, `value="Bank account"`, `href="#f-name_fr"`)
	form.Set("name_fr", "Compte bancaire")
	agent.post(catalogPage+"/new", form, http.StatusForbidden)
	list := director.post(catalogPage+"/new", form, http.StatusOK).sees(t, "Bank account", "Freight desk")
	one := regexp.MustCompile(`/provider/settings/set_[0-9a-f]+`).FindString(list.body)
	form.Set("class", string(setting.Medium))
	director.post(one, form, http.StatusOK).sees(t, "Medium importance")
	director.post(one+"/remove", nil, http.StatusOK).sees(t, "closed to support")
}
