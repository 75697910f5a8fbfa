package alarm

import (
	"muster/actor"
	"muster/id"
	"muster/store"
)

// Heard ends an alarm that came of a silent phone and of nothing else: the
// worker, or the phone, has been heard. It is ended in the worker's name, as a
// precaution that it was, and everybody who was told of it is told of that;
// an alarm that has become graver stays open for a human to end.
func Heard(tx *store.Tx, who actor.Actor, worker id.Person) error {
	a, open, err := Of(tx, worker)
	if err != nil || !open || a.Kind != Silence || a.Drill {
		return err
	}
	if a, err = take(tx, a.ID); err != nil || !a.Open() || a.Kind != Silence {
		return err
	}
	by := actor.Actor{Kind: actor.Person, Org: tx.Org(), Person: worker, Name: a.WorkerName, Door: who.Door}
	_, err = end(tx, by, a, "", Precautionary, "")
	return err
}
