package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// boss is an administrator's actor, as SessionActor gives it.
func (h *house) boss(org id.Org) actor.Actor {
	h.t.Helper()
	in := h.enter(h.hire(org, "Pekka Pomo", string(id.New[id.Person]())+"@example.fi", actor.Administrator))
	who, _, err := h.SessionActor(h.t.Context(), in.Cookie)
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

// Each way of ending a session ends it at the very next request, although the
// request before put it into the cache.
func TestAnEndIsAnEndAtTheNextRequest(t *testing.T) {
	type ending struct {
		name string
		end  func(h *house, p person, in SignedIn) error
	}
	endings := []ending{
		{"signing out", func(h *house, _ person, in SignedIn) error {
			return h.SignOut(h.t.Context(), in.Cookie, desk)
		}},
		{"revoking it from another", func(h *house, p person, in SignedIn) error {
			return h.RevokeSession(h.t.Context(), h.enter(p).Cookie, in.Session.ID, desk)
		}},
		{"revoking all others", func(h *house, p person, _ SignedIn) error {
			return h.RevokeOthers(h.t.Context(), h.enter(p).Cookie, desk)
		}},
		{"an administrator revoking the person's", func(h *house, p person, _ SignedIn) error {
			return h.RevokePerson(h.t.Context(), h.boss(p.org), p.Person)
		}},
		{"an administrator revoking the organisation's", func(h *house, p person, _ SignedIn) error {
			return h.RevokeOrganisation(h.t.Context(), h.boss(p.org))
		}},
		{"the roster letting the person go", func(h *house, p person, _ SignedIn) error {
			h.roster(p.org, func(tx *store.Tx) error { return DropPrincipal(tx, p.Person) })
			return nil
		}},
		{"the roster standing the person down", func(h *house, p person, _ SignedIn) error {
			p.Active = false
			h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
			return nil
		}},
		{"the person's address becoming another's", func(h *house, p person, _ SignedIn) error {
			h.roster(p.org, func(tx *store.Tx) error {
				_, err := RegisterAccount(tx, p.Person, "successor@example.fi")
				return err
			})
			return nil
		}},
		{"a new password", func(h *house, p person, _ SignedIn) error {
			return h.SetPassword(h.t.Context(), h.enter(p).Cookie, "violet ladder otter", desk)
		}},
	}
	onBoth(t, func(t *testing.T, h *house) {
		for _, e := range endings {
			t.Run(e.name, func(t *testing.T) {
				was := h.t
				h.t = t
				defer func() { h.t = was }()
				p := h.hire(id.New[id.Org](), "Aino Virtanen", string(id.New[id.Person]())+"@example.fi", actor.Worker)
				bystander := h.enter(h.hire(id.New[id.Org](), "Marie Petit", string(id.New[id.Person]())+"@example.fr"))
				in := h.enter(p)
				for range 3 {
					if !h.in(in.Cookie) || !h.in(bystander.Cookie) {
						t.Fatal("not in to begin with")
					}
				}
				if err := e.end(h, p, in); err != nil {
					t.Fatal(err)
				}
				if h.in(in.Cookie) {
					t.Error("still in")
				}
				if !h.in(bystander.Cookie) {
					t.Error("ended somebody else's session too")
				}
			})
		}
	})
}

// A session that is written just after its person was let go, or was given to
// another account, by somebody who was coming in at that moment, lets nobody in.
func TestASessionOfNobodyLetsNobodyIn(t *testing.T) {
	for name, end := range map[string]func(tx *store.Tx, p person) error{
		"stood down": func(tx *store.Tx, p person) error {
			return tx.Write(putPrincipal, p.Person, p.Name, p.Lang, p.Zone, false, "[]")
		},
		"gone":            func(tx *store.Tx, p person) error { return tx.Write(dropPrincipal, p.Person) },
		"another account": func(tx *store.Tx, p person) error { return tx.Write(putLinked, p.Person, "acc_x", tx.Now()) },
		"no account":      func(tx *store.Tx, p person) error { return tx.Write(dropLinked, p.Person) },
	} {
		onBoth(t, func(t *testing.T, h *house) {
			p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
			in := h.enter(p)
			h.roster(p.org, func(tx *store.Tx) error { return end(tx, p) })
			h.known.forget(nil)
			if h.in(in.Cookie) {
				t.Errorf("%s: let in all the same", name)
			}
		})
	}
}

func TestRolesChangeAtTheNextRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker)
		in := h.enter(p)
		who, _, err := h.SessionActor(t.Context(), in.Cookie)
		if err != nil || who.Has(actor.Administrator, "") {
			t.Fatalf("%+v, %v", who, err)
		}
		p.Roles = []actor.Membership{{Role: actor.Administrator}}
		h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
		who, _, err = h.SessionActor(t.Context(), in.Cookie)
		if err != nil || !who.Has(actor.Administrator, "") || who.Has(actor.Worker, "") {
			t.Errorf("after the change: %+v, %v", who.Roles, err)
		}
	})
}

func TestSessionsEndByTime(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		idle, busy := h.enter(p), h.enter(p)
		for at := time.Duration(0); at < sessionAbsolute-time.Hour; at += time.Hour {
			time.Sleep(time.Hour)
			if !h.in(busy.Cookie) {
				t.Fatalf("a session in use ended after %v", at)
			}
			if err := h.writeUses(t.Context()); err != nil {
				t.Fatal(err)
			}
			if at == sessionIdle+time.Hour && h.in(idle.Cookie) {
				t.Errorf("an idle session goes on after %v", at)
			}
		}
		time.Sleep(time.Hour)
		if h.in(busy.Cookie) {
			t.Error("a session goes on after its absolute end")
		}
		if err := h.clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all := must(h.Sessions(t.Context(), h.enter(p).Cookie))(t); len(all) != 1 {
			t.Errorf("%d sessions are kept, want the one that is alive", len(all))
		}
	})
}

// What a browser in use does is written down once a minute at most, and a use
// that is not written down yet still counts.
func TestLastUseIsWrittenBehind(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		in := h.enter(h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi"))
		seen := func() time.Time { return must(h.Sessions(t.Context(), in.Cookie))(t)[0].Seen }
		began := seen()
		time.Sleep(30 * time.Second)
		if !h.in(in.Cookie) || len(h.used.sessions) != 0 {
			t.Errorf("a use within the minute is noted")
		}
		time.Sleep(31 * time.Second)
		if !h.in(in.Cookie) || len(h.used.sessions) != 1 || !seen().Equal(began) {
			t.Errorf("a use after a minute is not noted, or written at once")
		}
		if err := h.writeUses(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := seen(); !now.After(began) {
			t.Errorf("last seen stays at %v", now)
		}
	})
}

func TestLinks(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Monitor)
		once := h.linkFor(p, LinkSpec{})
		for range 3 { // looking uses nothing up
			place := must(h.LookAtLink(t.Context(), once))(t)
			if place.Person != p.Person || place.Org != p.org || place.Name != "Aino Virtanen" {
				t.Fatalf("the link leads to %+v", place)
			}
		}
		must(h.SignInWithLink(t.Context(), once, desk))(t)
		_, err := h.SignInWithLink(t.Context(), once, desk)
		want(t, err, fault.Expired, "link_expired")
		_, err = h.LookAtLink(t.Context(), once)
		want(t, err, fault.Expired, "link_expired")

		late, demo := h.linkFor(p, LinkSpec{}), h.linkFor(p, LinkSpec{Many: true, Valid: time.Hour})
		time.Sleep(linkValid)
		_, err = h.SignInWithLink(t.Context(), late, desk)
		want(t, err, fault.Expired, "link_expired")
		for range 3 {
			must(h.SignInWithLink(t.Context(), demo, desk))(t)
		}
		time.Sleep(linkValid)
		_, err = h.SignInWithLink(t.Context(), demo, desk)
		want(t, err, fault.Expired, "link_expired")
	})
}

func TestNobodyButTheMachineMakesLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		for _, who := range []actor.Actor{
			{}, h.boss(p.org), actor.Engine(), {Kind: actor.Staff, Staff: "stf_1", Door: actor.Command},
		} {
			_, err := h.MakeLink(t.Context(), who, LinkSpec{Org: p.org, Person: p.Person})
			want(t, err, fault.Forbidden, "forbidden")
		}
		_, err := h.MakeLink(t.Context(), shell, LinkSpec{Org: id.New[id.Org](), Person: p.Person})
		want(t, err, fault.NotFound, "not_found")
	})
}

// A link goes to the address of the account and to nobody else (FL9).
func TestFL9ALinkGoesToItsOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		h.roster(p.org, func(tx *store.Tx) error {
			return h.SendLink(tx, p.Person, "sign_in_link", "Kuljetus Oy")
		})
		mail := h.mailed(p.org)
		if len(mail) != 1 || mail[0].Route[0].Address != "aino@example.fi" || mail[0].Purpose != "sign_in_link" {
			t.Fatalf("mailed %+v", mail)
		}
		link := mail[0].Facts["Link"].(string)
		in := must(h.SignInWithLink(t.Context(), link[strings.LastIndexByte(link, '/')+1:], phone))(t)
		if in.Session.Person != p.Person || in.Session.Org != p.org {
			t.Errorf("came in as %+v", in.Session)
		}
	})
}

func TestOneAccountInSeveralOrganisations(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		a := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker)
		b := h.hire(id.New[id.Org](), "A. Virtanen", "AINO@example.fi", actor.Administrator)
		in := h.enter(a)
		if all := must(h.Places(t.Context(), in.Cookie))(t); len(all) != 2 {
			t.Fatalf("the account leads to %+v", all)
		}
		if !h.in(in.Cookie) {
			t.Fatal("not in")
		}
		if err := h.SwitchOrganisation(t.Context(), in.Cookie, b.org, desk); err != nil {
			t.Fatal(err)
		}
		who, _, err := h.SessionActor(t.Context(), in.Cookie)
		if err != nil || who.Org != b.org || who.Person != b.Person || !who.Has(actor.Administrator, "") || who.Has(actor.Worker, "") {
			t.Errorf("after the move: %+v, %v", who, err)
		}
		want(t, h.SwitchOrganisation(t.Context(), in.Cookie, id.New[id.Org](), desk), fault.NotFound, "not_found")
		want(t, h.SwitchOrganisation(t.Context(), in.Cookie, "", desk), fault.NotFound, "not_found")

		// What one organisation does to its person leaves the other's alone.
		h.roster(a.org, func(tx *store.Tx) error { return DropPrincipal(tx, a.Person) })
		if !h.in(in.Cookie) {
			t.Error("leaving one organisation ended the session in the other")
		}
		h.roster(b.org, func(tx *store.Tx) error { return DropPrincipal(tx, b.Person) })
		if h.in(in.Cookie) {
			t.Error("still in, with no organisation left")
		}
	})
}

func TestOneAddressIsOnePersonOfAnOrganisation(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		err := h.store.Do(t.Context(), p.org, func(tx *store.Tx) error {
			_, err := RegisterAccount(tx, id.New[id.Person](), "aino@example.fi")
			return err
		})
		want(t, err, fault.Conflict, "taken")
		if at := fault.From(err).Field; at != "email" {
			t.Errorf("the fault is at %q", at)
		}
		h.roster(p.org, func(tx *store.Tx) error { // the same again changes nothing
			_, err := RegisterAccount(tx, p.Person, "aino@example.fi")
			return err
		})
	})
}

func TestProviderBegins(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		link, token, err := h.InitProvider(t.Context(), "Olga Operator", "olga@provider.example")
		if err != nil {
			t.Fatal(err)
		}
		who, err := h.Authenticate(t.Context(), token)
		if err != nil || who.Kind != actor.Staff || who.Staff == "" || who.Org != "" || who.Name != "Olga Operator" {
			t.Fatalf("the token is %+v, %v", who, err)
		}
		in := must(h.SignInWithLink(t.Context(), link[strings.LastIndexByte(link, '/')+1:], desk))(t)
		me, s, err := h.SessionActor(t.Context(), in.Cookie)
		if err != nil || me.Kind != actor.Staff || me.Staff != who.Staff || s.Staff != who.Staff {
			t.Errorf("the link is %+v, %v", me, err)
		}
		_, _, err = h.InitProvider(t.Context(), "Eve", "eve@example.org")
		want(t, err, fault.Conflict, "provider_exists")
		if _, _, err := h.InitProvider(t.Context(), "Olga Operator", "olga@provider.example"); err != nil {
			t.Errorf("who lost the way in cannot get back: %v", err)
		}
		nonce := must(h.RequestCode(t.Context(), "olga@provider.example", desk))(t)
		code := h.mailed(Provider)[0].Facts["Code"].(string)
		must(h.SignInWithCode(t.Context(), nonce, code, desk))(t)
		if got := strings.Join(h.kinds(Provider), " "); got != "token_made signed_in token_made signed_in" {
			t.Errorf("the provider's book says %s", got)
		}
	})
}

// An end that lands between reading a session and keeping it must win.
func TestNoEndedSessionIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		for range 20 {
			in := h.enter(p)
			var ended atomic.Bool
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 50 {
						over := ended.Load()
						_, _, err := h.SessionActor(context.WithoutCancel(t.Context()), in.Cookie)
						if err == nil && over {
							t.Error("let in after the end")
							return
						}
						if err != nil && !errors.Is(err, errSignIn) {
							t.Error(err)
						}
					}
				})
			}
			if err := h.SignOut(t.Context(), in.Cookie, desk); err != nil {
				t.Error(err)
			}
			ended.Store(true)
			wg.Wait()
		}
	})
}

// Two nodes share one PostgreSQL: what ends on one is over on the other as
// soon as it has heard, without waiting for what it keeps to grow old.
func TestAnEndReachesOtherNodes(t *testing.T) {
	cheap(t)
	dsn := mustertest.Postgres(t)
	open := func() *house {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return newHouse(t, s)
	}
	one, two := open(), open()
	two.keys = one.keys
	p := one.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
	in := one.enter(p)
	heard := make(chan struct{}, 100)
	stop := two.store.Watch(func(c store.Change) {
		for _, topic := range c.Topics {
			if topic == topicPrefix+string(in.Session.ID) {
				heard <- struct{}{}
			}
		}
	})
	if !two.in(in.Cookie) {
		t.Fatal("not in on the other node")
	}
	began := time.Now()
	if err := one.SignOut(t.Context(), in.Cookie, desk); err != nil {
		t.Fatal(err)
	}
	select {
	case <-heard:
	case <-time.After(freshFor):
		t.Fatal("the other node was not told")
	}
	stop() // waits until everybody who watches there has been told
	if two.in(in.Cookie) {
		t.Error("still in on the other node")
	}
	t.Logf("over on the other node after %v", time.Since(began).Round(time.Millisecond))
}
