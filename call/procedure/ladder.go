package procedure

import (
	"errors"
	"slices"
	"time"

	"muster/call/rota"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// For is the ladder that counts for a worker now: of the procedures that are
// switched on the most specific, else the built-in one. Without a worker it is
// the workspace's.
func For(tx *store.Tx, worker id.Person, ws id.Workspace) (Ladder, error) {
	if _, err := roster.Get(tx); err != nil { // tells as of when
		return Ladder{}, err
	}
	owners, err := roster.Remember(tx, "procedure.owners", func() (map[id.Person]bool, error) { return Owners(tx) })
	if err != nil {
		return Ladder{}, err
	}
	if !owners[worker] {
		worker = ""
	}
	l, err := roster.Remember(tx, "procedure/"+string(ws)+"/"+string(worker), func() (Ladder, error) {
		return store.One(tx, inForce, scanLadder, ws, worker)
	})
	l.Workspace, l.Steps = ws, slices.Clone(l.Steps)
	return l, err
}

// Owners are the workers for whom a procedure of their own is switched on.
func Owners(tx *store.Tx) (map[id.Person]bool, error) {
	all, err := store.All(tx, listOwners, store.Scalar[id.Person])
	owners := make(map[id.Person]bool, len(all))
	for _, one := range all {
		owners[one] = true
	}
	return owners, err
}

// Kept is the ladder of a version, as an alarm keeps it. Without a procedure
// it is the built-in one.
func Kept(tx *store.Tx, ws id.Workspace, p id.Procedure, version int) (Ladder, error) {
	l, err := store.One(tx, kept, scanLadder, ws, p, version)
	l.Workspace = ws
	return l, err
}

// Rung is the nth step, from 1, as it is at an instant; not is the worker, who
// is never called to their own help.
func (l Ladder) Rung(tx *store.Tx, n int, at time.Time, not id.Person) (Rung, error) {
	r := Rung{Step: l.Steps[n-1], Number: n, Due: at}
	if r.When != Always {
		open, err := rota.InOffice(tx, at)
		if err != nil {
			return r, err
		}
		if open != (r.When == InOffice) {
			r.Why = WrongTime
			return r, nil
		}
	}
	if r.Whom == Partner {
		return r, nil
	}
	all, err := l.people(tx, r.Step, at)
	if err != nil {
		return r, err
	}
	for _, p := range all {
		if p.Person != not && len(p.Points) > 0 {
			r.People = append(r.People, p)
		}
	}
	if len(r.People) == 0 {
		r.Why = NobodyThere
	}
	return r, nil
}

// people are whom a step means at an instant, those who have left not among
// them.
func (l Ladder) people(tx *store.Tx, s Step, at time.Time) ([]roster.Recipient, error) {
	switch s.Whom {
	case Monitors:
		return roster.Responders(tx, l.Workspace)
	case Everyone:
		return roster.EveryResponder(tx)
	case OnDuty:
		return l.onDuty(tx, id.Rota(s.ID), at)
	}
	return present(tx, id.Person(s.ID))
}

func (l Ladder) onDuty(tx *store.Tx, which id.Rota, at time.Time) (all []roster.Recipient, err error) {
	duty, err := rota.OnDuty(tx, which, at)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return nil, nil // the rota is gone, and with it everybody on it
	}
	for _, person := range duty {
		if err != nil {
			break
		}
		var one []roster.Recipient
		one, err = present(tx, person)
		all = append(all, one...)
	}
	return all, err
}

// present is the person, or nobody if they have left.
func present(tx *store.Tx, who id.Person) ([]roster.Recipient, error) {
	p, err := roster.Find(tx, who)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) || err == nil && !p.Active {
		return nil, nil
	}
	return []roster.Recipient{p.Recipient}, err
}

// Walk is whom an alarm would call and when while nobody answers, if so many
// steps had begun and the next one did at an instant; end is when everybody
// would be called, and called again without end.
func (l Ladder) Walk(tx *store.Tx, begun int, at time.Time, not id.Person) (rungs []Rung, end time.Time, err error) {
	end = at
	for n := begun + 1; n <= len(l.Steps); n++ {
		r, err := l.Rung(tx, n, end, not)
		if err != nil {
			return nil, end, err
		}
		end = r.Next()
		rungs = append(rungs, r)
	}
	return rungs, end, nil
}

// Gate tells whom the ladder would reach for an alarm that is raised at an
// instant. Below two people with a verified address, apart from the worker, it
// protects nobody.
func (l Ladder) Gate(tx *store.Tx, worker id.Person, at time.Time) (Reach, error) {
	rungs, _, err := l.Walk(tx, 0, at, worker)
	return reach(rungs), err
}
