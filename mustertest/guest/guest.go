// Package guest is a small provider for tests of passes: one staff member who
// is inside one customer's organisation, and products that know Muster over
// HTTP.
package guest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"muster/actor"
	"muster/api/access"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/product"
	"muster/letin/visit"
	"muster/mustertest/town"
	"muster/store"
)

var (
	accountOf  = store.Across("guest.account", `select account from staff where id = $1`)
	addSession = store.Across("guest.session", `insert into session (id, token, account, staff, how, proved, created, seen, ip, agent)
		values ($1, $2, $3, $4, 'sso', $5, $5, $5, '', '')`)
)

// World is the provider with one customer, and somebody of the second line who
// can be let in.
type World struct {
	*town.Town
	Org    *town.Organisation
	Gate   *identity.Gate
	Office *pass.Office
	URL    string // where products reach Muster

	Agent, Director town.Colleague

	t             testing.TB
	grants        grant.Office
	house         visit.House
	head, success town.Colleague
	cookie        string // the agent's
	cut           func()
	broken        atomic.Bool
}

// New opens the provider on a store.
func New(t testing.TB, s *store.Store) *World {
	t.Helper()
	w := &World{Town: town.New(t, s), t: t}
	w.Org = w.Organisation("Karhu Freight").Live()
	w.Agent = w.Staff("Sari Staff", actor.SecondLine)
	w.head = w.Staff("Henrik Head", actor.SecondLine, actor.Head)
	w.success = w.Staff("Saara Success", actor.CustomerSuccess, actor.SuccessManager)
	w.Director = w.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	var door atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.broken.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		(*door.Load()).ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.URL, w.cut = server.URL, server.CloseClientConnections
	log := slog.New(slog.DiscardHandler)
	w.Gate = identity.New(s, identity.Config{URL: w.URL, Name: "Provider", Keys: w.Keys, Staff: visit.Vouch, Log: log})
	t.Cleanup(w.Gate.Close)
	book, err := ledger.Open(t.Context(), s, w.Keys)
	if err != nil {
		t.Fatal(err)
	}
	w.grants = grant.Office{Store: s, Book: book, Log: log}
	w.house = visit.House{Store: s, Gate: w.Gate, Grants: w.grants}
	w.Office = pass.New(pass.Config{Store: s, Keys: w.Keys, Gate: w.Gate, URL: w.URL, Log: log})
	t.Cleanup(w.Office.Close)
	h := access.New(access.Deps{Office: w.Office, URL: w.URL, Log: log})
	door.Store(&h)
	w.signIn()
	return w
}

// signIn makes the agent's session, with a second factor proved just now.
func (w *World) signIn() {
	w.t.Helper()
	w.cookie = strings.Repeat("A", 30) + rand.Text()[:13]
	token := sha256.Sum256([]byte(w.cookie))
	err := w.Store.Across().Do(w.t.Context(), func(tx *store.AcrossTx) error {
		account, err := store.One(tx, accountOf, store.Scalar[string], w.Agent.ID)
		if err != nil {
			return err
		}
		return tx.Write(addSession, id.New[id.Session](), token[:], account, w.Agent.ID, tx.Now())
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Leave is a leave for the agent to enter, to which everybody has agreed.
func (w *World) Leave(scope grant.Scope) grant.Grant {
	w.t.Helper()
	ctx := w.t.Context()
	g, err := w.grants.Ask(ctx, w.success.Actor, grant.Draft{
		Org: w.Org.ID, Staff: w.Agent.ID, Scope: scope, Reason: grant.Support, Words: "The freight list is empty since noon", Request: "R-2026-000001",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := w.grants.File(ctx, w.Org.Admin.Actor, g.ID)
	if err == nil {
		_, err = w.grants.Consent(ctx, w.Org.Admin.Actor, g.ID, lang.English, f.Wording(lang.English, f.Customer).Digest)
	}
	for _, by := range []town.Colleague{w.head, w.Director} {
		if err == nil {
			g, err = w.grants.Approve(ctx, by.Actor, g.ID)
		}
	}
	if err != nil || g.Stage != grant.Open {
		w.t.Fatalf("a leave: %s, %v", g.Stage, err)
	}
	return g
}

// Enter lets the agent into the customer's organisation by a leave, with
// somebody's eyes if a person is named.
func (w *World) Enter(g grant.Grant, eyes id.Person) identity.Session {
	w.t.Helper()
	in, err := w.house.Enter(w.t.Context(), w.Agent.Actor, visit.Entry{Cookie: w.cookie, Grant: g.ID, Eyes: eyes})
	if err != nil {
		w.t.Fatal(err)
	}
	return in.Session
}

// Visit lets the agent in by a fresh leave.
func (w *World) Visit(scope grant.Scope) identity.Session {
	w.t.Helper()
	return w.Enter(w.Leave(scope), "")
}

// Revoke takes a leave back, as a customer does.
func (w *World) Revoke(s identity.Session) {
	w.t.Helper()
	if _, err := w.grants.Revoke(w.t.Context(), w.Org.Admin.Actor, s.Grant, "no longer needed"); err != nil {
		w.t.Fatal(err)
	}
}

// Break makes Muster unreachable, or reachable again; open streams break off.
func (w *World) Break(is bool) {
	w.broken.Store(is)
	if is {
		w.cut()
	}
}

// Product enters a product that the customer has, and gives its token.
func (w *World) Product(name, address string) (pass.Product, string) {
	w.t.Helper()
	p, token, err := w.Office.Add(w.t.Context(), w.Director.Actor, pass.Draft{Name: name, Address: address})
	if err == nil {
		err = product.Give(w.t.Context(), w.Store, w.Director.Actor, w.Org.ID, p.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p, token
}

// Code opens a product for a visit and gives the code that its browser carries.
func (w *World) Code(p pass.Product, s identity.Session, mode pass.Mode) string {
	w.t.Helper()
	address, err := w.Office.Open(w.t.Context(), w.Agent.Actor, p.ID, s.ID, mode)
	if err != nil {
		w.t.Fatal(err)
	}
	return address[len(p.Address+"/support/enter?code="):]
}

// Pass opens a product for a visit and gives the pass itself.
func (w *World) Pass(p pass.Product, token string, s identity.Session, mode pass.Mode) string {
	w.t.Helper()
	text, _, err := w.Office.Exchange(w.t.Context(), token, w.Code(p, s, mode))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// Book reads the newest entries of an organisation's book of one kind.
func (w *World) Book(org id.Org, kind string) (all []ledger.Record) {
	w.t.Helper()
	err := w.Store.View(context.WithoutCancel(w.t.Context()), org, func(tx *store.Tx) (err error) {
		all, err = ledger.List(tx, ledger.Filter{Kind: kind})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}
