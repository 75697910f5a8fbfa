package partner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// Tally counts the cases of one month that have something in common.
type Tally struct {
	Cases   int
	Acted   int                   // an operator did something
	Within  map[time.Duration]int // and did the first within so long after the case came
	Outcome map[alarm.Outcome]int // of those that are closed by somebody
	Median  time.Duration         // to the first act
	Open    int                   // not closed yet

	times []time.Duration
}

// Bounds are the response times whose shares are reported.
func Bounds() []time.Duration { return []time.Duration{30 * time.Second, time.Minute, 3 * time.Minute} }

// Share is how many of a hundred cases had a first act within the bound; cases
// on which nobody acted count as not. With no case it is 0.
func (t Tally) Share(within time.Duration) int {
	if t.Cases == 0 {
		return 0
	}
	return (200*t.Within[within] + t.Cases) / (2 * t.Cases)
}

// Month is one calendar month at the desk, in the partner's time zone.
type Month struct {
	Begins time.Time
	All    Tally
	Kinds  []KindTally // by kind of alarm, most frequent first
}

// KindTally is the tally of one kind of alarm.
type KindTally struct {
	Kind alarm.Kind
	Tally
}

// Outcomes lists the ends of the month's cases, most frequent first.
func (t Tally) Outcomes() []alarm.Outcome {
	var all []alarm.Outcome
	for o := range t.Outcome {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b alarm.Outcome) int {
		return cmp.Or(cmp.Compare(t.Outcome[b], t.Outcome[a]), cmp.Compare(a, b))
	})
	return all
}

// add counts one case. Drills are tests of the desk and count like any other.
func (t *Tally) add(c Case) {
	if t.Within == nil {
		t.Within, t.Outcome = map[time.Duration]int{}, map[alarm.Outcome]int{}
	}
	t.Cases++
	if c.Working() {
		t.Open++
	} else if c.Outcome != "" {
		t.Outcome[c.Outcome]++
	}
	if c.FirstAct.IsZero() {
		return
	}
	took := c.FirstAct.Sub(c.Opened)
	t.Acted++
	t.times = append(t.times, took)
	for _, b := range Bounds() {
		if took <= b {
			t.Within[b]++
		}
	}
}

func (t *Tally) finish() {
	if len(t.times) == 0 {
		return
	}
	slices.Sort(t.times)
	t.Median = t.times[len(t.times)/2]
	t.times = nil
}

// month sums up the cases that came in one month.
func month(begins time.Time, cases []Case) Month {
	m := Month{Begins: begins}
	kinds := map[alarm.Kind]*Tally{}
	for _, c := range cases {
		if kinds[c.Kind] == nil {
			kinds[c.Kind] = &Tally{}
		}
		m.All.add(c)
		kinds[c.Kind].add(c)
	}
	m.All.finish()
	for k, t := range kinds {
		t.finish()
		m.Kinds = append(m.Kinds, KindTally{k, *t})
	}
	slices.SortFunc(m.Kinds, func(a, b KindTally) int { return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Kind, b.Kind)) })
	return m
}

// Statistics counts the cases of the month in which at lies; the zero time is
// this month. Every figure can be counted again from the partner's book.
func (d Desk) Statistics(ctx context.Context, who actor.Actor, at time.Time) (m Month, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := seeDesk(tx, who); err != nil {
			return err
		}
		house, err := roster.Get(tx)
		if err != nil {
			return err
		}
		zone, err := lang.Zone(house.TimeZone)
		if err != nil {
			return err
		}
		if at.IsZero() {
			at = tx.Now()
		}
		at = at.In(zone)
		from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
		cases, err := store.All(tx, opened, scan, from, from.AddDate(0, 1, 0))
		m = month(from, cases)
		return err
	})
	return m, err
}
