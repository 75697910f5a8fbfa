package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
)

func outgoing(to string) deliver.Outgoing {
	return deliver.Outgoing{
		Org: "org_1", Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: to, Lang: lang.Finnish,
		Subject: "APUA: Väinö Mäkeläinen, klo 14.05", Text: "Väinö pyysi apua.\n.\n.alku\n\n" + strings.Repeat("pitkä rivi ", 200) + "\nhttps://muster.example.org/a/x?y=z",
		HTML: `<p>Väinö pyysi apua. <a href="https://muster.example.org/a/x?y=z">Avaa</a></p>`, Thread: "alm_1", Urgent: true, Valid: time.Hour,
	}
}

func channel(t testing.TB, addr, options string) *Channel {
	t.Helper()
	c, err := New("smtp://"+addr+options, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestOA1MailGoesThroughARealPostfix(t *testing.T) {
	p := mustertest.Postfix(t)
	c := channel(t, p.Addr, "?from=h%C3%A4lytys@alarm.example.org&tls=required")
	if c.config.from.Address != "hälytys@alarm.example.org" {
		t.Fatalf("from %v", c.config.from)
	}
	c.config.from.Address = "alarm@alarm.example.org"

	first := outgoing("väinö@good.test")
	receipt, err := c.Send(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.State != deliver.HandedOver || receipt.ProviderID != string(first.Attempt) || !strings.Contains(receipt.Detail, "queued as") {
		t.Errorf("receipt %+v", receipt)
	}
	got := p.Wait(t, "väinö@good.test")
	if got.Subject != first.Subject || got.Text != first.Text || got.HTML != first.HTML || got.From != "alarm@alarm.example.org" {
		t.Errorf("arrived: %+v", got)
	}
	for name, want := range map[string]string{
		"Message-ID":       "<" + string(first.Attempt) + "@muster.example.org>",
		"Auto-Submitted":   "auto-generated",
		"Content-Language": "fi",
		"From":             `"Muster" <alarm@alarm.example.org>`,
		"X-Muster-Message": string(first.Message),
		"Feedback-ID":      "sos:org_1:email:muster",
		"Importance":       "high",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}

	second := outgoing("väinö@good.test")
	other := outgoing("aino@good.test")
	for _, out := range []deliver.Outgoing{second, other} {
		if _, err := c.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
	}
	root := got.Header.Get("References")
	if again := p.Wait(t, "väinö@good.test"); root == "" || again.Header.Get("References") != root || again.Header.Get("In-Reply-To") != root {
		t.Errorf("the second mail is another conversation: %v, %v", root, again.Header)
	}
	if o := p.Wait(t, "aino@good.test"); o.Header.Get("References") == root {
		t.Error("two readers share a conversation")
	}

	_, err = c.Send(t.Context(), outgoing("gone@good.test"))
	if !final(err) || !strings.Contains(err.Error(), "550 5.1.1") {
		t.Errorf("unknown mailbox: %v", err)
	}
	_, err = c.Send(t.Context(), outgoing("later@good.test"))
	if err == nil || final(err) || !strings.Contains(err.Error(), "450") {
		t.Errorf("busy mailbox: %v", err)
	}
	if _, err := c.Send(t.Context(), outgoing("aino@good.test")); err != nil {
		t.Errorf("after refusals on the same connection: %v", err)
	}
	p.Wait(t, "aino@good.test")
	if n := p.Count(); n != 0 {
		t.Errorf("%d mails too many", n)
	}
}

func TestManyMailsShareFewConnections(t *testing.T) {
	s := newServer(t)
	c := channel(t, s.addr, "?connections=4")
	const n = 200
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			out := outgoing(fmt.Sprintf("p%d@good.test", i))
			out.Urgent = false
			if _, err := c.Send(t.Context(), out); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(s.taken()); got != n {
		t.Errorf("%d mails arrived, want %d", got, n)
	}
	if s.connections.Load() > 4 {
		t.Errorf("%d connections for 4", s.connections.Load())
	}
}

func TestUrgentMailDoesNotWaitForAFlood(t *testing.T) {
	s := newServer(t)
	hold := make(chan struct{})
	s.onData = func(to string) error {
		if to == "bulk@good.test" {
			<-hold
		}
		return nil
	}
	c := channel(t, s.addr, "?connections=2")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			out := outgoing("bulk@good.test")
			out.Urgent = false
			if _, err := c.Send(t.Context(), out); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		<-s.began
	}
	if _, err := c.Send(t.Context(), outgoing("sos@good.test")); err != nil {
		t.Error(err)
	}
	close(hold)
	wg.Wait()
}

func TestOA1RefusalsAndFailuresAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		script  func(*server)
		to      string
		refused bool
		says    string
	}{
		"550 to the recipient":     {to: "550@good.test", refused: true, says: "550"},
		"450 to the recipient":     {to: "450@good.test", says: "450"},
		"530 to the recipient":     {to: "530@good.test", says: "530"},
		"554 to the text":          {to: "a@good.test", script: func(s *server) { s.onData = func(string) error { return reply(554) } }, refused: true, says: "554"},
		"451 to the text":          {to: "a@good.test", script: func(s *server) { s.onData = func(string) error { return reply(451) } }, says: "451"},
		"550 to the sender":        {to: "a@good.test", script: func(s *server) { s.onMail = func() error { return reply(550) } }, says: "550"},
		"hangs up during the text": {to: "a@good.test", script: func(s *server) { s.onData = func(string) error { return errHangUp } }, says: "EOF"},
		"says 421":                 {to: "a@good.test", script: func(s *server) { s.onMail = func() error { return reply(421) } }, says: "421"},
		"two addresses":            {to: "a@good.test,b@good.test", refused: true, says: "bad_address"},
		"a name":                   {to: "A <a@good.test>", refused: true, says: "bad_address"},
		"a header":                 {to: "a@good.test\r\nBcc: b@good.test", refused: true, says: "bad_address"},
		"a parameter":              {to: "a@good.test> NOTIFY=NEVER", refused: true, says: "bad_address"},
		"nothing":                  {to: "", refused: true, says: "bad_address"},
		"no domain":                {to: "a@", refused: true, says: "bad_address"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			if c.script != nil {
				c.script(s)
			}
			_, err := channel(t, s.addr, "").Send(t.Context(), outgoing(c.to))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want %s", err, c.says)
			}
			if final(err) != c.refused {
				t.Errorf("final %t, want %t: %v", final(err), c.refused, err)
			}
		})
	}
}

func TestASlowServerIsGivenUp(t *testing.T) {
	s := newServer(t)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	s.onData = func(string) error { <-hold; return nil }
	c := channel(t, s.addr, "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.began
		cancel()
	}()
	if _, err := c.Send(ctx, outgoing("a@good.test")); err == nil {
		t.Error("no error")
	}
	if c.pool.get() != nil {
		t.Error("the stuck connection was kept")
	}
}

func TestAMailIsNotTriedBeyondItsValidity(t *testing.T) {
	s := newServer(t)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	s.onData = func(string) error { <-hold; return nil }
	out := outgoing("a@good.test")
	out.Valid = 50 * time.Millisecond
	if _, err := channel(t, s.addr, "").Send(t.Context(), out); err == nil {
		t.Error("no error")
	}
}

func TestAConnectionThatDiedIsReplaced(t *testing.T) {
	s := newServer(t)
	c := channel(t, s.addr, "")
	for i := range 3 {
		if _, err := c.Send(t.Context(), outgoing("a@good.test")); err != nil {
			t.Fatalf("mail %d: %v", i, err)
		}
		s.hangUp()
	}
	if got := len(s.taken()); got != 3 {
		t.Errorf("%d mails arrived, want 3", got)
	}
}

func TestNobodyListens(t *testing.T) {
	s := newServer(t)
	s.stop()
	_, err := channel(t, s.addr, "").Send(t.Context(), outgoing("a@good.test"))
	if err == nil || final(err) || !strings.Contains(err.Error(), s.addr) {
		t.Errorf("error %v", err)
	}
}

func TestNothingInAMessageBecomesAHeader(t *testing.T) {
	s := newServer(t)
	out := outgoing("a@good.test")
	evil := "x\r\nBcc: all@good.test\r\n\r\nbody\u2028"
	out.Subject, out.Thread = evil, evil
	if _, err := channel(t, s.addr, "").Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	raw := s.taken()[0]
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	if strings.Contains(head, "\nBcc") || !strings.Contains(head, "Auto-Submitted") {
		t.Errorf("headers:\n%s", head)
	}
}

var errHangUp = errors.New("hang up")

// final tells whether err was made by deliver.Refused.
func final(err error) bool {
	return fmt.Sprintf("%T", err) == fmt.Sprintf("%T", deliver.Refused("", ""))
}

func BenchmarkLetter(b *testing.B) {
	c, err := parse("smtp://127.0.0.1", "muster.example.org")
	if err != nil {
		b.Fatal(err)
	}
	out := outgoing("a@good.test")
	for b.Loop() {
		if _, err := letter(&c, out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSend goes to Postfix's own sink, as its smtp-source would:
// smtp-source -d -s 16 -m N -l 4800 127.0.0.1:PORT
func BenchmarkSend(b *testing.B) {
	sink, err := exec.LookPath("smtp-sink")
	if err != nil {
		b.Skip("smtp-sink (Debian: postfix) is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(b.Context(), sink, "-u", "nobody", addr, "500")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	c := channel(b, addr, "")
	out := outgoing("a@good.test")
	for { // until it listens
		if _, err = c.Send(b.Context(), out); err == nil {
			break
		}
	}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Send(b.Context(), out); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
