package watch

import (
	"time"

	"muster/fault"
)

// Rules are what an organisation has settled.
type Rules struct {
	Silence    time.Duration // a phone that sends may be unheard this long; 0: nobody asks
	LowBattery int           // percent at which a battery is low; 0: nobody is told
	Away       time.Duration // the longest that somebody may plan to be out of coverage; 0: not at all
}

// Bounds.
const (
	MinSilence = 5 * time.Minute // phones that save power send seldom
	MaxSilence = 24 * time.Hour
	MaxBattery = 90
	MaxAway    = 12 * time.Hour
)

// usual is what counts until an organisation settles something else.
var usual = Rules{Silence: 30 * time.Minute, LowBattery: 15, Away: 4 * time.Hour}

func (r Rules) check() error {
	var silence error
	if r.Silence != 0 {
		silence = within("silence_seconds", int64(r.Silence/time.Second), int64(MinSilence/time.Second), int64(MaxSilence/time.Second))
	}
	return fault.Join(
		silence,
		within("low_battery_percent", int64(r.LowBattery), 0, MaxBattery),
		within("longest_away_seconds", int64(r.Away/time.Second), 0, int64(MaxAway/time.Second)),
	)
}

func within(field string, n, low, high int64) error {
	if n < low || n > high {
		return fault.New(fault.Invalid, "out_of_range").At(field).With("Min", int(low)).With("Max", int(high))
	}
	return nil
}
