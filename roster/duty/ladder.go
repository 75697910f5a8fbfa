package duty

import "time"

// What is known of a contact person holds for so long after they last
// confirmed it. There are two periods on one scale, and one press begins both
// anew (see docs/adr/0034). After half a year support may no longer change
// settings for the organisation (access A11), which is said a fortnight ahead.
// After a year comes the ladder of registries: reminders for a fortnight, the
// other contact told from the tenth day on, and then nobody relies on the
// contact any more (notices row 6).
const (
	day  = 24 * time.Hour
	half = 182 * day
	year = 365 * day
)

// rung is one step of the ladder.
type rung struct {
	after   time.Duration // since the confirmation
	until   time.Duration // when what it warns of comes to be
	others  bool          // the other contact is told as well
	overdue bool          // from here on support changes no settings
	stale   bool          // from here on nobody relies on the contact
}

var rungs = []rung{
	{after: half - 14*day, until: half},
	{after: half, until: year, others: true, overdue: true},
	{after: year, until: year + 15*day},
	{after: year + 5*day, until: year + 15*day},
	{after: year + 10*day, until: year + 15*day, others: true},
	{after: year + 13*day, until: year + 15*day, others: true},
	{after: year + 15*day, others: true, stale: true},
}

// Ladder is where somebody stands who confirmed last at an instant.
type Ladder struct {
	Steps   int       // how many are behind them; each is said once
	Overdue bool      // support may change nothing for the organisation (A11)
	Others  bool      // the newest step is told to the other contact as well
	Stale   bool      // not to be relied on
	Until   time.Time // when what the newest step warns of comes to be; zero: it has
	Next    time.Time // when the next step comes; zero: there is none
}

// At says where the ladder is at an instant.
func At(confirmed, now time.Time) (l Ladder) {
	for _, r := range rungs {
		at := confirmed.Add(r.after)
		if now.Before(at) {
			l.Next = at
			break
		}
		l.Steps++
		l.Overdue = l.Overdue || r.overdue
		l.Others, l.Stale, l.Until = r.others, r.stale, time.Time{}
		if r.until > 0 {
			l.Until = confirmed.Add(r.until)
		}
	}
	return l
}
