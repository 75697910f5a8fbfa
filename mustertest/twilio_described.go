package mustertest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Described puts npm Prism before the carrier and gives the setting that leads
// there. Prism holds every request and every answer to the description that
// Twilio publishes of its own API, and answers with an error where one of the
// two is not as described: a request does not come through then, and an answer
// of ours that Twilio would not give is none.
func (c *Twilio) Described(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "peer")
	description := filepath.Join("node_modules", "@twilio", "cli-core", "src", "services", "twilio-api", "twilio_api_v2010.json")
	if _, err := os.Stat(filepath.Join(dir, description)); err != nil {
		t.Fatal("npm prism and Twilio's description are not installed; `make peers` does that")
	}
	cmd := exec.Command("node", filepath.Join("node_modules", "@stoplight", "prism-cli", "dist", "index.js"),
		"proxy", description, c.server.URL, "--errors", "--host", "127.0.0.1", "--port", "0")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "CI=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("there is no Node.js to run npm prism: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening on http://"); ok {
			go func() {
				for lines.Scan() { // read on, so that it does not wait for a reader
				}
			}()
			return fmt.Sprintf("http://%s:%s@%s?from=+358457000000", carrierSID, carrierToken, unlisted(t, strings.TrimSpace(address)))
		}
	}
	t.Fatal("npm prism did not start")
	return ""
}

// unlisted leads to an address and leaves out of forms what stands in them more
// than once: Prism 5 takes a list in a form for a text, and refuses it.
func unlisted(t testing.TB, address string) string {
	t.Helper()
	on := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for name, values := range r.PostForm {
			if len(values) > 1 {
				r.PostForm.Del(name)
			}
		}
		body := r.PostForm.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		on.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return strings.TrimPrefix(front.URL, "http://")
}
