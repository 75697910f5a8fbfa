package identity

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity/sso"
	"muster/ledger"
	"muster/store"
)

// bySignOn is how a session began that single sign-on opened.
const bySignOn = "sso"

// byDemo is how one began that a demonstration's link opened.
const byDemo = "demo"

// SignOn is the provider's own identity provider; nil where there is none. As
// soon as there is one, staff come in by it and by nothing else (ASVS 6.3.4).
func (g *Gate) SignOn() *sso.Door { return g.signOn }

// admits tells whether an account may act in a place after it came in by some
// way. Where there is single sign-on, it opens what is the staff's and nothing
// else, and nothing else opens that: who is on a customer's roster too comes in
// there as before, and not as staff.
func (g *Gate) admits(p Place, how string) bool {
	return g.signOn == nil || (p.Staff != "") == (how == bySignOn)
}

// admitted are the places that a way leads to. An account for which there is
// no such place although it has one is refused in words that say which way to
// take.
func (g *Gate) admitted(all []Place, how string) (out []Place, err error) {
	for _, p := range all {
		if g.admits(p, how) {
			out = append(out, p)
		}
	}
	if len(out) == 0 && len(all) > 0 {
		return nil, fault.New(fault.Forbidden, "sso_only").With("Name", g.signOn.Name)
	}
	return out, nil
}

// SignInAsStaff opens a session for the staff member with whom the identity
// provider sent a browser back; next is where it wanted to go. Who has come for
// the first time is known by the mail address that the identity provider has
// verified, and ever after by issuer and subject alone (ASVS 6.8.1): neither
// side's change of an address makes them somebody else. Somebody who is not of
// the staff is Forbidden "sso_unknown", one who left "sso_left", one whose
// place another identity has "sso_another"; for what is wrong with the answer
// itself see sso.Door.
func (g *Gate) SignInAsStaff(ctx context.Context, cookie string, answer url.Values, visit Visit) (in SignedIn, next string, err error) {
	if g.signOn == nil {
		return in, "", fault.New(fault.NotFound, "not_found")
	}
	if _, err := g.count(ctx, try{signOnByAddress, network(visit.IP)}); err != nil {
		return in, "", err
	}
	p, err := g.signOn.Finish(ctx, cookie, answer)
	if err != nil {
		return in, "", err
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		m, err := g.recognise(tx, p, visit)
		if err != nil {
			return err
		}
		in, err = g.open(tx, m.account, way{how: bySignOn, proved: p.At}, "", visit)
		if err == nil && p.Session != "" {
			err = tx.Write(keepProviderSession, in.Session.ID, p.Session)
		}
		return err
	})
	return in, p.Next, err
}

// staffRow is a staff member as single sign-on asks for one.
type staffRow struct {
	staff   id.Staff
	account id.Account
	name    string
	active  bool
	bound   bool // to some identity
}

func scanStaffRow(r store.Row) (m staffRow, err error) {
	return m, r.Scan(&m.staff, &m.account, &m.name, &m.active, &m.bound)
}

// recognise finds the staff member of an identity, and binds the two at the
// first sight.
func (g *Gate) recognise(tx *store.AcrossTx, p sso.Proof, visit Visit) (staffRow, error) {
	m, err := store.One(tx, staffBySubject, scanStaffRow, p.Issuer, p.Subject)
	switch {
	case err == nil && !m.active:
		return m, fault.New(fault.Forbidden, "sso_left").With("Name", g.name)
	case err == nil || !errors.Is(err, errNothing):
		return m, err
	case p.Email == "":
		return m, fault.New(fault.Forbidden, "sso_unverified").With("Name", g.signOn.Name)
	}
	_, folded, err := readEmail(p.Email)
	if err != nil {
		return m, fault.New(fault.Forbidden, "sso_unverified").With("Name", g.signOn.Name)
	}
	m, err = store.One(tx, staffByFold, scanStaffRow, folded)
	switch {
	case errors.Is(err, errNothing):
		return m, fault.New(fault.Forbidden, "sso_unknown").With("Email", p.Email)
	case err != nil:
		return m, err
	case !m.active:
		return m, fault.New(fault.Forbidden, "sso_left").With("Name", g.name)
	case m.bound:
		return m, fault.New(fault.Forbidden, "sso_another").With("Email", p.Email)
	}
	who := actor.Actor{Kind: actor.Staff, Staff: m.staff, Name: m.name, Door: actor.Board, IP: visit.IP}
	return m, errors.Join(
		tx.Write(bindStaff, m.staff, p.Issuer, p.Subject, tx.Now()),
		book(tx, who, ledger.Entry{
			Kind: "identity.sign_on_bound", Subject: string(m.staff),
			Facts: map[string]any{"issuer": p.Issuer}, Personal: map[string]string{"subject": p.Subject, "email": p.Email},
		}),
	)
}

// errHeard refuses a word that was taken already: sent on by somebody who
// overheard it, it would end the sessions that began since.
var errHeard error = fault.New(fault.Forbidden, "sso_mismatch")

// SignedOutThere ends sessions at the word of the identity provider (OpenID
// Connect Back-Channel Logout 1.0): all of the staff member's, also those inside
// organisations, whichever of its own sessions it names.
func (g *Gate) SignedOutThere(ctx context.Context, token string) error {
	if g.signOn == nil {
		return fault.New(fault.NotFound, "not_found")
	}
	subject, session, mark, err := g.signOn.Ended(ctx, token)
	if err != nil {
		return err
	}
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		heard := sha256.Sum256([]byte(mark))
		if n, err := tx.Exec(hearEnd, heard[:], tx.Now()); err != nil || n == 0 {
			return cmp.Or(err, errHeard)
		}
		who, err := store.One(tx, staffToSignOut, scanStaffRow, g.signOn.Issuer, subject, session)
		if errors.Is(err, errNothing) {
			return nil // nobody of ours: nothing to end, and nothing to learn
		}
		if err != nil {
			return err
		}
		return errors.Join(tx.Write(dropStaffSessions, who.staff), book(tx, actor.Engine(), ledger.Entry{Kind: "identity.sign_on_ended", Subject: string(who.staff)}))
	})
}

// EndStaff ends whatever lets a staff member in, in the unit in which they
// leave or change: sessions, also those inside organisations, one-use links and
// API tokens. The caller writes the book.
func EndStaff(tx *store.AcrossTx, who id.Staff) error {
	return errors.Join(tx.Write(dropStaffSessions, who), tx.Write(dropStaffLinks, who), tx.Write(dropStaffTokens, who))
}

// UnbindStaff makes a staff member's next sign-in their first at the identity
// provider again. It tells whether there was one to undo. The caller writes the
// book.
func UnbindStaff(tx *store.AcrossTx, who id.Staff) (bool, error) {
	n, err := tx.Exec(unbindStaff, who)
	return n > 0, err
}

// PutStaffAccount gives a staff member's address an account, and that account
// the staff member: at once for a new one, or in place of the account of an
// address that is not theirs any more, whose sessions end. An address that
// another staff member has is Conflict "taken" At "email". The caller writes
// the book.
func PutStaffAccount(tx *store.AcrossTx, who id.Staff, name, email string) error {
	email, folded, err := readEmail(email)
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	acc, err := store.One(tx, putOwnAccount, store.Scalar[id.Account], id.New[id.Account](), email, folded, random(32), Provider, tx.Now())
	if err != nil {
		return err
	}
	there, err := store.All(tx, staffLike, scanStaffRow, who, acc)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(there, func(m staffRow) bool { return m.staff != who }) {
		return fault.New(fault.Conflict, "taken").At("email")
	}
	switch {
	case len(there) == 0:
		return tx.Write(addStaff, who, acc, name, true, tx.Now())
	case there[0].account != acc:
		err = errors.Join(tx.Write(dropStaffSessions, who), tx.Write(dropStaffLinks, who))
	}
	return errors.Join(err, tx.Write(changeStaff, who, acc, name))
}
