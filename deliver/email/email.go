// Package email hands mail over to a relay by SMTP.
//
// A relay's yes means that it has taken the mail and will report what becomes
// of it, not that anybody has it: the receipt says handed over, never more.
// Connections are kept and shared, and commands travel together where the
// relay allows it, so that a mail costs two round trips.
package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/email/bounce"
	"muster/deliver/email/dkim"
)

// How long one mail may take. RFC 5321 §4.5.3.2 would allow many minutes,
// which a person in need does not have: another try, another channel is
// better. A relay that answers later makes a double with the same
// X-Muster-Message.
const (
	dialTime = 15 * time.Second
	sendTime = 60 * time.Second
)

// Channel is deliver's channel "email". Safe for use from many sides.
type Channel struct {
	config config
	pool   *pool
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel from the value of MUSTER_SMTP:
// smtp://USER:PASS@HOST:PORT, smtps:// for TLS from the first byte, user and
// password optional; options ?from=ADDRESS, tls=required, connections=N. The
// domain is the host of the installation's public address: mail comes from
// muster@domain unless from says otherwise.
func New(url, domain string, with ...Option) (*Channel, error) {
	c, err := parse(url, domain)
	if err != nil {
		return nil, err
	}
	for _, option := range with {
		if err := option(&c); err != nil {
			return nil, err
		}
	}
	ch := &Channel{config: c}
	ch.pool = newPool(&ch.config)
	return ch, nil
}

// Option is what a channel has beside its relay.
type Option func(*config) error

// Signed has every mail signed.
func Signed(keys *dkim.Keys) Option {
	return func(c *config) error {
		if !keys.Covers(c.from.Address) {
			return fmt.Errorf("%s option domain must be the domain of the sender, or one above it", dkim.Key)
		}
		c.sign = keys.Sign
		return nil
	}
}

// Answered has bounces and replies come back to these addresses, and asks for
// a report on every mail: of its delivery, too, for a relay's yes says little.
func Answered(at Addresses) Option {
	return func(c *config) error { c.back = &at; return nil }
}

// Name is "email".
func (*Channel) Name() string { return "email" }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.pool.close() }

// Send hands over one mail. A server's final no to the recipient or the text
// is deliver.Refused; whatever else goes wrong is worth another try.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	to, utf8, err := mailbox(out.To)
	if err != nil {
		return deliver.Receipt{}, err
	}
	text, err := letter(&c.config, out)
	if err != nil {
		return deliver.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(sendTime, out.Valid))
	defer cancel()
	e := envelope{from: c.config.from.Address, to: to, utf8: utf8}
	if back := c.config.back; back != nil {
		e.from, e.id = back.For(out.Attempt), back.token(out.Attempt)
	}
	reply, err := c.hand(ctx, out.Urgent, e, text)
	if err != nil {
		return deliver.Receipt{}, c.classify(err)
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: string(out.Attempt), Detail: reply}, nil
}

// hand takes connections until one is alive. Only connections that were kept
// can turn out dead without a doubt about the mail, and a new one ends the
// search.
func (c *Channel) hand(ctx context.Context, urgent bool, e envelope, text []byte) (string, error) {
	release, err := c.pool.lease(ctx, urgent)
	if err != nil {
		return "", err
	}
	defer release()
	for {
		s := c.pool.get()
		if s == nil {
			dialCtx, cancel := context.WithTimeout(ctx, dialTime)
			s, err = dial(dialCtx, &c.config)
			cancel()
			if err != nil {
				return "", err
			}
		}
		reply, err := s.transact(ctx, e, text)
		c.pool.put(s)
		if !errors.Is(err, errStale) {
			return reply, err
		}
	}
}

// classify tells a final no from what is worth another try. The code of a final
// no is the enhanced one where the server gives it (RFC 3463), which also says
// whether the address is dead or only this mail is not wanted. 5xx to our own
// address or greeting is about us, not about the recipient; so are 503, 530
// and 538 (order of commands, sign in first, encrypt first) at any step, and
// an enhanced code of class 4 beside a 5xx is believed.
func (c *Channel) classify(err error) error {
	var said *no
	if !errors.As(err, &said) || said.step == "MAIL" {
		return fmt.Errorf("email: %s: %w", c.config.address(), err)
	}
	code := said.reply.Code
	status, enhanced := bounce.ParseStatus(said.reply.Msg)
	switch {
	case code < 500, code == 503, code == 530, code == 538, enhanced && status.Class == 4:
		return fmt.Errorf("email: %s: %w", c.config.address(), err)
	}
	final := plain(said.step, code)
	if enhanced && status.Class == 5 {
		final = status.String()
	}
	return deliver.Refused(final, fmt.Sprint(code, " ", said.reply.Msg), dead.Mail(final))
}

// plain is the enhanced code that a reply without one stands for (RFC 5321
// §4.2.3): what is said to the recipient's address is about it.
func plain(step string, code int) string {
	if step == "RCPT" && (code == 550 || code == 551 || code == 553) {
		return "5.1.1"
	}
	return fmt.Sprint(code)
}
