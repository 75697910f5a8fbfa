package alarm

import (
	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Hand is somebody at work on alarms as part of a unit that is open already,
// for rooms whose units do more than that.
type Hand struct {
	Tx  *store.Tx
	Who actor.Actor
}

// See reads an alarm that the actor may see.
func (h Hand) See(alarm id.Alarm) (Alarm, error) {
	a, err := store.One(h.Tx, get, scan, alarm)
	if err != nil {
		return Alarm{}, err
	}
	if _, err := policy.Check(h.Who, "seeAlarm", a.Resource(h.Who)); err != nil {
		return Alarm{}, err
	}
	return a, nil
}

// Acknowledge is the command of the same name.
func (h Hand) Acknowledge(alarm id.Alarm, note string) (Alarm, error) {
	return acknowledge(h.Tx, h.Who, alarm, note)
}

// Note is the command of the same name.
func (h Hand) Note(alarm id.Alarm, text string) error {
	if text == "" {
		return fault.New(fault.Invalid, "required").At("note")
	}
	if len(text) > maxNote {
		return fault.New(fault.Invalid, "too_long").At("note").With("Max", maxNote)
	}
	a, err := store.One(h.Tx, get, scan, alarm)
	if err != nil {
		return err
	}
	rule, err := policy.Check(h.Who, "note", a.Resource(h.Who))
	if err != nil {
		return err
	}
	touch(h.Tx, a)
	return ledger.Append(h.Tx, h.Who, ledger.Entry{
		Kind: "alarm.noted", Subject: string(a.ID), About: a.Worker, Rule: rule,
		Personal: map[string]string{"Worker": a.WorkerName, "Note": text},
	})
}
