package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"strings"
	"time"

	"muster/deliver/email/origin"
	"muster/deliver/email/reply"
	"muster/fault"
	"muster/id"
)

// Wish is what somebody writes to support.
type Wish struct {
	Org      id.Org    // whom its address names, or the mail that it answers; empty: nobody
	About    string    // what the mail was about that it answers, if we know by its address
	From     string    // address of the one author
	Answered time.Time // when the mail of ours was written that it answers; zero: not known
	Name     string    // as the author gives it
	Proved   bool      // the domain of From stands for the mail
	Subject  string    // as a person reads it
	Words    string    // without what is quoted
	ID       string    // Message-ID
	Refs     []string  // In-Reply-To and References
	Digest   string    // hexadecimal SHA-256 of the whole mail
}

// support@ is for everybody; support+ and the digits of an organisation's id
// say of which organisation.
const (
	supportLocal  = "support"
	supportPrefix = supportLocal + "+"
	orgPrefix     = "org_"
	maxWish       = 8 << 10 // bytes of words
	maxRefs       = 20
)

// SupportAddress is where an organisation's people write to support.
func (d *Door) SupportAddress(org id.Org) string {
	return supportPrefix + strings.TrimPrefix(string(org), orgPrefix) + "@" + d.config.domain
}

// supports tells whether an address is that of support, and for whom. It does
// not look whether there is such an organisation: that is nobody's business.
func (d *Door) supports(address string) (org id.Org, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !strings.EqualFold(address[at+1:], d.config.domain) {
		return "", false
	}
	local := strings.ToLower(address[:at])
	if rest, named := strings.CutPrefix(local, supportPrefix); named {
		org, err := id.Parse[id.Org](orgPrefix + rest)
		if err != nil {
			org = ""
		}
		return org, true
	}
	return "", local == supportLocal
}

// support takes a mail that was written to support. One whose author is not
// proved is kept, counts for nothing, and is refused: then the sender's own
// system says so, and nobody is written to whose name was only used.
func (d *Door) support(ctx context.Context, org id.Org, m *letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
	defer cancel()
	if m.automatic() {
		d.Log.Info("a program wrote to support: nothing is done", "subject", m.subject())
		return nil
	}
	verdict := origin.Check(ctx, d.resolver(), m.came, m.raw, &m.Part)
	switch {
	case verdict.Later:
		return no(451, [2]int{4, 3}, "The DNS does not answer, please try again later")
	case verdict.From == "":
		return no(550, [2]int{6, 0}, "Nothing was done: the mail does not say by one address who wrote it")
	}
	if err := d.wish(ctx, m, Wish{Org: org, From: verdict.From, Proved: verdict.Aligned}); err != nil || verdict.Aligned {
		return err
	}
	d.Log.Info("a mail to support does not count: nothing proves who wrote it", "spf", verdict.SPF, "dkim", verdict.DKIM, "policy", verdict.Policy)
	return no(550, [2]int{7, 26}, "Nothing was done: neither SPF nor DKIM proves that the mail is from its sender. Please sign in and ask there: "+d.URL.JoinPath("/let-in/requests").String())
}

// wish fills in what the mail says, and hands it on.
func (d *Door) wish(ctx context.Context, m *letter, w Wish) error {
	sum := sha256.Sum256(m.raw)
	w.Digest = hex.EncodeToString(sum[:])
	w.Subject, w.Words, w.ID = m.subject(), reply.Own(&m.Part, maxWish), strings.TrimSpace(m.Header.Get("Message-Id"))
	if list, err := mail.ParseAddressList(m.Header.Get("From")); err == nil && len(list) == 1 {
		w.Name = list[0].Name
	}
	for _, field := range []string{"In-Reply-To", "References"} {
		w.Refs = append(w.Refs, strings.Fields(m.Header.Get(field))...)
	}
	w.Refs = w.Refs[max(0, len(w.Refs)-maxRefs):]
	err := d.Support(ctx, w)
	switch {
	case err == nil:
		return nil
	case fault.KindOf(err) == fault.Limited:
		return no(452, [2]int{7, 1}, "Too many mails from this address, please try again later")
	}
	d.Log.Error("a mail to support waits with its sender: it cannot be taken", "err", err)
	return errLater
}
