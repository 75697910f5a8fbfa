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

func TestTokenWithRolesOfItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		org, ws := id.New[id.Org](), id.New[id.Workspace]()
		boss := h.boss(org)
		secret, made, err := h.MakeToken(t.Context(), boss, org, TokenSpec{
			Name: "Rota import", Roles: []actor.Membership{{Workspace: ws, Role: actor.Monitor}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(secret, tokenPrefix) || len(secret) != len(tokenPrefix)+secretChars {
			t.Errorf("the secret is %q", secret)
		}
		for range 2 {
			who, err := h.Authenticate(t.Context(), secret)
			if err != nil || who.Kind != actor.Program || who.Org != org || who.Token != made.ID || who.Person != "" ||
				!who.Has(actor.Monitor, ws) || who.Has(actor.Monitor, "") || who.Name != "Rota import" || who.Door != actor.API {
				t.Fatalf("the token is %+v, %v", who, err)
			}
		}
		if err := h.writeUses(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := must(h.Tokens(t.Context(), boss, org))(t)
		if len(all) != 1 || all[0].Used.IsZero() || all[0].MadeBy != string(boss.Person) || len(all[0].Roles) != 1 {
			t.Errorf("listed as %+v", all)
		}
		if err := h.RevokeToken(t.Context(), boss, org, made.ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.Authenticate(t.Context(), secret)
		want(t, err, fault.Unauthenticated, "token_refused")
		if got := strings.Join(h.kinds(org), " "); !strings.HasSuffix(got, "token_made token_revoked") {
			t.Errorf("the book says %s", got)
		}
	})
}

func TestTokenThatActsForAPerson(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker)
		secret, made, err := h.MakeToken(t.Context(), h.boss(p.org), p.org, TokenSpec{Name: "Aino's phone", Person: p.Person})
		if err != nil {
			t.Fatal(err)
		}
		who, err := h.Authenticate(t.Context(), secret)
		if err != nil || who.Kind != actor.Person || who.Person != p.Person || who.Token != made.ID || !who.Has(actor.Worker, "") {
			t.Fatalf("the token is %+v, %v", who, err)
		}
		p.Roles = nil
		h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
		if who, err = h.Authenticate(t.Context(), secret); err != nil || who.Has(actor.Worker, "") {
			t.Errorf("the token keeps a role that the person lost: %+v, %v", who, err)
		}
		p.Active = false
		h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
		_, err = h.Authenticate(t.Context(), secret)
		want(t, err, fault.Unauthenticated, "token_refused")
		p.Active = true
		h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
		must(h.Authenticate(t.Context(), secret))(t)
		h.roster(p.org, func(tx *store.Tx) error { return DropPrincipal(tx, p.Person) })
		_, err = h.Authenticate(t.Context(), secret)
		want(t, err, fault.Unauthenticated, "token_refused")
		h.roster(p.org, func(tx *store.Tx) error { return PutPrincipal(tx, p.Principal) })
		_, err = h.Authenticate(t.Context(), secret)
		want(t, err, fault.Unauthenticated, "token_refused") // coming back does not revive it
	})
}

func TestTokensExpire(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		spec := TokenSpec{Name: "Short", Roles: []actor.Membership{{Role: actor.Worker}}, Expires: h.store.Now().Add(time.Minute)}
		secret, _, err := h.MakeToken(t.Context(), shell, org, spec)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Millisecond)
		must(h.Authenticate(t.Context(), secret))(t)
		time.Sleep(time.Millisecond) // from the cache, too
		_, err = h.Authenticate(t.Context(), secret)
		want(t, err, fault.Unauthenticated, "token_refused")
		_, _, err = h.MakeToken(t.Context(), shell, org, spec)
		want(t, err, fault.Invalid, "expires_past")
	})
}

func TestWhoMayMakeTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker, actor.Monitor)
		stranger := h.boss(id.New[id.Org]())
		self, _, err := h.SessionActor(t.Context(), h.enter(p).Cookie)
		if err != nil {
			t.Fatal(err)
		}
		spec := TokenSpec{Name: "x", Roles: []actor.Membership{{Role: actor.Administrator}}}
		_, _, err = h.MakeToken(t.Context(), self, p.org, spec)
		want(t, err, fault.Forbidden, "refused")
		_, _, err = h.MakeToken(t.Context(), stranger, p.org, spec)
		want(t, err, fault.NotFound, "not_found")
		_, err = h.Tokens(t.Context(), stranger, p.org)
		want(t, err, fault.NotFound, "not_found")

		_, made, err := h.MakeToken(t.Context(), shell, p.org, spec)
		if err != nil {
			t.Fatal(err)
		}
		want(t, h.RevokeToken(t.Context(), stranger, p.org, made.ID), fault.NotFound, "not_found")
		want(t, h.RevokeToken(t.Context(), stranger, stranger.Org, made.ID), fault.NotFound, "not_found")
		want(t, h.RevokePerson(t.Context(), self, stranger.Person), fault.Forbidden, "refused")
	})
}

func TestTokenSpecs(t *testing.T) {
	worker := []actor.Membership{{Role: actor.Worker}}
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		spec  TokenSpec
		code  string
		field string
	}{
		{"good", TokenSpec{Name: "x", Roles: worker}, "", ""},
		{"for a person", TokenSpec{Name: "x", Person: "per_1"}, "", ""},
		{"no name", TokenSpec{Name: " ", Roles: worker}, "required", "name"},
		{"long name", TokenSpec{Name: strings.Repeat("x", 101), Roles: worker}, "too_long", "name"},
		{"neither", TokenSpec{Name: "x"}, "token_roles_or_person", "roles"},
		{"both", TokenSpec{Name: "x", Roles: worker, Person: "per_1"}, "token_roles_or_person", "roles"},
		{"unknown role", TokenSpec{Name: "x", Roles: []actor.Membership{{Role: "owner"}}}, "role_unknown", "roles"},
		{"too many", TokenSpec{Name: "x", Roles: make([]actor.Membership, rolesMost+1)}, "out_of_range", "roles"},
		{"over already", TokenSpec{Name: "x", Roles: worker, Expires: now}, "expires_past", "expires"},
	} {
		err := c.spec.check(now)
		if code := codeOf(err); code != c.code || err != nil && fault.From(err).Field != c.field {
			t.Errorf("%s: %v, want %q at %q", c.name, err, c.code, c.field)
		}
	}
}

func TestStrangeSecretsAreRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for _, s := range []string{
			"", "mst_", "x", strings.Repeat("A", secretChars), tokenPrefix + strings.Repeat("A", secretChars),
			tokenPrefix + strings.Repeat("A", 1<<20), "mst_' or 1=1 --", "\x00",
		} {
			_, err := h.Authenticate(t.Context(), s)
			want(t, err, fault.Unauthenticated, "token_refused")
			_, _, err = h.SessionActor(t.Context(), s)
			want(t, err, fault.Unauthenticated, "unauthenticated")
			_, err = h.SignInWithLink(t.Context(), s, desk)
			want(t, err, fault.Expired, "link_expired")
			_, err = h.SignInWithCode(t.Context(), s, s, desk)
			want(t, err, fault.Expired, "code_expired")
		}
	})
}

// Tries that come at once on two nodes are counted together.
func TestNodesCountTriesTogether(t *testing.T) {
	cheap(t)
	dsn := mustertest.Postgres(t)
	var nodes []*house
	for range 2 {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		nodes = append(nodes, newHouse(t, s))
	}
	var allowed, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_, err := nodes[i%2].count(context.WithoutCancel(t.Context()), try{codeByAccount, "aino@example.fi"})
			switch {
			case err == nil:
				allowed.Add(1)
			case errors.Is(err, fault.New(fault.Limited, "limited")):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if allowed.Load() != int64(codeByAccount.burst) || refused.Load() != 40-int64(codeByAccount.burst) {
		t.Errorf("%d allowed and %d refused, want %d allowed", allowed.Load(), refused.Load(), codeByAccount.burst)
	}
}

// Run does by itself what the other tests do by hand.
func TestRunSendsCodes(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		h.hire(org, "Aino Virtanen", "aino@example.fi")
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { h.Run(ctx) })
		nonce := must(h.RequestCode(t.Context(), "aino@example.fi", desk))(t)
		time.Sleep(time.Millisecond)
		stop()
		done.Wait()
		mail := h.mailed(org)
		if len(mail) != 1 {
			t.Fatalf("%d mails, want one", len(mail))
		}
		must(h.SignInWithCode(t.Context(), nonce, mail[0].Facts["Code"].(string), desk))(t)
		if h.log.Len() > 0 {
			t.Errorf("logged %s", h.log)
		}
	})
}

func BenchmarkCachedLookups(b *testing.B) {
	h := newHouse(b, mustertest.Store(b))
	org := id.New[id.Org]()
	in := h.enter(h.hire(org, "Aino Virtanen", "aino@example.fi", actor.Worker))
	secret, _, err := h.MakeToken(b.Context(), shell, org, TokenSpec{Name: "x", Roles: []actor.Membership{{Role: actor.Worker}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := h.SessionActor(b.Context(), in.Cookie); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("token", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.Authenticate(b.Context(), secret); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("session-not-cached", func(b *testing.B) {
		for b.Loop() {
			h.known.forget(nil)
			if _, _, err := h.SessionActor(b.Context(), in.Cookie); err != nil {
				b.Fatal(err)
			}
		}
	})
}
