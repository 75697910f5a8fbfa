package sso

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"muster/fault"
	"muster/mustertest"
	"muster/seal"
)

// clock can be turned.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

// house is a door in front of a real identity provider.
type house struct {
	*Door
	clock  clock
	issuer *mustertest.Issuer
}

const address = "http://127.0.0.1:1"

func open(t *testing.T, spec mustertest.IssuerSpec, change func(*Setting)) *house {
	t.Helper()
	spec.Back = address + Path
	h := &house{issuer: mustertest.NewIssuer(t, spec)}
	s := Setting{Issuer: h.issuer.URL, Client: h.issuer.Client, Secret: h.issuer.Secret, Name: "Example ID"}
	if change != nil {
		change(&s)
	}
	s, err := s.Checked()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	h.Door = New(s, address, keys, h.clock.now, slog.New(slog.DiscardHandler))
	return h
}

// begin asks for a sign-in.
func (h *house) begin(t *testing.T) (to, cookie string) {
	t.Helper()
	to, cookie, _, err := h.Begin(t.Context(), "/provider/staff", false)
	if err != nil {
		t.Fatal(err)
	}
	return to, cookie
}

// comes is one whole way there and back.
func (h *house) comes(t *testing.T, u mustertest.User) (Proof, error) {
	t.Helper()
	h.issuer.Knows(u)
	to, cookie := h.begin(t)
	return h.Finish(t.Context(), cookie, h.issuer.Visit(to).Query())
}

// with changes parameters of an address; an empty value takes one away.
func with(t *testing.T, address string, pairs ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

var olga = mustertest.User{Sub: "u-1", Email: "olga@provider.example", Verified: true, Name: "Olga Operator", AMR: []string{"pwd", "otp"}, Ago: 60}

func TestWK8AWholeSignInProvesASecondFactor(t *testing.T) {
	for name, spec := range map[string]mustertest.IssuerSpec{
		"address in the token": {Logout: address + "/out"}, "address at the user info": {Logout: address + "/out", Spare: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, spec, nil)
			to, _ := h.begin(t)
			for _, part := range []string{"code_challenge=", "code_challenge_method=S256", "nonce=", "state=", "max_age=43200", "response_type=code"} {
				if !strings.Contains(to, part) {
					t.Errorf("the question lacks %s: %s", part, to)
				}
			}
			p, err := h.comes(t, olga)
			if err != nil {
				t.Fatal(err)
			}
			if p.Issuer != h.issuer.URL || p.Subject != "u-1" || p.Email != olga.Email || p.Name != "" && p.Name != olga.Name || p.Next != "/provider/staff" || p.Session == "" {
				t.Errorf("%+v", p)
			}
			if ago := time.Since(p.At); ago < 55*time.Second || ago > 5*time.Minute {
				t.Errorf("asked %v ago", ago)
			}
			unread := olga
			unread.Verified = false
			if p, err := h.comes(t, unread); err != nil || p.Email != "" {
				t.Errorf("an address that nobody verified: %q, %v", p.Email, err)
			}
		})
	}
}

func TestWK8NoSecondFactorIsSaidInWords(t *testing.T) {
	rows := []struct {
		name string
		set  func(*Setting)
		acr  string
		amr  []string
		want string
	}{
		{"a password alone", nil, "", []string{"pwd"}, "sso_factor"},
		{"a text message", nil, "", []string{"pwd", "sms"}, "sso_factor"},
		{"nothing said", nil, "", nil, "sso_factor_unsaid"},
		{"a class does not count unless it was set", nil, "two", []string{"pwd"}, "sso_factor"},
		{"a code", nil, "", []string{"pwd", "otp"}, ""},
		{"a key", nil, "", []string{"hwk"}, ""},
		{"the class that was set", func(s *Setting) { s.ACR = []string{"two"} }, "two", []string{"pwd"}, ""},
		{"another class", func(s *Setting) { s.ACR = []string{"two"} }, "one", []string{"pwd", "otp"}, "sso_factor"},
		{"a method of our own", func(s *Setting) { s.AMR = []string{"totp"} }, "", []string{"pwd", "totp"}, ""},
		{"ours replace the usual ones", func(s *Setting) { s.AMR = []string{"totp"} }, "", []string{"pwd", "otp"}, "sso_factor"},
	}
	h := open(t, mustertest.IssuerSpec{}, nil)
	plain := h.Setting
	for _, row := range rows {
		h.Setting = plain
		if row.set != nil {
			row.set(&h.Setting)
		}
		u := olga
		u.ACR, u.AMR = row.acr, row.amr
		if _, err := h.comes(t, u); code(err) != row.want {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
}

func TestWK8AnAnswerIsBelievedOnlyOnceAndByWhoAsked(t *testing.T) {
	h := open(t, mustertest.IssuerSpec{}, nil)
	h.issuer.Knows(olga)
	answer := func(change ...string) (cookie string, q url.Values) {
		to, cookie := h.begin(t)
		return cookie, h.issuer.Visit(with(t, to, change...)).Query()
	}
	finish := func(name, want, cookie string, q url.Values) {
		t.Helper()
		if _, err := h.Finish(t.Context(), cookie, q); code(err) != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}

	cookie, q := answer()
	finish("the first time", "", cookie, q)
	finish("a code for the second time", "sso_expired", cookie, q)

	_, q = answer()
	other, _ := answer()
	finish("another browser", "sso_expired", other, q)
	finish("no cookie", "sso_expired", "", q)
	finish("a cookie of somebody's own", "sso_expired", "bm90aGluZw", q)

	cookie, q = answer("nonce", "somebody-elses")
	finish("another nonce", "sso_mismatch", cookie, q)
	cookie, q = answer("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
	finish("another's PKCE challenge", "sso_expired", cookie, q)

	cookie, q = answer()
	q.Set("iss", "https://evil.example")
	finish("another issuer (RFC 9207)", "sso_mismatch", cookie, q)
	q.Del("iss")
	finish("an issuer that keeps silent about itself", "sso_mismatch", cookie, q)

	cookie, q = answer()
	h.clock.ahead = 11 * time.Minute
	finish("too late", "sso_expired", cookie, q)
	h.clock.ahead = 0

	h.issuer.Knows(mustertest.User{})
	cookie, q = answer()
	finish("the person said no there", "sso_refused", cookie, q)
}

func TestWK8HowLongAgoSomebodyWasAskedCounts(t *testing.T) {
	h := open(t, mustertest.IssuerSpec{}, func(s *Setting) { s.MaxAge = time.Hour })
	try := func(ago int, change ...string) error {
		u := olga
		u.Ago = ago
		h.issuer.Knows(u)
		to, cookie := h.begin(t)
		_, err := h.Finish(t.Context(), cookie, h.issuer.Visit(with(t, to, change...)).Query())
		return err
	}
	if err := try(3500); err != nil {
		t.Error(err)
	}
	if err := try(3800, "max_age", "86400"); code(err) != "sso_stale" {
		t.Errorf("asked too long ago: %v", err)
	}
	s := Setting{MaxAge: time.Hour}
	now := time.Now()
	for name, at := range map[string]int64{"unsaid": 0, "in the future": now.Add(time.Hour).Unix(), "before time": -5} {
		if err := s.fresh(claims{AuthTime: at}, now); code(err) != "sso_stale" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A token of one provider is nothing to a door of another's, although the
// client is known to both by the same name and secret.
// FL2: who is to be asked anew is, and an identity provider that does not do it
// proves nothing new.
func TestFL2WhoIsAskedAnewWasAskedAnew(t *testing.T) {
	h := open(t, mustertest.IssuerSpec{}, nil)
	for ago, want := range map[int]string{0: "", 300: "sso_not_again"} {
		u := olga
		u.Ago = ago
		h.issuer.Knows(u)
		to, cookie, _, err := h.Begin(t.Context(), "/provider/grants", true)
		if err != nil || !strings.Contains(to, "prompt=login") {
			t.Fatalf("the question: %s, %v", to, err)
		}
		if _, err := h.Finish(t.Context(), cookie, h.issuer.Visit(to).Query()); code(err) != want {
			t.Errorf("asked %d seconds ago: %v, want %q", ago, err, want)
		}
	}
}

func TestWK8AnotherIssuersTokenIsNotBelieved(t *testing.T) {
	ours, theirs := open(t, mustertest.IssuerSpec{}, nil), open(t, mustertest.IssuerSpec{}, nil)
	if _, err := ours.comes(t, olga); err != nil {
		t.Fatal(err)
	}
	theirs.issuer.Knows(olga)
	_, p, err := theirs.meet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The mix-up: what we take for our provider leads to the other one.
	mixed := oidc.ProviderConfig{
		IssuerURL: ours.issuer.URL, AuthURL: p.Endpoint().AuthURL, TokenURL: p.Endpoint().TokenURL,
		UserInfoURL: p.UserInfoEndpoint(), JWKSURL: theirs.issuer.URL + "/jwks",
	}
	ours.known = &provider{mixed.NewProvider(oidc.ClientContext(t.Context(), ours.client)), true}
	to, cookie := ours.begin(t)
	if !strings.HasPrefix(to, theirs.issuer.URL) {
		t.Fatal(to)
	}
	q := theirs.issuer.Visit(to).Query()
	if _, err := ours.Finish(t.Context(), cookie, q); code(err) != "sso_mismatch" {
		t.Errorf("under its own name: %v", err)
	}
	q.Set("iss", ours.issuer.URL)
	if _, err := ours.Finish(t.Context(), cookie, q); code(err) != "sso_mismatch" {
		t.Errorf("under ours: %v", err)
	}
}

func TestAProviderThatIsAwayLetsNobodyInAndComesBack(t *testing.T) {
	h := open(t, mustertest.IssuerSpec{}, nil)
	at := h.Issuer
	h.Issuer = "http://127.0.0.1:1"
	if _, _, _, err := h.Begin(t.Context(), "/", false); code(err) != "sso_unavailable" {
		t.Errorf("%v", err)
	}
	h.Issuer = at
	if _, err := h.comes(t, olga); err != nil {
		t.Errorf("it is back: %v", err)
	}
	h.Issuer, h.known = at+"/", nil
	if _, _, _, err := h.Begin(t.Context(), "/", false); code(err) != "sso_unavailable" {
		t.Errorf("an issuer by another name: %v", err)
	}
}

func TestASettingThatCannotWorkIsRefused(t *testing.T) {
	good := Setting{Issuer: "https://id.example", Client: "muster", Secret: "s"}
	if s, err := good.Checked(); err != nil || s.Name != "id.example" || s.MaxAge != MaxAge || len(s.AMR) == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	for name, change := range map[string]func(*Setting){
		"no issuer": func(s *Setting) { s.Issuer = "" }, "plain http": func(s *Setting) { s.Issuer = "http://id.example" },
		"a query": func(s *Setting) { s.Issuer += "?a=b" }, "no client": func(s *Setting) { s.Client = "" },
		"no secret": func(s *Setting) { s.Secret = "" }, "too long": func(s *Setting) { s.MaxAge = 13 * time.Hour },
		"too short": func(s *Setting) { s.MaxAge = time.Second },
	} {
		s := good
		change(&s)
		if _, err := s.Checked(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
