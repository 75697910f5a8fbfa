package transcript_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/deliver/transcript"
)

func fixed() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func text(l *transcript.Log) string {
	var b strings.Builder
	for _, line := range l.Lines() {
		if line.Out {
			b.WriteString("> ")
		} else {
			b.WriteString("< ")
		}
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

func TestWhatIsSaidIsKeptInOrder(t *testing.T) {
	ctx, l := transcript.With(t.Context(), fixed)
	transcript.From(ctx).Said("EHLO here\r\n")
	transcript.From(ctx).Heard("250-there\n250 SIZE\x00")
	transcript.From(ctx).Note("nothing else")
	if got, want := text(l), "> EHLO here\n< 250-there\n< 250 SIZE�\n> (nothing else)\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if at := l.Lines()[0].At; !at.Equal(fixed()) {
		t.Errorf("at %v", at)
	}
}

func TestNobodyListens(t *testing.T) {
	l := transcript.From(t.Context())
	l.Hide("secret")
	l.Said("a")
	l.Heard("b")
	l.Note("c")
	if l != nil || l.Lines() != nil {
		t.Error("there is a log")
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { transcript.From(ctx).Said("a") }); n != 0 {
		t.Errorf("%v allocations where nobody listens", n)
	}
}

func TestAConversationWithoutEndIsCutOff(t *testing.T) {
	_, l := transcript.With(t.Context(), fixed)
	for range 3000 {
		l.Heard(strings.Repeat("x", 50))
	}
	lines := l.Lines()
	if n := len(lines); n > 401 || !strings.Contains(lines[n-1].Text, "no more is kept") {
		t.Errorf("%d lines, the last %q", n, lines[n-1].Text)
	}
	_, l = transcript.With(t.Context(), fixed)
	for range 100 {
		l.Heard(strings.Repeat("x", 5000))
	}
	if n := len(text(l)); n > 60<<10 {
		t.Errorf("%d bytes are kept", n)
	}
}

// TestASecretIsNeverKept says a secret in the ways in which carriers are told
// one, between whatever else.
func TestASecretIsNeverKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9!@#%&+/=?~-]{8,40}`).Draw(t, "secret")
		before, after := rapid.StringMatching(`[a-z]{0,6}`).Draw(t, "before"), rapid.StringMatching(`[a-z]{0,6}`).Draw(t, "after")
		ways := map[string]string{
			"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "hex": hex.EncodeToString([]byte(secret)),
		}
		for name, enc := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "raw base64": base64.RawStdEncoding, "base64url": base64.URLEncoding} {
			ways[name] = enc.EncodeToString([]byte(before + "\x00" + secret + after))
		}
		_, l := transcript.With(context.Background(), fixed)
		l.Hide(secret)
		for name, said := range ways {
			l.Said(name + " " + before + said + after)
		}
		got := text(l)
		for name, said := range ways {
			// A form's ends mix with what stands beside; its middle is the secret's alone.
			if middle := said[4 : len(said)-4]; len(middle) >= 4 && strings.HasPrefix(name, "base64") && strings.Contains(got, said) || !strings.HasPrefix(name, "base64") && strings.Contains(got, said) {
				t.Errorf("%s is kept: %q in\n%s", name, said, got)
			}
		}
		if strings.Contains(got, secret) {
			t.Errorf("it is kept:\n%s", got)
		}
	})
}

func TestWhatIsSecretByItsShapeIsStruckOut(t *testing.T) {
	_, l := transcript.With(t.Context(), fixed)
	l.Said("Authorization: Bearer one\nAuthorization: alone\nProxy-Authorization: Digest username=\"a\", response=\"two\"\nSet-Cookie: three\nAUTH PLAIN four\nAUTH LOGIN\nWWW-Authenticate: Digest realm=\"r\", nonce=\"five\"")
	want := "> Authorization: Bearer •••\n> Authorization: •••\n> Proxy-Authorization: Digest •••\n> Set-Cookie: •••\n> AUTH PLAIN •••\n> AUTH LOGIN\n> WWW-Authenticate: Digest realm=\"r\", nonce=\"•••\"\n"
	if got := text(l); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRequestsShowWithoutTheirSecrets(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sid":"SM1","echo":%q}`, r.FormValue("Body"))
	}))
	defer s.Close()
	client := &http.Client{Transport: transcript.Tap(http.DefaultTransport.(*http.Transport).Clone())}
	defer client.CloseIdleConnections()
	ctx, l := transcript.With(t.Context(), fixed)
	l.Hide("t0ken!")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/Messages.json?key=t0ken%21", strings.NewReader(url.Values{"Body": {"help, t0ken!"}, "To": {"+358401234567"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("AC1", "t0ken!")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"sid":"SM1","echo":"help, t0ken!"}` {
		t.Errorf("the answer reads %q, %v", body, err)
	}
	got := text(l)
	for _, want := range []string{
		"> POST /Messages.json?key=•••\n", "> Authorization: Basic •••\n", "> Body=help, •••\n", "> To=+358401234567\n",
		"< HTTP/1.1 201 Created\n", "<   \"echo\": \"help, •••\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
