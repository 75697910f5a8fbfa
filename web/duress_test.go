package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"muster/roster"
)

// Whoever watches the screen or the wire of a worker must not be able to tell
// the duress PIN from the normal one: same status, same headers, same bytes but
// for the times of day.
func TestOA10AnswersToBothPINsAreTheSameOnTheWire(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	aino := org.Worker("Aino")
	duress := "8020"
	if err := roster.UpdatePerson(t.Context(), h.Store, h.Keys, org.Admin.Actor, aino.Person.Person, roster.Change{DuressPIN: &duress}); err != nil {
		t.Fatal(err)
	}
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	for _, accept := range []string{"application/json", "text/html"} {
		answers := map[string]reply{}
		for _, pin := range []string{aino.PIN, duress, aino.PIN, duress} {
			got := worker.do(http.MethodPost, "/me/check-in", url.Values{"shift": {sh}, "pin": {pin}}, "Accept", accept)
			if before, again := answers[pin]; again && blurred(before) != blurred(got) {
				t.Errorf("%s: the same PIN is answered in two ways", accept)
			}
			answers[pin] = got
		}
		normal, forced := answers[aino.PIN], answers[duress]
		if normal.status != forced.status || !slices.Equal(headers(normal), headers(forced)) || blurred(normal) != blurred(forced) {
			t.Errorf("%s: %d %v and %d bytes for the normal PIN, %d %v and %d bytes under duress", accept,
				normal.status, headers(normal), len(normal.body), forced.status, headers(forced), len(forced.body))
		}
		if len(normal.body) != len(forced.body) {
			t.Errorf("%s: %d bytes for the normal PIN, %d under duress", accept, len(normal.body), len(forced.body))
		}
	}
	admin := h.as(org, org.Admin)
	admin.get(admin.alarmOnBoard(), http.StatusOK).sees(t, "Duress")
	for _, page := range []string{"/me", "/me/looks", "/me/shifts"} {
		if found := regexp.MustCompile(`(?i)duress|alarm-note`).FindString(worker.get(page, http.StatusOK).body); found != "" {
			t.Errorf("%s says %s", page, found)
		}
	}
}

var changing = regexp.MustCompile(`[0-9]+|nonce="[^"]*"`)

func blurred(r reply) string { return changing.ReplaceAllString(r.body, "#") }

// headers are the names of an answer's headers and what of them never changes.
func headers(r reply) (all []string) {
	for name, values := range r.header {
		all = append(all, name)
		for _, v := range values {
			all = append(all, changing.ReplaceAllString(v, "#"))
		}
	}
	slices.Sort(all)
	return all
}
