package identity

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// LinkURL is the address of the page for a link's token.
func (g *Gate) LinkURL(token string) string { return g.url + "/sign-in/link/" + token }

// LinkSpec says what a link made on the command line is for.
type LinkSpec struct {
	Org    id.Org
	Person id.Person
	Staff  id.Staff      // in place of an organisation and a person
	Valid  time.Duration // 0: half an hour; at most a week
	Many   bool          // works until it ends, not once: for demonstrations only, whose staff then count as having proved who they are
}

// MakeLink makes a sign-in link for a person without sending it, and returns
// the whole URL. Whoever has it comes in as that person, so it is for the
// machine's own command line; any other actor is Forbidden "forbidden". A
// person without an account is NotFound.
func (g *Gate) MakeLink(ctx context.Context, who actor.Actor, spec LinkSpec) (string, error) {
	if who.Kind != actor.System || who.Door != actor.Command {
		return "", fault.New(fault.Forbidden, "forbidden")
	}
	book := spec.Org
	if spec.Staff != "" {
		book = Provider
	}
	rule, err := policy.Check(who, "createToken", policy.Resource{Type: "Token", Org: book, Person: spec.Person})
	if err != nil {
		return "", err
	}
	if spec.Valid <= 0 {
		spec.Valid = linkValid
	}
	if spec.Valid > linkLongest {
		return "", fault.New(fault.Invalid, "out_of_range").With("Min", 1).With("Max", int(linkLongest/time.Hour)).At("valid")
	}
	var secret string
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		acc, err := accountToInvite(tx, spec)
		if err != nil {
			return err
		}
		var key hash
		secret, key = newSecret()
		until := tx.Now().Add(spec.Valid)
		return errors.Join(
			tx.Write(addLink, key[:], acc, spec.Org, spec.Many, until),
			tx.For(book, func(tx *store.Tx) error {
				return ledger.Append(tx, who, ledger.Entry{
					Kind: "identity.link_made", Subject: string(acc), About: spec.Person, Rule: rule,
					Facts: map[string]any{"many": spec.Many, "until": until.UnixMicro()},
				})
			}),
		)
	})
	if err != nil {
		return "", err
	}
	return g.LinkURL(secret), nil
}

func accountToInvite(tx *store.AcrossTx, spec LinkSpec) (id.Account, error) {
	if spec.Staff != "" {
		return store.One(tx, accountOfStaff, store.Scalar[id.Account], spec.Staff)
	}
	return store.One(tx, accountNamed, store.Scalar[id.Account], spec.Org, spec.Person)
}

// SendLink mails a person a one-use sign-in link, as part of the caller's
// unit: for invitations and for who cannot get in. It goes to the address of
// the person's own account and nowhere else, and nobody but its owner sees it
// (FL9). The caller asks policy and writes the book. purpose is that of the
// message: "invitation" or "sign_in_link".
func (g *Gate) SendLink(tx *store.Tx, person id.Person, purpose, orgName string) error {
	to, err := store.One(tx, reachPerson, scanReach, person)
	if err != nil {
		return err
	}
	valid := linkValid
	if purpose == "invitation" {
		valid = linkLongest
	}
	secret, key := newSecret()
	until := tx.Now().Add(valid)
	if err := tx.Write(addOrgLink, key[:], to.account, until); err != nil {
		return err
	}
	return g.queue(tx, to.Place, deliver.Message{
		Purpose: purpose, Valid: valid,
		Facts: map[string]any{"Org": orgName, "Until": until},
	}, map[string]any{"Link": g.LinkURL(secret)}, to.email)
}

// reach is where a person's own mail goes.
type reach struct {
	Place
	account id.Account
	email   string
}

func scanReach(r store.Row) (to reach, err error) {
	return to, r.Scan(&to.Person, &to.Name, &to.lang, &to.zone, &to.account, &to.email)
}

// LookAtLink says whom a link lets in and where, for the page on which that
// person then presses a button. It uses nothing up. A link that is unknown,
// used or over is Expired "link_expired".
func (g *Gate) LookAtLink(ctx context.Context, token string) (place Place, err error) {
	key := kept(token)
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		l, err := store.One(tx, readLink, scanLink, key[:], tx.Now())
		if errors.Is(err, errNothing) {
			return errLink
		}
		if err != nil {
			return err
		}
		all, err := places(tx, l.account)
		if err == nil {
			all, err = g.admitted(all, "link")
		}
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errLink
		}
		place = choose(all, l.org)
		return nil
	})
	return place, err
}

var errLink = fault.New(fault.Expired, "link_expired")

// SignInWithLink opens a session for who has a link's token; it must only
// ever be called by a deliberate act (a POST), since mail scanners follow
// links.
func (g *Gate) SignInWithLink(ctx context.Context, token string, visit Visit) (in SignedIn, err error) {
	if _, err := g.count(ctx, try{tryByAddress, network(visit.IP)}); err != nil {
		return in, err
	}
	key := kept(token)
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		l, err := store.One(tx, useLink, scanLink, key[:], tx.Now())
		if errors.Is(err, errNothing) {
			return errLink
		}
		if err != nil {
			return err
		}
		by := way{how: "link"}
		if l.many { // of a demonstration, as MakeLink allows
			by.how = byDemo
		}
		if l.many && l.org == "" { // of its staff
			by.proved = tx.Now()
		}
		in, err = g.open(tx, l.account, by, l.org, visit)
		return err
	})
	return in, err
}
