package visit_test

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/letin/visit"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// scene is a customer with a grant for somebody of support.
type scene struct {
	*testing.T
	*town.Town
	org    *town.Organisation
	agent  town.Colleague
	grant  grant.Grant
	house  visit.House
	cookie string // of the agent as staff
}

var from = identity.Visit{IP: netip.MustParseAddr("192.0.2.14"), Agent: "Firefox"}

func open(t *testing.T, s *store.Store, scope grant.Scope) *scene {
	t.Helper()
	c := &scene{T: t, Town: town.New(t, s)}
	c.org, c.agent = c.Organisation("Harbour Works").Live(), c.Staff("Oliver Bennett", actor.SecondLine)
	c.grant = c.org.Granted(c.agent, scope)
	gate := identity.New(s, identity.Config{URL: "https://muster.test", Keys: c.Keys, Staff: visit.Vouch})
	t.Cleanup(gate.Close)
	c.house = visit.House{Store: s, Gate: gate, Grants: grant.Office{Store: s, Log: slog.New(slog.DiscardHandler)}}
	shell := actor.Actor{Kind: actor.System, Door: actor.Command}
	link, err := gate.MakeLink(t.Context(), shell, identity.LinkSpec{Staff: c.agent.ID, Many: true})
	if err != nil {
		t.Fatal(err)
	}
	in, err := gate.SignInWithLink(t.Context(), link[strings.LastIndex(link, "/")+1:], from)
	if err != nil {
		t.Fatal(err)
	}
	c.cookie = in.Cookie
	return c
}

// enter comes in, and returns the guest's cookie.
func (c *scene) enter(eyes id.Person) string {
	c.Helper()
	in, err := c.house.Enter(c.Context(), c.agent.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, Eyes: eyes, From: from})
	if err != nil {
		c.Fatal(err)
	}
	return in.Cookie
}

func (c *scene) guest(cookie string) (actor.Actor, error) {
	who, _, err := c.house.Gate.SessionActor(c.Context(), cookie)
	return who, err
}

// ended holds a visit to how it ended: the very next request is refused.
func (c *scene) ended(cookie string, how visit.End) visit.Visit {
	c.Helper()
	if _, err := c.guest(cookie); fault.KindOf(err) != fault.Unauthenticated {
		c.Errorf("%s: the next request: %v", how, err)
	}
	_, v, err := c.house.Over(c.Context(), cookie)
	if err != nil || v.How != how || v.Ended.IsZero() {
		c.Errorf("ended %q at %v, %v; want %q", v.How, v.Ended, err, how)
	}
	return v
}

// kinds are what the book says of the grant, latest first.
func (c *scene) kinds() (all []string) {
	c.Helper()
	err := c.Store.View(c.Context(), c.org.ID, func(tx *store.Tx) error {
		entries, err := ledger.List(tx, ledger.Filter{LetIn: true})
		for _, e := range entries {
			all = append(all, e.Kind)
		}
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return all
}

// FL1, FL4, WK7: whoever enters is a guest with the eyes of an administrator or
// of one employee; coming in, pages and the end stand in the customer's book
// with name and address.
func TestFL1EveryEntryAndPageIsLogged(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.View)
		first := c.enter("")
		who, err := c.guest(first)
		if err != nil || !who.Guest() || who.Org != c.org.ID || !who.Has(actor.Administrator, "") || who.Person != "" || who.Name != "Oliver Bennett" || who.Support.Configure {
			t.Fatalf("%+v, %v", who, err)
		}
		aino := c.org.Worker("Aino")
		second := c.enter(aino.Person.Person)
		c.ended(first, visit.Again)
		who, err = c.guest(second)
		if err != nil || who.Person != aino.Person.Person || who.Has(actor.Administrator, "") || !who.Has(actor.Worker, c.org.Workspace) {
			t.Fatalf("with Aino's eyes: %+v, %v", who, err)
		}
		page := visit.NewPage("GET /people/{person}", func(string) string { return string(aino.Person.Person) })
		who.Looking = true
		for range 2 { // the same look
			if err := c.house.Note(t.Context(), who, page); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.house.Refuse(t.Context(), who, visit.Page{Path: "POST /me/help"}, "floor-guest"); err != nil {
			t.Fatal(err)
		}
		who.Looking = false
		if err := c.house.Leave(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		c.ended(second, visit.Left)
		want := "visit.ended visit.refused visit.looked visit.entered visit.ended visit.entered"
		got := strings.Join(c.kinds(), " ")
		if i := strings.Index(got, want); i < 0 {
			t.Errorf("the book has %s", got)
		}
		all, err := c.house.List(t.Context(), c.org.Admin.Actor, "")
		if err != nil || len(all) != 2 || all[0].Whose != "Aino" || all[0].Pages != 1 || all[0].IP != "192.0.2.14" || all[0].Words != "The board is empty since noon" {
			t.Fatalf("%+v, %v", all, err)
		}
		story, err := c.house.Read(t.Context(), c.org.Admin.Actor, all[0].ID)
		if err != nil || len(story.Entries) != 4 || story.Entries[1].About != aino.Person.Person || story.Entries[1].Actor.IP != "" && story.Entries[1].Actor.Name != "Oliver Bennett" {
			t.Errorf("%+v, %v", story.Entries, err)
		}
		if _, err := c.house.List(t.Context(), aino.Actor, ""); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a worker reads who was inside: %v", err)
		}
		other := c.Organisation("Forest Works")
		if _, err := c.house.Read(t.Context(), other.Admin.Actor, all[0].ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("from another organisation: %v", err)
		}
	})
}

// WK4, FL2, access A7, N10: whatever ends a visit ends it for the very next
// request, and the guest is told what it was.
func TestAccessN10EachDoubtEndsTheVisitAtOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.Configure)
		cookie := c.enter("")
		if who, err := c.guest(cookie); err != nil || !who.Support.Configure || !who.Support.Stands {
			t.Fatalf("%+v, %v", who.Support, err)
		}
		c.Unprove(c.agent, staff.Background)
		if v := c.ended(cookie, visit.Standing); len(v.Lacks) != 1 || v.Lacks[0] != staff.Background {
			t.Errorf("lacks %v", v.Lacks)
		}
		if _, err := c.house.Enter(t.Context(), c.agent.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, From: from}); err == nil {
			t.Error("enters without a background check")
		}

		c = open(t, s, grant.View)
		aino := c.org.Worker("Aino")
		cookie = c.enter(aino.Person.Person)
		if err := s.Do(t.Context(), c.org.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, c.org.Admin.Actor, aino.Person.Person) }); err != nil {
			t.Fatal(err)
		}
		c.ended(cookie, visit.NoEyes)
		if _, err := c.house.Enter(t.Context(), c.agent.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, Eyes: aino.Person.Person, From: from}); fault.From(err).Code != "nobody_there" {
			t.Errorf("the eyes of somebody who has left: %v", err)
		}
		cookie = c.enter("")
		began := time.Now()
		all, err := c.house.List(t.Context(), c.org.Admin.Actor, "")
		if err != nil || all[0].How != visit.Inside {
			t.Fatalf("%+v, %v", all, err)
		}
		if _, err := c.house.ThrowOut(t.Context(), aino.Actor, all[0].ID); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a worker throws out: %v", err)
		}
		if _, err := c.house.ThrowOut(t.Context(), c.org.Admin.Actor, all[0].ID); err != nil {
			t.Fatal(err)
		}
		if v := c.ended(cookie, visit.ThrownOut); v.By != c.org.Admin.Actor.Name {
			t.Errorf("thrown out by %q", v.By)
		}
		t.Logf("thrown out and refused within %v", time.Since(began))
		if _, err := c.house.Enter(t.Context(), c.agent.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, From: from}); fault.From(err).Code != "not_open" {
			t.Errorf("comes back in: %v", err)
		}

		c = open(t, s, grant.View)
		cookie = c.enter("")
		if _, err := c.house.Grants.Revoke(t.Context(), c.org.Admin.Actor, c.grant.ID, "Not now"); err != nil {
			t.Fatal(err)
		}
		c.ended(cookie, visit.Revoked)

		c = open(t, s, grant.View)
		cookie = c.enter("")
		c.Dismiss(c.agent)
		if _, err := c.guest(cookie); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("whoever has gone from the provider: %v", err)
		}
	})
}

// Nobody enters by a grant that is somebody else's, or from inside.
func TestWK9NobodyEntersByAnothersGrant(t *testing.T) {
	c := open(t, mustertest.Store(t), grant.View)
	other := c.Staff("Otto Other", actor.SecondLine)
	if _, err := c.house.Enter(t.Context(), other.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, From: from}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("by another's grant: %v", err)
	}
	if _, err := c.house.Enter(t.Context(), c.org.Admin.Actor, visit.Entry{Cookie: c.cookie, Grant: c.grant.ID, From: from}); err == nil {
		t.Error("somebody of the customer's enters as staff")
	}
}

// A guest's request that only shows something leaves nothing in the book but
// that they looked, whatever code it runs into.
func TestFL1TheBookTakesNothingElseFromALook(t *testing.T) {
	c := open(t, mustertest.Store(t), grant.View)
	who, err := c.guest(c.enter(""))
	if err != nil {
		t.Fatal(err)
	}
	who.Looking = true
	err = roster.UpdateOrganisation(t.Context(), c.Store, who, roster.Organisation{Name: "Taken over", Kind: roster.Customer, Country: "FI", TimeZone: "Europe/Helsinki", Language: "en"})
	if f := fault.From(err); f == nil || f.Kind != fault.Forbidden || f.Args["rule"] != "floor-guest" {
		t.Errorf("a look changes the organisation's name: %v", err)
	}
}

func TestNewPageKeepsNoSecrets(t *testing.T) {
	values := map[string]string{"person": "per_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", "token": "secret", "alarm": "alm_1"}
	for _, c := range []struct{ pattern, path, of string }{
		{"GET /people/{person}", "/people/{person}", "per_01936a7c5d0e7b3f9a4c2e1d0f8b7a65"},
		{"GET /a/{token}", "/a/{token}", ""},
		{"GET /{$}", "/", ""},
		{"GET /x/{alarm}/{person}", "/x/{alarm}/{person}", "alm_1 per_01936a7c5d0e7b3f9a4c2e1d0f8b7a65"},
	} {
		p := visit.NewPage(c.pattern, func(name string) string { return values[name] })
		if p.Path != c.path || p.Of != c.of {
			t.Errorf("%s: %+v", c.pattern, p)
		}
	}
}
