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
		return errors.Join(tx.Write(addProcedure, p.ID, subject.Key(), tx.Now()), p.keep(tx, who, "procedure.made", rule))
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
		return errors.Join(tx.Write(setActive, p.ID, on), roster.Changed(tx), p.book(tx, who, kind, rule))
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
		roster.Changed(tx),
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

// ward is somebody for whom a procedure would count.
type ward struct {
	worker    id.Person // empty: whoever works in the workspace
	workspace id.Workspace
	name      string
}

// wards are for whom the procedure would count if it were switched on. Of the
// organisation's, those are the workspaces with workers and without a procedure
// of their own.
func (p Procedure) wards(tx *store.Tx) (all []ward, err error) {
	if p.Subject.Worker != "" {
		w, err := roster.Find(tx, p.Subject.Worker)
		return []ward{{w.Person, home(w), w.Name}}, err
	}
	spaces, err := roster.Workspaces(tx)
	if err != nil {
		return nil, err
	}
	others, err := store.All(tx, listAll, scanProcedure, listLimit)
	if err != nil {
		return nil, err
	}
	var rest []ward
	for _, ws := range spaces {
		w := ward{workspace: ws.ID, name: ws.Name}
		if p.Subject.Workspace == ws.ID {
			return []ward{w}, nil
		}
		if slices.ContainsFunc(others, func(o Procedure) bool { return o.Active && o.Subject.Workspace == ws.ID }) {
			continue
		}
		workers, err := roster.List(tx, roster.Filter{Role: actor.Worker, Workspace: ws.ID, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(workers) > 0 {
			all = append(all, w)
		} else {
			rest = append(rest, w)
		}
	}
	if len(all) == 0 {
		return rest, nil // nobody is there yet to be protected
	}
	return all, nil
}

// Reach is whom the procedure would reach now, where it reaches fewest.
func (p Procedure) Reach(tx *store.Tx) (least Reach, err error) {
	least, _, err = p.weakest(tx)
	return least, err
}

func (p Procedure) weakest(tx *store.Tx) (least Reach, of ward, err error) {
	wards, err := p.wards(tx)
	if err != nil {
		return least, of, err
	}
	for i, w := range wards {
		r, err := p.ladder(w.workspace).Gate(tx, w.worker, tx.Now())
		if err != nil {
			return least, of, err
		}
		if i == 0 || len(r.Sure) < len(least.Sure) {
			least, of = r, w
		}
	}
	return least, of, nil
}

// safe asks the gate about everybody for whom the procedure would count.
func (p Procedure) safe(tx *store.Tx) error {
	reach, of, err := p.weakest(tx)
	if err != nil || reach.Protected() {
		return err
	}
	return fault.New(fault.Invalid, "procedure_unsafe").At("steps").With("Count", len(reach.Sure)).With("For", of.name)
}

// Editable tells whether the actor may change the procedure.
func (p Procedure) Editable(tx *store.Tx, who actor.Actor) bool {
	on, err := p.Subject.resource(tx, who)
	if err == nil {
		_, err = policy.Check(who, "editProcedure", on)
	}
	return err == nil
}

func (p Procedure) ladder(ws id.Workspace) Ladder {
	return Ladder{Procedure: p.ID, Version: p.Version, Name: p.Name, Instructions: p.Instructions, Steps: p.Steps, Workspace: ws, Subject: p.Subject}
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
