package procedure

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"muster/actor"
	"muster/call/rota"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Create writes a procedure down, switched off. A subject that has one already
// is Conflict "taken" at "subject".
func Create(ctx context.Context, s *store.Store, who actor.Actor, subject Subject, d Draft) (p Procedure, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		on, err := subject.resource(tx, who)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "editProcedure", on)
		if err != nil {
			return err
		}
		if d, err = d.settled(tx); err != nil {
			return err
		}
		p = Procedure{ID: id.New[id.Procedure](), Subject: subject, Version: 1, Latest: 1, Draft: d, Made: tx.Now(), MadeBy: who.Name}
		return errors.Join(tx.Write(addProcedure, p.ID, subject.key(), tx.Now()), p.keep(tx, who, "procedure.made", rule))
	})
	return p, err
}

// Revise writes the next version. base is the version that was revised: if
// there is a later one already, that is Conflict "conflict". A procedure that
// is switched on stays so, and so its next version has to pass the gate too.
func Revise(ctx context.Context, s *store.Store, who actor.Actor, which id.Procedure, base int, d Draft) (p Procedure, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		var rule string
		if p, rule, err = take(tx, who, which); err != nil {
			return err
		}
		if p.Latest != base {
			return fault.New(fault.Conflict, "conflict")
		}
		if d, err = d.settled(tx); err != nil {
			return err
		}
		p.Draft, p.Version, p.Latest, p.Made, p.MadeBy = d, p.Latest+1, p.Latest+1, tx.Now(), who.Name
		if p.Active {
			if err := p.safe(tx); err != nil {
				return err
			}
		}
		return errors.Join(tx.Write(setVersion, p.ID, p.Latest), p.keep(tx, who, "procedure.changed", rule))
	})
	return p, err
}

// Switch switches a procedure on or off. One that would reach fewer than two
// people with a verified address is not switched on: Invalid
// "procedure_unsafe" at "steps".
func Switch(ctx context.Context, s *store.Store, who actor.Actor, which id.Procedure, on bool) (p Procedure, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		var rule string
		if p, rule, err = take(tx, who, which); err != nil || p.Active == on {
			return err
		}
		kind := "procedure.switched_off"
		if p.Active = on; on {
			kind = "procedure.switched_on"
			if err := p.safe(tx); err != nil {
				return err
			}
		}
		tx.Touch("procedures")
		return errors.Join(tx.Write(setActive, p.ID, on), p.book(tx, who, kind, rule))
	})
	return p, err
}

// take holds a procedure to change it.
func take(tx *store.Tx, who actor.Actor, which id.Procedure) (Procedure, string, error) {
	if _, err := store.One(tx, holdProcedure, scanID, which); err != nil {
		return Procedure{}, "", err
	}
	p, err := store.One(tx, getLatest, scanProcedure, which)
	if err != nil {
		return p, "", err
	}
	on, err := p.Subject.resource(tx, who)
	if err != nil {
		return p, "", err
	}
	rule, err := policy.Check(who, "editProcedure", on)
	return p, rule, err
}

// keep writes the version down.
func (p Procedure) keep(tx *store.Tx, who actor.Actor, kind, rule string) error {
	steps, err := p.steps()
	if err != nil {
		return err
	}
	tx.Touch("procedures")
	return errors.Join(
		tx.Write(addVersion, p.ID, p.Version, p.Name, p.Instructions, steps, p.Made, who.Person, p.MadeBy),
		p.book(tx, who, kind, rule),
	)
}

func (p Procedure) book(tx *store.Tx, who actor.Actor, kind, rule string) error {
	steps, err := p.steps()
	if err != nil {
		return err
	}
	var d ledger.Digest
	d.Add(p.Name, p.Instructions, steps)
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(p.ID), About: p.Subject.Worker, Rule: rule,
		Facts: map[string]any{
			"Procedure": p.Name, "Version": p.Version, "Steps": len(p.Steps), "Workspace": string(p.Subject.Workspace), "Digest": d.String(),
		},
	})
}

// settled is the draft checked against the roster as well.
func (d Draft) settled(tx *store.Tx) (Draft, error) {
	d, err := d.checked()
	if err != nil {
		return d, err
	}
	var errs []error
	for i, s := range d.Steps {
		err := s.exists(tx)
		if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			err = fault.New(fault.Invalid, "whom_missing").At("steps." + strconv.Itoa(i+1) + ".whom")
		}
		errs = append(errs, err)
	}
	return d, fault.Join(errs...)
}

// exists tells NotFound of a step that names somebody who is not there.
func (s Step) exists(tx *store.Tx) error {
	switch s.Whom {
	case Somebody:
		p, err := roster.Find(tx, id.Person(s.ID))
		if err == nil && !p.Active {
			err = fault.New(fault.NotFound, "not_found")
		}
		return err
	case OnDuty:
		_, err := rota.OnDuty(tx, id.Rota(s.ID), tx.Now())
		return err
	case Partner:
		_, err := id.Parse[id.Org](s.ID)
		return err
	}
	return nil
}

// safe asks the gate about everybody whom the procedure would count for.
func (p Procedure) safe(tx *store.Tx) error {
	if p.Subject.Worker != "" {
		w, err := roster.Find(tx, p.Subject.Worker)
		if err != nil {
			return err
		}
		return p.reaches(tx, w.Person, home(w), w.Name)
	}
	all, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	others, err := store.All(tx, listAll, scanProcedure, listLimit)
	if err != nil {
		return err
	}
	for _, ws := range all {
		own := slices.ContainsFunc(others, func(o Procedure) bool { return o.Active && o.Subject.Workspace == ws.ID })
		mine := p.Subject.Workspace == ws.ID
		if p.Subject.Workspace == "" && own || p.Subject.Workspace != "" && !mine {
			continue
		}
		if !mine {
			workers, err := roster.List(tx, roster.Filter{Role: actor.Worker, Workspace: ws.ID, Limit: 1})
			if err != nil {
				return err
			}
			if len(workers) == 0 {
				continue // nobody is there to be protected
			}
		}
		if err := p.reaches(tx, "", ws.ID, ws.Name); err != nil {
			return err
		}
	}
	return nil
}

func (p Procedure) reaches(tx *store.Tx, worker id.Person, ws id.Workspace, whom string) error {
	reach, err := p.ladder(ws).Gate(tx, worker, tx.Now())
	if err != nil || reach.Protected() {
		return err
	}
	return fault.New(fault.Invalid, "procedure_unsafe").At("steps").With("Count", len(reach.Sure)).With("For", whom)
}

func (p Procedure) ladder(ws id.Workspace) Ladder {
	return Ladder{Procedure: p.ID, Version: p.Version, Name: p.Name, Instructions: p.Instructions, Steps: p.Steps, Workspace: ws}
}

// resource is the procedure as policy sees it. A worker may be in several
// workspaces; the one where the actor has most to say counts. A subject that
// does not exist is NotFound.
func (s Subject) resource(tx *store.Tx, who actor.Actor) (policy.Resource, error) {
	on := policy.Resource{Type: "Procedure", Org: tx.Org(), Workspace: s.Workspace, Person: s.Worker}
	if s.Worker != "" {
		p, err := roster.Find(tx, s.Worker)
		if err != nil {
			return on, err
		}
		for _, role := range []actor.Role{actor.Monitor, actor.Administrator} {
			for _, m := range p.Roles {
				if m.Workspace != "" && who.Has(role, m.Workspace) {
					on.Workspace = m.Workspace
				}
			}
		}
		return on, nil
	}
	if s.Workspace == "" {
		return on, nil
	}
	all, err := roster.Workspaces(tx)
	if err == nil && !slices.ContainsFunc(all, func(w roster.Workspace) bool { return w.ID == s.Workspace }) {
		err = fault.New(fault.NotFound, "not_found")
	}
	return on, err
}
