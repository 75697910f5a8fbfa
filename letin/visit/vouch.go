package visit

import (
	"context"
	"crypto/sha256"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/circumstance"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

// Vouch is identity's question about staff, asked on every request: who they
// are now, outside or inside. A guest about whom there is any doubt is
// Unauthenticated "visit_over"; Over says why.
func Vouch(tx *store.AcrossTx, s identity.Session, who actor.Actor) (actor.Actor, error) {
	if s.Grant == "" {
		return staff.Vouch(tx, s, who)
	}
	m, err := staff.Find(tx, s.Staff)
	if err != nil {
		return actor.Actor{}, err
	}
	m = m.Proved(s.Proved)
	err = tx.For(s.Org, func(tx *store.Tx) error {
		at, err := store.One(tx, bySession, scanMoment(tx.Now()), s.ID)
		if err != nil {
			return err
		}
		v, err := judge(tx, at, m)
		if err != nil {
			return err
		}
		if v.How != Inside {
			return errOver
		}
		who.Roles = eyesOf(v.Eyes, who.Roles)
		who.Support = m.Support(tx.Now())
		overdue, err := duty.Overdue(tx)
		if err != nil {
			return err
		}
		who.Support.Configure = v.Scope == grant.Configure && m.Configures(tx.Now()) && !overdue
		now, err := circumstance.Of(tx, s.Staff)
		now.Tell(&who.Support)
		return err
	})
	if missing(err) {
		err = errOver
	}
	return who, err
}

var errOver = fault.New(fault.Unauthenticated, "visit_over")

// judge is the visit as it is now: settled, and with what else may stand
// against it.
func judge(tx *store.Tx, at moment, m staff.Member) (Visit, error) {
	v := at.settled()
	if !at.visit.Ended.IsZero() || v.How == Revoked || v.How == Expired {
		return v, nil
	}
	// A session or a grant that is gone may be so for one of these.
	why, lacks := doubt(m, v.How != Inside, tx.Now())
	v.Lacks = lacks
	if why == Inside && v.Eyes != "" {
		p, err := roster.Find(tx, v.Eyes)
		if err != nil && !missing(err) {
			return v, err
		}
		if !p.Active {
			why = NoEyes
		}
	}
	a, err := account.Find(tx)
	if why == Inside && a.Shut(v.Staff) != nil {
		why = NoAccount
	}
	if why != Inside {
		v.How, v.Ended = why, tx.Now()
	}
	return v, err
}

// Over says how the visit ended that a guest's cookie belonged to, and writes
// down what ended by itself. One that goes on has How Inside; a cookie of no
// visit is NotFound.
func (h House) Over(ctx context.Context, cookie string) (org id.Org, v Visit, err error) {
	err = h.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		at, err := store.One(tx, whereCookie, scanPlace, hash(cookie))
		if err != nil {
			return err
		}
		org = at.org
		var found moment
		err = tx.For(org, func(tx *store.Tx) (err error) {
			found, err = store.One(tx, byID, scanMoment(tx.Now()), at.visit)
			return err
		})
		if err != nil {
			return err
		}
		m, err := staff.Find(tx, found.visit.Staff)
		if err != nil {
			return err
		}
		return tx.For(org, func(tx *store.Tx) error {
			if v, err = judge(tx, found, m.Proved(found.proved)); err != nil || v.How == Inside {
				return err
			}
			if !found.visit.Ended.IsZero() {
				return nil
			}
			return errors.Join(identity.EndGrant(tx, v.Grant), close(tx, actor.Engine(), v))
		})
	})
	return org, v, err
}

// close writes down that a visit is over, unless it was written already.
func close(tx *store.Tx, who actor.Actor, v Visit) error {
	at, err := store.One(tx, byID, scanMoment(tx.Now()), v.ID)
	if err != nil || !at.visit.Ended.IsZero() {
		return err
	}
	if err := tx.Write(end, v.ID, v.Ended, v.How, v.By); err != nil {
		return err
	}
	tx.Touch(Topic)
	var lacks []string
	for _, p := range v.Lacks {
		lacks = append(lacks, string(p))
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: "visit.ended", Subject: string(v.Grant),
		Facts:    map[string]any{"Visit": string(v.ID), "Outcome": string(v.How), "Pages": int64(v.Pages), "Seconds": int64(v.Ended.Sub(v.Began).Seconds()), "Lacks": lacks},
		Personal: map[string]string{"Guest": v.Name, "By": v.By},
	})
}

func hash(cookie string) []byte {
	sum := sha256.Sum256([]byte(cookie))
	return sum[:]
}
