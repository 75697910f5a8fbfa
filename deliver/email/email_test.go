package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os/exec"
	"slices"
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

func TestPasswordsTravelOnlyWhereTheyMay(t *testing.T) {
	s := newServer(t)
	if _, err := New("smtp://"+s.addr, "x"); err != nil {
		t.Fatal(err)
	}
	c, err := New("smtp://anna:se%40cret@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.Send(t.Context(), outgoing("a@good.test")); err != nil {
		t.Fatal(err)
	}
	if got := s.signedIn.Load(); got == nil || *got != "anna:se@cret" {
		t.Errorf("signed in as %v", got)
	}
	c.config.requireTLS = true // as for a server that is not this machine
	c.Close()
	if _, err := c.Send(t.Context(), outgoing("a@good.test")); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("without TLS: %v", err)
	}
	wrong, err := New("smtp://anna:wrong@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || final(err) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v", err)
	}
}

func TestMailGoesOverTLSFromTheFirstByte(t *testing.T) {
	s := newServer(t)
	front := httptest.NewUnstartedServer(nil)
	front.StartTLS() // for its certificate
	t.Cleanup(front.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: front.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	go s.peer.Serve(l)
	c, err := New("smtps://anna:secret@"+l.Addr().String(), "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for range 2 {
		if _, err := c.Send(t.Context(), outgoing("a@good.test")); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.connections.Load(); n != 1 || len(s.taken()) != 2 {
		t.Errorf("%d mails over %d connections", len(s.taken()), n)
	}
}

func TestCertificatesAreCheckedWhereItMatters(t *testing.T) {
	for raw, checked := range map[string]bool{
		"smtp://u:p@mail.example.org":             true,
		"smtps://mail.example.org":                true,
		"smtp://mail.example.org?tls=required":    true,
		"smtp://mail.example.org":                 false, // any TLS is better than none
		"smtps://u:p@127.0.0.1":                   false,
		"smtp://u:p@localhost":                    false,
		"smtp://u:p@[::1]:25":                     false,
		"smtp://u:p@127.0.0.1.nip.io":             true,
		"smtp://u:p@localhost.evil.example":       true,
		"smtps://u:p@mail.example.org?from=a@b.c": true,
	} {
		c, err := parse(raw, "muster.example.org")
		if err != nil {
			t.Fatal(err)
		}
		if got := !c.tls().InsecureSkipVerify; got != checked {
			t.Errorf("%s: checked %t, want %t", raw, got, checked)
		}
		if c.user != "" && !c.local() && !c.implicitTLS && !c.requireTLS {
			t.Errorf("%s: the password may travel without TLS", raw)
		}
	}
}

func TestSettingIsCheckedByKeyAndRule(t *testing.T) {
	for raw, rule := range map[string]string{
		"":                                     "must begin with smtp://",
		"http://mail.example.org":              "must begin with smtp://",
		"smtp://":                              "must name a host",
		"smtp://mail.example.org:0":            "port",
		"smtp://mail.example.org:99999":        "port",
		"smtp://mail.example.org:x":            "must look like",
		"smtp://u@mail.example.org":            "both user and password",
		"smtp://u:s3cret@mail.example.org/x":   "nothing between",
		"smtp://mail.example.org?from=x":       "from",
		"smtp://mail.example.org?tls=no":       "tls",
		"smtp://mail.example.org?connections=": "connections",
		"smtp://u:s3cret@mail.example.org?a=b": "unknown option",
		"smtp://u:s3cret@[::1":                 "must look like",
	} {
		_, err := New(raw, "muster.example.org")
		if err == nil || !strings.HasPrefix(err.Error(), "MUSTER_SMTP ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	c, err := parse("smtps://u:p@mail.example.org?from=Alarm+%3Ca@b.example%3E&connections=3", "127.0.0.1")
	if err != nil || c.port != "465" || !c.implicitTLS || !c.requireTLS || c.from.String() != `"Alarm" <a@b.example>` ||
		c.connections != 3 || c.domain != "localhost" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := parse("smtp://[::1]:2525", "muster.example.org"); err != nil || c.address() != "[::1]:2525" || c.from.Address != "muster@muster.example.org" || c.requireTLS {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzMailbox(f *testing.F) {
	for _, s := range []string{"a@b.test", "ä@bücher.test", `"a b"@c.test`, "a@[127.0.0.1]", "a@b\r\nRCPT TO:<x@y>", "<a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, utf8, err := mailbox(s)
		if err != nil {
			if !final(err) {
				t.Errorf("%q: %v is not final", s, err)
			}
			return
		}
		if strings.ContainsAny(a, "\r\n<> \x00") || !strings.Contains(a, "@") {
			t.Errorf("%q became %q", s, a)
		}
		if !utf8 && strings.ContainsFunc(a, func(r rune) bool { return r > 127 }) {
			t.Errorf("%q became %q, which needs SMTPUTF8", s, a)
		}
	})
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

func TestCommandsTravelTogetherOnlyIfTheServerCanTakeIt(t *testing.T) {
	addr, heard := recite(t, "220 hello", "250 plain", "250 ok", "550 no such user", "250 reset", "221 bye")
	c := channel(t, addr, "")
	_, err := c.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || !final(err) {
		t.Errorf("error %v", err)
	}
	c.Close()
	want := []string{"EHLO muster.example.org", "MAIL FROM:<muster@muster.example.org>", "RCPT TO:<a@good.test>", "RSET", "QUIT"}
	if got := <-heard; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// RFC 2920 §3.1: a server may ask for the text though it refused everybody.
func TestAServerThatWantsATextForNobodyGetsAnEmptyOne(t *testing.T) {
	addr, heard := recite(t, "220 hello", "250-both\r\n250 PIPELINING",
		"250 ok", "550 no such user", "354 go on", "554 nobody to send to", "250 reset", "221 bye")
	c := channel(t, addr, "")
	_, err := c.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || !final(err) || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("error %v", err)
	}
	c.Close()
	want := []string{"EHLO muster.example.org", "MAIL FROM:<muster@muster.example.org>", "RCPT TO:<a@good.test>", "DATA", ".", "RSET", "QUIT"}
	if got := <-heard; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestAServerThatTalksWithoutEndIsCutOff(t *testing.T) {
	addr, _ := recite(t, "220 "+strings.Repeat("x", 1<<20))
	if _, err := channel(t, addr, "").Send(t.Context(), outgoing("a@good.test")); err == nil {
		t.Error("no error")
	}
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
