// Package standby makes one channel of two carriers: the second stands by for
// the first.
//
// Messages go to the first as long as it takes them and reports on them in
// good time. When it does not, they go to the second, and from time to time one
// goes to the first to see whether it is well again; after a few that fare well
// all do. A message that one carrier does not take is offered to the other at
// once.
package standby

import (
	"slices"
	"time"
)

// By what a carrier is judged.
const (
	slow     = 30 * time.Second // a report that takes longer is as good as none
	judged   = 20               // the newest tries, of which so many are looked at
	fewest   = 5                // and at least so many before reports are called slow
	tenth    = 10               // slow is the 90th percentile: more than one in ten
	inRow    = 3                // tries that fail one after the other
	outdated = 10 * time.Minute // after which a try says nothing more
	followed = 64               // tries whose reports are waited for at one time
)

// How a carrier comes back.
const (
	rest    = 30 * time.Second // before the first is tried again; doubles while it is in vain
	longest = 8 * time.Minute
	proofs  = 3 // tries that must fare well
)

// fate is what became of one try.
type fate struct {
	at   time.Time     // when it was known
	took time.Duration // to the first report
	lost bool          // the carrier did not take it
}

func (f fate) bad() bool { return f.lost || f.took > slow }

// track is what is known of one carrier.
type track struct {
	open    map[string]time.Time // when what the carrier has not reported on was sent, by its id
	fates   []fate               // newest last
	reports bool                 // it has ever reported on anything; one that never does cannot be slow
	tried   int
	failed  int
}

// sent notes a try that the carrier took.
func (t *track) sent(id string, now time.Time) {
	t.tried++
	switch {
	case id == "" || !t.reports && len(t.open) >= followed:
		t.add(fate{at: now})
	case len(t.open) < followed:
		if t.open == nil {
			t.open = map[string]time.Time{}
		}
		t.open[id] = now
	}
}

// lost notes one that it did not take.
func (t *track) lost(now time.Time) {
	t.tried++
	t.failed++
	t.add(fate{at: now, lost: true})
}

// heard notes the first report on a try, whose id may be spelt in several ways.
func (t *track) heard(now time.Time, ids ...string) {
	t.reports = true
	for _, id := range ids {
		if at, ok := t.open[id]; ok {
			delete(t.open, id)
			t.add(fate{at: now, took: now.Sub(at)})
			return
		}
	}
}

func (t *track) add(f fate) {
	t.fates = append(t.fates, f)
	if len(t.fates) > judged {
		t.fates = slices.Delete(t.fates, 0, len(t.fates)-judged)
	}
}

// review takes in what has been waited for in vain, and forgets what is old.
func (t *track) review(now time.Time) {
	for id, at := range t.open {
		if age := now.Sub(at); age > slow {
			delete(t.open, id)
			if t.reports {
				t.add(fate{at: now, took: age})
			} else {
				t.add(fate{at: now}) // taken, which is all that this carrier says
			}
		}
	}
	t.fates = slices.DeleteFunc(t.fates, func(f fate) bool { return now.Sub(f.at) > outdated })
}

// Why a carrier is not used.
const (
	Errors = "errors" // it does not take what it is given
	Slow   = "slow"   // its reports come late or not at all
)

// trouble is what is wrong with the carrier; empty if nothing is.
func (t *track) trouble() string {
	if n := len(t.fates); n >= inRow && !slices.ContainsFunc(t.fates[n-inRow:], func(f fate) bool { return !f.lost }) {
		return Errors
	}
	bad, lost := 0, 0
	for _, f := range t.fates {
		if f.bad() {
			bad++
		}
		if f.lost {
			lost++
		}
	}
	switch {
	case len(t.fates) < fewest || bad*tenth <= len(t.fates):
		return ""
	case 2*lost > bad:
		return Errors // reports on earlier ones came between them
	}
	return Slow
}

// typical is the 90th percentile of how long reports took.
func (t *track) typical() time.Duration {
	var took []time.Duration
	for _, f := range t.fates {
		if !f.lost {
			took = append(took, f.took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[(len(took)*9-1)/10]
}

// choice is which of two carriers is used. The zero value uses the first.
type choice struct {
	tracks [2]track
	using  int
	since  time.Time
	why    string
	pause  time.Duration
	again  time.Time // when the first gets its next try
	trying bool      // and one is under way
}

// pick is the carrier for the next message.
func (c *choice) pick(now time.Time) int {
	for i := range c.tracks {
		c.tracks[i].review(now)
	}
	if c.using == 0 {
		why := c.tracks[0].trouble()
		if why == "" || c.tracks[1].trouble() != "" {
			return 0
		}
		c.using, c.since, c.why, c.pause = 1, now, why, rest
		c.leave(now)
		return 1
	}
	first := &c.tracks[0]
	if c.trying {
		switch n := len(first.fates); {
		case slices.ContainsFunc(first.fates, fate.bad): // in vain
			c.pause = min(2*c.pause, longest)
			c.leave(now)
		case n >= proofs:
			c.using, c.since, c.why, c.trying = 0, now, "", false
			return 0
		case len(first.open) == 0:
			return 0 // one more
		}
		return 1
	}
	if now.Before(c.again) {
		return 1
	}
	c.trying = true
	return 0
}

// leave gives the first a rest, after which it starts with a clean record.
func (c *choice) leave(now time.Time) {
	c.again, c.trying = now.Add(c.pause), false
	c.tracks[0].fates, c.tracks[0].open = nil, nil
}
