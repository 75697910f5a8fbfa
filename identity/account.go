package identity

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// Principal is what signing in needs to know of a person on a roster.
type Principal struct {
	Person id.Person
	Name   string
	Lang   string // language of messages: "en", "fi", "fr"
	Zone   string // IANA time zone of messages
	Active bool   // false: on the roster, but not to be let in
	Roles  []actor.Membership
}

// PutPrincipal copies a person's state from the roster of the unit's
// organisation. The roster calls it in every unit that adds a person or
// changes the name, roles, language or standing of one, so that the change
// holds at that person's next request on every node. It ends the sessions of
// who is not active any more. The caller writes the book.
func PutPrincipal(tx *store.Tx, p Principal) error {
	roles, err := writeRoles(p.Roles)
	if err != nil {
		return err
	}
	ends(tx, p.Person)
	if !p.Active {
		if err := tx.Write(dropPersonSessions, p.Person); err != nil {
			return err
		}
	}
	return tx.Write(putPrincipal, p.Person, p.Name, p.Lang, p.Zone, p.Active, roles)
}

// DropPrincipal is to be called in the unit that takes a person off the
// roster: sessions end, tokens that act for the person are revoked, and the
// account no longer leads here. The account itself stays its owner's. The
// caller writes the book.
func DropPrincipal(tx *store.Tx, person id.Person) error {
	ends(tx, person)
	return errors.Join(
		tx.Write(dropPersonSessions, person),
		tx.Write(endTokensFor, person, tx.Now()),
		tx.Write(dropLinked, person),
		tx.Write(dropPrincipal, person),
	)
}

// RegisterAccount lets whoever reads the mail of an address sign in as a
// person of the unit's organisation; call it where the roster first learns or
// changes that person's address. An address that has an account already gains
// this organisation. No account ever changes its address or password by it,
// or one organisation could take over what its owner does in another; so a
// person whose address changes changes accounts, and the sessions of the old
// one end here. The caller writes the book.
//
// An address that is no address is Invalid "bad_email"; one that another
// person of the organisation signs in with is Conflict "taken"; both At
// "email".
func RegisterAccount(tx *store.Tx, person id.Person, email string) (id.Account, error) {
	email, folded, err := readEmail(email)
	if err != nil {
		return "", err
	}
	acc, err := store.One(tx, putAccount, store.Scalar[id.Account],
		id.New[id.Account](), email, folded, random(32), tx.Now())
	if err != nil {
		return "", err
	}
	other, err := store.One(tx, personOf, store.Scalar[id.Person], acc)
	switch {
	case err == nil && other == person:
		return acc, nil
	case err == nil:
		return "", fault.New(fault.Conflict, "taken").At("email")
	case !errors.Is(err, errNothing):
		return "", err
	}
	ends(tx, person)
	return acc, errors.Join(
		tx.Write(dropPersonSessions, person),
		tx.Write(putLinked, person, acc, tx.Now()),
	)
}

// Employed tells whether a person of the unit's organisation, or whoever reads
// the mail of an address, is one of the provider's staff as well: who is cannot
// say yes to support in the customer's name (WK9, FL1). Either may be empty.
func Employed(tx *store.Tx, person id.Person, email string) (bool, error) {
	n, err := store.One(tx, employed, store.Scalar[int], person, strings.ToLower(email))
	return n > 0, err
}

// InitValid is how long the link and the token of InitProvider are worth
// something: they are for setting up, on the day on which that is done.
const InitValid = 24 * time.Hour

// InitProvider makes the first of the provider's staff and returns a one-use
// sign-in link (a whole URL) and an API token for that person, which both end
// after InitValid. Once there are
// staff it serves only to get one of them back in who can be reached at email,
// and is Conflict "provider_exists" for everybody else. It is for the command
// line of the machine.
func (g *Gate) InitProvider(ctx context.Context, name, email string) (link, token string, err error) {
	email, folded, err := readEmail(email)
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return "", "", err
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		acc, err := store.One(tx, putOwnAccount, store.Scalar[id.Account],
			id.New[id.Account](), email, folded, random(32), Provider, tx.Now())
		if err != nil {
			return err
		}
		staff, err := g.firstStaff(tx, acc, name)
		if err != nil {
			return err
		}
		var linkKey, tokenKey hash
		link, linkKey = newSecret()
		token, tokenKey = newSecret()
		tokenID, until := id.New[id.Token](), tx.Now().Add(InitValid)
		who := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
		return errors.Join(
			tx.Write(addLink, linkKey[:], acc, "", false, until),
			tx.Write(addStaffToken, tokenID, tokenKey[:], staff, "muster init", tx.Now(), until),
			book(tx, who, ledger.Entry{
				Kind: "identity.token_made", Subject: string(tokenID), Facts: map[string]any{"staff": string(staff), "until": until.UnixMicro()},
				Personal: map[string]string{"name": name},
			}),
		)
	})
	if err != nil {
		return "", "", err
	}
	return g.LinkURL(link), tokenPrefix + token, nil
}

// StaffMail lists the mail addresses of the provider's active staff.
func StaffMail(ctx context.Context, s *store.Store) (all []string, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err = store.All(tx, staffMail, store.Scalar[string])
		return err
	})
	return all, err
}

// firstStaff finds the staff member of an account, or makes the first there is.
func (g *Gate) firstStaff(tx *store.AcrossTx, acc id.Account, name string) (id.Staff, error) {
	known, err := store.All(tx, staffOf, scanStaff, acc)
	if err != nil {
		return "", err
	}
	if len(known) > 0 {
		return known[0].Staff, nil
	}
	n, err := store.One(tx, anyStaff, store.Scalar[int64])
	if err != nil {
		return "", err
	}
	if n > 0 {
		return "", fault.New(fault.Conflict, "provider_exists").At("email")
	}
	staff := id.New[id.Staff]()
	return staff, tx.Write(addStaff, staff, acc, strings.TrimSpace(name), true, tx.Now())
}

// checkName holds names that people give to things and to themselves.
func checkName(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return fault.New(fault.Invalid, "required").At("name")
	case utf8.RuneCountInString(name) > 100:
		return fault.New(fault.Invalid, "too_long").With("Max", 100).At("name")
	}
	return nil
}

// Forget deletes the account that whoever reads the mail of an address signs in
// with, and everything that leads to it, where no organisation and no work for
// the provider is left in which it is used.
func Forget(tx *store.AcrossTx, email string) error {
	_, folded, err := readEmail(email)
	if err != nil {
		return nil // nobody signs in with that
	}
	idle, err := store.All(tx, idleAccount, store.Scalar[id.Account], folded)
	for _, acc := range idle {
		for _, q := range forgetAccount {
			err = errors.Join(err, tx.Write(q, acc))
		}
	}
	return errors.Join(err, tx.Write(forgetCodes, folded))
}
