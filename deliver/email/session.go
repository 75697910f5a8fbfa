package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"muster/deliver/transcript"
)

// maxReply bounds what a server may say during one transaction, in bytes.
const maxReply = 64 << 10

// session is one connection that has been greeted, secured and signed in.
type session struct {
	conn   *bounded
	client *smtp.Client
	reused bool // it has carried a mail before, so it may have died meanwhile
	broken bool // not fit for another mail
	idle   *time.Timer
	log    *transcript.Log // of the mail under way

	pipelining, eightBit, utf8, dsn bool
}

// envelope is from whom and to whom a mail goes.
type envelope struct {
	from, to string
	utf8     bool   // to needs SMTPUTF8
	id       string // asks for reports, which carry it; empty: none are wanted
}

// bounded stops a server that talks without end.
type bounded struct {
	net.Conn
	left int
	log  *transcript.Log // gets what is read until it is taken away: the greeting
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the server says too much")
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	if b.log != nil && n > 0 {
		b.log.Heard(string(p[:n]))
	}
	return n, err
}

// no is a server's refusal of one step.
type no struct {
	step  string // MAIL, RCPT, DATA, or end for the dot after the text
	reply *textproto.Error
}

func (e *no) Error() string { return fmt.Sprintf("%s answered with %v", e.step, e.reply) }

// errStale says that a connection from the pool was dead before it was asked
// anything, so that the mail can go over another without any doubt.
var errStale = errors.New("the connection had been closed")

// dial makes a session. Its time is bounded by ctx.
func dial(ctx context.Context, c *config) (*session, error) {
	var d net.Dialer
	log := transcript.From(ctx)
	log.Hide(c.pass)
	conn, err := d.DialContext(ctx, "tcp", c.address())
	if err != nil {
		failed(log, err)
		return nil, err
	}
	if log != nil {
		said := "connected to " + c.address()
		if at := conn.RemoteAddr().String(); at != c.address() {
			said += ", which is " + at
		}
		log.Note(said)
	}
	s := &session{conn: &bounded{Conn: conn, left: maxReply}, log: log}
	release := s.within(ctx)
	defer release()
	if err := s.open(ctx, c); err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *session) open(ctx context.Context, c *config) error {
	secure := c.tls()
	var conn net.Conn = s.conn
	if c.implicitTLS {
		t := tls.Client(s.conn, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			failed(s.log, err)
			return err
		}
		secured(s.log, c, t.ConnectionState())
		conn = t
	} else {
		s.conn.log = s.log
	}
	client, err := smtp.NewClient(conn, c.host)
	s.conn.log = nil
	if err != nil {
		failed(s.log, err)
		return err
	}
	s.client = client
	end := follow(client, s.log)
	err = s.introduce(c, secure)
	end(err)
	return err
}

// introduce says who we are, over TLS where that can be had.
func (s *session) introduce(c *config, secure *tls.Config) error {
	client := s.client
	if err := client.Hello(c.domain); err != nil {
		return err
	}
	if offered, _ := client.Extension("STARTTLS"); offered && !c.implicitTLS {
		if err := client.StartTLS(secure); err != nil {
			return err
		}
		if state, ok := client.TLSConnectionState(); ok {
			secured(s.log, c, state)
		}
	} else if c.requireTLS && !c.implicitTLS {
		return errors.New("the server offers no TLS, and without it no password or mail is handed over")
	}
	if c.user != "" {
		s.log.Note("signing in as " + c.user)
		if err := signIn(client, c); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
	}
	s.pipelining, _ = client.Extension("PIPELINING")
	s.eightBit, _ = client.Extension("8BITMIME")
	s.utf8, _ = client.Extension("SMTPUTF8")
	s.dsn, _ = client.Extension("DSN")
	return nil
}

// tls says whom to trust. Without a password and the word "required", TLS that
// cannot be checked is still better than none; on this machine nobody stands
// between.
func (c *config) tls() *tls.Config {
	return &tls.Config{
		ServerName: c.host, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: c.local() || !c.implicitTLS && !c.requireTLS,
	}
}

// signIn takes the best way that the server offers.
func signIn(client *smtp.Client, c *config) error {
	_, offered := client.Extension("AUTH")
	has := make(map[string]bool)
	for _, way := range strings.Fields(strings.ToUpper(offered)) {
		has[way] = true
	}
	switch {
	case has["SCRAM-SHA-256"]:
		return client.Auth(smtp.ScramSHA256Auth(c.user, c.pass))
	case has["PLAIN"]:
		return client.Auth(smtp.PlainAuth("", c.user, c.pass, c.host, c.local()))
	case has["LOGIN"]:
		return client.Auth(smtp.LoginAuth(c.user, c.pass, c.host, c.local()))
	}
	return fmt.Errorf("the server offers none of SCRAM-SHA-256, PLAIN and LOGIN")
}

// within lets everything on the connection fail when ctx ends.
func (s *session) within(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() {
		s.conn.SetDeadline(time.Unix(1, 0)) // long past: whoever waits wakes up
	})
	return func() {
		if !stop() {
			s.broken = true // the deadline may have struck
		}
	}
}

// transact hands over one mail and returns the server's last word.
func (s *session) transact(ctx context.Context, e envelope, text []byte) (string, error) {
	s.conn.left = maxReply
	release := s.within(ctx)
	defer release()
	s.log = transcript.From(ctx)
	defer func() { s.log = nil }()
	if s.reused {
		s.log.Note("over a connection that was open already")
	}
	if e.utf8 && !s.utf8 {
		return "", &no{"RCPT", &textproto.Error{Code: 550, Msg: "5.6.7 the server takes no international addresses"}}
	}
	if err := s.envelope(e); err != nil {
		return "", err
	}
	reply, err := s.body(text)
	var refused *no
	if err != nil && !errors.As(err, &refused) {
		s.broken = true
	}
	return reply, err
}

// envelope says from whom and to whom, and gets leave to send the text; in
// one go if the server can take that (RFC 2920).
func (s *session) envelope(e envelope) error {
	mail, rcpt := s.commands(e)
	steps := [...]struct {
		name, command string
		expect        int
	}{{"MAIL", mail, 2}, {"RCPT", rcpt, 25}, {"DATA", "DATA", 354}}

	text := s.client.Text
	var first error
	accepted := false
	if s.pipelining {
		for _, step := range steps {
			s.log.Said(step.command)
			text.W.WriteString(step.command + "\r\n")
		}
		if err := text.W.Flush(); err != nil {
			return s.lost(err, 0)
		}
	}
	for i, step := range steps {
		if !s.pipelining {
			if first != nil {
				break
			}
			s.log.Said(step.command)
			if err := text.PrintfLine("%s", step.command); err != nil {
				return s.lost(err, i)
			}
		}
		err := s.reply(step.name, step.expect)
		var refused *no
		if err != nil && !errors.As(err, &refused) {
			return s.lost(err, i)
		}
		if i == 0 && s.reused && refused != nil && refused.reply.Code == 421 {
			return s.lost(err, i) // its way to say that it got tired of waiting
		}
		if first == nil {
			first = err
		}
		accepted = err == nil && i == len(steps)-1
	}
	if first != nil {
		s.reset(accepted)
	}
	return first
}

// commands are the two that say from whom and to whom. Reports are asked for
// of everything that may become of the mail, with its header only: the text is
// nobody's business twice (RFC 3461 §4).
func (s *session) commands(e envelope) (mail, rcpt string) {
	mail, rcpt = "MAIL FROM:<"+e.from+">", "RCPT TO:<"+e.to+">"
	if s.eightBit {
		mail += " BODY=8BITMIME"
	}
	if e.utf8 {
		mail += " SMTPUTF8"
	}
	if s.dsn && e.id != "" {
		mail += " RET=HDRS ENVID=" + e.id
		rcpt += " NOTIFY=SUCCESS,FAILURE,DELAY"
		if !e.utf8 {
			rcpt += " ORCPT=rfc822;" + xtext(e.to)
		}
	}
	return mail, rcpt
}

// xtext writes what may stand in a parameter's value as it is, and the rest as
// "+" and two hexadecimal digits (RFC 3461 §4).
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// reply reads one answer.
func (s *session) reply(step string, expect int) error {
	_, err := s.response(expect)
	var said *textproto.Error
	if errors.As(err, &said) {
		if said.Code == 421 {
			s.broken = true // the server hangs up after this
		}
		return &no{step, said}
	}
	return err
}

// response reads what the server says next.
func (s *session) response(expect int) (said string, err error) {
	code, text, err := s.client.Text.ReadResponse(expect)
	said = fmt.Sprint(code, " ", text)
	if err == nil {
		s.log.Heard(said)
	} else {
		failed(s.log, err)
	}
	return said, err
}

// lost says what a dead connection means at step i: before the first answer
// on one from the pool, nothing; else it is a failure worth another try.
func (s *session) lost(err error, i int) error {
	s.broken = true
	var timeout net.Error
	if i == 0 && s.reused && !(errors.As(err, &timeout) && timeout.Timeout()) {
		return errStale
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// reset makes the session fit for another mail after a refusal. A server
// may want a text even though it took no recipient (RFC 2920 §3.1): it gets
// an empty one.
func (s *session) reset(wantsText bool) {
	if s.broken {
		return
	}
	lines := []string{"RSET"}
	if wantsText {
		lines = []string{".", "RSET"}
	}
	for _, line := range lines {
		s.log.Said(line)
		if err := s.client.Text.PrintfLine("%s", line); err != nil {
			s.broken = true
			return
		}
		if _, err := s.response(2); err != nil && line == "RSET" {
			s.broken = true
		}
	}
}

func (s *session) body(text []byte) (string, error) {
	sent(s.log, text)
	w := s.client.Text.DotWriter()
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	said, err := s.response(2)
	var refused *textproto.Error
	if errors.As(err, &refused) {
		s.broken = s.broken || refused.Code == 421
		return "", &no{"end", refused}
	}
	if err != nil {
		return "", err
	}
	return said, nil
}

// close ends it politely if that costs nothing.
func (s *session) close() {
	if !s.broken {
		s.client.Text.PrintfLine("QUIT")
	}
	s.conn.Close()
}
