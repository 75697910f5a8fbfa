package inbound_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/smtp"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	server "github.com/emersion/go-smtp"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/deliver/email"
	"muster/deliver/email/dkim"
	"muster/deliver/email/inbound"
	"muster/id"
	"muster/mustertest"
	"muster/seal"
)

// relay takes mail, and keeps of each the envelope and the text.
type relay struct {
	mu      sync.Mutex
	stopped bool
	mails   []mailed
}

type mailed struct{ from, envelope, to, text string }

func (r *relay) serve(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.NewServer(server.BackendFunc(func(*server.Conn) (server.Session, error) { return &handed{relay: r}, nil }))
	s.EnableDSN, s.EnableSMTPUTF8 = true, true
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

func (r *relay) stop(yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = yes
}

func (r *relay) taken() []mailed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]mailed(nil), r.mails...)
}

// handed is one mail on its way to the relay.
type handed struct {
	relay *relay
	mailed
}

const noSuch = "nobody@good.test"

func (h *handed) Mail(from string, o *server.MailOptions) error {
	h.relay.mu.Lock()
	defer h.relay.mu.Unlock()
	if h.relay.stopped {
		return &server.SMTPError{Code: 451, EnhancedCode: server.EnhancedCode{4, 3, 0}, Message: "later"}
	}
	h.from, h.envelope = from, o.EnvelopeID
	return nil
}

func (h *handed) Rcpt(to string, _ *server.RcptOptions) error {
	if to == noSuch {
		return &server.SMTPError{Code: 550, EnhancedCode: server.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	h.to = to
	return nil
}

func (h *handed) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	h.text = string(text)
	h.relay.mu.Lock()
	defer h.relay.mu.Unlock()
	h.relay.mails = append(h.relay.mails, h.mailed)
	return nil
}

func (h *handed) Reset()      { h.mailed = mailed{} }
func (*handed) Logout() error { return nil }

// report brings a mail's delivery report (RFC 3464) to the door.
func report(t *testing.T, door string, of mailed, s deliver.State) {
	t.Helper()
	fields := map[deliver.State]string{
		deliver.HandedOver: "Action: delayed\r\nStatus: 4.4.1\r\n", deliver.Delivered: "Action: delivered\r\nStatus: 2.0.0\r\n", deliver.Failed: "Action: failed\r\nStatus: 5.2.2\r\n",
	}[s]
	text := "From: MAILER-DAEMON@relay.test\r\nTo: <" + of.from + ">\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nThis is what became of it.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; relay.test\r\nOriginal-Envelope-Id: " + of.envelope + "\r\n\r\nFinal-Recipient: rfc822; " + of.to + "\r\n" + fields + "\r\n--b--\r\n"
	if err := smtp.SendMail(door, nil, "", []string{of.from}, []byte(text)); err != nil {
		t.Errorf("a report was not taken: %v", err)
	}
}

func TestMailKeepsThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		keys, err := seal.Parse(seal.Generate(1))
		if err != nil {
			t.Fatal(err)
		}
		door, err := inbound.Open(t.Context(), "smtp://127.0.0.1:0?domain=in.muster.test", keys)
		if err != nil {
			t.Fatal(err)
		}
		door.Desk = inbound.Desk{Store: mustertest.Store(t), URL: &url.URL{Scheme: "https", Host: "muster.test"}, Log: slog.New(slog.DiscardHandler), Report: take}
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		gone := make(chan struct{})
		go func() { door.Serve(ctx); close(gone) }()
		t.Cleanup(func() { cancel(); <-gone })
		pair, err := dkim.Make(filepath.Join(t.TempDir(), "dkim.pem"), "muster.test", "m")
		if err != nil {
			t.Fatal(err)
		}
		r := &relay{}
		c, err := email.New("smtp://"+r.serve(t), "muster.test", email.Signed(pair), email.Answered(door.Addresses()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return conformance.Rig{
			Channel: c, Refused: noSuch,
			Address: func(n int) string { return fmt.Sprintf("aino.%d@good.test", n) },
			Stop:    func() { r.stop(true) },
			Start:   func() { r.stop(false) },
			Taken: func() (all []conformance.Taken) {
				for i, one := range r.taken() {
					m, err := netmail.ReadMessage(strings.NewReader(one.text))
					if err != nil || len(m.Header["Dkim-Signature"]) != 2 {
						t.Errorf("%v; signatures %q", err, m.Header["Dkim-Signature"])
					}
					attempt, ok := door.Addresses().Attempt(one.from)
					if name, _, _ := strings.Cut(strings.TrimPrefix(m.Header.Get("Message-ID"), "<"), "@"); !ok || name != string(attempt) {
						t.Errorf("the mail has id %s, and its return path is %s", name, one.from)
					}
					all = append(all, conformance.Taken{To: one.to, Attempt: id.Attempt(attempt), ID: fmt.Sprint(i)})
				}
				return all
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				for i, one := range r.taken() {
					if fmt.Sprint(i) == of.ID {
						report(t, door.Addr().String(), one, s)
					}
				}
			},
		}
	})
}
