package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
)

// A form of the provider's offers no customer to somebody whose work does not
// need the list of them; typed wholly the customer is found, and what is typed
// wrongly is said beside the field.
func TestFormsOfTheProviderNameNoCustomerToWhoeverNeedsNone(t *testing.T) {
	h := openHouse(t)
	h.Organisation("Harbour Works").Live()
	agent, lead := h.Staff("Oliver Bennett", actor.FirstLine), h.Staff("Lena Lead", actor.FirstLine)
	director := h.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	h.colleague(director).post(emergencyPage+"/list", url.Values{"staff": {string(lead.ID)}, "on": {"yes"}}, http.StatusOK)
	asks := h.colleague(lead)
	for _, page := range []string{accountsPage, accountsPage + "?q=Harbour", grantsPage + "/new", emergencyPage, supportPage + "/new"} {
		if got := asks.get(page, http.StatusOK); strings.Contains(got.body, "Harbour Works") {
			t.Errorf("%s names a customer", page)
		}
		if page == accountsPage+"?q=Harbour" {
			continue
		}
		if got := h.colleague(director).get(page, http.StatusOK); page != supportPage+"/new" && page != emergencyPage && !strings.Contains(got.body, "Harbour Works") {
			t.Errorf("%s does not name it to a director", page)
		}
	}
	asks.get(accountsPage+"?q=Harbour+Works", http.StatusOK).sees(t, "Harbour Works")
	asks.get(supportPage+"/new?org=harbour+works", http.StatusOK).sees(t, `<h2>Harbour Works</h2>`)
	asks.get(supportPage+"/new?org=Harbour", http.StatusOK).sees(t, "There is no customer of this name", `value="Harbour"`)
	form := url.Values{
		"organisation": {"Harbour"}, "staff": {string(agent.ID)}, "scope": {"view"}, "reason": {"support"}, "hours": {"8"},
		"request": {"R-1"}, "words": {"The board is empty since noon"},
	}
	asks.post(grantsPage, form, http.StatusUnprocessableEntity).sees(t, "There is no customer of this name", `value="Harbour"`)
	form.Set("organisation", "Harbour Works")
	asks.post(grantsPage, form, http.StatusOK).sees(t, "Asked.", "Harbour Works")
	asks.post(emergencyPage, url.Values{"organisation": {"Quay"}, "words": {"Nobody is called when help is pressed"}}, http.StatusUnprocessableEntity).sees(t, "There is no customer of this name")
}
