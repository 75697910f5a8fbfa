package mustertest

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Issuer is a real identity provider on this machine: npm's oidc-provider. It
// asks nobody for a password; whoever comes is the latest user it was told of.
type Issuer struct {
	URL            string
	Client, Secret string

	t   testing.TB
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Scanner
}

// User is somebody whom an Issuer knows, and how they proved it there.
type User struct {
	Sub      string   `json:"sub"` // empty: whoever comes refuses to sign in
	Email    string   `json:"email"`
	Verified bool     `json:"verified"`
	Name     string   `json:"name,omitempty"`
	ACR      string   `json:"acr,omitempty"` // "one", "two" or none
	AMR      []string `json:"amr,omitempty"`
	Ago      int      `json:"ago,omitempty"` // seconds since they were asked
}

// IssuerSpec says what an Issuer should be like.
type IssuerSpec struct {
	Back   string `json:"back"`             // where browsers are sent back to
	Logout string `json:"logout,omitempty"` // where ends of sessions are told
	Spare  bool   `json:"spare,omitempty"`  // mail addresses are not in the token
}

// NewIssuer starts an identity provider.
func NewIssuer(t testing.TB, spec IssuerSpec) *Issuer {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "peer")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil {
		t.Fatal("npm oidc-provider is not installed; `make peers` does that")
	}
	cmd := exec.Command("node", "--no-warnings", "oidc.cjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("there is no Node.js to run npm oidc-provider: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	i := &Issuer{Client: "muster", Secret: "not a secret at all, for tests only", t: t, in: in, out: bufio.NewScanner(out)}
	var begun struct{ Issuer string }
	i.tell(struct {
		IssuerSpec
		Client string `json:"client"`
		Secret string `json:"secret"`
	}{spec, i.Client, i.Secret}, &begun)
	i.URL = begun.Issuer
	return i
}

// tell says something to the program and reads its answer.
func (i *Issuer) tell(what, answer any) {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	line, err := json.Marshal(what)
	if err != nil {
		i.t.Fatal(err)
	}
	if _, err := i.in.Write(append(line, '\n')); err != nil {
		i.t.Fatal(err)
	}
	for i.out.Scan() {
		if text := i.out.Text(); strings.HasPrefix(text, "{") { // it greets its operator in words
			if err := json.Unmarshal([]byte(text), answer); err != nil {
				i.t.Fatal(err)
			}
			return
		}
	}
	i.t.Fatalf("the identity provider is gone: %v", i.out.Err())
}

// Knows makes a user of whoever comes next.
func (i *Issuer) Knows(u User) {
	i.t.Helper()
	i.tell(map[string]any{"user": u}, &struct{}{})
}

// SignsOut tells the client that one of a user's sessions is over.
func (i *Issuer) SignsOut(sub, session string) {
	i.t.Helper()
	var said struct{ Error string }
	i.tell(map[string]any{"out": sub, "session": session}, &said)
	if said.Error != "" {
		i.t.Fatalf("the client did not take the end of a session: %s", said.Error)
	}
}

// Visit goes to the provider's sign-in with a browser of its own, and gives the
// address to which it is sent back in the end, without going there.
func (i *Issuer) Visit(to string) *url.URL {
	i.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		i.t.Fatal(err)
	}
	var back *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 10 || !strings.HasPrefix(r.URL.String(), i.URL) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := browser.Get(to)
	if err != nil {
		i.t.Fatal(err)
	}
	defer resp.Body.Close()
	if back == nil {
		page, _ := io.ReadAll(io.LimitReader(resp.Body, 2000))
		i.t.Fatalf("the identity provider stops at %s, %s: %s", resp.Request.URL, resp.Status, page)
	}
	return back
}
