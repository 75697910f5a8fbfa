package identity

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	vwa "github.com/descope/virtualwebauthn"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// device is somebody's phone or key with its passkeys.
type device struct {
	vwa.Authenticator
	site vwa.RelyingParty
}

func newDevice(origin string) *device {
	return &device{vwa.NewAuthenticator(), vwa.RelyingParty{Name: "Nordic Watch", ID: "muster.example", Origin: origin}}
}

// register makes a passkey for whoever the options are for.
func (d *device) register(t testing.TB, options []byte) (vwa.Credential, []byte) {
	t.Helper()
	o, err := vwa.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	c := newKey()
	return c, []byte(vwa.CreateAttestationResponse(d.site, d.Authenticator, c, *o))
}

// answer signs a challenge.
func (d *device) answer(t testing.TB, options []byte, c vwa.Credential, handle []byte) []byte {
	t.Helper()
	o, err := vwa.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	d.Options.UserHandle = handle
	return []byte(vwa.CreateAssertionResponse(d.site, d.Authenticator, c, *o))
}

// withPasskey gives a person a passkey.
func (h *house) withPasskey(p person, d *device) (vwa.Credential, []byte) {
	h.t.Helper()
	in := h.enter(p)
	options, nonce, err := h.BeginPasskey(h.t.Context(), in.Cookie)
	if err != nil {
		h.t.Fatal(err)
	}
	c, answer := d.register(h.t, options)
	if _, err := h.AddPasskey(h.t.Context(), in.Cookie, nonce, "Phone", answer, desk); err != nil {
		h.t.Fatal(err)
	}
	acc, err := h.accountFor(h.t.Context(), accountByFold, strings.ToLower(p.email))
	if err != nil {
		h.t.Fatal(err)
	}
	return c, acc.handle
}

func TestSignInWithPasskey(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker)
		d := newDevice("https://muster.example")
		c, handle := h.withPasskey(p, d)

		options, nonce, err := h.BeginPasskeySignIn(t.Context(), desk)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(options), "allowCredentials") {
			t.Error("the options tell who has passkeys")
		}
		c.Counter = 7
		answer := d.answer(t, options, c, handle)
		in := must(h.SignInWithPasskey(t.Context(), nonce, answer, desk))(t)
		who, s, err := h.SessionActor(t.Context(), in.Cookie)
		if err != nil || who.Person != p.Person || s.How != "passkey" {
			t.Fatalf("came in as %+v, %v", who, err)
		}
		_, err = h.SignInWithPasskey(t.Context(), nonce, answer, desk)
		want(t, err, fault.Expired, "passkey_expired") // a challenge serves once

		all := must(h.Passkeys(t.Context(), in.Cookie))(t)
		if len(all) != 1 || all[0].Name != "Phone" || all[0].Used.IsZero() {
			t.Fatalf("listed as %+v", all)
		}

		options, nonce = begin(t, h)
		c.Counter = 3 // a copy of the key lags behind
		_, err = h.SignInWithPasskey(t.Context(), nonce, d.answer(t, options, c, handle), desk)
		want(t, err, fault.Unauthenticated, "passkey_refused")

		if err := h.RemovePasskey(t.Context(), in.Cookie, all[0].ID, desk); err != nil {
			t.Fatal(err)
		}
		options, nonce = begin(t, h)
		c.Counter = 9
		_, err = h.SignInWithPasskey(t.Context(), nonce, d.answer(t, options, c, handle), desk)
		want(t, err, fault.Unauthenticated, "passkey_refused")
		if got := h.kinds(p.org); !slices.Contains(got, "passkey_added") || !slices.Contains(got, "passkey_removed") {
			t.Errorf("the book says %v", got)
		}
	})
}

// newKey is a credential whose public key is written in full: the library
// leaves out leading zeros, which RFC 9053 §7.1.1 does not allow and one key in
// 128 has.
func newKey() vwa.Credential {
	const full = 77 // bytes: a map of five, two of them of 32
	for {
		if c := vwa.NewCredential(vwa.KeyTypeEC2); len(c.Key.AttestationData()) == full {
			return c
		}
	}
}

func begin(t testing.TB, h *house) (options []byte, nonce string) {
	t.Helper()
	options, nonce, err := h.BeginPasskeySignIn(t.Context(), desk)
	if err != nil {
		t.Fatal(err)
	}
	return options, nonce
}

func TestPasskeysThatDoNotFitAreRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		aino := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi")
		bert := h.hire(aino.org, "Bert Laine", "bert@example.fi")
		d := newDevice("https://muster.example")
		c, handle := h.withPasskey(aino, d)
		_, other := h.withPasskey(bert, d)
		unverified := newDevice("https://muster.example")
		unverified.Options.UserNotVerified = true
		for name, answer := range map[string]func(options []byte) []byte{
			"another site":      func(o []byte) []byte { return newDevice("https://muster.evil").answer(t, o, c, handle) },
			"an unknown key":    func(o []byte) []byte { return d.answer(t, o, newKey(), handle) },
			"somebody else's":   func(o []byte) []byte { return d.answer(t, o, c, other) },
			"nobody's":          func(o []byte) []byte { return d.answer(t, o, c, []byte("nobody")) },
			"no handle":         func(o []byte) []byte { return d.answer(t, o, c, nil) },
			"without a PIN":     func(o []byte) []byte { return unverified.answer(t, o, c, handle) },
			"another challenge": func([]byte) []byte { o, _ := begin(t, h); return d.answer(t, o, c, handle) },
			"not even JSON":     func([]byte) []byte { return []byte("{") },
			"far too long":      func([]byte) []byte { return make([]byte, passkeyAnswerMost+1) },
			"a registration": func([]byte) []byte {
				o, _, _ := h.BeginPasskey(t.Context(), h.enter(aino).Cookie)
				_, a := d.register(t, o)
				return a
			},
		} {
			options, nonce := begin(t, h)
			_, err := h.SignInWithPasskey(t.Context(), nonce, answer(options), desk)
			if codeOf(err) != "passkey_refused" {
				t.Errorf("%s: %v, want passkey_refused", name, err)
			}
		}
		// A ceremony that one account began is not another's to end.
		in := h.enter(aino)
		options, nonce, err := h.BeginPasskey(t.Context(), in.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		_, answer := d.register(t, options)
		_, err = h.AddPasskey(t.Context(), h.enter(bert).Cookie, nonce, "Phone", answer, desk)
		want(t, err, fault.Unauthenticated, "passkey_refused")
		// Nor is one for registering good for signing in, or the other way.
		options, nonce, err = h.BeginPasskey(t.Context(), in.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.SignInWithPasskey(t.Context(), nonce, d.answer(t, options, c, handle), desk)
		want(t, err, fault.Unauthenticated, "passkey_refused")
		_, nonce = begin(t, h)
		_, err = h.AddPasskey(t.Context(), in.Cookie, nonce, "Phone", answer, desk)
		want(t, err, fault.Unauthenticated, "passkey_refused")
	})
}

func TestAChallengeLivesFiveMinutes(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		d := newDevice("https://muster.example")
		c, handle := h.withPasskey(h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi"), d)
		options, nonce := begin(t, h)
		time.Sleep(ceremonyValid)
		_, err := h.SignInWithPasskey(t.Context(), nonce, d.answer(t, options, c, handle), desk)
		want(t, err, fault.Expired, "passkey_expired")
	})
}

func TestThereAreNoPasskeysAtABareAddress(t *testing.T) {
	cheap(t)
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "muster.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := newHouse(t, s)
	g := New(s, Config{URL: "http://127.0.0.1:8420", Name: "x", Keys: h.keys})
	defer g.Close()
	if g.HasPasskeys() {
		t.Error("passkeys are offered at an IP address")
	}
	_, _, err = g.BeginPasskeySignIn(t.Context(), desk)
	want(t, err, fault.Unavailable, "passkeys_unavailable")
	local := New(s, Config{URL: "http://localhost:8420", Name: "x", Keys: h.keys})
	defer local.Close()
	if !local.HasPasskeys() {
		t.Error("passkeys are not offered at localhost")
	}
}

// Whoever reads the database or the log learns nothing that lets in.
func TestSecretsAreWrittenNowhere(t *testing.T) {
	cheap(t)
	dir := t.TempDir()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "muster.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, s)
	p := h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi", actor.Worker)
	link := h.linkFor(p, LinkSpec{})
	in := must(h.SignInWithLink(t.Context(), link, desk))(t)
	const password = "violet ladder otter"
	if err := h.SetPassword(t.Context(), in.Cookie, password, desk); err != nil {
		t.Fatal(err)
	}
	nonce := must(h.RequestCode(t.Context(), "aino@example.fi", desk))(t)
	h.mailed(p.org)
	token, _, err := h.MakeToken(t.Context(), shell, p.org, TokenSpec{Name: "x", Person: p.Person})
	if err != nil {
		t.Fatal(err)
	}
	init, staffToken, err := h.InitProvider(t.Context(), "Olga", "olga@provider.example")
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		link, in.Cookie, password, nonce, strings.TrimPrefix(token, tokenPrefix),
		strings.TrimPrefix(staffToken, tokenPrefix), init[strings.LastIndexByte(init, '/')+1:],
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	written := h.log.String()
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		written += string(data)
	}
	if !strings.Contains(written, "Aino Virtanen") {
		t.Fatal("the search does not find what is there")
	}
	for i, secret := range secrets {
		if strings.Contains(written, secret) {
			t.Errorf("secret %d is written in the open", i)
		}
	}
}
