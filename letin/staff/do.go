package staff

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Office is where the staff is kept.
type Office struct{ Store *store.Store }

// Topic is what is touched when something about a member changes.
const Topic = "staff"

// All gives everybody of the staff, those who have left too.
func (o Office) All(ctx context.Context, who actor.Actor) (all []Member, err error) {
	if _, err := policy.Check(who, "seeStaff", policy.Resource{Type: "Installation"}); err != nil {
		return nil, err
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err = List(tx)
		return err
	})
	return all, err
}

// Get gives one member.
func (o Office) Get(ctx context.Context, who actor.Actor, which id.Staff) (m Member, err error) {
	if _, err := policy.Check(who, "seeStaff", policy.Resource{Type: "Installation"}); err != nil {
		return m, err
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		m, err = Find(tx, which)
		return err
	})
	return m, err
}

// Adds tells whether the actor may take anybody onto the staff: whom exactly is
// asked when they do.
func Adds(who actor.Actor) bool {
	_, err := Member{Department: who.Support.Department}.may(who, "keepStaff")
	return err == nil
}

// Appoints tells whether the actor may make directors, delegates and heads.
func Appoints(who actor.Actor) bool {
	_, err := policy.Check(who, "appointStaff", policy.Resource{Type: "Installation"})
	return err == nil
}

// Keeps tells whether the actor may change the member, and by which rule. What
// concerns a director, a delegate or a head is for directors.
func (m Member) Keeps(who actor.Actor) (rule string, err error) { return m.may(who, "keepStaff") }

// Reviews tells whether the actor may confirm the member.
func (m Member) Reviews(who actor.Actor) (rule string, err error) { return m.may(who, "reviewStaff") }

func (m Member) may(who actor.Actor, action string) (string, error) {
	if m.high() && action == "keepStaff" {
		action = "appointStaff"
	}
	on := policy.Resource{Type: "Installation"}
	if m.ID == who.Staff {
		on.Facts |= policy.Own
	}
	if m.Department == who.Support.Department {
		on.Facts |= policy.Line
	}
	return policy.Check(who, action, on)
}

// do is one unit about one member: change says what becomes of them and what
// the book says about it. Who may is asked about what they were, and about what
// they become.
func (o Office) do(ctx context.Context, who actor.Actor, which id.Staff, action string,
	change func(tx *store.AcrossTx, was Member) (is Member, e entry, err error),
) error {
	return o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		was, err := Find(tx, which)
		if err != nil {
			return err
		}
		rule, err := was.may(who, action)
		if err != nil {
			return err
		}
		is, e, err := change(tx, was)
		if err != nil {
			return err
		}
		if _, err := is.may(who, action); err != nil {
			return err
		}
		if was.Active && was.Is(actor.Director) && !(is.Active && is.Is(actor.Director)) {
			if err := leaveOne(tx, which); err != nil {
				return err
			}
		}
		return errors.Join(e.noted(tx, who, which), write(tx, who, is, rule, e))
	})
}

// leaveOne sees to it that a director is left beside somebody. It holds the
// provider's organisation before it looks: of two directors who end each other's
// place at once, both would find the other still there.
func leaveOne(tx *store.AcrossTx, beside id.Staff) error {
	if err := tx.For(identity.Provider, func(*store.Tx) error { return nil }); err != nil {
		return err
	}
	all, err := List(tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(m Member) bool { return m.ID != beside && m.Active && m.Is(actor.Director) }) {
		return fault.New(fault.Conflict, "staff_last_director")
	}
	return nil
}

// entry is what the provider's book says, and what goes with it in the
// provider's own organisation: timers.
type entry struct {
	ledger.Entry
	with  func(*store.Tx) error // nil: nothing
	also  []ledger.Entry        // what else stands in the book, by the same rule
	sways bool                  // it may make the member one who decides
	new   bool                  // and whoever signs in as them may be somebody else from now on
}

// noted keeps who made the member what they are. The machine's own command line
// answers for whom it brings.
func (e entry) noted(tx *store.AcrossTx, who actor.Actor, which id.Staff) (err error) {
	if who.Door == actor.Command {
		return nil
	}
	if e.sways {
		err = tx.Write(touch, which, who.Staff, tx.Now())
	}
	if e.new {
		err = errors.Join(err, tx.Write(known, which, tx.Now()))
	}
	return err
}

func says(kind string, facts map[string]any) entry {
	return entry{Entry: ledger.Entry{Kind: kind, Facts: facts}}
}

// write puts an entry about a member into the provider's book.
func write(tx *store.AcrossTx, who actor.Actor, m Member, rule string, e entry) error {
	e.Subject, e.Rule = string(m.ID), rule
	if e.Facts == nil {
		e.Facts = map[string]any{}
	}
	e.Personal = map[string]string{"name": m.Name}
	return tx.For(identity.Provider, func(tx *store.Tx) error {
		tx.Touch(Topic)
		if e.with != nil {
			if err := e.with(tx); err != nil {
				return err
			}
		}
		err := ledger.Append(tx, who, e.Entry)
		for _, also := range e.also {
			also.Subject, also.Rule = string(m.ID), rule
			err = errors.Join(err, ledger.Append(tx, who, also))
		}
		return err
	})
}

// placed is what the book says about a member's place.
func placed(kind string, d Draft) entry {
	e := says(kind, map[string]any{"department": string(d.Department), "positions": words(d.Positions)})
	e.sways = true
	if !d.Delegate.IsZero() {
		e.Facts["delegate_until"] = d.Delegate.UnixMicro()
	}
	return e
}

func words(all []actor.Position) []string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = string(p)
	}
	return out
}

// keep writes a member's place.
func keep(tx *store.AcrossTx, which id.Staff, d Draft) error {
	positions, err := json.Marshal(words(d.Positions))
	if err != nil {
		return err
	}
	return tx.Write(place, which, d.Department, string(positions), d.Delegate, d.Lang)
}

// Add takes somebody onto the staff. Whoever has an account already keeps it.
// An address that another member has is Conflict "taken" At "email".
func (o Office) Add(ctx context.Context, who actor.Actor, d Draft) (m Member, err error) {
	err = o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		d, wrong := d.checked(tx.Now())
		m = Member{ID: id.New[id.Staff](), Name: d.Name, Department: d.Department, Positions: d.Positions, Active: true}
		rule, err := m.may(who, "keepStaff")
		if err != nil {
			return err
		}
		if err := fault.Join(identity.PutStaffAccount(tx, m.ID, d.Name, d.Email), wrong); err != nil {
			return err
		}
		e := placed("staff.added", d)
		e.with, e.new = begins(m.ID), true
		return errors.Join(keep(tx, m.ID, d), e.noted(tx, who, m.ID), write(tx, who, m, rule, e))
	})
	return m, err
}

// Change replaces what is known of a member. A new address ends their sessions
// and their tie to an identity, and the old one is told: whoever reads it may be
// the only one who knows that it is wrong.
func (o Office) Change(ctx context.Context, who actor.Actor, which id.Staff, d Draft) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (is Member, e entry, err error) {
		d, wrong := d.checked(tx.Now())
		if err := fault.Join(identity.PutStaffAccount(tx, which, d.Name, d.Email), wrong); err != nil {
			return is, e, err
		}
		is = was
		is.Name, is.Email, is.Department, is.Positions, is.Delegate, is.Lang = d.Name, d.Email, d.Department, d.Positions, d.Delegate, d.Lang
		e = placed("staff.changed", d)
		if !strings.EqualFold(strings.TrimSpace(d.Email), was.Email) {
			err = moves(tx, who, was, d.Email, &e)
		}
		return is, e, errors.Join(err, keep(tx, which, d))
	})
}

// Deactivate ends a member's place: sessions, those inside customers with them,
// links and API tokens end at once.
func (o Office) Deactivate(ctx context.Context, who actor.Actor, which id.Staff) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		if !was.Active {
			return was, entry{}, fault.New(fault.Conflict, "already_done")
		}
		is := was
		is.Active = false
		e := says("staff.deactivated", nil)
		e.with = ceases(which)
		return is, e, errors.Join(tx.Write(turn, which, false), identity.EndStaff(tx, which))
	})
}

// Reactivate gives a member their place back, with the proofs on record. It
// counts as a review.
func (o Office) Reactivate(ctx context.Context, who actor.Actor, which id.Staff) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		if was.Active {
			return was, entry{}, fault.New(fault.Conflict, "already_done")
		}
		is := was
		is.Active = true
		e := says("staff.reactivated", nil)
		e.with, e.sways, e.new = func(tx *store.Tx) error { return errors.Join(begin(tx, which), expectsAll(tx, was)) }, true, true
		return is, e, tx.Write(turn, which, true)
	})
}

// Record puts a proof on record that people keep: the agreement or the
// background check.
func (o Office) Record(ctx context.Context, who actor.Actor, which id.Staff, p Proof, s Span) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		if err := s.checked(p, tx.Now()); err != nil {
			return was, entry{}, err
		}
		e := says("staff.proof_recorded", map[string]any{"proof": string(p), "since": s.Since.UnixMicro()})
		e.sways = true
		e.with = func(tx *store.Tx) error { return expects(tx, which, p, s.Until) }
		if !s.Until.IsZero() {
			e.Facts["until"] = s.Until.UnixMicro()
		}
		return was, e, tx.Write(record, which, string(p), s.Since, s.Until)
	})
}

// TakeBack withdraws a proof: whatever hangs on it is refused from the next
// request on (access N10).
func (o Office) TakeBack(ctx context.Context, who actor.Actor, which id.Staff, p Proof) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		n, err := tx.Exec(withdraw, which, string(p))
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "not_found")
		}
		e := says("staff.proof_withdrawn", map[string]any{"proof": string(p)})
		e.with = func(tx *store.Tx) error { return forgets(tx, which, p) }
		return was, e, err
	})
}

// Untie makes the member's next sign-in at the identity provider their first,
// for when another identity there has replaced theirs. Sessions end.
func (o Office) Untie(ctx context.Context, who actor.Actor, which id.Staff) error {
	return o.do(ctx, who, which, "keepStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		tied, err := identity.UnbindStaff(tx, which)
		if err == nil && !tied {
			err = fault.New(fault.Conflict, "already_done")
		}
		e := says("staff.untied", nil)
		e.sways, e.new = true, true
		return was, e, errors.Join(err, identity.EndStaff(tx, which))
	})
}

// Confirm says that a member's place and proofs are still right. It is done by
// somebody else than themselves.
func (o Office) Confirm(ctx context.Context, who actor.Actor, which id.Staff) error {
	return o.do(ctx, who, which, "reviewStaff", func(tx *store.AcrossTx, was Member) (Member, entry, error) {
		if !was.Active {
			return was, entry{}, fault.New(fault.Conflict, "staff_inactive")
		}
		e := says("staff.confirmed", nil)
		e.with = begins(which)
		return was, e, nil
	})
}
