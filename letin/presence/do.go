package presence

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/account"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// Topic is touched by whatever happens to a presence; TimerKind is the kind of
// its timer; Page is where administrators join.
const (
	Topic     = "presence"
	TimerKind = "presence"
	Page      = "/let-in/presence"
)

// Present is what holds at this instant for a staff member inside the unit's
// organisation: whether they are on a call with an administrator, or watched
// by one.
func Present(tx *store.Tx, who id.Staff) (online, supervised bool, err error) {
	all, err := store.All(tx, ofMine, scanPresence, who)
	for _, p := range all {
		if p.Holds(tx.Now()) {
			online, supervised = online || p.Kind == Call, supervised || p.Kind == Session
		}
	}
	return online, supervised, err
}

// Watching is who of the unit's organisation is there at this instant for a
// staff member, on a call or in a remote session; the zero value if nobody is.
func Watching(tx *store.Tx, who id.Staff) (there Presence, err error) {
	all, err := store.All(tx, ofMine, scanPresence, who)
	for _, p := range all {
		if p.Holds(tx.Now()) {
			there = p
		}
	}
	return there, err
}

// Of are the presences that are open, and those that ended within a day,
// latest first.
func Of(tx *store.Tx) ([]Presence, error) {
	return store.All(tx, recent, scanPresence, tx.Now().Add(-24*time.Hour))
}

func may(tx *store.Tx, who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Customer", ID: string(tx.Org()), Org: tx.Org()})
}

// Ask asks the administrators of an organisation to join: a call during
// onboarding, a remote session once the customer is live. What the same staff
// member asked before ends. The caller has seen to it that they are inside.
func Ask(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, words string) (which id.Presence, err error) {
	which = id.New[id.Presence]()
	return which, s.Do(ctx, org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "startPresence")
		if err != nil {
			return err
		}
		phase, err := account.Phase(tx)
		if err != nil {
			return err
		}
		kind, err := kindIn(phase)
		if err != nil {
			return err
		}
		words, err := tidy(words)
		if err != nil {
			return err
		}
		if err := often(tx, who.Staff); err != nil {
			return err
		}
		before, err := store.All(tx, ofMine, scanPresence, who.Staff)
		for _, p := range before {
			err = errors.Join(err, p.end(tx, who, Again, rule))
		}
		if err != nil {
			return err
		}
		p := Presence{ID: which, Staff: who.Staff, StaffName: who.Name, Kind: kind, Words: words, Asked: tx.Now()}
		tx.Touch(Topic)
		return errors.Join(
			tx.Write(add, p.ID, p.Staff, p.StaffName, string(p.Kind), p.Words, p.Asked),
			timer.Set(tx, TimerKind, string(p.ID), p.next()),
			ledger.Append(tx, who, p.entry("presence.asked", rule)),
			p.tell(tx),
		)
	})
}

// mostAsked is how often a staff member asks the same customer in an hour: each
// time calls all of its administrators.
const mostAsked = 6

func often(tx *store.Tx, who id.Staff) error {
	n, err := store.One(tx, asked, store.Scalar[int], who, tx.Now().Add(-time.Hour))
	if err == nil && n >= mostAsked {
		return fault.New(fault.Limited, "presence_often").With("Max", mostAsked)
	}
	return err
}

func (p Presence) entry(kind, rule string) ledger.Entry {
	return ledger.Entry{
		Kind: kind, Subject: string(p.ID), Rule: rule, Facts: map[string]any{"Kind": string(p.Kind), "Words": p.Words},
		Personal: map[string]string{"Staff": p.StaffName},
	}
}

// tell asks every administrator to come, at once: somebody waits.
func (p Presence) tell(tx *store.Tx) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	all, err := account.Told(tx)
	for _, r := range all {
		if err != nil {
			return err
		}
		_, err = r.Tell(tx, deliver.Message{
			Purpose: "presence_asked", Lane: deliver.Duty, About: string(p.ID), Valid: answerIn,
			Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "By": p.StaffName, "Note": p.Words, "Link": Page},
		})
	}
	return err
}

// held is an open presence, its row held.
func held(tx *store.Tx, which id.Presence) (Presence, error) {
	if err := timer.Hold(tx, TimerKind, string(which)); err != nil {
		return Presence{}, err
	}
	p, err := store.One(tx, hold, scanPresence, which)
	if err == nil && !p.Open() {
		err = fault.New(fault.Conflict, "presence_over")
	}
	return p, err
}

// Join is an administrator's coming. From now on their page proves that they
// are there. Faults: Conflict "presence_over", "presence_taken".
func Join(ctx context.Context, s *store.Store, who actor.Actor, which id.Presence) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "joinPresence")
		if err != nil {
			return err
		}
		p, err := held(tx, which)
		switch {
		case err != nil:
			return err
		case p.Person == who.Person:
			return nil
		case !p.Joined.IsZero():
			return fault.New(fault.Conflict, "presence_taken")
		}
		p.Person, p.Name, p.Joined, p.Proved = who.Person, who.Name, tx.Now(), tx.Now()
		e := p.entry("presence.joined", rule)
		e.About = who.Person
		e.Personal["Name"] = who.Name
		tx.Touch(Topic)
		return errors.Join(tx.Write(join, p.ID, p.Person, p.Name, p.Joined),
			timer.Set(tx, TimerKind, string(p.ID), p.next()), ledger.Append(tx, who, e))
	})
}

// Prove says that the administrator who joined is there still.
func Prove(ctx context.Context, s *store.Store, who actor.Actor, which id.Presence) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := may(tx, who, "joinPresence"); err != nil {
			return err
		}
		p, err := held(tx, which)
		switch {
		case err != nil:
			return err
		case p.Person != who.Person || who.Person == "":
			return fault.New(fault.Forbidden, "forbidden")
		case !p.Holds(tx.Now()): // the timer is about to say so
			return fault.New(fault.Conflict, "presence_over")
		}
		p.Proved = tx.Now()
		return errors.Join(tx.Write(prove, p.ID, p.Proved), timer.Set(tx, TimerKind, string(p.ID), p.next()))
	})
}

// Leave ends a presence, by any administrator.
func Leave(ctx context.Context, s *store.Store, who actor.Actor, which id.Presence) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "joinPresence")
		if err != nil {
			return err
		}
		p, err := held(tx, which)
		if err != nil {
			return err
		}
		return p.end(tx, who, Left, rule)
	})
}

// Stop ends a presence, by the staff member who asked for it.
func Stop(ctx context.Context, s *store.Store, who actor.Actor, org id.Org, which id.Presence) error {
	return s.Do(ctx, org, func(tx *store.Tx) error {
		rule, err := may(tx, who, "startPresence")
		if err != nil {
			return err
		}
		p, err := held(tx, which)
		if err == nil && p.Staff != who.Staff {
			err = fault.New(fault.Forbidden, "forbidden")
		}
		if err != nil {
			return err
		}
		return p.end(tx, who, Stopped, rule)
	})
}

// end writes down that a presence is over, and how long it held.
func (p Presence) end(tx *store.Tx, who actor.Actor, how How, rule string) error {
	p.Ended, p.How = tx.Now(), how
	e := p.entry("presence.ended", rule)
	e.Facts["Outcome"], e.About = string(how), p.Person
	if p.Person != "" {
		e.Personal["Name"] = p.Name
		e.Facts["Seconds"] = int64(p.Ended.Sub(p.Joined).Seconds())
	}
	tx.Touch(Topic)
	return errors.Join(tx.Write(finish, p.ID, p.Ended, string(how)), timer.Cancel(tx, TimerKind, string(p.ID)), ledger.Append(tx, who, e))
}

// Fire is what time does to a presence: nobody came, or whoever came is not
// there any more.
func Fire(tx *store.Tx, t timer.Timer) error {
	p, err := store.One(tx, hold, scanPresence, id.Presence(t.Subject))
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil || !p.Open() {
		return err
	}
	next, over := p.expire(tx.Now())
	if !over {
		return timer.Set(tx, TimerKind, t.Subject, p.next())
	}
	return p.end(tx, actor.Engine(), next.How, "")
}

// May tells whether the actor may see what support asks for.
func May(tx *store.Tx, who actor.Actor) error {
	_, err := may(tx, who, "seePresence")
	return err
}
