package inbound

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"regexp"
	"time"

	"github.com/emersion/go-smtp"

	"muster/deliver/email/origin"
	"muster/deliver/email/part"
	"muster/id"
)

// no is a refusal as the protocol says it: 4xx to come again, 5xx for good.
// People read the words in what their own mail system writes them.
func no(code int, status [2]int, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, status[0], status[1]}, Message: words}
}

var errLater = no(451, [2]int{4, 3}, "Please try again later")

// visit is one connection's mail, one after the other.
type visit struct {
	door *Door
	ctx  context.Context
	conn *smtp.Conn

	sender    string
	to        []recipient
	strangers int
}

// recipient is an address of ours, as it was given, and what it stands for: a
// try of a message, or, without one, support for an organisation.
type recipient struct {
	address string
	attempt id.Attempt
	org     id.Org
}

// Mail begins a mail. One that claims to come from an address of the door
// itself would go in a circle.
func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if _, support := v.door.supports(from); support || v.door.ours.Ours(from) {
		return no(554, [2]int{4, 6}, "Mail from an address of our own goes in a circle")
	}
	v.sender = from
	return nil
}

// Rcpt takes an address that we made, and no other. Guessing them is slow.
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if org, ok := v.door.supports(to); ok && v.door.Support != nil {
		v.to = append(v.to, recipient{address: to, org: org})
		return nil
	}
	attempt, ok := v.door.ours.Attempt(to)
	if !ok {
		if v.strangers++; v.strangers >= maxStrangers {
			time.AfterFunc(time.Second, func() { _ = v.conn.Close() }) // once it has heard why
			return no(421, [2]int{7, 0}, "Too many unknown recipients")
		}
		return no(550, [2]int{1, 1}, "Nobody reads mail to this address; see "+v.door.URL.String())
	}
	v.to = append(v.to, recipient{address: to, attempt: attempt})
	return nil
}

// Data takes the text for all recipients at once: it is taken if all of them
// take it.
func (v *visit) Data(r io.Reader) error {
	m, err := v.read(r)
	if err != nil {
		return err
	}
	for _, one := range v.to {
		if err := v.door.bring(v.ctx, one, m); err != nil {
			return err
		}
	}
	return nil
}

// LMTPData takes the text for each recipient.
func (v *visit) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	m, err := v.read(r)
	if err != nil {
		return err
	}
	for _, one := range v.to {
		status.SetStatus(one.address, v.door.bring(v.ctx, one, m))
	}
	return nil
}

// Reset forgets the mail that was begun.
func (v *visit) Reset() { v.sender, v.to = "", nil }

// Logout ends the visit.
func (*visit) Logout() error { return nil }

// letter is a mail that came in.
type letter struct {
	part.Part
	raw  []byte
	came origin.Visit
}

func (v *visit) read(r io.Reader) (*letter, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err // the mail is too large, or the connection was lost
	}
	m, err := part.Read(raw)
	if err != nil {
		return nil, no(554, [2]int{6, 0}, "The mail cannot be read: "+err.Error())
	}
	if len(m.Header.Values("Received")) > maxHops {
		return nil, no(554, [2]int{4, 6}, "The mail goes in a circle")
	}
	return &letter{m, raw, v.origin(m)}, nil
}

// origin is from where the mail came to whoever passed it to us. On a
// connection from elsewhere that is the other end of it. Behind a mail system
// of our own it stands in the topmost line Received, which that system wrote.
func (v *visit) origin(m part.Part) origin.Visit {
	came := origin.Visit{IP: peer(v.conn.Conn()), Helo: v.conn.Hostname(), Sender: v.sender}
	if !v.door.config.lmtp && came.IP.IsValid() && !came.IP.IsLoopback() {
		return came
	}
	came.IP, came.Helo = netip.Addr{}, ""
	if trace := m.Header.Values("Received"); len(trace) > 0 {
		if from := received.FindSubmatch(bytes.TrimSpace([]byte(trace[0]))); from != nil {
			if ip, err := netip.ParseAddr(string(from[2])); err == nil && !ip.IsLoopback() {
				came.IP, came.Helo = ip, string(from[1])
			}
		}
	}
	return came
}

// received is how Postfix and Sendmail say from where a mail came: the name
// that the other system gave itself, which cannot have spaces, then what was
// found out about it. Lines in any other form are not guessed at.
var received = regexp.MustCompile(`^from (\S+) \(\S+ \[(?:IPv6:)?([0-9a-fA-F:.]+)\](?: \(may be forged\))?\)`)
