package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver/email/inbound"
	"muster/deliver/email/reply"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/roster"
	"muster/store"
)

// Receive takes a mail to support. It counts if it is proved from whom it is,
// and that is somebody on the roster of one organisation, or its director. A
// mail that belongs to a conversation lands in it.
//
// What does not count is kept where it is known whom it is about, and for the
// provider to see where it is not. Whoever is proved and not known is told
// politely how it would count; nothing is said of who is.
func (d Desk) Receive(ctx context.Context, w inbound.Wish) error {
	return d.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		folded := strings.ToLower(w.From)
		all, err := store.All(tx, owners, scanOwner, folded)
		if err != nil {
			return err
		}
		directs, err := store.All(tx, directors, store.Scalar[id.Org], folded)
		if err != nil {
			return err
		}
		talk, err := conversation(tx, w)
		if err != nil {
			return err
		}
		org := whose(w.Org, all, directs)
		if talk.org != "" && (org == talk.org || about(talk.org, all, directs)) {
			org = talk.org
		} else {
			talk = found{}
		}
		if org == "" || !exists(tx, org) {
			org, talk = identity.Provider, found{}
		}
		return d.Within(tx, org, func(tx *store.Tx) error { return d.receive(tx, w, talk.request, of(org, all)) })
	})
}

// whose is the one organisation that a mail can be about: the one it was
// written to, if the author is anybody there or it is only kept; else the only
// one that knows the author.
func whose(named id.Org, all []owner, directs []id.Org) id.Org {
	if named != "" {
		return named
	}
	known := map[id.Org]bool{}
	for _, o := range all {
		known[o.org] = true
	}
	for _, o := range directs {
		known[o] = true
	}
	if len(known) != 1 {
		return ""
	}
	for o := range known {
		return o
	}
	return ""
}

func about(org id.Org, all []owner, directs []id.Org) bool {
	for _, o := range directs {
		if o == org {
			return true
		}
	}
	return len(of(org, all)) > 0
}

// of are the people of one organisation who have the address.
func of(org id.Org, all []owner) (people []id.Person) {
	for _, o := range all {
		if o.org == org {
			people = append(people, o.person)
		}
	}
	return people
}

func exists(tx *store.AcrossTx, org id.Org) bool {
	return tx.For(org, func(tx *store.Tx) error { _, err := roster.Get(tx); return err }) == nil
}

// conversation finds the request that a mail answers: by the address that it
// was written to, or by the mails that it names.
func conversation(tx *store.AcrossTx, w inbound.Wish) (found, error) {
	if which, err := id.Parse[id.Request](w.About); err == nil {
		return found{w.Org, which}, nil
	}
	for i := len(w.Refs) - 1; i >= 0; i-- {
		f, err := store.One(tx, byMail, scanFound, w.Refs[i])
		if err == nil || fault.KindOf(err) != fault.NotFound {
			return f, err
		}
	}
	return found{}, nil
}

// receive takes the mail in its organisation, once.
func (d Desk) receive(tx *store.Tx, w inbound.Wish, talk id.Request, people []id.Person) error {
	if n, err := store.One(tx, sameTry, store.Scalar[int], w.ID, strings.ToLower(w.From), w.Digest); err != nil || n > 0 {
		return err
	}
	from, who, err := sender(tx, w, people)
	if err != nil {
		return err
	}
	l := Line{Side: Customer, Person: from.Person, Name: from.Name, Address: w.From, Proved: w.Proved, Words: clip(w.Words, mostWords), Mail: w.ID, Digest: w.Digest}
	if talk != "" && w.Proved {
		q, err := store.One(tx, get, scan, talk)
		if err == nil && (from.Director || q.Sender.Person != "" && q.Sender.Person == from.Person || from.Administrator) {
			return d.further(tx, who, q, l, from, w.Answered)
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	if from.Person == "" && !from.Director {
		n, err := store.One(tx, strangers, store.Scalar[int], tx.Now().Add(-dayLong))
		if err == nil && n >= mostVague {
			err = fault.New(fault.Limited, "limited")
		}
		if err != nil {
			return err
		}
	}
	subject := strings.Join(strings.Fields(clip(w.Subject, mostSubject)), " ")
	if subject == "" {
		subject = "–"
	}
	q, err := begin(tx, Wanted{Kind: Other, Subject: subject}, Mail, from)
	if err != nil {
		return err
	}
	return errors.Join(q.Append(tx, l), q.book(tx, who, "request.received", "", l.Words), d.welcome(tx, q))
}

// welcome tells those whom a new request by mail concerns.
func (d Desk) welcome(tx *store.Tx, q Request) error {
	d.TellQueue(tx, q)
	switch q.Doubt {
	case Unproved:
		return nil
	case Stranger, Shared:
		return d.turnAway(tx, q)
	}
	return d.acknowledge(tx, q)
}

// further takes a mail in a conversation. What did not count yet counts once an
// administrator has confirmed it in so many words (FL10): a mail that says
// anything else, no among it, is only heard, and so is one that answers a mail of
// ours from before we last said what we take the request for.
func (d Desk) further(tx *store.Tx, who actor.Actor, q Request, l Line, from Sender, answered time.Time) error {
	if _, err := store.One(tx, hold, store.Scalar[string], q.ID); err != nil {
		return err
	}
	ours, err := identity.Employed(tx, from.Person, l.Address)
	if err != nil {
		return err
	}
	said, err := store.One(tx, named, scanTime, q.ID)
	if err != nil {
		return err
	}
	read := !answered.IsZero() && !answered.Before(said)
	if read && !ours && !q.Counts() && q.State.Open() && q.Doubt.confirmable() && reply.Confirms(l.Words) {
		if q, err = q.confirmed(tx, who); err != nil {
			return err
		}
	}
	return d.hear(tx, who, q, l, "")
}

// confirmed is a request about which somebody has written that it is theirs: that
// of whoever may confirm it or, where anybody may ask for it, ask. Of anybody
// else it is a word like any other.
func (q Request) confirmed(tx *store.Tx, who actor.Actor) (Request, error) {
	action := "vouchRequest"
	if !q.Kind.serious() {
		action = "askSupport"
	}
	rule, no := q.may(who, action, 0)
	if no != nil {
		return q, nil
	}
	return q.vouch(tx, who, rule)
}

// sender is who wrote a mail, as far as is proved, and as whom that is booked.
func sender(tx *store.Tx, w inbound.Wish, people []id.Person) (Sender, actor.Actor, error) {
	from := Sender{Name: clip(w.Name, mostSubject), Address: w.From, Proved: w.Proved}
	nobody := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Mail}
	if !w.Proved {
		return from, nobody, nil
	}
	var err error
	if from.Director, err = directs(tx, w.From); err != nil {
		return from, nobody, err
	}
	if from.Shared = len(people) > 1; len(people) != 1 {
		return from, nobody, nil
	}
	p, err := roster.Find(tx, people[0])
	if err != nil || !p.Active {
		return from, nobody, err
	}
	from.Person, from.Name, from.Administrator = p.Person, p.Name, administers(p)
	return from, actor.Actor{Kind: actor.Person, Org: tx.Org(), Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Mail}, nil
}

// directs tells whether an address is that on file of the organisation's
// director. No mailbox of the provider's staff is: they would ask themselves.
func directs(tx *store.Tx, mail string) (bool, error) {
	n, err := store.One(tx, director, store.Scalar[int], strings.ToLower(mail))
	if err != nil || n == 0 {
		return false, err
	}
	ours, err := identity.Employed(tx, "", mail)
	return !ours, err
}
