// Package inbound is the door through which mail comes in: reports on our own
// mail, and what people reply.
//
// Every address that it takes mail for names one try of one message and proves
// that we made it (email.Addresses); mail to any other is refused before its
// text is sent. A report counts by its structure. A reply counts when its
// From is the address that was written to and that address' domain stands for
// the mail: whatever else comes is told apart, and nothing ends in silence.
// Whoever cannot be trusted is refused while the other side still holds the
// mail, so that its own system tells the sender and we never write to somebody
// whose name was only used.
package inbound

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/emersion/go-smtp"

	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/origin"
	"muster/seal"
	"muster/store"
)

// Limits of the door. What people write in reply is short; a report quotes the
// header of our mail only.
const (
	maxMail       = 2 << 20 // bytes
	maxRecipients = 10
	maxStrangers  = 5 // recipients that are none, before we hang up
	maxHops       = 30

	waitTime  = time.Minute     // for the next command, or more of a text
	visitTime = 5 * time.Minute // for all that one connection brings
	workTime  = 30 * time.Second
	closeTime = 10 * time.Second // for what is under way when the door closes
)

// Desk is what the door needs to do something about what came.
type Desk struct {
	Store  *store.Store
	URL    *url.URL // where people reach this installation
	Log    *slog.Logger
	DNS    origin.Resolver // nil: the one that the setting names
	Report func(context.Context, deliver.Report) error
	Answer func(context.Context, deliver.Answer) (deliver.Said, error)
	// Note keeps somebody's words with what a message was about, in the same
	// unit. kept is false where there is nothing that words could be kept with.
	Note func(tx *store.Tx, m deliver.Message, words string) (kept bool, err error)
	// Support takes what is written to support, whether or not it is proved who
	// wrote it. Limited refuses the mail for now. nil: there is no such address.
	Support func(context.Context, Wish) error
}

// Door takes mail in.
type Door struct {
	Desk
	config   config
	ours     email.Addresses
	listener net.Listener
}

// Open reads the value of MUSTER_MAIL_IN and listens there:
// smtp://HOST:PORT?domain=DOMAIN for mail right from other systems, or
// lmtp://HOST:PORT?domain=DOMAIN or lmtp:/SOCKET?domain=DOMAIN behind a mail
// system of one's own. Options: tls=FILE, a certificate and its key, offers
// STARTTLS; dns=IP:PORT asks another resolver than the machine's.
func Open(ctx context.Context, setting string, keys *seal.Keys) (*Door, error) {
	c, err := parse(setting)
	if err != nil {
		return nil, err
	}
	if c.network == "unix" {
		if info, err := os.Stat(c.address); err == nil && info.Mode()&os.ModeSocket != 0 {
			_ = os.Remove(c.address) // left by a process that died
		}
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, c.network, c.address)
	if err != nil {
		return nil, errors.New(Key + " names an address where nobody can listen: " + errors.Unwrap(err).Error())
	}
	return &Door{config: c, ours: email.Addresses{Domain: c.domain, Keys: keys}, listener: l}, nil
}

// Addresses are those that the door takes mail for.
func (d *Door) Addresses() email.Addresses { return d.ours }

// Addr is where it listens.
func (d *Door) Addr() net.Addr { return d.listener.Addr() }

// Close stops listening on a door that Serve was never called for.
func (d *Door) Close() error { return d.listener.Close() }

// Serve takes mail until ctx ends, and then finishes what is under way. The
// other side keeps what it has no answer for, and comes again.
func (d *Door) Serve(ctx context.Context) {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &visit{door: d, ctx: ctx, conn: c}, nil
	}))
	s.LMTP, s.Domain, s.TLSConfig = d.config.lmtp, d.config.domain, d.config.tls
	s.MaxRecipients, s.MaxMessageBytes = maxRecipients, maxMail
	s.ReadTimeout, s.WriteTimeout = waitTime, waitTime
	s.EnableSMTPUTF8 = true
	s.ErrorLog = slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug)
	left := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(left)
		closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer done()
		_ = s.Shutdown(closing) // who is not done by then has no answer, and comes again
	})
	if err := s.Serve(crowd(d.listener)); err != nil && ctx.Err() == nil {
		d.Log.Error("no mail comes in any more", "err", err)
	}
	if !stop() {
		<-left // what is under way needs the database still
	}
}

// resolver asks the DNS.
func (d *Door) resolver() origin.Resolver {
	if d.DNS != nil {
		return d.DNS
	}
	return d.config.dns
}
