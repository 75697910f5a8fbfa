package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// office is a town with the API open.
type office struct {
	*town.Town
	t     testing.TB
	gate  *identity.Gate
	api   http.Handler
	log   *strings.Builder
	staff caller
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	mustertest.Stores(t, func(t *testing.T, s *store.Store) { test(t, open(t, s)) })
}

func open(t testing.TB, s *store.Store) *office {
	t.Helper()
	o := &office{Town: town.New(t, s), t: t, log: &strings.Builder{}}
	o.Mail.Patience = 10 * time.Second
	log := slog.New(slog.NewTextHandler(o.log, nil))
	o.gate = identity.New(s, identity.Config{URL: "https://muster.test", Name: "Provider", Keys: o.Keys, Log: log, Staff: staff.Vouch})
	t.Cleanup(o.gate.Close)
	book, err := ledger.Open(t.Context(), s, o.Keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", o.log)
		}
	})
	o.api = New(Deps{Store: s, Keys: o.Keys, Gate: o.gate, Book: book, Log: log, URL: "https://muster.test"})
	_, token, err := o.gate.InitProvider(t.Context(), "Sari Staff", "sari@provider.test")
	if err != nil {
		t.Fatal(err)
	}
	o.staff = caller{o, token}
	return o
}

// caller is somebody with a token.
type caller struct {
	o     *office
	token string
}

// as makes a token that stands for a person.
func (o *office) as(org *town.Organisation, m town.Member) caller {
	o.t.Helper()
	return o.token(org, identity.TokenSpec{Name: m.Name, Person: m.Person.Person})
}

// program makes a token with a role of its own.
func (o *office) program(org *town.Organisation, role actor.Role) caller {
	o.t.Helper()
	return o.token(org, identity.TokenSpec{Name: string(role), Roles: []actor.Membership{{Role: role}}})
}

func (o *office) token(org *town.Organisation, spec identity.TokenSpec) caller {
	o.t.Helper()
	secret, _, err := o.gate.MakeToken(o.t.Context(), org.Admin.Actor, org.ID, spec)
	if err != nil {
		o.t.Fatal(err)
	}
	return caller{o, secret}
}

// said is an answer.
type said struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// ask sends a request; pairs are further headers.
func (c caller) ask(method, path string, body any, pairs ...string) said {
	c.o.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	case []byte:
		raw = b
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			c.o.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(c.o.t.Context(), method, path, bytes.NewReader(raw))
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/api/") {
		r.URL.Path = prefix + r.URL.Path
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	c.o.api.ServeHTTP(w, r)
	s := said{c.o.t, method + " " + path, w.Code, w.Header(), w.Body.Bytes(), nil}
	if strings.Contains(w.Header().Get("Content-Type"), "json") {
		json.Unmarshal(s.raw, &s.body)
	}
	return s
}

func (c caller) get(path string) said { c.o.t.Helper(); return c.ask(http.MethodGet, path, nil) }

func (c caller) post(path string, body any) said {
	c.o.t.Helper()
	return c.ask(http.MethodPost, path, body)
}

// want holds the answer to a status.
func (s said) want(status int) said {
	s.t.Helper()
	if s.status != status {
		s.t.Fatalf("%s: %d, want %d\n%s", s.what, s.status, status, s.raw)
	}
	return s
}

// refused holds the answer to a problem.
func (s said) refused(status int, code string) said {
	s.t.Helper()
	if s.status != status || s.body["code"] != code {
		s.t.Errorf("%s: %d %v, want %d %s\n%s", s.what, s.status, s.body["code"], status, code, s.raw)
	}
	return s
}

// at digs into the answer: names and places in lists.
func (s said) at(path ...any) any {
	s.t.Helper()
	var v any = s.body
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				s.t.Fatalf("%s: no %v in\n%s", s.what, path, s.raw)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || len(l) <= p {
				s.t.Fatalf("%s: no %v in\n%s", s.what, path, s.raw)
			}
			v = l[p]
		}
	}
	return v
}

func (s said) text(path ...any) string {
	s.t.Helper()
	text, ok := s.at(path...).(string)
	if !ok {
		s.t.Fatalf("%s: %v is no text in\n%s", s.what, path, s.raw)
	}
	return text
}

func (s said) list(path ...any) []any {
	s.t.Helper()
	l, ok := s.at(path...).([]any)
	if !ok {
		s.t.Fatalf("%s: %v is no list in\n%s", s.what, path, s.raw)
	}
	return l
}

// shift starts one for a worker and returns its id.
func (c caller) shift(org *town.Organisation, worker town.Member) string {
	c.o.t.Helper()
	return c.post("/organisations/"+string(org.ID)+"/shifts", map[string]any{"worker_id": worker.Person.Person}).want(http.StatusCreated).text("id")
}

func orgPath(org id.Org, rest string) string { return "/organisations/" + string(org) + rest }
