package api

import (
	"context"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

// openly is how an alarm that became one of duress looks to those from whom
// that is hidden: as what else happened, in the order of the book. Help that
// was pressed must not look as if it had been lost, and what nobody but the
// silent PIN caused is not there at all.
func openly(tx *store.Tx, a alarm.Alarm) (alarm.Alarm, bool, error) {
	entries, err := ledger.List(tx, ledger.Filter{Subject: string(a.ID)})
	if err != nil {
		return a, false, err
	}
	known := false
	shown := a
	shown.State, shown.Ack, shown.Round = alarm.Raised, alarm.Act{}, 1
	for i := len(entries) - 1; i >= 0; i-- { // oldest first
		e := entries[i]
		kind, _ := e.Facts["Kind"].(string)
		switch e.Kind {
		case "alarm.raised", "alarm.again", "alarm.graver":
			if alarm.Kind(kind) == alarm.Duress {
				continue
			}
			if !known {
				known = true
				shown.Raised, shown.Due, shown.Late = e.At, e.At, 0
			}
			if e.Kind != "alarm.again" || shown.Kind == alarm.Duress {
				shown.Kind = alarm.Kind(kind)
			}
		case "alarm.acknowledged":
			if known {
				shown.State = alarm.Acknowledged
				shown.Ack = alarm.Act{By: id.Person(e.Actor.ID), Name: e.Actor.Name, Door: e.Actor.Door, At: e.At}
			}
		}
	}
	if a.State == alarm.Resolved {
		shown.State = alarm.Resolved
	}
	return shown, known, nil
}

// seen is the alarm as the actor may see it; ok is false where it is not to be
// seen at all.
func (d *desk) seen(tx *store.Tx, who actor.Actor, a alarm.Alarm) (v alarmView, ok bool, err error) {
	if a.Hidden(who) {
		if a, ok, err = openly(tx, a); err != nil || !ok {
			return alarmView{}, false, err
		}
	}
	w, err := d.names.in(tx, a.Worker)
	return viewAlarm(a, w), err == nil, err
}

// screen tells which alarms an actor must not learn of from lists about many
// things: the book, messages. It looks at each alarm once, and at none where
// the actor is nobody whose alarm could be hidden.
type screen struct {
	d     *desk
	who   actor.Actor
	known map[string]bool
}

func (d *desk) screen(who actor.Actor) *screen {
	return &screen{d: d, who: who, known: map[string]bool{}}
}

// hides tells whether what is about subject must be left out.
func (s *screen) hides(ctx context.Context, subject string) (bool, error) {
	which, err := id.Parse[id.Alarm](subject)
	if err != nil || s.who.Person == "" {
		return false, nil
	}
	if h, ok := s.known[subject]; ok {
		return h, nil
	}
	a, err := alarm.Get(ctx, s.d.Store, s.who, which)
	if f := fault.From(err); f != nil {
		if f.Kind == fault.Forbidden || f.Kind == fault.NotFound {
			return false, nil // not theirs: nothing to hide from whom it could endanger
		}
		return true, err
	}
	s.known[subject] = a.Hidden(s.who)
	return s.known[subject], nil
}
