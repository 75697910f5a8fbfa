package shift

import (
	"context"
	"errors"
	"strconv"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/watch"
	"muster/deliver"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// Leave plans that the worker will be out of coverage until an instant: a sign
// of life after which none is expected before, and a little margin. The plan is
// at most as long as the organisation lets it be.
func (d Desk) Leave(ctx context.Context, who actor.Actor, shift id.Shift, until time.Time) (s Shift, err error) {
	err = d.signal(ctx, who, "extend", shift, Signal{}, func(tx *store.Tx, o open) error {
		rules, err := watch.Get(tx)
		if err != nil {
			return err
		}
		if s, err = o.leave(until, rules.Away, tx.Now()); err != nil {
			return err
		}
		return errors.Join(
			tx.Write(addCheckIn, id.New[id.CheckIn](), s.ID, "away", tx.Now(), tx.Now(), true, who.Name),
			keep(tx, save, s), arm(tx, s),
			o.book(tx, "shift.away", map[string]any{"Seconds": int64(until.Sub(tx.Now()) / time.Second)}),
		)
	})
	return s, err
}

// expect is a new shift whose worker has something that sends, so that its
// silence means something from the start.
func (s Shift) expect(tx *store.Tx) (Shift, error) {
	if s.Silence == 0 {
		return s, nil
	}
	n, err := store.One(tx, sends, store.Scalar[int], s.Worker)
	if err == nil && n > 0 {
		s = s.listen(s.Began)
	}
	return s, err
}

// heardAgain is what follows when worker or phone are heard after a silence
// that called people out: that alarm is over. Where a monitor says so, their
// own words end it.
func (o open) heardAgain(tx *store.Tx) error {
	if !o.muted || o.behalf {
		return nil
	}
	return errors.Join(alarm.Heard(tx, o.who, o.Worker), o.book(tx, "shift.heard", nil))
}

// reported saves that a device was heard, with its battery, -1 when it does
// not say. A page in a browser proves nothing by falling silent: phones stop
// it as soon as their screen is dark.
func (o open) reported(tx *store.Tx, battery int) error {
	o.Heard = tx.Now()
	if percent(battery) != nil {
		o.HeardBattery = battery
	}
	fresh := o.Listening.IsZero()
	if o.who.Door != actor.App {
		o.Shift = o.listen(tx.Now())
	}
	var drained bool
	o.Shift, drained = o.charged(battery)
	err := keep(tx, pulse, o.Shift)
	if o.broken || fresh && !o.Listening.IsZero() {
		err = errors.Join(err, arm(tx, o.Shift)) // silence may come before anything else now
	}
	if drained {
		err = errors.Join(err, o.drained(tx, battery))
	}
	return err
}

// drainedValid is how long it is worth saying that a battery is low.
const drainedValid = time.Hour

// drained tells the worker and the monitors of a low battery.
func (o open) drained(tx *store.Tx, battery int) error {
	facts := map[string]any{"Percent": strconv.Itoa(battery), "At": tx.Now()}
	if err := o.message(tx, "battery_low", false, drainedValid, facts); err != nil {
		return err
	}
	worker, err := roster.Find(tx, o.Worker)
	if err != nil {
		return err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts["Org"], facts["Zone"], facts["Who"], facts["Link"] = org.Name, org.TimeZone, worker.Name, "/people/"+string(o.Worker)
	monitors, err := roster.Responders(tx, o.Workspace)
	if err != nil {
		return err
	}
	for _, m := range monitors {
		if m.Person == o.Worker {
			continue
		}
		_, err := m.Tell(tx, deliver.Message{
			Purpose: "battery_low_of", Lane: deliver.Duty, About: string(o.ID), Facts: facts, Valid: drainedValid,
		})
		if err != nil {
			return err
		}
	}
	return o.book(tx, "shift.battery_low", map[string]any{"Percent": battery})
}
