package insist

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/desk"
	"muster/letin/staff"
	"muster/policy"
	"muster/store"
)

// Office takes what customers insist on.
type Office struct{ desk.Desk }

// Ask is the agent's: an exception for this customer, about a setting or class,
// because of a request that the agent has. The head of the agent's department
// is told. settings are those that there are.
func (o Office) Ask(ctx context.Context, who actor.Actor, which id.Request, about, why string, settings []string) error {
	wrong := fault.Join(said(why, "why"), scope(about, settings))
	if err := o.headed(ctx, who); err != nil {
		return err
	}
	return o.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := desk.Hold(tx, who, which, "askException", 0)
		switch {
		case err != nil:
			return err
		case !q.State.Open():
			return fault.New(fault.Conflict, "request_closed")
		case q.Agent != who.Staff:
			return fault.New(fault.Conflict, "request_not_taken")
		case !q.Counts():
			return fault.New(fault.Conflict, "request_uncounted")
		case !q.Sender.Administrator && q.Vouched == "" && q.Insisted.IsZero():
			return fault.New(fault.Conflict, "insist_unasked")
		case wrong != nil:
			return wrong
		}
		all, err := Of(tx, which)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(e Exception) bool { return e.State == Asked }) {
			return fault.New(fault.Conflict, "already_done")
		}
		e := Exception{
			ID: id.New[id.Exception](), Request: which, Scope: about, Why: strings.TrimSpace(why), AskedBy: who.Staff, AskedName: who.Name,
			Department: who.Support.Department, Asked: tx.Now(), State: Asked,
		}
		o.TellHead(tx, q, "request_exception", e.Why)
		return e.keep(tx, who, q, "exception_asked", rule)
	})
}

// headed sees to it that there is somebody who can decide.
func (o Office) headed(ctx context.Context, who actor.Actor) error {
	return o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err := staff.List(tx)
		if err == nil && !slices.ContainsFunc(all, func(m staff.Member) bool {
			return m.Active && m.ID != who.Staff && m.Department == who.Support.Department && m.Is(actor.Head)
		}) {
			err = fault.New(fault.Conflict, "insist_nobody")
		}
		return err
	})
}

// keep saves it and writes down what was done.
func (e Exception) keep(tx *store.Tx, who actor.Actor, q desk.Request, what, rule string) error {
	return errors.Join(
		e.save(tx), q.Keep(tx), q.Append(tx, desk.Line{Side: desk.Event, Staff: who.Staff, Person: who.Person, Name: who.Name, Words: "request.line." + what}),
		q.Book(tx, who, "request."+what, rule, map[string]any{"Exception": string(e.ID), "Scope": e.Scope, "Until": e.Until.UnixMicro()},
			map[string]string{"Why": e.Why, "Words": e.Words, "Agent": e.AskedName}),
	)
}

// Decide is the head's: yes until a time, or no, with a reason. The agent hears
// of it.
func (o Office) Decide(ctx context.Context, who actor.Actor, which id.Request, exception id.Exception, yes bool, until time.Time, words string) error {
	return o.change(ctx, who, which, exception, "decideException", func(tx *store.Tx, e Exception, q desk.Request) (Exception, string, error) {
		switch {
		case yes && !q.State.Open():
			return e, "", fault.New(fault.Conflict, "request_closed")
		case yes && !q.Counts():
			return e, "", fault.New(fault.Conflict, "request_uncounted")
		}
		e, err := e.decide(yes, words, until, tx.Now(), who.Staff, who.Name)
		o.Tell(tx, q, e.AskedBy, "request_decided", e.Words)
		return e, "exception_" + string(e.State), err
	})
}

// End takes an exception back before its time; any administrator of the
// customer's may, and the head.
func (o Office) End(ctx context.Context, who actor.Actor, which id.Request, exception id.Exception) error {
	action := "decideException"
	if who.Kind != actor.Staff {
		action = "insist" // what they asked for is theirs to give back
	}
	return o.change(ctx, who, which, exception, action, func(tx *store.Tx, e Exception, _ desk.Request) (Exception, string, error) {
		e, err := e.end(tx.Now())
		return e, "exception_ended", err
	})
}

func (o Office) change(ctx context.Context, who actor.Actor, which id.Request, exception id.Exception, action string, do func(*store.Tx, Exception, desk.Request) (Exception, string, error)) error {
	return o.As(ctx, who, which, func(tx *store.Tx) error {
		e, err := store.One(tx, hold, scan, exception)
		if err == nil && e.Request != which {
			err = fault.New(fault.NotFound, "not_found")
		}
		if err != nil {
			return err
		}
		var more policy.Fact
		if who.Kind == actor.Staff && e.Department == who.Support.Department {
			more |= policy.Line
		}
		if e.AskedBy == who.Staff {
			more |= policy.Own
		}
		q, rule, err := desk.Hold(tx, who, which, action, more)
		if err != nil {
			return err
		}
		e, what, err := do(tx, e, q)
		if err != nil {
			return err
		}
		return e.keep(tx, who, q, what, rule)
	})
}

// Of are the exceptions that were asked for because of a request.
func Of(tx *store.Tx, which id.Request) ([]Exception, error) {
	return store.All(tx, ofThis, scan, which)
}

// Latest are an organisation's, newest first.
func Latest(tx *store.Tx) ([]Exception, error) { return store.All(tx, latest, scan) }

// InForce are the exceptions that hold in the unit's organisation at this
// instant.
func InForce(tx *store.Tx) ([]Exception, error) {
	all, err := store.All(tx, inForce, scan, tx.Now())
	return slices.DeleteFunc(all, func(e Exception) bool { return !e.Holds(tx.Now()) }), err
}
