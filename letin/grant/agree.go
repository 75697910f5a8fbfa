package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/account"
	"muster/store"
)

// Approve is one yes of the provider's.
func (o Office) Approve(ctx context.Context, who actor.Actor, which id.Grant) (Grant, error) {
	return o.on(ctx, who, which, "approveGrant", func(h *hearing, rule string) error {
		before := h.Approved()
		next, err := h.approve(h.people[who.Staff], h.who, h.tx.Now())
		if err != nil {
			return err
		}
		h.Grant = next
		err = errors.Join(
			h.tx.Write(addApproval, h.ID, who.Staff, who.Name, h.tx.Now()),
			ledger.Append(h.tx, who, h.entry("grant.approved", rule)),
		)
		if err == nil && !before && h.Approved() {
			err = h.tell(h.tx, "approved", who.Name)
		}
		return errors.Join(err, o.settled(h, who))
	})
}

// Withdraw takes one's own yes back while the grant is not open. Who may refuse
// may: saying no never takes more than saying yes.
func (o Office) Withdraw(ctx context.Context, who actor.Actor, which id.Grant) (Grant, error) {
	return o.on(ctx, who, which, "refuseGrant", func(h *hearing, rule string) error {
		next, err := h.withdraw(who.Staff)
		if err != nil {
			return err
		}
		h.Grant = next
		h.tx.Touch(Topic)
		return errors.Join(
			h.tx.Write(dropApproval, h.ID, who.Staff),
			ledger.Append(h.tx, who, h.entry("grant.withdrawn", rule)), h.keep(h.tx),
		)
	})
}

// settled saves a grant to which somebody has said yes, and opens it if that
// was the last that it lacked.
func (o Office) settled(h *hearing, who actor.Actor) error {
	if h.Stage != Open {
		return h.keep(h.tx)
	}
	a, err := account.Find(h.tx)
	if err == nil {
		err = a.Opens(h.Staff, h.tx.Now())
	}
	if err != nil {
		return err
	}
	if !Enters(h.who, h.tx.Now()) {
		return fault.New(fault.Conflict, "not_support").With("Name", h.Name)
	}
	e := h.entry("grant.opened", "")
	e.Facts["ForSeconds"] = int64(h.For / time.Second)
	err = errors.Join(h.keep(h.tx), ledger.Append(h.tx, actor.Engine(), e))
	if err == nil && h.After != "" {
		err = h.tell(h.tx, "extended", who.Name)
	}
	return err
}

// over ends a grant in the name of somebody.
func (h *hearing) over(who actor.Actor, as Stage, kind, rule, why string) error {
	next, err := h.end(as, who.Name, why, h.tx.Now())
	if err != nil {
		return err
	}
	h.Grant = next
	e := h.entry(kind, rule)
	e.Personal["Why"] = why
	return errors.Join(h.keep(h.tx), ledger.Append(h.tx, who, e), h.tell(h.tx, string(as), who.Name))
}

// Refuse says no, for the provider or the customer, to what is asked for.
func (o Office) Refuse(ctx context.Context, who actor.Actor, which id.Grant, why string) (Grant, error) {
	return o.on(ctx, who, which, "refuseGrant", func(h *hearing, rule string) error {
		why, err := sentence(why)
		if err != nil {
			return err
		}
		if h.Stage != Asked {
			return fault.New(fault.Conflict, "grant_over")
		}
		return h.over(who, Refused, "grant.refused", rule, why)
	})
}

// Revoke ends any grant of the customer's, asked for or open, at once (WK4):
// the very next request by it fails.
func (o Office) Revoke(ctx context.Context, who actor.Actor, which id.Grant, why string) (Grant, error) {
	return o.RevokeWith(ctx, who, which, why, func(*store.Tx) error { return nil })
}

// RevokeWith is Revoke with what else ends in the same unit.
func (o Office) RevokeWith(ctx context.Context, who actor.Actor, which id.Grant, why string, also func(*store.Tx) error) (Grant, error) {
	return o.on(ctx, who, which, "revokeGrant", func(h *hearing, rule string) error {
		why, err := sentence(why)
		if err != nil {
			return err
		}
		return errors.Join(also(h.tx), h.over(who, Revoked, "grant.revoked", rule, why))
	})
}

// Return gives a grant back, or takes back what was asked for.
func (o Office) Return(ctx context.Context, who actor.Actor, which id.Grant) (Grant, error) {
	return o.on(ctx, who, which, "returnGrant", func(h *hearing, rule string) error {
		return h.over(who, Left, "grant.left", rule, "")
	})
}

// sentence is what somebody may add in words.
func sentence(why string) (string, error) {
	why = strings.TrimSpace(why)
	if len([]rune(why)) > mostWords {
		return "", fault.New(fault.Invalid, "too_long").At("why").With("Max", mostWords)
	}
	return why, nil
}

// Enter checks, in the unit that lets somebody in, that this grant is theirs
// and open, and notes the first time. The rule belongs in the book, and so does
// a refusal, which is the caller's to hand to Denied.
func (o Office) Enter(tx *store.AcrossTx, who actor.Actor, which id.Grant) (g Grant, rule string, err error) {
	org, err := home(tx, who, which)
	if err != nil {
		return g, "", err
	}
	people, err := everybody(tx)
	if err != nil {
		return g, "", err
	}
	err = tx.For(org, func(tx *store.Tx) error {
		h, err := hold(tx, which, people)
		if err != nil {
			return err
		}
		g = h.Grant
		a, err := account.Find(tx)
		if err != nil {
			return err
		}
		if rule, err = h.may(who, "enterGrant", early(a, who.Staff)); err != nil {
			return err
		}
		shut := a.Shut(h.Staff)
		switch {
		case shut != nil:
			return shut
		case !h.Admits(tx.Now()):
			return fault.New(fault.Conflict, "not_open")
		case !Enters(h.who, tx.Now()):
			return fault.New(fault.Forbidden, "standing")
		}
		if !g.Used.IsZero() {
			return nil
		}
		g.Used = tx.Now()
		return errors.Join(g.keep(tx), ledger.Append(tx, who, g.entry("grant.used", rule)), g.tell(tx, "used", who.Name))
	})
	return g, rule, err
}
