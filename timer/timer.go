// Package timer keeps promises about time: what was set fires once its time
// has come, never before, exactly once, and a crash changes nothing.
//
// A timer is a row. Setting and cancelling one is part of the unit that wants
// it. When it is due, the engine deletes the row in the same transaction as
// the effect, so that of many nodes exactly one wins. Timers that are due
// together fire in one transaction with a savepoint each; one that fails is
// tried again with growing pauses, then parked where everybody can see it, and
// never holds up another.
package timer

import (
	"time"

	"muster/id"
	"muster/store"
)

// Timer is one promise: at Due, do what Kind means to Subject.
type Timer struct {
	Org     id.Org
	Kind    string
	Subject string
	Due     time.Time // as promised, also when a try has failed
	Tries   int       // how often it failed so far
}

// Late is how long after its time the timer fires in this unit.
func (t Timer) Late(tx *store.Tx) time.Duration { return tx.Now().Sub(t.Due) }

// Set promises that kind happens to subject at due. A second Set for the same
// kind and subject moves it.
func Set(tx *store.Tx, kind, subject string, due time.Time) error {
	if err := tx.Write(setTimer, kind, subject, due); err != nil {
		return err
	}
	tx.Due(due)
	return nil
}

// Hold makes the unit wait, before it holds anything else, for an engine that
// is just now firing this timer. Whoever changes a thing that has a timer calls
// it first: the engine holds the timer and then takes the thing, so taking them
// the other way round would lock both.
func Hold(tx *store.Tx, kind, subject string) error { return tx.Write(holdTimer, kind, subject) }

// Cancel takes a promise back. It is no error if there is none.
func Cancel(tx *store.Tx, kind, subject string) error {
	return tx.Write(cancelTimer, kind, subject)
}

// pauses between the tries of a handler that fails; after the last the timer
// is parked.
var pauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
