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
func New(url, domain string) (*Channel, error) {
	c, err := parse(url, domain)
	if err != nil {
		return nil, err
	}
	ch := &Channel{config: c}
	ch.pool = newPool(&ch.config)
	return ch, nil
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
	reply, err := c.hand(ctx, out.Urgent, to, utf8, text)
	if err != nil {
		return deliver.Receipt{}, c.classify(err)
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: string(out.Attempt), Detail: reply}, nil
}

// hand takes connections until one is alive. Only connections that were kept
// can turn out dead without a doubt about the mail, and a new one ends the
// search.
func (c *Channel) hand(ctx context.Context, urgent bool, to string, utf8 bool, text []byte) (string, error) {
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
		reply, err := s.transact(ctx, c.config.from.Address, to, utf8, text)
		c.pool.put(s)
		if !errors.Is(err, errStale) {
			return reply, err
		}
	}
}

// classify tells a final no from what is worth another try. 5xx to our own
// address or greeting is about us, not about the recipient; so are 503, 530
// and 538 (order of commands, sign in first, encrypt first) at any step.
func (c *Channel) classify(err error) error {
	var said *no
	if errors.As(err, &said) && said.step != "MAIL" {
		switch code := said.reply.Code; {
		case code == 503 || code == 530 || code == 538:
		case code >= 500:
			return deliver.Refused(fmt.Sprint(code), said.reply.Msg)
		}
	}
	return fmt.Errorf("email: %s: %w", c.config.address(), err)
}
