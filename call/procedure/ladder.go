package procedure

import (
	"errors"
	"time"

	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// For is the ladder that counts for a worker now: of the procedures that are
// switched on the most specific, else the built-in one. Without a worker it is
// the workspace's.
func For(tx *store.Tx, worker id.Person, ws id.Workspace) (Ladder, error) {
	l, err := store.One(tx, inForce, scanLadder, ws, worker)
	l.Workspace = ws
	return l, err
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
	}
	return present(tx, id.Person(s.ID))
}

// present is the person, or nobody if they have left.
func present(tx *store.Tx, who id.Person) ([]roster.Recipient, error) {
	p, err := roster.Find(tx, who)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) || err == nil && !p.Active {
		return nil, nil
	}
	return []roster.Recipient{p.Recipient}, err
}

// Walk is whom an alarm would call and when, if it were raised at an instant
// and nobody answered; end is when everybody would be called, and called again
// without end.
func (l Ladder) Walk(tx *store.Tx, at time.Time, not id.Person) (rungs []Rung, end time.Time, err error) {
	end = at
	for n := range l.Steps {
		r, err := l.Rung(tx, n+1, end, not)
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
	rungs, _, err := l.Walk(tx, at, worker)
	return reach(rungs), err
}
