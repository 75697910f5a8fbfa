package alarm

import (
	"errors"
	"time"

	"muster/deliver"
	"muster/fault"
	"muster/roster"
	"muster/store"
)

// insistPause is how often at most somebody in charge hears that help was
// called for again: a worker in need presses more than once.
const insistPause = time.Minute

// insist tells whoever is in charge that the worker calls for help again; if
// they can no longer be reached, everybody.
func insist(tx *store.Tx, a Alarm, c Cause) error {
	told, err := deliver.Told(tx, string(a.ID), "alarm_again")
	if err != nil {
		return err
	}
	for _, at := range told {
		if tx.Now().Sub(at) < insistPause {
			return nil
		}
	}
	people := calls{not: a.Worker}
	if a.Ack.By != "" {
		p, err := roster.Reach(tx, a.Ack.By)
		if err != nil && !errors.Is(err, fault.New(fault.NotFound, "not_found")) { // a partner's operator is on no roster of ours
			return err
		}
		if len(p.Points) > 0 {
			people.add([]roster.Recipient{p}, nil)
		}
	}
	if len(people.all) == 0 {
		everybody, err := roster.EveryResponder(tx)
		if err != nil {
			return err
		}
		people.add(everybody, nil)
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	a.Due = c.Due // what the message speaks of is this call
	return people.summon(tx, a, org, words{"alarm_again", "alarm_again"})
}
