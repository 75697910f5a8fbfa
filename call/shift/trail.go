package shift

import (
	"context"
	"errors"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Trail takes in what a device recorded since it last had a network, in the
// caller's unit: any number of positions, in any order, however often they
// come. Those from off shift or from nowhere on earth are left out, and that is
// no error: the sender cannot know, and would send the rest again for ever.
// battery is the device's own, in percent, -1 when it does not say.
func (d Desk) Trail(tx *store.Tx, who actor.Actor, shift id.Shift, all []Place, battery int) error {
	o, err := d.take(tx, who, "sendPosition", shift, Signal{})
	if err != nil || o.State != Active {
		return err
	}
	for _, p := range all {
		if p.check() != nil {
			continue
		}
		next, ok := o.moved(p, tx.Now())
		if !ok {
			continue
		}
		o.Shift = next
		if err := tx.Write(addPosition, o.ID, p.At, tx.Now(), p.Lat, p.Lon, p.Accuracy, p.Battery, p.Source); err != nil {
			return err
		}
	}
	if err := o.heardAgain(tx); err != nil {
		return err
	}
	return o.reported(tx, battery)
}

// Call is a call for help from a worker who may have no shift running, by
// whatever they have at hand. With a shift it is its Help; without one the
// alarm stands alone, with the position that came with the call.
func (d Desk) Call(ctx context.Context, who actor.Actor, worker id.Person, sig Signal) (a alarm.Alarm, err error) {
	var last Shift
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		all, err := store.All(tx, ofWorker, scan, worker, 1)
		if err == nil && len(all) > 0 {
			last = all[0]
		}
		return err
	})
	if err != nil {
		return a, err
	}
	if last.State == Active {
		l, err := d.Help(ctx, who, last.ID, sig)
		if err != nil {
			return a, err
		}
		return *l.Alarm, nil
	}
	err = d.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		a, err = callAlone(tx, who, worker, last.ID, sig)
		return err
	})
	return a, err
}

// callAlone raises an alarm from outside of a shift. What is wrong with what
// came along is left out: the call itself is never refused for it.
func callAlone(tx *store.Tx, who actor.Actor, worker id.Person, last id.Shift, sig Signal) (alarm.Alarm, error) {
	p, err := roster.Find(tx, worker)
	if err != nil {
		return alarm.Alarm{}, err
	}
	ws, err := WorksIn(tx, p)
	if err != nil {
		return alarm.Alarm{}, err
	}
	_, err = policy.Check(who, "help", policy.Resource{Type: "Shift", Org: tx.Org(), Workspace: ws, Person: worker})
	if err == nil && !p.Active {
		err = fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return alarm.Alarm{}, err
	}
	at := sig.At
	if at.IsZero() || at.After(tx.Now()) {
		at = tx.Now()
	}
	cause := alarm.Cause{Shift: last, Worker: worker, Workspace: ws, Kind: alarm.Help, Due: at, Note: sig.Note}
	if errors.Is(short("note", sig.Note), fault.New(fault.Invalid, "too_long")) {
		cause.Note = ""
	}
	if sig.Place != nil && sig.Place.check() == nil {
		cause.Place = sig.Place.Place
	}
	return alarm.Raise(tx, who, cause)
}
