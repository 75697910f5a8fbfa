package visit

import (
	"context"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Topic is touched whenever somebody comes in, opens a page or goes.
const Topic = "letin"

// Entry is what somebody at the door of an organisation brings along.
type Entry struct {
	Cookie string // of their session as staff
	Grant  id.Grant
	Eyes   id.Person // whose eyes to borrow; empty: an administrator's
	From   identity.Visit
}

// House is what visits stand on.
type House struct {
	Store  *store.Store
	Gate   *identity.Gate
	Grants grant.Office
}

// Enter lets a staff member in by a grant, and returns the session by which
// they are inside. One who is inside by it already, from elsewhere, is there no
// more. What the grant or their standing does not allow is Forbidden, and stands
// in the customer's book; eyes of nobody on the roster are Invalid
// "nobody_there" at "eyes".
func (h House) Enter(ctx context.Context, who actor.Actor, e Entry) (in identity.SignedIn, err error) {
	who.IP = e.From.IP
	var leave grant.Grant
	err = h.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var rule string
		if leave, rule, err = h.Grants.Enter(tx, who, e.Grant); err != nil {
			return err
		}
		whose := ""
		err = tx.For(leave.Org, func(tx *store.Tx) (err error) {
			if whose, err = borrowed(tx, e.Eyes); err != nil {
				return err
			}
			return endOthers(tx, e.Grant)
		})
		if err != nil {
			return err
		}
		if in, err = h.Gate.Enter(tx, e.Cookie, leave.Org, e.Grant, e.Eyes, e.From); err != nil {
			return err
		}
		m, err := staff.Find(tx, who.Staff)
		if err != nil {
			return err
		}
		if why, _ := doubt(m.Proved(in.Session.Proved), false, tx.Now()); why != Inside {
			return fault.New(fault.Forbidden, "standing")
		}
		return tx.For(leave.Org, func(tx *store.Tx) error { return e.write(tx, who, leave, whose, rule, in) })
	})
	return in, h.Grants.Denied(ctx, who, leave.Org, string(e.Grant), "enterGrant", err)
}

func (e Entry) write(tx *store.Tx, who actor.Actor, leave grant.Grant, whose, rule string, in identity.SignedIn) error {
	v := id.New[id.Visit]()
	who.Session = in.Session.ID
	facts := map[string]any{"Visit": string(v), "Scope": string(leave.Scope), "Reason": string(leave.Reason)}
	if e.Eyes != "" {
		facts["Outcome"] = "eyes" // has a sentence of its own
	}
	tx.Touch(Topic)
	return errors.Join(
		tx.Write(add, v, e.Grant, who.Staff, who.Name, e.Eyes, whose, in.Session.ID, hash(in.Cookie), in.Session.IP, tx.Now()),
		ledger.Append(tx, who, ledger.Entry{
			Kind: "visit.entered", Subject: string(e.Grant), About: e.Eyes, Rule: rule,
			Facts:    facts,
			Personal: map[string]string{"Whose": whose, "Words": leave.Words},
		}),
	)
}

// borrowed is the name of the person whose eyes are borrowed.
func borrowed(tx *store.Tx, eyes id.Person) (string, error) {
	if eyes == "" {
		return "", nil
	}
	p, err := roster.Find(tx, eyes)
	if err != nil && !missing(err) {
		return "", err
	}
	if !p.Active {
		return "", fault.New(fault.Invalid, "nobody_there").At("eyes")
	}
	return p.Name, nil
}

// endOthers ends every visit by a grant that is still open, and its sessions.
func endOthers(tx *store.Tx, g id.Grant) error {
	ids, err := store.All(tx, ofGrant, store.Scalar[id.Visit], g)
	if err != nil || len(ids) == 0 {
		return err
	}
	for _, one := range ids {
		at, err := store.One(tx, byID, scanMoment(tx.Now()), one)
		if err != nil {
			return err
		}
		v := at.settled()
		if v.How == Inside {
			v.How, v.Ended = Again, tx.Now()
		}
		if err := close(tx, actor.Engine(), v); err != nil {
			return err
		}
	}
	return identity.EndGrant(tx, g)
}

// Leave ends the guest's own visit.
func (h House) Leave(ctx context.Context, who actor.Actor) error {
	if !who.Guest() {
		return errNothing
	}
	return h.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		at, err := store.One(tx, bySession, scanMoment(tx.Now()), who.Session)
		if err != nil {
			return err
		}
		return leave(tx, who, at)
	})
}

// LeaveFrom ends a visit of the staff member's own, from outside.
func (h House) LeaveFrom(ctx context.Context, who actor.Actor, visit id.Visit) error {
	return h.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		org, err := store.One(tx, whereMine, store.Scalar[id.Org], visit, who.Staff)
		if err != nil {
			return err
		}
		return tx.For(org, func(tx *store.Tx) error {
			at, err := store.One(tx, byID, scanMoment(tx.Now()), visit)
			if err != nil {
				return err
			}
			return leave(tx, who, at)
		})
	})
}

func leave(tx *store.Tx, who actor.Actor, at moment) error {
	v := at.settled()
	if v.How == Inside {
		v.How, v.Ended = Left, tx.Now()
	}
	return errors.Join(identity.EndGrant(tx, v.Grant), close(tx, who, v))
}

// ThrowOut ends a visit and its grant at once (WK4). Any administrator may, at
// any time. One that is over already stays as it ended. The name is the guest's.
func (h House) ThrowOut(ctx context.Context, who actor.Actor, visit id.Visit) (name string, err error) {
	var at moment
	err = h.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		at, err = store.One(tx, byID, scanMoment(tx.Now()), visit)
		return err
	})
	if err != nil {
		return "", err
	}
	v := at.settled()
	if v.How != Inside {
		return v.Name, may(who)
	}
	_, err = h.Grants.RevokeWith(ctx, who, v.Grant, "", func(tx *store.Tx) error {
		v.How, v.Ended, v.By = ThrownOut, tx.Now(), who.Name
		return close(tx, who, v)
	})
	return v.Name, err
}

// Note writes into the book that the guest is about to be shown a page. The
// same one again within a minute is part of the same look.
func (h House) Note(ctx context.Context, who actor.Actor, p Page) error {
	var at moment
	err := h.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		at, err = store.One(tx, bySession, scanMoment(tx.Now()), who.Session)
		return err
	})
	if err != nil || at.visit.sameLook(p, at.now) {
		return err
	}
	return h.Store.Do(store.WithOnce(ctx, nil), who.Org, func(tx *store.Tx) error {
		tx.Touch(Topic)
		return errors.Join(
			tx.Write(look, at.visit.ID, tx.Now(), p.Path, p.Of),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "visit.looked", Subject: string(at.visit.Grant), About: p.About,
				Facts: map[string]any{"Visit": string(at.visit.ID), "Page": p.Path, "Of": p.Of},
			}),
		)
	})
}

// Refuse writes into the book what the guest tried and which rule did not
// allow it, once a minute for each page at most.
func (h House) Refuse(ctx context.Context, who actor.Actor, p Page, rule string) error {
	return h.Store.Do(store.WithOnce(ctx, nil), who.Org, func(tx *store.Tx) error {
		at, err := store.One(tx, bySession, scanMoment(tx.Now()), who.Session)
		if err != nil {
			return err
		}
		last, err := ledger.List(tx, ledger.Filter{Subject: string(at.visit.Grant), Kind: "visit.refused", Limit: 1})
		if err != nil {
			return err
		}
		if len(last) > 0 && last[0].Facts["Page"] == p.Path && tx.Now().Sub(last[0].At) < again {
			return nil
		}
		tx.Touch(Topic)
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "visit.refused", Subject: string(at.visit.Grant), About: p.About, Rule: rule,
			Facts: map[string]any{"Visit": string(at.visit.ID), "Page": p.Path, "Of": p.Of},
		})
	})
}

// may asks whether the actor may see who is and was inside.
func may(who actor.Actor) error {
	_, err := policy.Check(who, "seeGrants", policy.Resource{Type: "Grant", Org: who.Org})
	return err
}
