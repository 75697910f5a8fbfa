package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/roster"
	"muster/roster/contact"
)

// send posts a form with a file in it, as a browser does.
func (b *browser) send(path, file, data string, fields url.Values, want int) reply {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				b.h.t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile("file", file)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if _, err := part.Write([]byte(data)); err != nil {
		b.h.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.h.t.Fatal(err)
	}
	return b.expect(b.sent(http.MethodPost, path, &body, w.FormDataContentType()), "POST "+path, want)
}

// BS8: an address book is uploaded, seen cell by cell, and taken in; then the
// contact persons are on the list, and the same again changes nothing.
func TestBS8AnAddressBookIsSeenBeforeItIsTakenIn(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	admin := h.as(org, org.Admin)
	cards := "BEGIN:VCARD\nVERSION:4.0\nFN:Olga Salo\nEMAIL:olga@harbour.test\nLANG:fi\nEND:VCARD\n"
	admin.get(contactsPage, http.StatusOK).sees(t, contactIntake.upload)
	admin.get(contactIntake.upload, http.StatusOK).sees(t, "What they are told")
	admin.send(contactIntake.upload, "book.vcf", cards, nil, http.StatusUnprocessableEntity).sees(t, "Choose at least one kind of news")
	page := admin.send(contactIntake.upload, "book.vcf", cards, url.Values{"news": {"service.incident@"}}, http.StatusOK)
	page.sees(t, "Olga Salo", "olga@harbour.test", "Incidents", "Adds 1, changes 0, removes 0.")
	h.as(org, org.Monitor("Mikko")).get(page.path, http.StatusForbidden)
	admin.post(page.path, nil, http.StatusUnprocessableEntity).sees(t, "The roster has changed") // Mikko came
	page = admin.send(contactIntake.upload, "book.vcf", cards, url.Values{"news": {"service.incident@"}}, http.StatusOK)
	admin.post(page.path, nil, http.StatusOK).sees(t, "Done: 1 added", "Olga Salo", "not confirmed")
	again := admin.send(contactIntake.upload, "book.vcf", cards, url.Values{"news": {"all@"}}, http.StatusOK)
	again.sees(t, "The list already says exactly this")
	admin.send(contactIntake.upload, "book.vcf", "nothing", url.Values{"news": {"all@"}}, http.StatusUnprocessableEntity)
	h.as(org, org.Monitor("Maija")).get(contactIntake.upload, http.StatusForbidden)
}

// BS5, BS6: staff see the share of contact persons that can be relied on, and
// first of all the customers of whom nobody could be told anything.
func TestBS5StaffSeeWhomTheyCouldNotTell(t *testing.T) {
	h := openHouse(t)
	h.Organisation("Silent Works").Live()
	well := h.Organisation("Harbour Works").Live()
	_, head := h.hired("Henrik", actor.FirstLine, actor.Head)
	mikko := well.Monitor("Mikko")
	admin := h.as(well, well.Admin)
	for _, d := range []string{"technical", "administrative"} {
		admin.post(contactsPage+"/"+d, url.Values{"person": {string(mikko.Person.Person)}}, http.StatusOK)
	}
	head.get(accountsPage, http.StatusOK).sees(t, reachPage)
	head.get(reachPage, http.StatusOK).sees(t, "Silent Works", "Harbour Works", "address not confirmed", "nobody yet", ">0")
	if err := contact.Proved(t.Context(), h.Store, mikko.Actor, mikko.First(roster.Email)); err != nil {
		t.Fatal(err)
	}
	page := head.get(reachPage, http.StatusOK).sees(t, "Silent Works", "1 of 1")
	if strings.Contains(page.body, "Harbour Works") || strings.Contains(page.body, mikko.First(roster.Email)) {
		t.Errorf("who is well is listed, or an address is shown:\n%s", plainText(page.body))
	}
}
