package deliver

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"muster/store"
)

// pauses between tries at one stop. The last one repeats while the message is
// valid.
var pauses = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}

// schedules are the pauses of channels whose other end may be away for days,
// and is not to be knocked at each minute; after the last of them no way is
// left. For half an hour a program is tried as an alarm deserves, and then at
// growing distances over three days. See docs/adr/0019.
var schedules = map[string][]time.Duration{
	"webhook": {
		time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, time.Minute, time.Minute, time.Minute,
		5 * time.Minute, 5 * time.Minute, 5 * time.Minute, 5 * time.Minute, 5 * time.Minute,
		30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	},
}

// A schedule's pause is longer by up to a tenth, so that what failed together
// does not come together again.
const jitter = 10

// mostAsked bounds how long the other end may ask us to stay away: an alarm
// may wait.
const mostAsked = 15 * time.Minute

// asker is an error of a channel whose other end said how long it wants to be
// left alone.
type asker interface {
	error
	RetryAfter() time.Duration
}

// pause is how long to wait after a try that failed; more is false at the end
// of a schedule.
func (o outcome) pause() (d time.Duration, more bool) {
	m := o.message
	s, ok := schedules[o.stop.Channel]
	switch {
	case !ok:
		d = pauses[min(m.Tries, len(pauses)-1)]
	case m.Tries >= len(s):
		return 0, false
	default:
		h := fnv.New32a()
		_, _ = h.Write([]byte(m.AttemptID()))
		d = s[m.Tries] + s[m.Tries]/jitter*time.Duration(h.Sum32()%1000)/1000
	}
	if a, asked := errors.AsType[asker](o.err); asked {
		d = max(d, min(a.RetryAfter(), mostAsked))
	}
	return d, true
}

// crowder is an error of a channel that has not tried, for so much is under way
// to the same end already that more would keep hands from others.
type crowder interface {
	error
	Crowded() bool
}

// crowdPause is when what was too much is looked at again.
const crowdPause = 2 * time.Second

func (o outcome) crowded() bool {
	c, ok := errors.AsType[crowder](o.err)
	return ok && c.Crowded()
}

// Hasten has a message that waits for its next try tried at an instant that is
// sooner. What is under way, or waits for nothing, stays as it is.
func (m Message) Hasten(tx *store.Tx, due time.Time) error {
	tx.Touch(string(m.Lane))
	return tx.Write(hastenMessage, m.ID, due, tx.Now().Add(leaseTime))
}

// mostAgain is how often a message may be sent again by hand.
const mostAgain = 10

// Again sends a message that has reached nobody once more, under its old id, to
// the last address of its route; ok is false if it is not such a message, or
// was sent again too often.
func (m Message) Again(tx *store.Tx, due time.Time, valid time.Duration) (ok bool, err error) {
	if len(m.Route) > mostAgain {
		return false, nil
	}
	// Another stop at the same address begins the schedule anew, and its tries
	// have ids of their own.
	all := append(slices.Clone(m.Route), m.Route[len(m.Route)-1])
	route, err := json.Marshal(all)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(againMessage, m.ID, string(route), len(all)-1, due, due.Add(valid))
	tx.Touch(string(m.Lane))
	return n > 0, err
}
