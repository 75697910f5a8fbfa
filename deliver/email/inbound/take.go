package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"strconv"
	"strings"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/email/bounce"
	"muster/deliver/email/origin"
	"muster/deliver/email/part"
	"muster/deliver/email/reply"
	"muster/fault"
	"muster/id"
)

// bring takes a mail to one of our addresses.
func (d *Door) bring(ctx context.Context, to recipient, m *letter) error {
	if to.attempt == "" {
		return d.support(ctx, to.org, m)
	}
	return d.take(ctx, to.attempt, m)
}

// take does what a mail to an attempt's address says. Its error is one of the
// protocol: nil says that nothing more is to be done about the mail.
func (d *Door) take(ctx context.Context, attempt id.Attempt, m *letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
	defer cancel()
	said := deliver.Report{ProviderID: string(attempt)}
	r, isReport := bounce.Read(&m.Part)
	switch {
	case isReport && d.ours.Envelope(r.Envelope, attempt) && d.awaited(attempt):
		said.State, said.Code, said.Detail = r.Verdict()
		said.Dead = dead.Mail(said.Code)
	case isReport, m.automatic():
		said.Detail = "automatic reply: " + m.subject()
	default:
		return d.reply(ctx, attempt, m)
	}
	err := d.Report(ctx, said)
	if fault.KindOf(err) == fault.NotFound {
		d.Log.Info("a report by mail is about no message that is known: a test of the relay, or one that is forgotten", "attempt", attempt)
		return nil // sending it again would not help
	}
	if err != nil {
		d.Log.Warn("a report by mail could not be taken", "attempt", attempt, "err", err)
		return errLater
	}
	return nil
}

// awaited tells whether a mail system may still report on a try. Whoever finds
// an old mail of ours has its return address, and could have the reader's own
// address taken for dead.
func (d *Door) awaited(attempt id.Attempt) bool {
	made, err := strconv.ParseInt(string(attempt[len("att_"):][:12]), 16, 64) // as the id of its message begins
	return err == nil && d.Store.Now().Sub(time.UnixMilli(made)) < remembered
}

// automatic tells whether a program wrote the mail (RFC 3834 §2): such a mail
// answers nothing, and is never answered, or two programs could go on for ever.
func (m *letter) automatic() bool {
	h := m.Header
	if auto := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted"))); auto != "" && auto != "no" {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Loop", "X-Muster-Message", "Feedback-Id"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return m.came.Sender == "" || m.Type == "multipart/report"
}

// subject is the mail's, as a person reads it.
func (m *letter) subject() string {
	words := mime.WordDecoder{CharsetReader: part.Charset}
	if s, err := words.DecodeHeader(m.Header.Get("Subject")); err == nil {
		return s
	}
	return m.Header.Get("Subject")
}

// reply takes what a person wrote.
func (d *Door) reply(ctx context.Context, attempt id.Attempt, m *letter) error {
	verdict := origin.Check(ctx, d.resolver(), m.came, m.raw, &m.Part)
	if verdict.Later {
		return no(451, [2]int{4, 3}, "The DNS does not answer, please try again later")
	}
	if !verdict.Aligned {
		d.Log.Info("a reply was refused: nothing proves who wrote it", "attempt", attempt, "spf", verdict.SPF, "dkim", verdict.DKIM, "policy", verdict.Policy)
		return no(550, [2]int{7, 26}, "Nothing was done: neither SPF nor DKIM proves that the mail is from its sender. Please open the link in the mail, or "+d.URL.String())
	}
	answer := deliver.Answer{Attempt: attempt, Channel: "email", From: verdict.From, Act: deliver.Acknowledge, At: d.Store.Now()}
	meant, err := answer.Meant(ctx, d.Store)
	if fault.KindOf(err) == fault.NotFound {
		return no(550, [2]int{7, 1}, "Nothing was done: this can only be answered from the address that it was sent to. Please open the link in the mail, or "+d.URL.String())
	}
	if err != nil {
		return d.later(attempt, err)
	}
	if _, err := id.Parse[id.Request](meant.About); err == nil && d.Support != nil {
		return d.wish(ctx, m, Wish{Org: meant.Org, About: meant.About, Answered: meant.Made, From: verdict.From, Proved: true})
	}
	back := back{m: meant, to: verdict.From, words: reply.Words(&m.Part), digest: m.digest(attempt)}
	says := reply.TakesCharge
	if meant.Consents() {
		sum := sha256.Sum256(m.raw)
		says, answer.Act, answer.Digest = reply.Consents, deliver.Consent, hex.EncodeToString(sum[:])
	}
	if says(meant.Lang, back.words) {
		if back.said, err = d.Answer(ctx, answer); err != nil {
			return d.later(attempt, err)
		}
	}
	if err := d.answer(ctx, back); err != nil {
		return d.later(attempt, err)
	}
	return nil
}

func (d *Door) later(attempt id.Attempt, err error) error {
	d.Log.Error("a reply waits with its sender: it cannot be taken", "attempt", attempt, "err", err)
	return errLater
}

// digest is the same when the other side sends the same mail again, because it
// did not hear that it was taken.
func (m *letter) digest(attempt id.Attempt) string {
	what := []byte(m.Header.Get("Message-Id"))
	if len(what) == 0 {
		what = m.raw
	}
	sum := sha256.Sum256(append([]byte(attempt+"\n"), what...))
	return hex.EncodeToString(sum[:16])
}
