package freightdesk_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/demo/freightdesk"
	"muster/identity"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/mustertest"
	"muster/mustertest/guest"
)

// product is the freight desk at work, and a browser.
type product struct {
	t *testing.T
	w *guest.World
	pass.Product
	http *http.Client
}

func open(t *testing.T) *product {
	t.Helper()
	w := guest.New(t, mustertest.Store(t))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, token := w.Product("Freight Desk", "http://"+l.Addr().String())
	d, err := freightdesk.New(freightdesk.Config{
		Muster: w.URL, Product: string(p.ID), Token: token, Log: slog.New(slog.DiscardHandler),
		Companies: []freightdesk.Company{{ID: string(w.Org.ID), Name: "Karhu Freight"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	running := make(chan struct{})
	go func() { d.Run(ctx); close(running) }()
	go func() { ended <- d.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		<-running
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	jar, _ := cookiejar.New(nil)
	return &product{t, w, p, &http.Client{Jar: jar}}
}

func (p *product) do(method, path string, form url.Values) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.Address+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Referer", p.w.URL+"/")
	res, err := p.http.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (p *product) want(method, path string, form url.Values, status int, texts ...string) {
	p.t.Helper()
	got, body := p.do(method, path, form)
	if got != status {
		p.t.Fatalf("%s %s: %d, want %d\n%s", method, path, got, status, body)
	}
	for _, text := range texts {
		if no, found := strings.CutPrefix(text, "!"); found == strings.Contains(body, no) && found || !found && !strings.Contains(body, text) {
			p.t.Errorf("%s %s: want %q in\n%s", method, path, text, body)
		}
	}
}

func (p *product) enter(s identity.Session, mode pass.Mode) {
	p.t.Helper()
	p.want("GET", "/support/enter?code="+p.w.Code(p.Product, s, mode), nil, 200, "Freight orders", "class=\"banner\"", "Support: Sari Staff")
}

// eventually waits for what another program tells in its own time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	often := time.NewTicker(20 * time.Millisecond)
	defer often.Stop()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-often.C:
		case <-late:
			t.Fatal(what)
		}
	}
}

func TestSupportComesIntoAProductWithAPassOnlyAndIsOutWithinASecond(t *testing.T) {
	p := open(t)
	p.want("GET", "/", nil, 200, "Sign in", "!class=\"banner\"")
	p.want("GET", "/support/enter?code=guessed", nil, 403, "not let in")
	p.want("GET", "/", nil, 200, "Sign in")

	s := p.w.Visit(grant.Configure)
	code := p.w.Code(p.Product, s, pass.View)
	p.want("GET", "/support/enter?code="+code, nil, 200, "Karhu Freight", "is here to look", "F-2026-104")
	p.want("GET", "/support/enter?code="+code, nil, 403, "used already")
	p.want("GET", "/orders/F-2026-104", nil, 200, "Birch plywood")
	p.want("GET", "/settings", nil, 200, "Base currency", "!<form method=\"post\" action=\"/settings")
	p.want("POST", "/settings/fields", url.Values{"value": {"none"}}, 403, "here to look")
	eventually(t, "the looks are not in the customer's book", func() bool { return len(p.w.Book(p.w.Org.ID, "pass.looked")) == 3 })

	began := time.Now()
	p.w.Revoke(s)
	eventually(t, "the product did not close", func() bool {
		status, _ := p.do("GET", "/orders/F-2026-104", nil)
		return status == http.StatusForbidden
	})
	if took := time.Since(began); took > time.Second {
		t.Errorf("closed after %s", took)
	}
	p.want("GET", "/", nil, 200, "Sign in", "!class=\"banner\"")
}

func TestFL4WithSomebodysEyesThereIsWhatThatPersonSees(t *testing.T) {
	p := open(t)
	worker := p.w.Org.Worker("Aino Kari")
	p.enter(p.w.Enter(p.w.Leave(grant.Configure), worker.Person.Person), pass.Configure)
	p.want("GET", "/", nil, 200, "sees what Aino Kari of Karhu Freight sees", "!3180 €")
	p.want("GET", "/settings", nil, 403, "Aino Kari may not see the settings")
	p.want("POST", "/settings/fields", url.Values{"value": {"none"}}, 403, "here to look")
}

func TestACustomersOwnPeopleWorkAsEverAndSeeWhoIsThere(t *testing.T) {
	p := open(t)
	p.enter(p.w.Visit(grant.Configure), pass.View)
	support := p.http
	jar, _ := cookiejar.New(nil)
	p.http = &http.Client{Jar: jar}
	p.want("POST", "/sign-in", url.Values{"company": {string(p.w.Org.ID)}}, 200, "Support is here: Sari Staff, looks", "3180 €", "!class=\"banner\"")
	p.want("POST", "/settings/fields", url.Values{"value": {"all but prices"}}, 200, "all but prices", "changed by the customer")
	p.want("POST", "/settings/fields", url.Values{"value": {""}}, 422, "Write something")
	p.http = support
	p.want("POST", "/support/leave", url.Values{}, 200, "You have left")
	p.want("GET", "/", nil, 200, "Sign in")
}

func TestWhereMusterCannotBeAskedSupportIsOut(t *testing.T) {
	p := open(t)
	p.enter(p.w.Visit(grant.Configure), pass.Configure)
	p.want("GET", "/settings", nil, 200, "<form method=\"post\" action=\"/settings/fields\"")
	p.w.Break(true)
	// The decision is refused, unless the door has found out before it.
	status, said := p.do("POST", "/settings/fields", url.Values{"value": {"none"}})
	if status != http.StatusForbidden && status != http.StatusServiceUnavailable || !strings.Contains(said, "Muster cannot be asked") {
		t.Errorf("%d %s", status, said)
	}
	eventually(t, "support may still look though nobody says that it may", func() bool {
		status, _ := p.do("GET", "/", nil)
		return status == http.StatusServiceUnavailable
	})
	p.w.Break(false)
	p.want("GET", "/", nil, 200, "class=\"banner\"")
}
