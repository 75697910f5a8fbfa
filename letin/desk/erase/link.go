package erase

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/desk"
	"muster/policy"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
)

// linkValid is how long a link to the director is good.
const linkValid = 7 * 24 * time.Hour

// secret makes the token of a link, and what is kept of it.
func secret() (token string, key []byte) {
	token = rand.Text() + rand.Text() // 256 bits
	return token, hashed(token)
}

func hashed(token string) []byte {
	sum := sha256.Sum256([]byte("muster.erase\n" + token))
	return sum[:]
}

// Address is that from which an organisation's director writes.
type Address struct {
	Mail     string // empty: none is on file
	Named    string // who named it
	At       time.Time
	Verified time.Time // zero: the director has not confirmed it
	Until    time.Time // until when the link that was sent there is good
}

// Director reads the address on file; the zero value if there is none.
func Director(tx *store.Tx) (Address, error) {
	a, err := store.One(tx, getAddress, scanAddress)
	if fault.KindOf(err) == fault.NotFound {
		return Address{}, nil
	}
	return a, err
}

// Name puts the director's address on file, unconfirmed: a link is sent there.
// Whoever had a confirmed one is told that it stands no more.
func (o Office) Name(ctx context.Context, who actor.Actor, mail string) error {
	mail, wrong := address.Email(mail)
	return o.In(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := keeps(tx, who)
		if err != nil {
			return err
		}
		if wrong != nil {
			return fault.From(wrong).At("director")
		}
		if err := notOurs(tx, mail); err != nil {
			return fault.From(err).At("director")
		}
		if err := o.retire(tx, who, mail); err != nil {
			return err
		}
		token, key := secret()
		until := tx.Now().Add(linkValid)
		return errors.Join(
			tx.Write(putAddress, mail, strings.ToLower(mail), who.Person, who.Name, tx.Now(), key, until),
			o.write(tx, letter{purpose: "director_verify", to: mail, about: string(tx.Org()), token: token, until: until, by: who.Name}),
			ledger.Append(tx, who, ledger.Entry{Kind: "director.named", Subject: string(tx.Org()), Rule: rule, Personal: map[string]string{"Director": mail}}),
		)
	})
}

// notOurs refuses an address whose mail somebody of the provider's staff reads:
// they would agree with themselves (WK9).
func notOurs(tx *store.Tx, mail string) error {
	ours, err := identity.Employed(tx, "", mail)
	if err == nil && ours {
		err = fault.New(fault.Invalid, "director_staff")
	}
	return err
}

// Forget takes the director's address away.
func (o Office) Forget(ctx context.Context, who actor.Actor) error {
	return o.In(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := keeps(tx, who)
		if err != nil {
			return err
		}
		if err := o.retire(tx, who, ""); err != nil {
			return err
		}
		return errors.Join(tx.Write(dropAddress), ledger.Append(tx, who, ledger.Entry{Kind: "director.removed", Subject: string(tx.Org()), Rule: rule}))
	})
}

func keeps(tx *store.Tx, who actor.Actor) (string, error) {
	return policy.Check(who, "keepDirector", policy.Resource{Type: "Request", Org: tx.Org()})
}

// retire tells whoever had a confirmed address, and all administrators' books,
// that another is to stand in its place.
func (o Office) retire(tx *store.Tx, who actor.Actor, next string) error {
	was, err := store.One(tx, holdAddress, scanAddress)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil || was.Verified.IsZero() || strings.EqualFold(was.Mail, next) {
		return err
	}
	return o.write(tx, letter{purpose: "director_replaced", to: was.Mail, about: string(tx.Org()), by: who.Name})
}

// letter is a mail to the director.
type letter struct {
	purpose, to, about, token, by string
	until                         time.Time
	q                             desk.Request
}

func (o Office) write(tx *store.Tx, l letter) (err error) {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	m := deliver.Message{
		Purpose: l.purpose, Lane: deliver.Duty, Lang: org.Tag(), About: l.about, Valid: linkValid, Route: []deliver.Stop{{Channel: roster.Email, Address: l.to}},
		Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "By": l.by},
	}
	if l.q.ID != "" {
		m.Facts["Reference"], m.Facts["Subject"] = l.q.Reference(), l.q.Subject
	}
	if l.token != "" {
		m.Facts["Until"] = l.until
		if m.Sealed, err = deliver.Secrets(o.Keys, map[string]any{"Link": strings.TrimRight(o.URL, "/") + "/director/" + l.token}); err != nil {
			return err
		}
	}
	_, err = deliver.Queue(tx, m)
	return err
}

// send mails the director the link to the list.
func (o Office) send(tx *store.Tx, who actor.Actor, q desk.Request, d Deletion) (Deletion, []byte, error) {
	on, err := Director(tx)
	if err == nil && on.Verified.IsZero() {
		err = fault.New(fault.Conflict, "director_missing")
	}
	if err == nil {
		err = notOurs(tx, on.Mail)
	}
	if err != nil {
		return d, nil, err
	}
	token, key := secret()
	d.Address, d.Until = on.Mail, tx.Now().Add(linkValid)
	return d, key, o.write(tx, letter{purpose: "director_agree", to: on.Mail, about: "erase:" + string(q.ID), token: token, until: d.Until, by: who.Name, q: q})
}

// Opened is what a link to the director stands for.
type Opened struct {
	Org     roster.Organisation
	Request desk.Request // with the list; the zero value where an address is to be confirmed
	List    Deletion
	Address string
}

// Open looks at what a link stands for; it uses nothing up. One that is
// unknown, used or over is Expired "link_expired".
func (o Office) Open(ctx context.Context, token string) (p Opened, err error) {
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		p, err = o.open(tx, token)
		return err
	})
	return p, err
}

func (o Office) open(tx *store.AcrossTx, token string) (p Opened, err error) {
	gone := fault.New(fault.Expired, "link_expired")
	key := hashed(token)
	at, err := store.One(tx, linked, scanPlace, key)
	if fault.KindOf(err) == fault.NotFound {
		at.org, err = store.One(tx, named, store.Scalar[id.Org], key)
	}
	if fault.KindOf(err) == fault.NotFound {
		return p, gone
	}
	if err != nil {
		return p, err
	}
	err = tx.For(at.org, func(tx *store.Tx) error {
		if p.Org, err = roster.Get(tx); err != nil {
			return err
		}
		on, err := Director(tx)
		if err != nil {
			return err
		}
		p.Address = on.Mail
		until := on.Until
		if at.request != "" {
			if p.Request, err = desk.Get(tx, at.request); err != nil {
				return err
			}
			if p.List, err = Find(tx, p.Request); err != nil {
				return err
			}
			until = p.List.Until
			if !p.Request.State.Open() || on.Verified.IsZero() || !strings.EqualFold(on.Mail, p.List.Address) || p.List.Has(Agree) {
				return gone
			}
		}
		if !tx.Now().Before(until) {
			return gone
		}
		return nil
	})
	return p, err
}

// Confirm is the director's yes on the page of a link: that the address is
// theirs, or that exactly this list goes. It must only be called by a
// deliberate act. digest is of the list that the page showed.
func (o Office) Confirm(ctx context.Context, token, digest string, from netip.Addr) error {
	return o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		p, err := o.open(tx, token)
		if err != nil {
			return err
		}
		who := actor.Actor{Kind: actor.System, Name: p.Address, Door: actor.Link, IP: from}
		if p.Request.ID == "" {
			return tx.For(p.Org.ID, func(tx *store.Tx) error { return verify(tx, who, token, p) })
		}
		return o.Within(tx, p.Org.ID, func(tx *store.Tx) error { return o.agree(tx, who, p, hashed(token), digest) })
	})
}

// verify is the director's word that the address is theirs; the administrators
// are told.
func verify(tx *store.Tx, who actor.Actor, token string, p Opened) error {
	if err := notOurs(tx, p.Address); err != nil {
		return err
	}
	n, err := tx.Exec(verifyAddress, hashed(token), tx.Now())
	if err == nil && n == 0 {
		err = fault.New(fault.Expired, "link_expired")
	}
	if err != nil {
		return err
	}
	return ledger.Append(tx, who, ledger.Entry{Kind: "director.verified", Subject: string(tx.Org()), Personal: map[string]string{"Director": p.Address, "IP": who.IP.String()}})
}

func (o Office) agree(tx *store.Tx, who actor.Actor, p Opened, key []byte, digest string) error {
	if err := notOurs(tx, p.Address); err != nil {
		return err
	}
	d, err := read(tx, hold, p.Request)
	if err != nil {
		return err
	}
	n, err := store.One(tx, stillLinked, store.Scalar[int], d.Request, key)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.New(fault.Expired, "link_expired")
	case digest != d.Digest():
		return fault.New(fault.Conflict, "erase_list_changed")
	}
	if d, err = d.take(Agree, Done{At: tx.Now(), By: d.Address}); err != nil {
		return err
	}
	o.Tell(tx, p.Request, p.Request.Agent, "request_heard", "")
	return errors.Join(
		d.save(tx, nil), p.Request.Append(tx, desk.Line{Side: desk.Event, Name: d.Address, Words: "request.line.agree"}),
		p.Request.Book(tx, who, "request.erase_agree", "", map[string]any{"List": digest},
			map[string]string{"Director": d.Address, "List": strings.Join(d.List, "\n"), "IP": who.IP.String()}),
	)
}
