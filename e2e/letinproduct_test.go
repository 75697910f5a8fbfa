package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"muster/actor"
	"muster/identity"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/product"
)

// Issue line 7 in a browser: whoever is inside goes over to another product by
// one press, and the browser tells it that it comes from Muster's own page,
// without which the product lets nobody in.
func TestFL1OnePressLeadsIntoAnotherProductFromMustersOwnPage(t *testing.T) {
	b := raise(t)
	came := make(chan string, 1)
	freight := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/support/enter" {
			http.NotFound(w, r)
			return
		}
		came <- r.Referer()
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<h1>Freight orders</h1>")) // a browser that has gone reads nothing
	}))
	t.Cleanup(freight.Close)
	director := b.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	desk, _, err := b.other.Add(t.Context(), director.Actor, pass.Draft{Name: "Freight Desk", Address: freight.URL})
	if err == nil {
		err = product.Give(t.Context(), b.Store, director.Actor, b.org.ID, desk.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	g := b.org.Granted(b.agent, grant.View)
	agent := startDriver(t).open("agent", "desk")
	b.comes(agent, identity.LinkSpec{Staff: b.agent.ID, Many: true})
	agent.visit(b.url + "/provider/grants/" + string(g.ID))
	agent.click("form[action$='/enter'] button")
	agent.click("aside.visit button:has-text('Open Freight Desk')")
	agent.see("h1:text('Freight orders')")
	if from := <-came; from != b.url+"/" {
		t.Errorf("the product reads that the browser comes from %q", from)
	}
}
