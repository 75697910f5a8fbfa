package inbound_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"testing"

	"muster/actor"
	"muster/deliver"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

var confirm = store.Across("inbound.test.confirm", `update contact_point set verified_at = $3 where org = $1 and person = $2 and channel = 'email'`)

// question is what an administrator was asked about by mail.
type question struct {
	*told
	office grant.Office
	g      grant.Grant
}

func asked(t *testing.T) *question {
	t.Helper()
	h := open(t, mustertest.Store(t), "smtp://127.0.0.1:0?domain=in.muster.test")
	h.org.Live()
	q := &question{told: &told{house: h, mika: h.org.Admin}, office: grant.Office{Store: h.town.Store, Log: slog.New(slog.DiscardHandler)}}
	h.door.DNS = names{"good.test": "v=spf1 ip4:192.0.2.1 -all", "_dmarc.good.test": "v=DMARC1; p=reject"}
	answer := h.door.Answer
	h.door.Answer = func(ctx context.Context, a deliver.Answer) (deliver.Said, error) {
		if a.Act == deliver.Consent {
			return q.office.Answer(ctx, a)
		}
		return answer(ctx, a)
	}
	agent, lead := h.town.Staff("Oliver Bennett", actor.FirstLine), h.town.Staff("Lena Lead", actor.FirstLine)
	var err error
	q.g, err = q.office.Ask(t.Context(), lead.Actor, grant.Draft{
		Org: h.org.ID, Staff: agent.ID, Scope: grant.View, Reason: grant.Support, Words: "The board is empty since noon", Request: "R-2026-000001",
	})
	if err != nil {
		t.Fatal(err)
	}
	q.message = q.about("grant_asked")[0]
	q.to = h.door.Addresses().For(q.message.AttemptID())
	return q
}

// about are the messages of a purpose to the administrator.
func (q *question) about(purpose string) (found []deliver.Message) {
	q.Helper()
	q.do(func(tx *store.Tx) error {
		all, err := deliver.About(tx, string(q.g.ID), 100)
		found = nil
		for _, m := range all {
			if m.Purpose == purpose && m.Person == q.org.Admin.Person.Person {
				found = append(found, m)
			}
		}
		return err
	})
	return found
}

func (q *question) consent() (c grant.Consent) {
	q.Helper()
	q.do(func(tx *store.Tx) error {
		g, err := grant.Read(tx, q.g.ID)
		c = g.Consent
		return err
	})
	return c
}

func (q *question) confirm(who town.Member) {
	q.Helper()
	err := q.town.Store.Across().Do(q.Context(), func(tx *store.AcrossTx) error {
		return tx.Write(confirm, q.org.ID, who.Person.Person, tx.Now())
	})
	if err != nil {
		q.Fatal(err)
	}
}

// FL1, access A3: an administrator's answer by mail is written consent when the
// address is theirs, confirmed, and its domain stands for the mail; what is kept
// of the mail is its SHA-256.
func TestFL1ConsentByMail(t *testing.T) {
	q := asked(t)
	mail := written(own, q.email(), "I consent\r\n\r\nOn Sun, 22 Nov 2026 at 14:05, Muster <m@muster.test> wrote:\r\n> Your consent")
	if code, _ := q.bring(q.email(), q.to, written(stranger, q.email(), "I consent")); code != 550 || !q.consent().At.IsZero() {
		t.Errorf("a mail that nothing proves: %d", code)
	}
	if code, _ := q.bring(q.email(), q.to, mail); code != 250 || !q.consent().At.IsZero() {
		t.Errorf("from an address that nobody has confirmed: %d", code)
	}
	if back := q.about("mail_reply"); len(back) != 1 || !strings.Contains(back[0].Facts["Text"].(string), "has not been confirmed") {
		t.Errorf("written back: %+v", back)
	}
	q.confirm(q.org.Admin)
	for _, words := range []string{"OK", "Maybe", "I consent to nothing", "> I consent"} {
		if code, _ := q.bring(q.email(), q.to, written(own, q.email(), words)); code != 250 || !q.consent().At.IsZero() {
			t.Errorf("%q is taken for consent: %d", words, code)
		}
	}
	mail = written(own, q.email(), "I consent.\r\n\r\nOn Sun, 22 Nov 2026 at 14:05, Muster <m@muster.test> wrote:\r\n> Your consent")
	for range 2 { // the other side did not hear that it was taken
		if code, said := q.bring(q.email(), q.to, mail); code != 250 {
			t.Fatalf("%d %s", code, said)
		}
	}
	c := q.consent()
	sum := sha256.Sum256([]byte(mail))
	if c.How != grant.ByMail || c.Person != q.org.Admin.Person.Person || c.Digest != hex.EncodeToString(sum[:]) || !strings.HasPrefix(c.Words, "I consent that Oliver Bennett of support enters Harbour Works") {
		t.Errorf("%+v, want the digest %x", c, sum)
	}
	if q.about("grant_asked")[0].State != deliver.Answered {
		t.Error("the question is not answered")
	}
}
