package contact

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// purpose is that of the message, which has both the code and the link.
const purpose = "contact_verify"

// StartVerification sends a code and a link to an address of the person.
// Within a minute of the last one it is Limited "limited" with Seconds to
// wait; an address that is confirmed already is Conflict "already_done".
func StartVerification(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, person id.Person, contact id.Contact) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, rule, err := open(tx, who, person, "verifyContact")
		if err != nil {
			return err
		}
		p, err := pick(r, contact)
		if err != nil {
			return err
		}
		if p.Sure() {
			return fault.New(fault.Conflict, "already_done")
		}
		last, err := store.One(tx, holdCode, scanCode, contact)
		if err != nil && !errors.Is(err, none) {
			return err
		}
		if wait := last.expires.Add(pause - codeValid).Sub(tx.Now()); wait > 0 {
			return fault.New(fault.Limited, "limited").With("Seconds", int(wait.Seconds())+1)
		}
		code := newCode()
		mac := keys.MAC(codePurpose, string(tx.Org()), string(contact), p.Address, code)
		if err := tx.Write(putCode, contact, mac, tx.Now().Add(codeValid)); err != nil {
			return err
		}
		if err := send(tx, keys, r, p, code); err != nil {
			return err
		}
		return book(tx, who, rule, "contact.code_sent", r, p, nil)
	})
}

func send(tx *store.Tx, keys *seal.Keys, r roster.Person, p roster.Point, code string) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	sealed, err := deliver.Secrets(keys, map[string]any{"Code": code})
	if err != nil {
		return err
	}
	_, err = deliver.Queue(tx, deliver.Message{
		Purpose: purpose, Lane: deliver.Duty, Person: r.Person, Lang: r.Language, About: string(p.ID),
		Facts:  map[string]any{"Org": org.Name, "Zone": org.TimeZone, "Link": wording.Act, "Until": tx.Now().Add(codeValid)},
		Sealed: sealed, Route: []deliver.Stop{{Channel: p.Channel, Address: p.Address}}, Valid: codeValid,
	})
	return err
}

// Confirm takes the code that was sent. A wrong one is Invalid "code_wrong" at
// code, with the tries that are left as Count; one that is too old, used, or
// was mistyped too often is Expired "code_expired".
func Confirm(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, person id.Person, contact id.Contact, typed string) error {
	var refused error // a mistyped code is counted, so its unit commits
	err := s.Do(ctx, who.Org, func(tx *store.Tx) error {
		refused = nil
		r, rule, err := open(tx, who, person, "verifyContact")
		if err != nil {
			return err
		}
		p, err := pick(r, contact)
		if err != nil {
			return err
		}
		sent, err := store.One(tx, holdCode, scanCode, contact)
		if err != nil && !errors.Is(err, none) {
			return err
		}
		if err != nil || sent.tries >= tries || tx.Now().After(sent.expires) {
			return fault.New(fault.Expired, "code_expired").At("code")
		}
		if !keys.Check(sent.mac, codePurpose, string(tx.Org()), string(contact), p.Address, digits(typed)) {
			refused = fault.New(fault.Invalid, "code_wrong").At("code").With("Count", tries-1-sent.tries)
			return tx.Write(countTry, contact)
		}
		return confirmed(tx, who, rule, r, p)
	})
	return errors.Join(err, refused)
}

// ConfirmByLink confirms the address to which the message m was sent. It is
// for the deliberate act on the link's page, whose token names m; from is
// where that page was. A link that is too old, or whose address has changed,
// is Expired "link_expired". To follow it twice is the same as once.
func ConfirmByLink(ctx context.Context, s *store.Store, org id.Org, m id.Message, from netip.Addr) error {
	return s.Do(ctx, org, func(tx *store.Tx) error {
		msg, err := deliver.Get(tx, m)
		if err != nil {
			return err
		}
		if msg.Purpose != purpose {
			return fault.New(fault.NotFound, "not_found")
		}
		expired := fault.New(fault.Expired, "link_expired")
		r, err := roster.Find(tx, msg.Person)
		if err != nil {
			return err
		}
		p, err := pick(r, id.Contact(msg.About))
		if err != nil || !r.Active || p.Address != msg.Route[0].Address || tx.Now().After(msg.Made.Add(linkValid)) {
			return expired
		}
		if p.Sure() {
			return nil
		}
		who := actor.Actor{Kind: actor.Person, Org: org, Person: r.Person, Name: r.Name, Roles: r.Roles, Door: actor.Link, IP: from}
		_, rule, err := open(tx, who, r.Person, "verifyContact")
		if err != nil {
			return err
		}
		if err := deliver.MarkAnswered(tx, m); err != nil {
			return err
		}
		return confirmed(tx, who, rule, r, p)
	})
}

// Proved confirms the mail address of somebody who has just signed in with a
// code that was sent there: they read it, which is all that confirming asks. An
// address that they do not have, or that is confirmed already, is no error.
func Proved(ctx context.Context, s *store.Store, who actor.Actor, email string) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, rule, err := open(tx, who, who.Person, "verifyContact")
		if err != nil {
			return err
		}
		for _, p := range r.Points {
			if p.Channel == roster.Email && strings.EqualFold(p.Address, email) && !p.Sure() {
				return confirmed(tx, who, rule, r, p)
			}
		}
		return nil
	})
}

func confirmed(tx *store.Tx, who actor.Actor, rule string, r roster.Person, p roster.Point) error {
	if err := tx.Write(dropCode, p.ID); err != nil {
		return err
	}
	if err := tx.Write(verify, p.ID, tx.Now()); err != nil {
		return err
	}
	return book(tx, who, rule, "contact.verified", r, p, nil)
}

// digits drops what people type between the digits of a code.
func digits(s string) string {
	var out []byte
	for i := 0; i < len(s) && len(out) <= 6; i++ {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// sentCode is a code that was sent and not typed in yet.
type sentCode struct {
	mac     []byte
	tries   int
	expires time.Time
}

func scanCode(r store.Row) (c sentCode, err error) {
	return c, r.Scan(&c.mac, &c.tries, store.Time(&c.expires))
}

var none = fault.New(fault.NotFound, "not_found")
