package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/letin/grant"
)

// wish is a request of the administrator's, and its page at the desk.
func wish(t *testing.T, admin *browser, form url.Values) string {
	t.Helper()
	form.Set("subject", "A change")
	form.Set("words", "Please change it for us.")
	made := admin.post(asksPage+"/new", form, http.StatusOK)
	return supportPage + strings.TrimPrefix(made.path, asksPage)
}

// FL8, FL10, FL15 as people do it: the customer chooses the setting from the
// catalogue, and the agent reads what they may do now, by which rule, what is
// missing and what to ask for.
func TestFL10TheDeskAsksTheCatalogue(t *testing.T) {
	e := let(t, grant.Configure, actor.SecondLine)
	_, first := e.hired("Fanny", actor.FirstLine, "")
	e.admin.get(asksPage+"/new", http.StatusOK).sees(t, `<optgroup label="Muster">`, `value="Muster/manageRota"`, "(Medium importance)", "(High importance)")
	e.admin.post(asksPage+"/new", url.Values{"kind": {"setting"}, "setting": {"Muster/nonsense"}, "subject": {"A change"}, "words": {"Please change it."}}, http.StatusUnprocessableEntity).
		sees(t, "There is no such setting in the catalogue.")

	medium := wish(t, e.admin, url.Values{"kind": {"setting"}, "setting": {"Muster/manageRota"}})
	e.guest.get(medium, http.StatusOK).sees(t, "You may do it now.", "on a request from an address on file", "Muster: Rotas", "Medium importance")
	first.get(medium, http.StatusOK).sees(t, "You may not do it yet.", "Only second-line support and the onboarding team change settings.", `href="#hand"`, "You were not let in to configure")

	unnamed := wish(t, e.admin, url.Values{"kind": {"setting"}})
	before := first.get(unnamed, http.StatusOK).sees(t, `href="#take"`, `id="take"`)
	if strings.Contains(before.body, `href="#classify"`) {
		t.Error("whoever has not taken the request in hand is led to a form that is not there")
	}
	first.post(unnamed+"/take", nil, http.StatusOK).sees(t, `href="#classify"`, `id="classify"`)

	high := wish(t, e.admin, url.Values{"kind": {"setting"}, "setting": {"Muster/setRoles"}})
	e.guest.get(high, http.StatusOK).sees(t, "You may not do it yet.", "The customer is live, so a remote session is needed", accountsPage+"/"+string(e.org.ID)+"#watch-title", "Or instead")
	first.post(high+"/take", nil, http.StatusOK).sees(t, "we need access to your Muster, with leave to configure", "opens a remote session with us", "Muster: Access rights")

	asked := first.post(supportPage+"/new", url.Values{
		"org": {string(e.org.ID)}, "channel": {"phone"}, "name": {"Somebody"}, "kind": {"setting"}, "setting": {"Muster/manageOffice"}, "subject": {"Holidays"}, "words": {"We close over Christmas."},
	}, http.StatusOK)
	e.guest.get(asked.path, http.StatusOK).sees(t, "A phone call is never enough", "Asked by telephone, which is never an authorised source")
	first.post(asked.path+"/take", nil, http.StatusOK).sees(t, "we never change anything because of a call alone")
	first.post(asked.path+"/reply", url.Values{"template": {"phone configure"}, "words": {"Please confirm what you asked for."}, "asks": {"yes"}}, http.StatusOK).
		sees(t, "Asked by telephone, Access needed, to configure")

	odd := wish(t, e.admin, url.Values{"kind": {"other"}})
	first.get(odd, http.StatusOK).sees(t, "No rule covers this: it goes to second line.", `href="#hand"`)
}
