package grant

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/ledger/evidence"
	"muster/roster"
	"muster/store"
)

// Wording is what is consented to, as it is read, and the mark of just these
// words.
type Wording struct{ Words, Digest string }

// Wording is what an administrator of the organisation consents to.
func (g Grant) Wording(tag lang.Tag, org string) Wording {
	words := tag.Text("grant.consent.words", map[string]any{
		"Name": g.Name, "Org": org, "Scope": tag.Text("grant.consent.scope."+string(g.Scope), nil), "For": g.For,
		"Reason": tag.Text("grant.reason."+string(g.Reason), nil), "Words": g.Words, "Request": g.Request,
	})
	return Wording{words, evidence.Digest([]byte(words))}
}

// Consent is an administrator's written yes on the page that showed these
// words: in a language, with the mark that the page had. If they read
// differently by now it is Conflict "read_again".
func (o Office) Consent(ctx context.Context, who actor.Actor, which id.Grant, tag lang.Tag, mark string) (Grant, error) {
	return o.on(ctx, who, which, "consentGrant", func(h *hearing, rule string) error {
		org, err := roster.Get(h.tx)
		if err != nil {
			return err
		}
		shown := h.Wording(tag, org.Name)
		if shown.Digest != mark {
			return fault.New(fault.Conflict, "read_again")
		}
		return o.agree(h, who, rule, Consent{How: ByConsole, Words: shown.Words, Digest: shown.Digest})
	})
}

func (o Office) agree(h *hearing, who actor.Actor, rule string, c Consent) error {
	c.Person, c.Name, c.At = who.Person, who.Name, h.tx.Now()
	next, err := h.consent(c)
	if err != nil {
		return err
	}
	h.Grant = next
	e := h.entry("grant.consented", rule)
	e.Facts["How"], e.Facts["Digest"] = c.How, c.Digest
	e.Personal["Words"] = c.Words
	return errors.Join(ledger.Append(h.tx, who, e), h.tell(h.tx, "consented", who.Name), o.settled(h, who))
}

// Answer takes the words of a mail as consent: it came from an address of an
// administrator to which the question went, and that address' domain stands for
// it. What is kept of the mail is its SHA-256.
func (o Office) Answer(ctx context.Context, a deliver.Answer) (deliver.Said, error) {
	said := deliver.Said{What: deliver.Unknown}
	m, err := a.Meant(ctx, o.Store)
	if err != nil {
		return unknown(err)
	}
	which, err := id.Parse[id.Grant](m.About)
	if err != nil || a.Digest == "" {
		return said, nil
	}
	p, sure, err := o.writer(ctx, m, a.From)
	if err != nil {
		return unknown(err)
	}
	said = deliver.Said{What: deliver.NotAllowed, Org: m.Org, Person: p.Person, Lang: m.Lang}
	if !sure {
		said.Text = m.Lang.Text("grant.consent.unconfirmed", nil)
		return said, nil
	}
	who := actor.Actor{Kind: actor.Person, Org: m.Org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Mail, Fresh: true} // the mail itself is the proof
	g, err := o.on(ctx, who, which, "consentGrant", func(h *hearing, rule string) error {
		if also, err := identity.Employed(h.tx, "", a.From); err != nil || also {
			return cmp.Or(err, errOurs)
		}
		org, err := roster.Get(h.tx)
		if err != nil {
			return err
		}
		return errors.Join(
			o.agree(h, who, rule, Consent{How: ByMail, Words: h.Wording(m.Lang, org.Name).Words, Digest: a.Digest}),
			deliver.MarkAnswered(h.tx, m.ID),
		)
	})
	said.What = deliver.Done
	key := "taken"
	switch {
	case err == nil || g.Consent.Person == p.Person && g.Consent.Person != "":
	case fault.KindOf(err) == fault.Forbidden:
		said.What, key = deliver.NotAllowed, "not_allowed"
	case fault.From(err).Code == "consented_already":
		said.What, said.By, key = deliver.Taken, g.Consent.Name, "already"
	case fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.NotFound:
		said.What, key = deliver.Over, "over"
	default:
		return said, err
	}
	said.Text = m.Lang.Text("grant.consent."+key, map[string]any{"By": said.By})
	return said, nil
}

// errOurs refuses the yes of somebody who reads a mailbox of the provider's
// staff: they would say it to themselves.
var errOurs = refusedBy("letin-not-for-the-customer")

// writer is who a message went to. sure tells whether the address that the
// answer came from is still theirs, and they have confirmed it.
func (o Office) writer(ctx context.Context, m deliver.Message, from string) (p roster.Person, sure bool, err error) {
	err = o.Store.View(ctx, m.Org, func(tx *store.Tx) error {
		p, err = roster.Find(tx, m.Person)
		return err
	})
	sure = p.Active && slices.ContainsFunc(p.Points, func(at roster.Point) bool {
		return at.Channel == roster.Email && strings.EqualFold(at.Address, from) && at.Sure()
	})
	return p, sure, err
}

func unknown(err error) (deliver.Said, error) {
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	return deliver.Said{What: deliver.Unknown}, err
}
