package pass

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// muster stands for the installation.
type muster struct {
	*httptest.Server
	private ed25519.PrivateKey
	public  ed25519.PublicKey
	down    atomic.Bool
	active  atomic.Bool
	yes     atomic.Bool
	asked   atomic.Int64 // introspections
	ended   chan string

	events chan event

	mu    sync.Mutex
	next  string // the pass for the next code
	posts int
}

func newMuster(t *testing.T) *muster {
	t.Helper()
	m := &muster{ended: make(chan string, 1), events: make(chan event, 10)}
	m.active.Store(true)
	m.public, m.private, _ = ed25519.GenerateKey(rand.Reader)
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
	mux.HandleFunc("GET /access/v1/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"keys": []map[string]string{{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": base64.RawURLEncoding.EncodeToString(m.public)}}})
	})
	mux.HandleFunc("POST /access/v1/token", func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.next == "" {
			w.WriteHeader(http.StatusForbidden)
			say(w, map[string]string{"code": "code_refused"})
			return
		}
		say(w, map[string]string{"pass": m.next})
		m.next = ""
	})
	mux.HandleFunc("POST /access/v1/introspect", func(w http.ResponseWriter, _ *http.Request) {
		m.asked.Add(1)
		say(w, map[string]bool{"active": m.active.Load()})
	})
	mux.HandleFunc("POST /access/v1/evaluation", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"decision": m.yes.Load(), "context": map[string]string{"rule": "r", "reason": "because"}})
	})
	mux.HandleFunc("POST /access/v1/events", func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.posts++
		first := m.posts == 1
		m.mu.Unlock()
		if first {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var in struct{ Events []event }
		_ = json.NewDecoder(r.Body).Decode(&in)
		for _, e := range in.Events {
			m.events <- e
		}
		say(w, map[string]int{"recorded": len(in.Events)})
	})
	mux.HandleFunc("GET /access/v1/revocations", func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		often := time.NewTicker(200 * time.Millisecond)
		defer often.Stop()
		for {
			fmt.Fprint(w, "event: alive\ndata: 1\n\n")
			_ = control.Flush()
			select {
			case <-r.Context().Done():
				return
			case id := <-m.ended:
				fmt.Fprintf(w, "event: ended\ndata: {\"pass\":%q}\n\n", id)
			case <-often.C:
			}
		}
	})
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(m.Server.CloseClientConnections)
	t.Cleanup(m.Server.Close)
	return m
}

func (m *muster) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Muster: m.URL, Product: "prd_1", Token: "mpt_1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (m *muster) claims() claims {
	now := time.Now()
	return claims{
		Name: "Sari", Org: "org_1", Grant: "grt_1", Mode: View, Banner: "Support: Sari looks.", Lang: "en",
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: m.URL, Subject: "stf_1", Audience: jwt.ClaimStrings{"prd_1"}, ID: "pas_1.1",
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(5 * time.Minute)),
		},
	}
}

func (m *muster) sign(t *testing.T, c claims, method jwt.SigningMethod, key any, header ...string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"], token.Header["typ"] = "k1", kind
	for i := 0; i+1 < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (m *muster) good(t *testing.T) string {
	t.Helper()
	return m.sign(t, m.claims(), jwt.SigningMethodEdDSA, m.private)
}

func TestOnlyAPassOfMustersForThisProductIsTaken(t *testing.T) {
	m := newMuster(t)
	c := m.client(t)
	_, stranger, _ := ed25519.GenerateKey(rand.Reader)
	eddsa := jwt.SigningMethodEdDSA
	with := func(change func(*claims)) string {
		claims := m.claims()
		change(&claims)
		return m.sign(t, claims, eddsa, m.private)
	}
	if p, err := c.Verify(t.Context(), m.good(t)); err != nil || p.ID != "pas_1" || p.Staff != "stf_1" || p.Organisation != "org_1" || p.Mode != View || p.Banner == "" {
		t.Fatalf("a good pass: %+v, %v", p, err)
	}
	good := m.good(t)
	for name, text := range map[string]string{
		"nothing":             "",
		"no token":            "hello",
		"forged":              m.sign(t, m.claims(), eddsa, stranger),
		"changed":             good[:len(good)-4] + "AAAA",
		"unsigned":            m.sign(t, m.claims(), jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"public key as HMAC":  m.sign(t, m.claims(), jwt.SigningMethodHS256, []byte(m.public)),
		"unknown key":         m.sign(t, m.claims(), eddsa, m.private, "kid", "k2"),
		"another sort of JWT": m.sign(t, m.claims(), eddsa, m.private, "typ", "JWT"),
		"expired":             with(func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Minute)) }),
		"without an end":      with(func(c *claims) { c.ExpiresAt = nil }),
		"from the future":     with(func(c *claims) { c.IssuedAt = jwt.NewNumericDate(time.Now().Add(time.Hour)) }),
		"another product's":   with(func(c *claims) { c.Audience = jwt.ClaimStrings{"prd_2"} }),
		"another Muster's":    with(func(c *claims) { c.Issuer = "https://elsewhere.example" }),
		"no customer":         with(func(c *claims) { c.Org = "" }),
		"no leave":            with(func(c *claims) { c.Grant = "" }),
		"another mode":        with(func(c *claims) { c.Mode = "root" }),
	} {
		if _, err := c.Verify(t.Context(), text); !errors.Is(err, ErrNoPass) {
			t.Errorf("%s: %v, want no pass", name, err)
		}
	}
}

func TestWithoutTheStreamMusterIsAskedEachTimeAndSilenceIsNo(t *testing.T) {
	m := newMuster(t)
	c := m.client(t)
	good := m.good(t)
	for range 2 {
		if _, err := c.Verify(t.Context(), good); err != nil {
			t.Fatal(err)
		}
	}
	if m.asked.Load() != 2 {
		t.Errorf("asked %d times, want each", m.asked.Load())
	}
	m.active.Store(false)
	if _, err := c.Verify(t.Context(), good); !errors.Is(err, ErrRevoked) {
		t.Errorf("a pass that was taken back: %v", err)
	}
	m.down.Store(true)
	if _, err := c.Verify(t.Context(), good); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody can be asked: %v", err)
	}
	m.yes.Store(true)
	if d := c.Allowed(t.Context(), Pass{}, "view", Resource{"page", "orders"}, "en"); d.Allowed {
		t.Error("a decision that nobody made is yes")
	}
	m.down.Store(false)
	if d := c.Allowed(t.Context(), Pass{}, "view", Resource{"page", "orders"}, "en"); !d.Allowed || d.Rule != "r" || d.Reason != "because" {
		t.Errorf("a decision: %+v", d)
	}
}

// browser is a product behind Guard, and a browser at it.
type browser struct {
	t    *testing.T
	at   string
	from string
	http *http.Client
}

func newBrowser(t *testing.T, c *Client) browser {
	t.Helper()
	s := httptest.NewServer(c.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, ok := From(r.Context()); ok {
			fmt.Fprint(w, "support "+p.Banner)
			return
		}
		fmt.Fprint(w, "user")
	})))
	t.Cleanup(s.Close)
	jar, _ := cookiejar.New(nil)
	return browser{t, s.URL, c.at + "/", &http.Client{Jar: jar}}
}

func (b browser) do(method, path string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.at+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Referer", b.from)
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body := make([]byte, 4096)
	n, _ := res.Body.Read(body)
	return res.StatusCode, string(body[:n])
}

func (b browser) want(method, path string, status int, text string) {
	b.t.Helper()
	if got, body := b.do(method, path); got != status || !strings.Contains(body, text) {
		b.t.Errorf("%s %s: %d %q, want %d %q", method, path, got, body, status, text)
	}
}

func (m *muster) hand(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = text
}

func TestSupportComesInByCodeLooksAndIsOutWhenTheLeaveEnds(t *testing.T) {
	m := newMuster(t)
	c := m.client(t)
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan struct{})
	go func() { c.Run(ctx); close(running) }()
	defer func() { stop(); <-running }()
	b := newBrowser(t, c)

	b.want("GET", "/", 200, "user")
	b.want("GET", EnterPath+"?code=made-up", 403, "not let in")
	b.want("GET", "/", 200, "user")
	m.hand(m.good(t))
	for _, from := range []string{"", "https://elsewhere.example/", m.URL + ".elsewhere.example/", "javascript:" + m.URL} {
		other := b
		other.from = from
		other.want("GET", EnterPath+"?code=good", 403, "did not come here from Muster")
	}
	b.want("GET", EnterPath+"?code=good", 200, "support Support: Sari looks.")
	b.want("POST", "/", 403, "here to look")
	b.want("DELETE", "/orders", 403, "here to look")
	if in := c.Inside("org_1"); len(in) != 1 || in[0].Name != "Sari" || len(c.Inside("org_2")) != 0 {
		t.Errorf("who is inside: %+v", in)
	}

	p := c.visits.all()[0]
	began := time.Now()
	m.ended <- p.ID
	select {
	case <-c.Over(p):
	case <-time.After(5 * time.Second):
		t.Fatal("the end was not heard")
	}
	t.Logf("heard after %s", time.Since(began))
	b.want("GET", "/", 403, "is over")
	b.want("GET", "/", 200, "user")
	if len(c.Inside("org_1")) != 0 {
		t.Error("whoever is out is shown as in")
	}
}

func TestWhatWasDoneArrivesThoughTheFirstTryFails(t *testing.T) {
	m := newMuster(t)
	c := m.client(t)
	p, err := c.verify(t.Context(), m.good(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan struct{})
	go func() { c.Run(ctx); close(running) }()
	record := func(name string) {
		t.Helper()
		if err := c.Record(p, Act{ID: name, Name: "view", Resource: Resource{"page", "orders"}}); err != nil {
			t.Fatal(err)
		}
	}
	arrived := func(want string) {
		t.Helper()
		for {
			select {
			case e := <-m.events:
				if e.Action != "view" || e.Type != "page" || e.Resource != "orders" || e.At == "" {
					t.Fatalf("arrived: %+v", e)
				}
				if e.ID == want {
					return
				} // else it came twice, which its identifier is for
			case <-time.After(20 * time.Second):
				t.Fatalf("%s did not arrive", want)
			}
		}
	}
	record("first")
	arrived("first") // though the first try failed
	stop()
	<-running
	record("second")
	c.last(nil) // what waits when the product stops is sent
	arrived("second")
}

func TestMoreThanCanBeKeptIsRefused(t *testing.T) {
	c := newMuster(t).client(t)
	for range mostActs {
		if err := c.Record(Pass{}, Act{Name: "view"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Record(Pass{}, Act{Name: "view"}); !errors.Is(err, ErrFull) {
		t.Errorf("one more than fits: %v", err)
	}
}
