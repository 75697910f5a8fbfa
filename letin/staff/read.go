package staff

import (
	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/store"
)

// Find reads one member, with the proofs on record. Nobody of that name is
// NotFound.
func Find(tx *store.AcrossTx, who id.Staff) (Member, error) {
	m, err := store.One(tx, one, scanMember, who)
	if err != nil {
		return m, err
	}
	rows, err := store.All(tx, proofs, scanProof, who)
	for _, p := range rows {
		m.Standing[p.proof] = p.span
	}
	if err != nil {
		return m, err
	}
	lately, err := store.All(tx, changes, scanChange, tx.Now().Add(-settling))
	m.Changed = changers(who, lately)
	return m.at(tx.Now()), err
}

// List reads all members, those who have gone too, by name.
func List(tx *store.AcrossTx) ([]Member, error) {
	all, err := store.All(tx, everyone, scanMember)
	if err != nil {
		return nil, err
	}
	rows, err := store.All(tx, allProof, scanProof)
	standing := map[id.Staff]map[Proof]Span{}
	for _, m := range all {
		standing[m.ID] = m.Standing
	}
	for _, p := range rows {
		if of := standing[p.staff]; of != nil {
			of[p.proof] = p.span
		}
	}
	if err != nil {
		return nil, err
	}
	lately, err := store.All(tx, changes, scanChange, tx.Now().Add(-settling))
	for i := range all {
		all[i] = all[i].at(tx.Now())
		all[i].Changed = changers(all[i].ID, lately)
	}
	return all, err
}

// Vouch says what a session of staff may do now, outside every organisation:
// it is identity's question, asked on every request.
func Vouch(tx *store.AcrossTx, s identity.Session, who actor.Actor) (actor.Actor, error) {
	m, err := Find(tx, s.Staff)
	if err == nil && s.Grant != "" {
		err = fault.New(fault.Unauthenticated, "unauthenticated") // nobody lets anybody in yet
	}
	if err != nil {
		return actor.Actor{}, err
	}
	who.Support, err = m.outside(tx, s)
	return who, err
}

// outside is what a session of the member's may rely on.
func (m Member) outside(tx *store.AcrossTx, s identity.Session) (actor.Support, error) {
	is := m.Proved(s.Proved).Support(tx.Now())
	if is.Stands {
		return is, nil
	}
	all, err := List(tx)
	// Whoever came in by a password, code, link or passkey did so because there is
	// no single sign-on, and nobody can prove anything.
	is.Founding = founding(all, tx.Now()) || s.How != "token" && s.How != "sso"
	return is, err
}

// Mail is where somebody who works here reads mail, and in which language, in
// the provider's own unit; empty for whoever has left.
func Mail(tx *store.Tx, who id.Staff) (string, lang.Tag, error) {
	m, _, err := active(tx, who)
	return m.Email, lang.Match(string(m.Lang)), err
}
