package identity

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// places are where an account may act, first the one it comes into.
func places(tx *store.AcrossTx, acc id.Account) ([]Place, error) {
	staff, err := store.All(tx, staffOf, scanStaff, acc)
	if err != nil {
		return nil, err
	}
	people, err := store.All(tx, placesOf, scanPlace, acc)
	return append(staff, people...), err
}

func (p *Place) actor() actor.Actor {
	if p.Person != "" {
		return actor.Actor{Kind: actor.Person, Org: p.Org, Person: p.Person, Name: p.Name, Roles: p.roles, Door: actor.Board}
	}
	return actor.Actor{Kind: actor.Staff, Staff: p.Staff, Name: p.Name, Door: actor.Board}
}

// book writes an entry into the book of the actor's organisation, or of the
// provider for its staff.
func book(tx *store.AcrossTx, who actor.Actor, e ledger.Entry) error {
	org := who.Org
	if org == "" {
		org = Provider
	}
	return tx.For(org, func(tx *store.Tx) error { return ledger.Append(tx, who, e) })
}

// bookRefusal notes tries to get into an account that were refused. Who tried
// is not known, so Muster itself is the actor.
func bookRefusal(tx *store.AcrossTx, folded, purpose string, visit Visit) error {
	acc, err := store.One(tx, accountByFold, scanAccount, folded)
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := places(tx, acc.id)
	if err != nil {
		return err
	}
	for _, p := range all {
		who := actor.Engine()
		who.Org = p.Org
		err := book(tx, who, ledger.Entry{
			Kind: "identity.sign_in_refused", Subject: string(acc.id), About: p.Person,
			Facts: map[string]any{"purpose": purpose}, Personal: map[string]string{"ip": address(visit)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// way is how somebody came in, and when they proved a second factor doing so.
type way struct {
	how    string
	proved time.Time
}

// open begins a session of an account, in the wanted organisation if the
// account may act there, else where it was last. An account that belongs to
// nobody any more is Forbidden "nobody_here".
func (g *Gate) open(tx *store.AcrossTx, acc id.Account, by way, want id.Org, visit Visit) (SignedIn, error) {
	all, err := places(tx, acc)
	if err == nil {
		all, err = g.admitted(all, by.how)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if len(all) == 0 {
		return SignedIn{}, fault.New(fault.Forbidden, "nobody_here")
	}
	place := choose(all, want)
	in, err := g.begin(tx, Session{Account: acc, Org: place.Org, Person: place.Person, Staff: place.Staff, Name: place.Name, How: by.how, Proved: by.proved}, visit)
	if err == nil && place.Org != "" {
		err = tx.Write(setLastOrg, acc, place.Org)
	}
	if err != nil {
		return SignedIn{}, err
	}
	who := place.actor()
	who.Session, who.IP = in.Session.ID, visit.IP
	return in, book(tx, who, ledger.Entry{
		Kind: "identity.signed_in", Subject: string(in.Session.ID), About: place.Person,
		Facts: map[string]any{"how": by.how}, Personal: map[string]string{"agent": in.Session.Agent},
	})
}

// begin makes the row of a session whose place is settled.
func (g *Gate) begin(tx *store.AcrossTx, s Session, visit Visit) (SignedIn, error) {
	secret, key := newSecret()
	s.ID, s.Created, s.Seen, s.Current = id.New[id.Session](), tx.Now(), tx.Now(), true
	s.IP, s.Agent = address(visit), cut(visit.Agent, 300)
	err := tx.Write(addSession, s.ID, key[:], s.Account, s.Org, s.Person, s.Staff, s.Grant, s.How, s.Proved, tx.Now(), s.IP, s.Agent)
	return SignedIn{Cookie: secret, Session: s, Until: tx.Now().Add(sessionAbsolute)}, err
}

// Enter makes the session by which a staff member is inside an organisation,
// beside the one that the cookie belongs to: as the person whose eyes are
// borrowed or, with none, as an administrator sees it (FL4). Whether the grant
// lets them in is the caller's to know, who also writes the book.
func (g *Gate) Enter(tx *store.AcrossTx, cookie string, org id.Org, grant id.Grant, eyes id.Person, visit Visit) (SignedIn, error) {
	row, err := g.own(tx, cookie)
	if err != nil {
		return SignedIn{}, err
	}
	if row.Staff == "" || row.Org != "" {
		return SignedIn{}, fault.New(fault.Forbidden, "forbidden")
	}
	return g.begin(tx, Session{
		Account: row.Account, Org: org, Person: eyes, Staff: row.Staff, Grant: grant,
		Name: row.Name, How: "grant", Proved: row.Proved,
	}, visit)
}

// choose picks the wanted organisation, or where the account was last.
func choose(all []Place, want id.Org) Place {
	for _, p := range all {
		if want != "" && p.Org == want {
			return p
		}
	}
	return all[0]
}

// own reads the session of a cookie from the database, never from memory: for
// what changes how somebody signs in.
func (g *Gate) own(tx *store.AcrossTx, cookie string) (sessionRow, error) {
	if len(cookie) != secretChars {
		return sessionRow{}, errSignIn
	}
	return g.liveSession(tx, kept(cookie))
}

// fresh is own for a session that began a short while ago; an older one is
// Forbidden "sign_in_again" (ASVS 7.5.1).
func (g *Gate) fresh(tx *store.AcrossTx, cookie string) (sessionRow, error) {
	row, err := g.own(tx, cookie)
	if err == nil && tx.Now().Sub(row.Created) > recent {
		err = fault.New(fault.Forbidden, "sign_in_again").With("Within", recent)
	}
	return row, err
}

// Sessions lists where the owner of the cookie is signed in, latest first.
func (g *Gate) Sessions(ctx context.Context, cookie string) (all []Session, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		row, err := g.own(tx, cookie)
		if err != nil {
			return err
		}
		all, err = store.All(tx, sessionsOf, scanSession, row.Account)
		for i := range all {
			all[i].Current = all[i].ID == row.ID
		}
		return err
	})
	return all, err
}

// Places lists where the owner of the cookie may act.
func (g *Gate) Places(ctx context.Context, cookie string) (all []Place, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		row, err := g.own(tx, cookie)
		if err != nil {
			return err
		}
		if all, err = places(tx, row.Account); err == nil {
			all, err = g.admitted(all, row.How)
		}
		return err
	})
	return all, err
}

// SwitchOrganisation moves a session to another organisation of its account,
// or with org empty back to being staff. An organisation where the account is
// nobody is NotFound.
func (g *Gate) SwitchOrganisation(ctx context.Context, cookie string, org id.Org, visit Visit) error {
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.own(tx, cookie)
		if err != nil {
			return err
		}
		all, err := places(tx, row.Account)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Org != org || !g.admits(p, row.How) {
				continue
			}
			g.ends(tx, string(row.ID))
			who := p.actor()
			who.Session, who.IP = row.ID, visit.IP
			return errors.Join(
				tx.Write(moveSession, row.ID, p.Org, p.Person, p.Staff),
				tx.Write(setLastOrg, row.Account, p.Org),
				book(tx, who, ledger.Entry{
					Kind: "identity.signed_in", Subject: string(row.ID), About: p.Person, Facts: map[string]any{"how": row.How},
				}),
			)
		}
		return errNothing
	})
}

// SignOut ends the session of the cookie. One that has ended already is no
// error: the outcome is the one that was wanted.
func (g *Gate) SignOut(ctx context.Context, cookie string, visit Visit) error {
	err := g.endOwn(ctx, cookie, visit, func(tx *store.AcrossTx, row sessionRow) (string, string, error) {
		return string(row.ID), "identity.signed_out", tx.Write(dropSession, row.ID, row.Account)
	})
	if errors.Is(err, errSignIn) {
		return nil
	}
	return err
}

// RevokeSession ends another session of the cookie's owner.
func (g *Gate) RevokeSession(ctx context.Context, cookie string, s id.Session, visit Visit) error {
	return g.endOwn(ctx, cookie, visit, func(tx *store.AcrossTx, row sessionRow) (string, string, error) {
		n, err := tx.Exec(dropSession, s, row.Account)
		if err == nil && n == 0 {
			err = errNothing
		}
		return string(s), "identity.session_revoked", err
	})
}

// RevokeOthers ends all sessions of the cookie's owner but this one.
func (g *Gate) RevokeOthers(ctx context.Context, cookie string, visit Visit) error {
	return g.endOwn(ctx, cookie, visit, func(tx *store.AcrossTx, row sessionRow) (string, string, error) {
		return string(row.Account), "identity.session_revoked", tx.Write(dropSessions, row.Account, row.ID)
	})
}

// endOwn ends something of the cookie's owner; end says what and how the book
// calls it.
func (g *Gate) endOwn(ctx context.Context, cookie string, visit Visit,
	end func(*store.AcrossTx, sessionRow) (what, kind string, err error),
) error {
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.own(tx, cookie)
		if err != nil {
			return err
		}
		what, kind, err := end(tx, row)
		if err != nil {
			return err
		}
		g.ends(tx, what)
		who := row.actor(tx.Now())
		who.IP = visit.IP
		return book(tx, who, ledger.Entry{Kind: kind, Subject: what, About: row.Person})
	})
}

// RevokePerson ends all sessions of a person in the actor's organisation.
func (g *Gate) RevokePerson(ctx context.Context, who actor.Actor, person id.Person) error {
	rule, err := policy.Check(who, "revokeSession", policy.Resource{Type: "Session", Org: who.Org, Person: person})
	if err != nil {
		return err
	}
	return g.store.Do(ctx, who.Org, func(tx *store.Tx) error {
		ends(tx, person)
		return errors.Join(
			tx.Write(dropPersonSessions, person),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "identity.session_revoked", Subject: string(person), About: person, Rule: rule,
			}),
		)
	})
}

// RevokeOrganisation ends all sessions in the actor's organisation, the
// actor's own with them.
func (g *Gate) RevokeOrganisation(ctx context.Context, who actor.Actor) error {
	rule, err := policy.Check(who, "revokeSession", policy.Resource{Type: "Session", Org: who.Org})
	if err != nil {
		return err
	}
	return g.store.Do(ctx, who.Org, func(tx *store.Tx) error {
		ends(tx, who.Org)
		return errors.Join(
			tx.Write(dropOrgSessions),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "identity.session_revoked", Subject: string(who.Org), Rule: rule,
			}),
		)
	})
}

// EndGrant ends, in the unit that ends a grant, every session in the
// organisation that lives by it. The caller writes the book.
func EndGrant(tx *store.Tx, grant id.Grant) error {
	ends(tx, grant)
	return tx.Write(dropGrantSessions, grant)
}

// address is the visitor's address as it is kept.
func address(v Visit) string {
	if !v.IP.IsValid() {
		return ""
	}
	return v.IP.Unmap().String()
}
