package carrier

import (
	"context"
	"time"

	"muster/actor"
	"muster/identity"
	"muster/store"
)

// What can happen to a message at a carrier.
const (
	Taken     = "taken"     // handed over
	Lost      = "lost"      // not taken, and tried again or elsewhere
	Refused   = "refused"   // not taken for good
	Delivered = "delivered" // reported
	Failed    = "failed"    // reported
	After     = "after"     // a first report; Sort is how long it took, as by Band
)

// Tally is how often something happened at a carrier in one minute.
type Tally struct {
	Minute  time.Time
	Carrier string // id, or what the environment calls it
	Channel string
	What    string
	Sort    string // of a failure: in our words, one of package switchboard's
	Code    string // of a failure: the carrier's own
	N       int
	Last    time.Time
}

// Sum is a tally over time.
type Sum struct {
	Carrier, Channel, What, Sort, Code string

	Day, Hour, Minute int
	Last              time.Time
}

// kept is for how long tallies are kept.
const kept = 24 * time.Hour

// bands are the times to a first report that are told apart.
var bands = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute}

// Band is the tally's word for a time.
func Band(d time.Duration) string {
	for _, b := range bands {
		if d <= b {
			return b.String()
		}
	}
	return "more"
}

// Typical is the time within which nine in ten first reports came. ok is false
// where none came; more tells that it was more than five minutes.
func Typical(sums []Sum, carrier, channel string) (d time.Duration, more, ok bool) {
	n := map[string]int{}
	all := 0
	for _, s := range sums {
		if s.Carrier == carrier && s.Channel == channel && s.What == After {
			n[s.Sort] += s.Day
			all += s.Day
		}
	}
	if all == 0 {
		return 0, false, false
	}
	seen := 0
	for _, b := range bands {
		if seen += n[b.String()]; seen*10 >= all*9 {
			return b, false, true
		}
	}
	return 0, true, true
}

// Count adds to what is known of carriers. What is a day old is forgotten.
func (o Office) Count(ctx context.Context, all []Tally) error {
	return o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		for _, t := range all {
			err := tx.Write(addTally, t.Minute.Truncate(time.Minute), t.Carrier, t.Channel, t.What, t.Sort, t.Code, t.N, t.Last)
			if err != nil {
				return err
			}
		}
		return tx.Write(forgetTallies, tx.Now().Add(-kept))
	})
}

// Sums tells how the carriers fared: within a day, an hour, and in the last
// full minute.
func (o Office) Sums(ctx context.Context, who actor.Actor) (all []Sum, err error) {
	if _, err := Allowed(who, "seeCarriers"); err != nil {
		return nil, err
	}
	err = o.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		now := tx.Now()
		all, err = store.All(tx, sumTallies, func(r store.Row) (s Sum, err error) {
			err = r.Scan(&s.Carrier, &s.Channel, &s.What, &s.Sort, &s.Code, &s.Day, &s.Hour, &s.Minute, store.Time(&s.Last))
			return s, err
		}, now.Add(-kept), now.Add(-time.Hour), now.Truncate(time.Minute).Add(-time.Minute))
		return err
	})
	return all, err
}
