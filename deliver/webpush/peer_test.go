package webpush

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
)

// browsers are those of web-push-testing, by others: it checks the sender's
// token, and decrypts.
type browsers struct {
	*testing.T
	url   string
	known map[string]Subscription
	hash  string // of the browser, as the service calls it
}

func foreign(t *testing.T) *browsers {
	t.Helper()
	dir, err := filepath.Abs("../../mustertest/peer")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "web-push-testing")); err != nil {
		t.Fatal("web-push-testing is not installed; `make peers` does that")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	cmd := exec.CommandContext(t.Context(), "node", "push.cjs", port)
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
		t.Fatalf("there is no Node.js to run web-push-testing: %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("web-push-testing has ended")
	}
	return &browsers{T: t, url: "http://localhost:" + port, known: map[string]Subscription{}}
}

func (b *browsers) ask(path string, body any, into any) {
	b.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.Post(b.url+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if into == nil {
		return
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %v", path, resp.Status, err)
	}
}

func (b *browsers) subscribe(key string) {
	b.Helper()
	var said struct {
		Data struct {
			Endpoint   string
			ClientHash string
			Keys       struct{ P256dh, Auth string }
		}
	}
	b.ask("/subscribe", map[string]string{"userVisibleOnly": "true", "applicationServerKey": key}, &said)
	sub, err := ParseSubscription(said.Data.Endpoint, said.Data.Keys.P256dh, said.Data.Keys.Auth)
	if err != nil {
		b.Fatal(err)
	}
	b.known["phone"], b.hash = sub, said.Data.ClientHash
}

func (b *browsers) Subscription(_ context.Context, _ id.Org, address string) (Subscription, error) {
	s, ok := b.known[address]
	if !ok {
		return s, fault.New(fault.NotFound, "not_found")
	}
	return s, nil
}

func TestABrowserByOthersReadsTheAlertUntilItUnsubscribes(t *testing.T) {
	b := foreign(t)
	c := (&service{T: t}).channel(mustertest.Store(t), here)
	c.directory = b
	b.subscribe(c.signer.Public())
	out := alert("phone")
	if _, err := c.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	var said struct {
		Data struct{ Messages []string }
	}
	b.ask("/get-notifications", map[string]string{"clientHash": b.hash}, &said)
	if len(said.Data.Messages) != 1 {
		t.Fatalf("it has %q", said.Data.Messages)
	}
	var n notification
	if err := json.Unmarshal([]byte(said.Data.Messages[0]), &n); err != nil || n.Body != out.Text || n.Shown != c.proof(out.Attempt) {
		t.Errorf("it has read %q, %v", said.Data.Messages[0], err)
	}
	b.ask("/expire-subscription/"+b.hash, map[string]string{}, nil)
	if _, err := c.Send(t.Context(), alert("phone")); !unlinked(err) {
		t.Errorf("after it has unsubscribed: %v", err)
	}
}
