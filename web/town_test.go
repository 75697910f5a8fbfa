package web

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	inside "muster/letin/visit"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// house is a town with the pages open.
type house struct {
	*town.Town
	t      *testing.T
	gate   *identity.Gate
	server *httptest.Server
	passes *pass.Office // of a node that knows products
}

func openHouse(t *testing.T, change ...func(*identity.Config)) *house {
	t.Helper()
	return openHouseOn(t, mustertest.Store(t), change...)
}

func openHouseOn(t *testing.T, s *store.Store, change ...func(*identity.Config)) *house {
	t.Helper()
	h := &house{Town: town.New(t, s), t: t}
	server := httptest.NewUnstartedServer(nil)
	h.server = server
	address := "http://" + server.Listener.Addr().String()
	said := &strings.Builder{}
	log := slog.New(slog.NewTextHandler(said, nil))
	door := identity.Config{URL: address, Name: "Provider", Keys: h.Keys, Log: log, Staff: inside.Vouch}
	for _, c := range change {
		c(&door)
	}
	h.gate = identity.New(s, door)
	t.Cleanup(h.gate.Close)
	book, err := ledger.Open(t.Context(), s, h.Keys)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := New(Deps{Store: s, Keys: h.Keys, Gate: h.gate, Book: book, Log: log, URL: address, Grants: grant.Office{Store: s, Book: book, Log: log}, Push: pushKey, Outbox: func() []Sent { return nil }})
	if err != nil {
		t.Skipf("the assets are not built: %v", err)
	}
	server.Config.Handler = pages
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", said)
		}
	})
	return h
}

// browser is somebody's browser without scripts.
type browser struct {
	h *house
	c *http.Client
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h, &http.Client{Jar: jar}}
}

var shell = actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}

// as is the browser of somebody who has signed in by a link.
func (h *house) as(org *town.Organisation, m town.Member) *browser {
	h.t.Helper()
	link, err := h.gate.MakeLink(h.t.Context(), shell, identity.LinkSpec{Org: org.ID, Person: m.Person.Person})
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	path := link[strings.Index(link, "/sign-in/link/"):]
	b.get(path, http.StatusOK)
	b.post(path, nil, http.StatusOK)
	return b
}

// reply is what a page said.
type reply struct {
	status int
	path   string // where redirects led
	body   string
	header http.Header
}

func (b *browser) do(method, path string, form url.Values, header ...string) reply {
	b.h.t.Helper()
	if form == nil {
		return b.sent(method, path, nil, "", header...)
	}
	return b.sent(method, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", header...)
}

// sent asks with a body of a kind, or with none.
func (b *browser) sent(method, path string, body io.Reader, kind string, header ...string) reply {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.server.URL+path, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.c.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Request.URL.Path, string(text), res.Header}
}

func (b *browser) get(path string, want int) reply {
	b.h.t.Helper()
	return b.expect(b.do(http.MethodGet, path, nil), "GET "+path, want)
}

func (b *browser) post(path string, form url.Values, want int, header ...string) reply {
	b.h.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.expect(b.do(http.MethodPost, path, form, header...), "POST "+path, want)
}

func (b *browser) expect(a reply, what string, want int) reply {
	b.h.t.Helper()
	if a.status != want {
		b.h.t.Fatalf("%s answered %d, want %d:\n%s", what, a.status, want, plainText(a.body))
	}
	return a
}

var tagged = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`)

// plainText is a page without its markup, for the log of a test.
func plainText(html string) string {
	text := strings.Join(strings.Fields(tagged.ReplaceAllString(html, " ")), " ")
	return text[:min(len(text), 1500)]
}

// sees ends the test where the page does not say all of it.
func (a reply) sees(t *testing.T, words ...string) reply {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Fatalf("the page at %s does not say %q:\n%s", a.path, w, plainText(a.body))
		}
	}
	return a
}

// startShift starts one the way a worker does, and returns it.
func (b *browser) startShift(ws id.Workspace) string {
	b.h.t.Helper()
	page := b.post("/me/start", url.Values{"activity": {"Checking the cranes"}, "interval": {"1800"}, "duration": {"14400"}, "workspace": {string(ws)}}, http.StatusOK)
	found := regexp.MustCompile(`data-shift="(shf_[0-9a-f]+)"`).FindStringSubmatch(page.body)
	if found == nil {
		b.h.t.Fatalf("no shift on the page:\n%s", plainText(page.body))
	}
	return found[1]
}

// listen opens the feed, and gives what waits for the next line with a prefix
// and returns the rest of it.
func (b *browser) listen() (next func(prefix string) string) {
	b.h.t.Helper()
	return b.listenAt("/feed")
}

// listenAt opens the feed at an address.
func (b *browser) listenAt(path string) (next func(prefix string) string) {
	t := b.h.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.h.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return func(prefix string) string {
		t.Helper()
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("the feed ended before %q: %v", prefix, lines.Err())
		return ""
	}
}
