package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/roster"
	"muster/roster/contact"
)

const banner = "Your provider cannot rely on your contact persons"

// BS2: the banner stands for every administrator until nothing is missing, and
// an open page loses it within five seconds of the cure.
func TestBS2TheBannerStandsUntilTheDutiesAreSetAndGoesByItself(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	admin := h.as(org, org.Admin)
	region := func() reply { return admin.get("/board?region=frame.duties", http.StatusOK) }
	admin.get("/board", http.StatusOK).sees(t, banner, "Technical contact", "nobody yet")
	if got := h.as(org, mikko).get("/board", http.StatusOK); strings.Contains(got.body, banner) {
		t.Error("a monitor sees the banner, and can do nothing about it")
	}
	for _, d := range []string{"technical", "administrative"} {
		admin.post(contactsPage+"/"+d, url.Values{"person": {string(mikko.Person.Person)}}, http.StatusOK)
	}
	region().sees(t, banner, "address not confirmed")
	next := admin.listen()
	next("event: ")
	began := time.Now()
	if err := contact.Proved(t.Context(), h.Store, mikko.Actor, mikko.First(roster.Email)); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(next("data: "), "roster") {
		continue
	}
	if got := region(); strings.Contains(got.body, banner) {
		t.Errorf("the banner stays: %s", got.body)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// BS1, BS3: contact persons are entered with data and choice, listed, changed
// and removed; whoever has a duty stays.
func TestBS3ContactPersonsAreEnteredListedAndChanged(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	admin := h.as(org, org.Admin)
	form := url.Values{"name": {"Olga Salo"}, "email": {"olga@harbour.test"}, "mobile": {"040 7654321"}}
	admin.post(contactsPage+"/new", form, http.StatusUnprocessableEntity).sees(t, "Choose at least one kind of news", "Olga Salo")
	form["news"] = []string{"service@", "service.incident@"}
	page := admin.post(contactsPage+"/new", form, http.StatusOK)
	page.sees(t, "Olga Salo", "olga@harbour.test", "Service (Incidents, Maintenance)", "not confirmed")
	admin.post(contactsPage+"/new", url.Values{"person": {string(mikko.Person.Person)}, "news": {"all@"}}, http.StatusOK).sees(t, "All news")
	verify := regexp.MustCompile(contactsPage + `/person/per_[0-9a-f]+/verify/cpt_[0-9a-f]+`).FindString(page.body)
	admin.post(verify, nil, http.StatusOK).sees(t, "A link and a code are on their way")
	h.Mail.Patience = 20 * time.Second
	h.Mail.Phone(t, "olga@harbour.test").Expect("Confirm")

	one := contactsPage + "/person/" + string(mikko.Person.Person)
	admin.get(one, http.StatusOK).sees(t, "comes with “All news”")
	admin.post(one, url.Values{"news": {"contract@"}}, http.StatusOK).sees(t, "Saved.", "Contract")
	admin.post(contactsPage+"/technical", url.Values{"person": {string(mikko.Person.Person)}}, http.StatusOK)
	admin.get(one, http.StatusOK).sees(t, "always, as Technical contact")
	admin.post(one+"/remove", nil, http.StatusUnprocessableEntity).sees(t, "Hand the duty over first")
	h.as(org, mikko).get(contactsPage, http.StatusOK).sees(t, "You are a contact person")
	h.as(org, mikko).post(contactsPage+"/confirm", nil, http.StatusOK).sees(t, "Confirmed. Thank you.")
	olga := regexp.MustCompile(contactsPage + `/person/per_[0-9a-f]+`).FindString(verify)
	h.as(org, mikko).post(olga+"/remove", nil, http.StatusForbidden)
	if got := admin.post(olga+"/remove", nil, http.StatusOK); strings.Contains(got.body, "olga@harbour.test") {
		t.Error("she is still listed")
	}
}

// Notices row 33: at a shared mailbox the page behind a link asks who acts.
func TestNoticesRow33TheLinkAsksWhoIsThere(t *testing.T) {
	h := openHouse(t)
	h.Mail.Patience = 20 * time.Second
	org := h.Organisation("Harbour Works")
	desk, worker := org.Monitor("Service desk"), org.Worker("Aino")
	admin := h.as(org, org.Admin)
	admin.post(contactsPage+"/technical", url.Values{"person": {string(desk.Person.Person)}}, http.StatusOK)
	at := contactsPage + "/person/" + string(desk.Person.Person)
	admin.post(at+"/shared", url.Values{"behind": {string(org.Admin.Person.Person)}}, http.StatusOK).sees(t, "Shared; Administrator of Harbour Works answers for it")
	aino := h.as(org, worker)
	aino.startShift(org.Workspace)
	aino.post("/me/help", nil, http.StatusOK)
	link := h.alarmLink(desk.First(roster.Email))
	page := h.browser().get(link, http.StatusOK)
	page.sees(t, "Who are you?")
	h.browser().post(link, right(t, page), http.StatusUnprocessableEntity)
	form := right(t, h.browser().get(link, http.StatusOK))
	form.Set("by", "Kaisa Nieminen")
	h.browser().post(link, form, http.StatusOK)
	admin.get("/board", http.StatusOK).sees(t, "Service desk (Kaisa Nieminen)")
}
