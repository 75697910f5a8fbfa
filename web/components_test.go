package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"muster/actor"
	"muster/id"
)

// BS5: staff keep what is run as a tree and say what of it runs for whom; the
// customer reads it; what hangs on a component is said before it is taken out.
func TestBS5StaffKeepWhatIsRunAndCustomersReadIt(t *testing.T) {
	h := openHouse(t)
	north := h.Organisation("Northfield Care").Live()
	_, second := h.hired("Selma", actor.SecondLine, "")
	_, first := h.hired("Fanny", actor.FirstLine, "")
	admin := h.as(north, north.Admin)
	admin.get(oursPage, http.StatusOK).sees(t, "Nothing is entered yet", "Please ask them")
	second.get(componentsPage, http.StatusOK).sees(t, "Nothing is entered yet", "Add a component")
	first.get(componentsPage+"/new", http.StatusForbidden)

	add := func(name, in string) string {
		t.Helper()
		return path.Base(second.post(componentsPage+"/new", url.Values{"name": {name}, "parent": {in}}, http.StatusOK).path)
	}
	service := add("Service", "")
	voice := add("Voice", service)
	second.post(componentsPage+"/new", url.Values{"name": {"Voice"}, "parent": {service}}, http.StatusUnprocessableEntity).sees(t, `value="Voice"`)
	second.post(componentsPage+"/"+service, url.Values{"name": {"Service"}, "parent": {voice}}, http.StatusUnprocessableEntity).sees(t, "below itself")
	second.post(componentsPage+"/"+voice, url.Values{"name": {"Voice calls"}, "parent": {service}}, http.StatusOK).sees(t, "Saved.", "Voice calls", "It can be taken out")

	runs := accountsPage + "/" + string(north.ID) + "/components"
	second.get(accountsPage+"/"+string(north.ID), http.StatusOK).sees(t, "What runs for them", "no news concern this customer", `href="`+runs+`"`)
	first.get(runs, http.StatusOK).sees(t, "What runs for them")
	first.post(runs, url.Values{"component": {voice}}, http.StatusForbidden)
	second.post(runs, url.Values{"component": {"cmp_other"}}, http.StatusUnprocessableEntity)
	second.post(runs, url.Values{"component": {voice}, "workspace": {string(north.Workspace)}}, http.StatusOK).sees(t, "Service › Voice calls", "Harbour")
	admin.get(newsPage, http.StatusOK).sees(t, `href="`+oursPage+`"`)
	admin.get(oursPage, http.StatusOK).sees(t, "Service › Voice calls", "Harbour")
	admin.get("/book", http.StatusOK).sees(t, "of the provider noted what runs")
	second.get(componentsPage+"/"+voice, http.StatusOK).sees(t, "It cannot be taken out", "It runs for one customer", "Northfield Care", "Harbour")
	second.get(componentsPage+"?q=VOICE", http.StatusOK).sees(t, "Voice calls", "<small>Service</small>")
	second.post(componentsPage+"/"+voice+"/remove", nil, http.StatusUnprocessableEntity).sees(t, "runs for a customer")
	second.post(runs+"/remove", url.Values{"component": {voice}, "workspace": {string(north.Workspace)}}, http.StatusOK).sees(t, "no news concern")
	second.post(componentsPage+"/"+voice+"/remove", nil, http.StatusOK).sees(t, "Taken out.")
	second.get(componentsPage+"/"+voice, http.StatusNotFound)
	second.get(accountsPage+"/"+string(id.New[id.Org]())+"/components", http.StatusNotFound)

	sheet := "Component;Organisation;Workspace\nService;;\nService > Texts;;\nTexts;Northfield Care;Harbour\n"
	first.send(componentImport, "c.csv", sheet, nil, http.StatusForbidden)
	second.send(componentImport, "c.csv", "Name;Mail\n", nil, http.StatusUnprocessableEntity).sees(t, "needs a column")
	shown := second.send(componentImport, "c.csv", sheet, nil, http.StatusOK)
	shown.sees(t, "Adds 2, renames or moves 0", "Northfield Care", "Harbour")
	_, seen, _ := strings.Cut(shown.body, `name="seen" value="`)
	seen, _, _ = strings.Cut(seen, `"`)
	second.post(shown.path+"/apply", url.Values{"seen": {"something else"}}, http.StatusUnprocessableEntity).sees(t, "look at it again")
	second.post(shown.path+"/apply", url.Values{"seen": {seen}}, http.StatusOK).sees(t, "Done: 2 added")
	second.get(componentsPage+"/sheet.csv", http.StatusOK).sees(t, "Service › Texts")
	admin.get(oursPage, http.StatusOK).sees(t, "Service › Texts", "Harbour")
}
