package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Access N5, by the pages: somebody who has left is erased by an administrator
// who types the name, and by nobody else.
func TestAccessN5WhoHasLeftIsErasedFromAPage(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aila := org.Monitor("Mikko"), org.Worker("Aila Ruusuvuori")
	admin, monitor := h.as(org, org.Admin), h.as(org, mikko)
	page := "/people/" + string(aila.Person.Person)
	admin.get(page+"/erase", http.StatusOK).sees(t, "on the roster")
	admin.post(page+"/leave", nil, http.StatusOK)
	admin.get("/roster/left", http.StatusOK).sees(t, "Aila Ruusuvuori", page+"/erase")
	monitor.get("/roster/left", http.StatusForbidden)
	monitor.get(page+"/erase", http.StatusForbidden)
	form := url.Values{"name": {"Aila Ruusuvuori"}, "reason": {"asked"}}
	monitor.post(page+"/erase", form, http.StatusForbidden)
	admin.get(page+"/erase", http.StatusOK).sees(t, "What goes", "What stays, and why", "Erase for good")
	admin.post(page+"/erase", url.Values{"name": {"Aila"}, "reason": {"asked"}}, http.StatusUnprocessableEntity).sees(t, `href="#f-name"`)
	done := admin.post(page+"/erase", form, http.StatusOK).sees(t, "Erased person", "free of old bytes by")
	for _, at := range []string{page + "/erase", "/roster/left", "/book"} {
		done.body += admin.get(at, http.StatusOK).body
	}
	if strings.Contains(done.body, "Ruusuvuori") {
		t.Error("a page still says who it was")
	}
}
