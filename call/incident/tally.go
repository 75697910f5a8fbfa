package incident

import (
	"cmp"
	"math"
	"slices"
	"time"

	"muster/call/alarm"
	"muster/deliver"
	"muster/id"
)

// Case is what statistics know of one alarm.
type Case struct {
	ID        id.Alarm
	Worker    id.Person
	Name      string
	Workspace id.Workspace
	Kind      alarm.Kind    // the gravest that it became
	Outcome   alarm.Outcome // empty while it is open
	Raised    time.Time
	Answered  time.Time // when somebody first took charge, or ended it at once; zero: nobody has
	Resolved  time.Time // zero: it is open
}

// Kinds lists what can raise an alarm, least grave first.
func Kinds() []alarm.Kind {
	return []alarm.Kind{alarm.Silence, alarm.MissedCheckIn, alarm.HighRisk, alarm.Panel, alarm.Help, alarm.Duress}
}

// Figures are the numbers of one group of alarms.
type Figures struct {
	Alarms   int
	Kinds    map[alarm.Kind]int
	Outcomes map[alarm.Outcome]int // the open ones under ""
	Answered Spread                // from raised to first answered
	Resolved Spread                // from raised to resolved
}

// FalseShare is how many of those that are over and were no drill turned out
// to be nothing. Where there are none it is not a number.
func (f Figures) FalseShare() float64 {
	over := f.Alarms - f.Outcomes[""] - f.Outcomes[alarm.Drill]
	return float64(f.Outcomes[alarm.False]) / float64(over)
}

// Spread is how long something took, over those cases where it happened.
type Spread struct {
	Count  int
	Median time.Duration // the middle one, or the mean of the middle two
	P95    time.Duration // the smallest that 95 % do not exceed
	Within [len(Marks)]int
	Of     int // all cases, also those where it has not happened
}

// Marks are the lengths of time that response is measured by (SS4).
var Marks = [...]time.Duration{30 * time.Second, time.Minute, 3 * time.Minute}

// Share is how many of all cases came within a mark; those where it never
// happened did not. Without cases it is not a number.
func (s Spread) Share(mark int) float64 { return float64(s.Within[mark]) / float64(s.Of) }

// Group is the figures of one month, workspace or worker.
type Group struct {
	Key  string // 2026-11, or the identifier
	Name string // of a worker; a month and a workspace are named by whoever shows them
	Figures
}

// Fate is how often a try over one channel ended, so far, in one state.
type Fate struct {
	Channel string
	State   deliver.State
	Count   int
}

// Statistics are the figures of an organisation, as far as the reader watches
// it.
type Statistics struct {
	From, Until time.Time
	All         Figures
	Months      []Group // of the organisation's zone, the oldest first
	Workspaces  []Group // the one with most alarms first
	Workers     []Group // likewise
	Fates       []Fate  // by channel, the most frequent first
	CheckIns    int     // signs of life that came before an alarm
}

// InTime is the share of check-ins that came before an alarm was raised, of
// all that were due. Where none were it is not a number.
func (s Statistics) InTime() float64 {
	missed := s.All.Kinds[alarm.MissedCheckIn]
	return float64(s.CheckIns) / float64(s.CheckIns+missed)
}

// Tally counts cases. Months are those of the zone in which alarms were raised.
func Tally(cases []Case, zone *time.Location) Statistics {
	by := func(key func(Case) (key, name string)) []Group {
		groups := map[string][]Case{}
		names := map[string]string{}
		for _, c := range cases {
			k, n := key(c)
			groups[k], names[k] = append(groups[k], c), n
		}
		out := make([]Group, 0, len(groups))
		for k, list := range groups {
			out = append(out, Group{Key: k, Name: names[k], Figures: figures(list)})
		}
		slices.SortFunc(out, func(a, b Group) int { return cmp.Or(b.Alarms-a.Alarms, cmp.Compare(a.Key, b.Key)) })
		return out
	}
	s := Statistics{
		All:        figures(cases),
		Months:     by(func(c Case) (string, string) { return c.Raised.In(zone).Format("2006-01"), "" }),
		Workspaces: by(func(c Case) (string, string) { return string(c.Workspace), "" }),
		Workers:    by(func(c Case) (string, string) { return string(c.Worker), c.Name }),
	}
	slices.SortFunc(s.Months, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return s
}

func figures(cases []Case) Figures {
	f := Figures{Alarms: len(cases), Kinds: map[alarm.Kind]int{}, Outcomes: map[alarm.Outcome]int{}}
	var answered, resolved []time.Duration
	for _, c := range cases {
		f.Kinds[c.Kind]++
		f.Outcomes[c.Outcome]++
		if !c.Answered.IsZero() {
			answered = append(answered, c.Answered.Sub(c.Raised))
		}
		if !c.Resolved.IsZero() {
			resolved = append(resolved, c.Resolved.Sub(c.Raised))
		}
	}
	f.Answered, f.Resolved = spread(answered, len(cases)), spread(resolved, len(cases))
	return f
}

func spread(took []time.Duration, of int) Spread {
	s := Spread{Count: len(took), Of: of}
	if len(took) == 0 {
		return s
	}
	slices.Sort(took)
	n := len(took)
	s.Median = (took[(n-1)/2] + took[n/2]) / 2
	s.P95 = took[int(math.Ceil(0.95*float64(n)))-1]
	for i, mark := range Marks {
		s.Within[i], _ = slices.BinarySearch(took, mark+1)
	}
	return s
}
