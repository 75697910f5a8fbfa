package town

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/store"
)

var (
	addAccount = store.Across("town.account", `insert into account (id, email, fold, handle, made_in, created) values ($1, $2, $2, $3, $4, $5)`)
	addStaff   = store.Across("town.staff", `insert into staff (id, account, name, active, created, department, positions) values ($1, $2, $3, true, $4, $5, $6)`)
	addProof   = store.Across("town.proof", `insert into staff_proof (staff, proof, since) values ($1, $2, $3)`)
	dropProof  = store.Across("town.unproof", `delete from staff_proof where staff = $1 and proof = $2`)
	moveStaff  = store.Across("town.move", `update staff set department = $2 where id = $1`)
	dropStaff  = store.Across("town.unstaff", `update staff set active = false where id = $1`)
)

// Colleague is one of the provider's people, and the actor they are when signed
// in with a second factor.
type Colleague struct {
	staff.Member
	Actor actor.Actor
}

// Staff adds one of whom no proof is missing.
func (town *Town) Staff(name string, works actor.Department, positions ...actor.Position) Colleague {
	town.t.Helper()
	n := people.Add(1)
	m := staff.Member{
		ID: id.New[id.Staff](), Name: name, Email: fmt.Sprintf("staff-%d@provider.test", n), Active: true,
		Department: works, Positions: positions, Standing: map[staff.Proof]staff.Span{},
	}
	held, err := json.Marshal(append([]actor.Position{}, positions...))
	if err != nil {
		town.t.Fatal(err)
	}
	err = town.Store.Across().Do(town.t.Context(), func(tx *store.AcrossTx) error {
		account, since := id.New[id.Account](), tx.Now().Add(-time.Hour)
		m.Standing[staff.Agreement], m.Standing[staff.Background] = staff.Span{Since: since}, staff.Span{Since: since}
		return errors.Join(
			tx.Write(addAccount, account, m.Email, []byte(m.ID), identity.Provider, tx.Now()),
			tx.Write(addStaff, m.ID, account, m.Name, tx.Now(), string(works), string(held)),
			tx.Write(addProof, m.ID, string(staff.Agreement), since), tx.Write(addProof, m.ID, string(staff.Background), since),
		)
	})
	if err != nil {
		town.t.Fatal(err)
	}
	return Colleague{m, actor.Actor{
		Kind: actor.Staff, Staff: m.ID, Name: m.Name, Door: actor.Board, Fresh: true,
		Support: actor.Support{Department: works, Positions: positions, Stands: true},
	}}
}

// Unprove takes a proof that is on record away.
func (town *Town) Unprove(c Colleague, p staff.Proof) { town.write(dropProof, c.ID, string(p)) }

// Prove puts a proof on record that holds from now.
func (town *Town) Prove(c Colleague, p staff.Proof) {
	town.write(addProof, c.ID, string(p), town.Store.Now())
}

// Move has somebody work in another department from now on.
func (town *Town) Move(c Colleague, to actor.Department) {
	town.write(moveStaff, c.ID, string(to))
}

// Dismiss makes somebody one who has worked for the provider.
func (town *Town) Dismiss(c Colleague) { town.write(dropStaff, c.ID) }

func (town *Town) write(q *store.SQL, args ...any) {
	town.t.Helper()
	err := town.Store.Across().Do(town.t.Context(), func(tx *store.AcrossTx) error { return tx.Write(q, args...) })
	if err != nil {
		town.t.Fatal(err)
	}
}

var (
	addLife    = store.Across("town.life", `insert into customer (org, phase, contract, manager, project, made, live, published, published_at) values ($1, 'live', 'C-1', '', '', $2, $2, $3, $2)`)
	addReading = store.Across("town.reading", `insert into policy_reading (org, person, version, at, ip) values ($1, $2, $3, $4, '')`)
)

// Live makes the organisation a customer who is live, and whose administrator
// has acknowledged the policy for support access: one whom support may enter.
func (o *Organisation) Live() *Organisation {
	o.town.t.Helper()
	now, version := o.town.Store.Now(), account.Version()
	o.town.write(addLife, o.ID, now, version)
	o.town.write(addReading, o.ID, o.Admin.Person.Person, version, now)
	return o
}
