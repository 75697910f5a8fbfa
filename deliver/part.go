package deliver

import (
	"context"

	"muster/id"
	"muster/store"
)

// A carrier may number the parts of one attempt and report on each. The parts
// are kept beside their attempt, so that a report finds it whenever it comes
// and on whichever node.

// location is where a carrier's id leads: to an attempt, or to one of its
// parts.
type location struct {
	org     id.Org
	attempt id.Attempt
	part    int // from 1; 0 is the attempt itself
}

func scanLocation(r store.Row) (l location, err error) {
	return l, r.Scan(&l.org, &l.attempt, &l.part)
}

func locate(ctx context.Context, s *store.Store, channel string, r Report) (at location, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		at, err = store.One(tx, locateAttempt, scanLocation, r.ProviderID, channel, r.Or)
		return err
	})
	return at, err
}

// recordParts keeps what the carrier calls the parts of an attempt. One that
// is repeated after a crash has new parts, and the old ones' ids are gone. A
// carrier begins its ids anew in time; of two that are alike the later counts.
func recordParts(tx *store.AcrossTx, o outcome) error {
	for i, provider := range o.receipt.Parts {
		err := tx.Write(addPart, o.message.Org, o.message.AttemptID(), i+1, o.stop.Channel, storable(provider), string(o.receipt.State), tx.Now())
		if err != nil {
			return err
		}
	}
	return nil
}

// whole turns a report about a part into what it means for the attempt. ok is
// false when it means nothing yet. The attempt's row must be held.
func (l location) whole(tx *store.Tx, r Report) (whole Report, ok bool, err error) {
	if l.part == 0 {
		return r, true, nil
	}
	states, err := store.All(tx, partsOf, store.Scalar[State], l.attempt)
	if err != nil || l.part > len(states) {
		return r, false, err
	}
	if before := states[l.part-1]; supersedes(r.State, before) {
		states[l.part-1] = r.State
		if err := tx.Write(reportPart, l.attempt, l.part, string(r.State)); err != nil {
			return r, false, err
		}
	}
	r, ok = r.among(states)
	return r, ok, nil
}
