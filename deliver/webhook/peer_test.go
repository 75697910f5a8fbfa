package webhook

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/deliver"
)

// peer is npm's standardwebhooks.
type peer struct {
	*testing.T
	in  io.WriteCloser
	out *bufio.Scanner
}

func foreign(t *testing.T) *peer {
	t.Helper()
	dir := filepath.Join("..", "..", "mustertest", "peer")
	cmd := exec.CommandContext(t.Context(), "node", "webhook.cjs")
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("node and the packages of mustertest/peer are needed (make peers): %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return &peer{T: t, in: in, out: bufio.NewScanner(out)}
}

// believes asks what the peer makes of a request; why is empty if it is signed
// as it should be.
func (p *peer) believes(secret string, h http.Header, body string) (read map[string]any, why string) {
	p.Helper()
	headers := map[string]string{}
	for name := range h {
		headers[strings.ToLower(name)] = h.Get(name)
	}
	line, err := json.Marshal(map[string]any{"secret": secret, "headers": headers, "body": body})
	if err != nil {
		p.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.Fatal(err)
	}
	if !p.out.Scan() {
		p.Fatalf("the peer is gone; are the packages of mustertest/peer installed (make peers)? %v", p.out.Err())
	}
	var said struct {
		Read    map[string]any
		Refused string
	}
	if err := json.Unmarshal(p.out.Bytes(), &said); err != nil {
		p.Fatal(err)
	}
	return said.Read, said.Refused
}

// What we send is believed by a receiver that others wrote: under either
// secret while one is being changed, and in no other form.
func TestAReceiverByOthersBelievesUsAlsoWhileTheSecretChanges(t *testing.T) {
	p := foreign(t)
	var header http.Header
	var body string
	program := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		header, body = r.Header, string(raw)
	}))
	defer program.Close()
	old, fresh := NewSecret(), NewSecret()
	now := time.Now()
	send := func(at time.Time, secrets ...string) {
		t.Helper()
		c := New(book{end: Endpoint{program.URL, secrets}}, func() time.Time { return at }, loopback)
		news := &deliver.News{Type: deliver.AlarmRaised, At: at, Alarm: "alm_1", Worker: "Aino Virtanen-Hämäläinen", Note: "\"Jalka\" <poikki> 🦵 \u2028"}
		if _, err := c.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: news}); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		signed   []string
		believes []string
		doubts   []string
	}{
		"before":     {[]string{old}, []string{old}, []string{fresh}},
		"meanwhile":  {[]string{fresh, old}, []string{old, fresh}, []string{NewSecret()}},
		"afterwards": {[]string{fresh}, []string{fresh}, []string{old}},
	} {
		send(now, row.signed...)
		for _, s := range row.believes {
			read, why := p.believes(s, header, body)
			if data, ok := read["data"].(map[string]any); why != "" || read["type"] != deliver.AlarmRaised || !ok || data["note"] != "\"Jalka\" <poikki> 🦵 \u2028" {
				t.Errorf("%s: %v, %s", name, read, why)
			}
		}
		for _, s := range row.doubts {
			if read, why := p.believes(s, header, body); why == "" {
				t.Errorf("%s: under another secret it reads %v", name, read)
			}
		}
		if _, why := p.believes(row.signed[0], header, strings.Replace(body, "alm_1", "alm_2", 1)); why == "" {
			t.Errorf("%s: a changed body is believed", name)
		}
		header.Set("Webhook-Id", "msg_2")
		if _, why := p.believes(row.signed[0], header, body); why == "" {
			t.Errorf("%s: another id is believed", name)
		}
	}
	// A try long after the first has its own time, or nobody would believe it.
	send(now.Add(-10*time.Minute), old)
	if _, why := p.believes(old, header, body); !strings.Contains(why, "too old") {
		t.Errorf("ten minutes later: %q", why)
	}
}
