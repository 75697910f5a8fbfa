package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/presence"
	"muster/letin/product"
	"muster/mustertest"
	"muster/store"
)

// holds holds a page's own markup to what must stand in it.
func (r reply) holds(t *testing.T, marks ...string) {
	t.Helper()
	for _, m := range marks {
		if !strings.Contains(r.body, m) {
			t.Errorf("%s has no %s", r.path, m)
		}
	}
}

// acrossTheHouse is somebody inside by a node that knows products.
func acrossTheHouse(t *testing.T) *entered {
	t.Helper()
	s := mustertest.Store(t)
	h := openHouseOn(t, s).secondNode(s)
	e := &entered{house: h, org: h.Organisation("Harbour Works").Live(), agent: h.Staff("Piia Second", actor.SecondLine)}
	e.grant = e.org.Granted(e.agent, grant.Configure)
	e.guest, e.admin = h.colleague(e.agent), h.as(e.org, e.org.Admin)
	e.enter("")
	return e
}

// Whoever is inside goes over to a product of the provider's by one press, from
// every page, into the same customer; a product that is switched off is offered
// to nobody, and nothing is opened for who is outside.
func TestAGuestGoesOverToAProductByOnePress(t *testing.T) {
	e := acrossTheHouse(t)
	director := e.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	desk, _, err := e.passes.Add(t.Context(), director.Actor, pass.Draft{Name: "Freight Desk", Address: "https://freight.test"})
	if err != nil {
		t.Fatal(err)
	}
	if page := e.guest.get("/roster", http.StatusOK); strings.Contains(page.body, "Open Freight Desk") {
		t.Error("a product is offered that the customer does not have")
	}
	if err := product.Give(t.Context(), e.Store, director.Actor, e.org.ID, desk.ID); err != nil {
		t.Fatal(err)
	}
	page := e.guest.get("/roster", http.StatusOK)
	page.sees(t, "Open Freight Desk")
	_, rest, _ := strings.Cut(page.body, `action="/provider/products/open"`)
	form, press := url.Values{}, rest[:strings.Index(rest, "</form>")]
	for _, name := range []string{"product", "session", "mode"} {
		_, value, ok := strings.Cut(press, `name="`+name+`" value="`)
		if !ok {
			t.Fatalf("the form has no %s: %s", name, press)
		}
		form.Set(name, value[:strings.Index(value, `"`)])
	}
	if form.Get("product") != string(desk.ID) || form.Get("mode") != "configure" {
		t.Errorf("%v", form)
	}
	over := e.guest.post("/provider/products/open", form, http.StatusOK)
	over.sees(t, `href="https://freight.test/support/enter?code=`, `referrerpolicy="origin" data-over`, "/over-")
	if got := e.told("pass.opened"); len(got) != 1 || got[0].Facts["Mode"] != "configure" {
		t.Errorf("the customer's book says %+v", got)
	}
	if err := e.passes.Switch(t.Context(), director.Actor, desk.ID, false); err != nil {
		t.Fatal(err)
	}
	if page := e.guest.get("/roster", http.StatusOK); strings.Contains(page.body, "Freight Desk") {
		t.Error("a product that is off is offered")
	}
	e.guest.post("/leave", nil, http.StatusOK)
	if got := e.guest.do(http.MethodPost, "/provider/products/open", form); strings.Contains(got.body, "data-over") || len(e.told("pass.opened")) != 1 {
		t.Errorf("from outside: %d at %s", got.status, got.path)
	}
}

// From the page where they are, support asks somebody of the customer's to
// watch, and stays there; once somebody does, the bar says so.
func TestFL8AGuestAsksTheCustomerToWatchFromWhereTheyAre(t *testing.T) {
	e := acrossTheHouse(t)
	e.guest.get("/procedures", http.StatusOK).sees(t, "Ask them to watch")
	ask := "/provider/accounts/" + string(e.org.ID) + "/presence"
	got := e.guest.post(ask, url.Values{"words": {"The board is empty since noon"}, "back": {"/procedures"}}, http.StatusOK)
	if got.path != "/procedures" {
		t.Errorf("it leads to %s", got.path)
	}
	var open []presence.Presence
	err := e.Store.View(t.Context(), e.org.ID, func(tx *store.Tx) (err error) {
		open, err = presence.Of(tx)
		return err
	})
	if err != nil || len(open) != 1 || open[0].Words != "The board is empty since noon" {
		t.Fatalf("%+v, %v", open, err)
	}
	if err := presence.Join(t.Context(), e.Store, e.org.Admin.Actor, open[0].ID); err != nil {
		t.Fatal(err)
	}
	page := e.guest.get("/procedures", http.StatusOK)
	page.sees(t, "Somebody of the customer’s is here")
	if strings.Contains(page.body, "Ask them to watch") {
		t.Error("whoever is watched is offered to ask once more")
	}
}

// The page of a leave to enter renews itself: staff hear that some leave has
// changed, whosever it is, and of nothing else that happens at a customer's;
// the part that is fetched says how it stands now.
func TestAccessA12ThePagesOfALeaveRenewThemselves(t *testing.T) {
	h := openHouse(t)
	org, agent := h.Organisation("Harbour Works").Live(), h.Staff("Oliver Bennett", actor.FirstLine)
	lead, customer := h.colleague(h.Staff("Dora Director", actor.CustomerSuccess, actor.Director)), h.as(org, org.Admin)
	g := org.Asked(agent, grant.View)
	theirs, ours := grantsPage+"/"+string(g.ID), ownGrantsPage+"/"+string(g.ID)
	lead.get(theirs, http.StatusOK).holds(t, `data-feed="/provider/feed"`, `data-region="body" data-topics="grant letin"`)
	lead.get(grantsPage, http.StatusOK).holds(t, `data-region="list" data-topics="grant"`)
	customer.get(ours, http.StatusOK).holds(t, `data-feed="/feed"`, `data-region="body"`)
	staff, people := lead.listenAt(providerFeed), customer.listen()
	staff("event: beat")
	people("event: beat")
	h.as(org, org.Worker("Aino")).startShift(org.Workspace) // which is none of staff's business
	f, err := (grant.Office{Store: h.Store}).File(t.Context(), org.Admin.Actor, g.ID)
	if err != nil {
		t.Fatal(err)
	}
	customer.post(ours+"/consent", url.Values{"language": {"en"}, "mark": {f.Wording("en", f.Customer).Digest}}, http.StatusOK)
	staff("event: change")
	if topics := staff("data: "); topics != "grant" {
		t.Errorf("staff hear of %q", topics)
	}
	lead.get(theirs+"?region=body", http.StatusOK).holds(t, `id="body"`, "Open")
	for !strings.Contains(" "+people("data: ")+" ", " grant ") {
		continue
	}
	stranger := h.browser().do(http.MethodGet, providerFeed, nil)
	if stranger.status != http.StatusUnauthorized {
		t.Errorf("a stranger listens: %d", stranger.status)
	}
	if got := h.as(org, org.Worker("Eevi")).do(http.MethodGet, providerFeed, nil); got.status != http.StatusNotFound {
		t.Errorf("a customer's worker listens: %d", got.status)
	}
}
