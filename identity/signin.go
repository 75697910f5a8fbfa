package identity

import (
	"context"
	"errors"

	"muster/fault"
	"muster/ledger"
	"muster/store"
)

var errFailed = fault.New(fault.Unauthenticated, "sign_in_failed")

// SignInWithPassword opens a session. A wrong password, an address without an
// account and an account without a password are the same Unauthenticated
// "sign_in_failed", after the same work; too many tries are Limited "limited".
func (g *Gate) SignInWithPassword(ctx context.Context, email, password string, visit Visit) (in SignedIn, err error) {
	_, folded, err := readEmail(email)
	if err != nil {
		return in, err
	}
	byAccount := try{passwordByAccount, folded}
	if empty, err := g.count(ctx, try{passwordByAddress, network(visit.IP)}, byAccount); err != nil {
		if empty != nil && *empty == byAccount {
			g.refused(folded, byAccount, visit)
		}
		return in, err
	}
	acc, err := g.accountFor(ctx, accountByFold, folded)
	if err != nil && !errors.Is(err, errNothing) {
		return in, err
	}
	if len(password) > 4*passwordMost {
		password = "" // nobody's; not worth hashing at its length
	}
	ok, stale, err := g.hasher.check(ctx, acc.password, password)
	if err != nil {
		return in, err
	}
	if !ok {
		return in, errFailed
	}
	renewed := ""
	if stale {
		if renewed, err = g.hasher.hash(ctx, password); err != nil {
			return in, err
		}
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		// The password may have been changed while we compared.
		now, err := store.One(tx, accountByID, scanAccount, acc.id)
		if err != nil {
			return err
		}
		if now.password != acc.password {
			return errFailed
		}
		if renewed != "" {
			if err := tx.Write(setRehashed, acc.id, acc.password, renewed); err != nil {
				return err
			}
		}
		if err := tx.Write(emptyBucket, byAccount.purpose, byAccount.key()); err != nil {
			return err
		}
		in, err = g.open(tx, acc.id, way{how: "password"}, "", visit)
		return err
	})
	return in, err
}

func (g *Gate) accountFor(ctx context.Context, q *store.SQL, key any) (acc account, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		acc, err = store.One(tx, q, scanAccount, key)
		return err
	})
	return acc, err
}

// SetPassword gives the account of a session a new password and ends its
// other sessions and open links. There is no other way to set one: nobody
// sets it for somebody else (FL9, ASVS 6.4.6). The session must have begun
// within the last quarter of an hour, else Forbidden "sign_in_again".
func (g *Gate) SetPassword(ctx context.Context, cookie, password string, visit Visit) error {
	var row sessionRow
	var acc account
	err := g.store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		if row, err = g.fresh(tx, cookie); err != nil {
			return err
		}
		acc, err = store.One(tx, accountByID, scanAccount, row.Account)
		return err
	})
	if err == nil {
		err = checkPassword(password, row.Name, acc.email)
	}
	if err != nil {
		return err
	}
	sum, err := g.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.fresh(tx, cookie)
		if err != nil {
			return err
		}
		g.ends(tx, string(row.Account))
		who := row.actor(tx.Now())
		who.IP = visit.IP
		return errors.Join(
			tx.Write(setPassword, row.Account, sum, tx.Now()),
			tx.Write(dropSessions, row.Account, row.ID),
			tx.Write(dropLinks, row.Account),
			book(tx, who, ledger.Entry{Kind: "identity.password_set", Subject: string(row.Account), About: row.Person}),
		)
	})
}
