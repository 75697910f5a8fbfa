package procedure

import (
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// How much is read of each.
const (
	listLimit    = 2000
	versionLimit = 100
)

// List lists the procedures that the actor may see, the organisation's first.
func List(tx *store.Tx, who actor.Actor) ([]Procedure, error) {
	all, err := store.All(tx, listAll, scanProcedure, listLimit)
	if err != nil {
		return nil, err
	}
	var wrong error
	kept := slices.DeleteFunc(all, func(p Procedure) bool {
		err := p.see(tx, who)
		if err != nil && fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.NotFound {
			wrong = err
		}
		return err != nil
	})
	return kept, wrong
}

// Get reads the latest version of a procedure.
func Get(tx *store.Tx, who actor.Actor, which id.Procedure) (Procedure, error) {
	p, err := store.One(tx, getLatest, scanProcedure, which)
	if err != nil {
		return Procedure{}, err
	}
	return p, p.see(tx, who)
}

// Versions lists the versions of a procedure, the latest first.
func Versions(tx *store.Tx, who actor.Actor, which id.Procedure) ([]Procedure, error) {
	all, err := store.All(tx, listVersions, scanProcedure, which, versionLimit)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.NotFound, "not_found")
	}
	return all, all[0].see(tx, who)
}

func (p Procedure) see(tx *store.Tx, who actor.Actor) error {
	on, err := p.Subject.resource(tx, who)
	if err != nil {
		return err
	}
	_, err = policy.Check(who, "seeProcedure", on)
	return err
}

// Preview is whom an alarm would call, and when.
type Preview struct {
	Ladder Ladder
	At     time.Time // when the alarm would be raised
	Rungs  []Rung
	End    time.Time // when everybody would be called
	Reach  Reach
}

// Preview is the preview for a worker as things stand, or for a workspace where
// none is given. A zero at means now. With a procedure it is that one's,
// whether it is switched on or not.
func (subject Subject) Preview(ctx context.Context, s *store.Store, who actor.Actor, which id.Procedure, at time.Time) (v Preview, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		on, err := subject.resource(tx, who)
		if err != nil {
			return err
		}
		if _, err := policy.Check(who, "seeProcedure", on); err != nil {
			return err
		}
		ws := subject.Workspace
		if subject.Worker != "" {
			p, err := roster.Find(tx, subject.Worker)
			if err != nil {
				return err
			}
			ws = home(p)
		}
		var l Ladder
		if which == "" {
			l, err = For(tx, subject.Worker, ws)
		} else {
			var p Procedure
			if p, err = Get(tx, who, which); err == nil {
				l, err = Kept(tx, ws, p.ID, p.Latest)
			}
		}
		if err != nil {
			return err
		}
		v, err = l.preview(tx, subject.Worker, at)
		return err
	})
	return v, err
}

func (l Ladder) preview(tx *store.Tx, worker id.Person, at time.Time) (v Preview, err error) {
	v = Preview{Ladder: l, At: at}
	if at.IsZero() {
		v.At = tx.Now()
	}
	v.Rungs, v.End, err = l.Walk(tx, 0, v.At, worker)
	v.Reach = reach(v.Rungs)
	return v, err
}

// home is the workspace in which a worker works: the first of several.
func home(p roster.Person) id.Workspace {
	for _, m := range p.Roles {
		if m.Role == actor.Worker && m.Workspace != "" {
			return m.Workspace
		}
	}
	return ""
}
