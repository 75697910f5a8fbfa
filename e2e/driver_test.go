package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The harness itself has to see what happens in a page, or nothing that it
// says of Muster counts.
func TestDriverSeesAndActs(t *testing.T) {
	posts := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts <- r.FormValue("word")
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<h1>" + r.Method + `</h1><form method="post"><label>Word <input name="word" value="default"></label><button>Send</button></form>
			<p id="late"></p><script>setTimeout(() => late.textContent = "ready", 50); console.error("a complaint")</script>`))
	}))
	defer srv.Close()

	p := startDriver(t).open("visitor", "phone")
	p.visit(srv.URL)
	p.see("text=ready")
	p.fill("input[name=word]", "help")
	p.click("button")
	if got := <-posts; got != "help" {
		t.Errorf("the form sent %q, want help", got)
	}
	p.see("h1:text('POST') ~ p:text('ready')")
	if got := p.loads(); got != 2 {
		t.Errorf("%d loads, want 2", got)
	}
	if got := p.complaints(); len(got) == 0 || got[0] != "a complaint" {
		t.Errorf("complaints: %q", got)
	}
	if got := p.sweep(srv.URL); got != 1 {
		t.Errorf("swept %d forms, want 1", got)
	}
	if len(posts) != 2 {
		t.Errorf("sweeping sent the form %d times, want 2", len(posts))
	}
}
