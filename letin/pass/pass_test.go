package pass_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/fault"
	"muster/id"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/mustertest/guest"
	"muster/store"
)

func onBoth(t *testing.T, test func(t *testing.T, w *guest.World)) {
	t.Helper()
	mustertest.Stores(t, func(t *testing.T, s *store.Store) { test(t, guest.New(t, s)) })
}

const desk = "http://127.0.0.1:8421"

func ask(text, action, what, which string) pass.Question {
	return pass.Question{Subject: pass.Thing{Type: "pass", ID: text}, Action: action, Resource: pass.Thing{Type: what, ID: which}}
}

func TestAPassSaysWhoComesWhereAndForHowLong(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		s := w.Visit(grant.Configure)
		text, c, err := w.Office.Exchange(t.Context(), token, w.Code(p, s, pass.View))
		if err != nil {
			t.Fatal(err)
		}
		if c.Issuer != w.URL || c.Subject != string(w.Agent.ID) || !slices.Equal(c.Audience, []string{string(p.ID)}) ||
			c.Org != w.Org.ID || c.Grant != s.Grant || c.Mode != pass.View || c.Name != "Sari Staff" || c.As != "" ||
			c.Banner != "Support: Sari Staff is here to look, for Karhu Freight. Nothing can be changed." {
			t.Errorf("claims: %+v", c)
		}
		if lasts := time.Until(c.ExpiresAt.Time); lasts > 5*time.Minute || lasts < 4*time.Minute {
			t.Errorf("lasts %s", lasts)
		}
		if _, active, err := w.Office.Introspect(t.Context(), token, text); err != nil || !active {
			t.Errorf("introspection: %t, %v", active, err)
		}
		next, again, err := w.Office.Renew(t.Context(), token, text)
		if err != nil || again.Pass() != c.Pass() || again.ID == c.ID || next == text {
			t.Errorf("renewed: %s after %s, %v", again.ID, c.ID, err)
		}
		if n := len(w.Book(w.Org.ID, "pass.opened")); n != 1 {
			t.Errorf("%d entries say that the product was opened", n)
		}
	})
}

func TestFL4APassForSomebodysEyesIsNeverForConfiguring(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	worker := w.Org.Worker("Aino Kari")
	s := w.Enter(w.Leave(grant.Configure), worker.Person.Person)
	_, c, err := w.Office.Exchange(t.Context(), token, w.Code(p, s, pass.Configure))
	if err != nil || c.Mode != pass.ViewAs || c.As != string(worker.Person.Person) || c.AsName != "Aino Kari" {
		t.Errorf("with somebody's eyes: %+v, %v", c, err)
	}
}

func TestFL3WhoeverWasLetInToLookGetsNoPassToConfigure(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, _ := w.Product("Freight Desk", desk)
	s := w.Visit(grant.View)
	if _, err := w.Office.Open(t.Context(), w.Agent.Actor, p.ID, s.ID, pass.Configure); fault.From(err).Code != "pass_looks_only" {
		t.Errorf("configuring with a leave to look: %v", err)
	}
	if _, err := w.Office.Open(t.Context(), w.Director.Actor, p.ID, s.ID, pass.View); fault.KindOf(err) != fault.NotFound {
		t.Errorf("with somebody else's visit: %v", err)
	}
	rooms, err := w.Office.Inside(t.Context(), w.Agent.Actor)
	if err != nil || len(rooms) != 1 || rooms[0].Session != s.ID || rooms[0].Name != "Karhu Freight" || rooms[0].Configures {
		t.Errorf("inside: %+v, %v", rooms, err)
	}
}

func TestACodeWorksOnceAndForItsProductOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		_, other := w.Product("Invoices", "http://127.0.0.1:8422")
		s := w.Visit(grant.Configure)
		code := w.Code(p, s, pass.View)
		refused := fault.New(fault.Forbidden, "code_refused")
		for name, try := range map[string]struct{ token, code string }{
			"another product": {other, code}, "made up": {token, "x"}, "nothing": {token, ""},
		} {
			if _, _, err := w.Office.Exchange(t.Context(), try.token, try.code); !errors.Is(err, refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		var wins, losses int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, _, err := w.Office.Exchange(context.WithoutCancel(t.Context()), token, code)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					wins++
				case errors.Is(err, refused):
					losses++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if wins != 1 || losses != 7 {
			t.Errorf("%d browsers came in by one code, %d were refused", wins, losses)
		}
	})
}

// A pass that was signed by the true key, and is wrong in one thing.
func TestAPassThatIsWrongInOneThingIsNone(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	p2, token2 := w.Product("Invoices", "http://127.0.0.1:8422")
	elsewhere := w.Organisation("Other Freight")
	s := w.Visit(grant.Configure)
	text, good, err := w.Office.Exchange(t.Context(), token, w.Code(p, s, pass.View))
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, good).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*pass.Claims)) string {
		c := good
		change(&c)
		text, err := w.Office.Sign(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	wrong := map[string]struct{ token, text string }{
		"nothing":             {token, ""},
		"no token":            {token, "hello"},
		"changed":             {token, text[:len(text)-6] + "AAAAAA"},
		"alg none":            {token, unsigned},
		"expired":             {token, with(func(c *pass.Claims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Second)) })},
		"never given out":     {token, with(func(c *pass.Claims) { c.ID = string(id.New[id.Pass]()) + ".1" })},
		"of another product":  {token2, text},
		"of another issuer":   {token, with(func(c *pass.Claims) { c.Issuer = "https://elsewhere.example" })},
		"for another product": {token2, with(func(c *pass.Claims) { c.Audience = jwt.ClaimStrings{string(p2.ID)} })},
	}
	for name, one := range wrong {
		if _, active, err := w.Office.Introspect(t.Context(), one.token, one.text); active || err != nil {
			t.Errorf("%s: introspection says %t, %v", name, active, err)
		}
		if _, _, err := w.Office.Renew(t.Context(), one.token, one.text); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: renewed: %v", name, err)
		}
		answers, err := w.Office.Decide(t.Context(), one.token, []pass.Question{ask(one.text, "view", "page", "orders")})
		if err == nil && answers[0].Allowed || err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: decided %+v, %v", name, answers, err)
		}
		if name == "expired" {
			continue // what was done before it expired is still taken
		}
		if _, err := w.Office.Take(t.Context(), one.token, one.text, []pass.Event{done("e1")}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: took what was done: %v", name, err)
		}
	}
	q := ask(text, "view", "page", "orders")
	q.Resource.Org = elsewhere.ID
	if answers, err := w.Office.Decide(t.Context(), token, []pass.Question{q}); err != nil || answers[0].Allowed || answers[0].Code != "not_found" {
		t.Errorf("what another organisation has: %+v, %v", answers, err)
	}
	elsewhereClaims := with(func(c *pass.Claims) { c.Org = elsewhere.ID })
	if _, err := w.Office.Take(t.Context(), token, elsewhereClaims, []pass.Event{done("e1")}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("wrote into another organisation's book: %v", err)
	}
	if n := len(w.Book(elsewhere.ID, "pass.looked")) + len(w.Book(elsewhere.ID, "pass.decided")); n != 0 {
		t.Errorf("%d entries in another organisation's book", n)
	}
}

func done(name string) pass.Event {
	return pass.Event{ID: name, At: time.Now(), Action: "view", Type: "page", Resource: "orders"}
}

// Whatever ends the leave ends the pass with the next question (access A7, N10).
func TestAccessA7WhateverEndsTheLeaveEndsThePass(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		holds := func(text string) bool {
			t.Helper()
			_, active, err := w.Office.Introspect(t.Context(), token, text)
			if err != nil {
				t.Fatal(err)
			}
			answers, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "view", "page", "orders")})
			if err != nil {
				t.Fatal(err)
			}
			if answers[0].Allowed != active {
				t.Errorf("introspection says %t, the decision %+v", active, answers[0])
			}
			if _, _, err := w.Office.Renew(t.Context(), token, text); (err == nil) != active {
				t.Errorf("introspection says %t, renewing %v", active, err)
			}
			return active
		}
		s := w.Visit(grant.Configure)
		text := w.Pass(p, token, s, pass.View)
		if !holds(text) {
			t.Fatal("a fresh pass does not hold")
		}
		w.Revoke(s)
		if holds(text) {
			t.Error("it holds though the customer took the leave back")
		}
		if _, err := w.Office.Take(t.Context(), token, text, []pass.Event{done("late")}); err != nil {
			t.Errorf("what was done before is not taken: %v", err)
		}
		text = w.Pass(p, token, w.Visit(grant.View), pass.View)
		if err := w.Office.Switch(t.Context(), w.Director.Actor, p.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Office.Introspect(t.Context(), token, text); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("a product that is off: %v", err)
		}
		if _, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "view", "page", "orders")}); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("a product that is off asks: %v", err)
		}
	})
}

func TestAccessN10AProofThatFallsEndsThePass(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	text := w.Pass(p, token, w.Visit(grant.View), pass.View)
	w.Unprove(w.Agent, staff.Agreement)
	if _, active, err := w.Office.Introspect(t.Context(), token, text); active || err != nil {
		t.Errorf("introspection: %t, %v", active, err)
	}
	if answers, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "view", "page", "orders")}); err != nil || answers[0].Allowed {
		t.Errorf("decided: %+v, %v", answers, err)
	}
}

func TestAccessN8EveryDecisionIsInTheBookBeforeTheProductHearsIt(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		text := w.Pass(p, token, w.Visit(grant.Configure), pass.View)
		counted := func() (n int64) {
			for _, r := range w.Book(w.Org.ID, "pass.decided") {
				n += whole(t, r.Facts["Yes"]) + whole(t, r.Facts["No"])
			}
			return n
		}
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				answers, err := w.Office.Decide(context.WithoutCancel(t.Context()), token, []pass.Question{ask(text, "view", "page", fmt.Sprint("p", i%7))})
				if err != nil || !answers[0].Allowed || answers[0].Rule != "pass-look" {
					t.Errorf("decision %d: %+v, %v", i, answers, err)
				}
			})
		}
		all.Wait()
		if n := counted(); n != 200 {
			t.Errorf("%d decisions in the book, 200 were answered", n)
		}
		if entries := len(w.Book(w.Org.ID, "pass.decided")); entries >= 200 || entries < 2 {
			t.Errorf("%d entries for 200 decisions: they should share", entries)
		}
		answers, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "configure", "page", "orders"), ask(text, "view_as", "page", "orders")})
		if err != nil || answers[0].Allowed || answers[0].Rule != "floor-guest" || answers[1].Allowed || answers[1].Rule != "pass-eyes" {
			t.Errorf("what looking does not cover: %+v, %v", answers, err)
		}
	})
}

func whole(t *testing.T, v any) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(fmt.Sprint(v), &n); err != nil {
		t.Fatalf("%v is no number: %v", v, err)
	}
	return n
}

func TestAStaffMemberWhoIsNotInsideMayDoNothing(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	_, token := w.Product("Freight Desk", desk)
	q := pass.Question{
		Subject: pass.Thing{Type: "staff", ID: string(w.Agent.ID)}, Action: "view",
		Resource: pass.Thing{Type: "page", ID: "orders", Org: w.Org.ID},
	}
	want := func(allowed bool, rule, code string) {
		t.Helper()
		answers, err := w.Office.Decide(t.Context(), token, []pass.Question{q})
		if err != nil || answers[0].Allowed != allowed || answers[0].Rule != rule || answers[0].Code != code {
			t.Errorf("%+v, %v; want %t by %s %s", answers, err, allowed, rule, code)
		}
	}
	want(false, "pass-outside", "refused")
	s := w.Visit(grant.Configure)
	want(true, "pass-look", "")
	w.Revoke(s)
	want(false, "pass-outside", "refused")
	q.Subject.ID = string(id.New[id.Staff]())
	want(false, "", "not_found")
	q.Resource.Org = id.New[id.Org]()
	want(false, "", "not_found")
	if n := len(w.Book(q.Resource.Org, "")); n != 0 {
		t.Errorf("%d entries in the book of nobody", n)
	}
}

func TestWhatWasDoneIsWrittenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		text := w.Pass(p, token, w.Visit(grant.Configure), pass.Configure)
		changed := done("e2")
		changed.Changed, changed.Action, changed.Type, changed.Resource, changed.Words = true, "configure", "setting", "fields", "Fields: all but prices"
		for _, want := range []int{2, 0} {
			n, err := w.Office.Take(t.Context(), token, text, []pass.Event{done("e1"), changed, done("e1")})
			if err != nil || n != want {
				t.Fatalf("%d new, %v; want %d", n, err, want)
			}
		}
		looked, did := w.Book(w.Org.ID, "pass.looked"), w.Book(w.Org.ID, "pass.changed")
		if len(looked) != 1 || len(did) != 1 {
			t.Fatalf("in the book: %d looks, %d changes", len(looked), len(did))
		}
		r := did[0]
		if r.Facts["Product"] != "Freight Desk" || r.Facts["Resource"] != "fields" || r.Personal["words"] != "Fields: all but prices" || r.Actor.ID != string(w.Agent.ID) || r.Actor.Name != "Sari Staff" {
			t.Errorf("the entry: %+v", r)
		}
		bad := done("x")
		bad.Action = "<script>"
		late := done("y")
		late.At = time.Now().Add(-72 * time.Hour)
		for _, e := range []pass.Event{bad, late} {
			if _, err := w.Office.Take(t.Context(), token, text, []pass.Event{e}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", e, err)
			}
		}
	})
}
