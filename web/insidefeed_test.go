package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"muster/actor"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/staff"
	inside "muster/letin/visit"
	"muster/mustertest"
	"muster/store"
)

// secondNode is another node on the same database, which knows products too.
func (h *house) secondNode(s *store.Store) *house {
	h.t.Helper()
	n := &house{Town: h.Town, t: h.t, server: httptest.NewUnstartedServer(nil)}
	log := slog.New(slog.DiscardHandler)
	n.gate = identity.New(s, identity.Config{URL: "http://" + n.server.Listener.Addr().String(), Keys: h.Keys, Log: log, Staff: inside.Vouch})
	h.t.Cleanup(n.gate.Close)
	book, err := ledger.Open(h.t.Context(), s, h.Keys)
	if err != nil {
		h.t.Fatal(err)
	}
	passes := pass.New(pass.Config{Store: s, Keys: h.Keys, Gate: n.gate, URL: "http://" + n.server.Listener.Addr().String(), Log: log})
	h.t.Cleanup(passes.Close)
	pages, err := New(Deps{Store: s, Keys: h.Keys, Gate: n.gate, Book: book, Log: log, Grants: grant.Office{Store: s, Book: book, Log: log}, Passes: passes})
	if err != nil {
		h.t.Fatal(err)
	}
	n.passes = passes
	n.server.Config.Handler = pages
	n.server.Start()
	h.t.Cleanup(n.server.Close)
	return n
}

// Access A7: an open page of a guest is told to go within a second of whatever
// ends the visit, within two where another node ended it, and the next request
// is refused there at once.
func TestAccessA7OpenPagesCloseOnEveryNode(t *testing.T) {
	dsn := mustertest.Postgres(t)
	var stores [2]*store.Store
	for i := range stores {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		stores[i] = s
	}
	h := openHouseOn(t, stores[0])
	there := h.secondNode(stores[1])
	org, agent := h.Organisation("Harbour Works").Live(), h.Staff("Oliver Bennett", actor.FirstLine)
	for _, c := range []struct {
		what   string
		within time.Duration
		end    func(e *entered)
	}{
		{"thrown out on another node", 2 * time.Second, func(e *entered) {
			there.as(org, org.Admin).post("/let-in/visits/"+e.visitID()+"/out", nil, http.StatusOK)
		}},
		{"thrown out", time.Second, func(e *entered) { e.admin.post("/let-in/visits/"+e.visitID()+"/out", nil, http.StatusOK) }},
		{"a proof falls", time.Second, func(e *entered) { e.Unprove(agent, staff.Agreement) }},
	} {
		e := &entered{house: h, org: org, agent: agent}
		e.grant = org.Granted(agent, grant.View)
		e.guest, e.admin = h.colleague(agent), h.as(org, org.Admin)
		e.enter("")
		e.guest.get("/board", http.StatusOK)
		next := e.guest.listen()
		next("event: beat")
		c.end(e)
		began := time.Now()
		e.guest.get("/board", http.StatusUnauthorized)
		next("event: over")
		if took := time.Since(began); took > c.within {
			t.Errorf("%s: the open page was told after %v", c.what, took)
		} else {
			t.Logf("%s: the open page was told after %v", c.what, took)
		}
	}
}
