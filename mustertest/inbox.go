package mustertest

import (
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is one mail that arrived, opened.
type Mail struct {
	From, To   string // of the envelope
	Header     mail.Header
	Subject    string
	Text, HTML string
	Raw        string
}

// inbox takes mail by LMTP and keeps it until somebody waits for it.
type inbox struct {
	mu      sync.Mutex
	mails   []Mail
	arrived chan struct{} // closed and made anew at each arrival
}

// listen starts taking mail and gives the address.
func (b *inbox) listen(t testing.TB) string {
	t.Helper()
	b.arrived = make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{inbox: b}, nil }))
	s.LMTP, s.Domain, s.EnableSMTPUTF8 = true, "inbox.test", true
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// Wait takes the oldest mail to the address out of the inbox, and waits for
// one to arrive if there is none.
func (b *inbox) Wait(t testing.TB, to string) Mail {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		b.mu.Lock()
		arrived := b.arrived
		for i, m := range b.mails {
			if m.To == to {
				b.mails = append(b.mails[:i], b.mails[i+1:]...)
				b.mu.Unlock()
				return m
			}
		}
		b.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatalf("no mail to %s came within 30 s; %d to others did", to, b.Count())
		}
	}
}

// Count tells how many mails lie in the inbox.
func (b *inbox) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.mails)
}

// delivery is one LMTP transaction.
type delivery struct {
	inbox *inbox
	from  string
	to    []string
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { d.from = from; return nil }
func (d *delivery) Reset()                                      { d.from, d.to = "", nil }
func (*delivery) Logout() error                                 { return nil }

// troubles are mailboxes that are known and that nothing gets into.
var troubles = map[string]*smtp.SMTPError{
	"dead": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "There is no such mailbox any more"},
	"full": {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "The mailbox is full"},
	"busy": {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "The mailbox is being moved"},
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	name, _, _ := strings.Cut(to, "@")
	if trouble, ok := troubles[name]; ok {
		return trouble
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := openMail(string(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	d.inbox.mu.Lock()
	defer d.inbox.mu.Unlock()
	for _, to := range d.to {
		m.From, m.To = d.from, to
		d.inbox.mails = append(d.inbox.mails, m)
	}
	close(d.inbox.arrived)
	d.inbox.arrived = make(chan struct{})
	return nil
}

// openMail reads a mail as a mail program would.
func openMail(raw string) (Mail, error) {
	m := Mail{Raw: raw}
	msg, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = msg.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m, m.part(kind, msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return m, err
		}
		if err := m.part(kind, p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return m, err
		}
	}
}

func (m *Mail) part(kind, encoding string, r io.Reader) error {
	if strings.EqualFold(encoding, "quoted-printable") {
		r = quotedprintable.NewReader(r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = text
	case "text/html":
		m.HTML = text
	default:
		return fmt.Errorf("a part is %s", kind)
	}
	return nil
}
