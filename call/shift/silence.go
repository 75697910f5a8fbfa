package shift

import (
	"time"

	"muster/fault"
)

// hysteresis is how many percent above low a battery must be before the next
// low one is told of: at the edge it would be told of again and again.
const hysteresis = 10

// awayMargin is how much later than planned somebody may be heard who was out
// of coverage: a phone needs a while to find its network.
const awayMargin = 5 * time.Minute

// leastAnswer is the least time that a worker has to answer for a silent
// phone, however short the grace for a check-in is.
const leastAnswer = time.Minute

// silent is what a phone that stays unheard brings next, and when. Nothing
// while it never sent, while it is known to be out of coverage, and while the
// worker is late: the check-in is the graver question then.
func (s Shift) silent() (at time.Time, e Event, on bool) {
	if s.Silence <= 0 || s.Listening.IsZero() || s.Muted || s.Overdue || s.Missed > 0 || !s.Away.IsZero() {
		return time.Time{}, "", false
	}
	if !s.Asked.IsZero() {
		return s.Asked.Add(max(s.Grace, leastAnswer)), Mute, true
	}
	return s.lastHeard().Add(s.Silence), Quiet, true
}

// lastHeard is since when nothing was heard of worker or phone.
func (s Shift) lastHeard() time.Time {
	last := s.Listening
	for _, t := range [...]time.Time{s.Heard, s.Since} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// QuietSince is since when nothing was heard of worker or phone, once the worker
// was asked about it; zero: nobody was.
func (s Shift) QuietSince() time.Time {
	if s.Asked.IsZero() {
		return time.Time{}
	}
	return s.lastHeard()
}

// listen is the shift from when a phone is expected to send. Where nobody
// watches for silence it changes nothing.
func (s Shift) listen(now time.Time) Shift {
	if s.Listening.IsZero() && s.Silence > 0 {
		s.Listening = now
	}
	return s
}

// hears is the shift once the worker or the phone has been heard: silence
// counts from now. broken tells whether somebody had been asked or called
// because of it.
func (s Shift) hears(now time.Time) (next Shift, broken bool) {
	broken = !s.Asked.IsZero()
	if s.Asked, s.Muted = (time.Time{}), false; broken {
		s.Listening = now
	}
	return s, broken
}

// charged takes in how full a battery is, in percent, -1 when that is not
// known. drained tells whether it is low now and nobody has heard of it since
// it was last charged.
func (s Shift) charged(percent int) (next Shift, drained bool) {
	switch {
	case percent < 0 || percent > 100 || s.LowAt == 0:
	case percent <= s.LowAt && !s.Low:
		s.Low = true
		return s, true
	case percent >= min(s.LowAt+hysteresis, 100):
		s.Low = false
	}
	return s, false
}

// leave plans to be out of coverage until an instant, as the worker says who
// is well now. No check-in is due before it and a margin, and silence means
// nothing; a high-risk countdown goes on regardless. The plan ends no later
// than the shift should.
func (s Shift) leave(until time.Time, longest time.Duration, now time.Time) (Shift, error) {
	if s.State != Active {
		return s, fault.New(fault.Conflict, "shift_ended")
	}
	if longest <= 0 {
		return s, fault.New(fault.Conflict, "away_not_allowed")
	}
	if err := within("away_seconds", until.Sub(now), time.Minute, longest); err != nil {
		return s, err
	}
	if !s.End.IsZero() && until.After(s.End) {
		return s, fault.New(fault.Invalid, "away_beyond_shift").At("away_seconds")
	}
	s, _ = s.hears(now)
	s.Since, s.Missed, s.Away = now, 0, until
	s.Deadline = until.Add(awayMargin)
	if !s.End.IsZero() && s.End.After(now) && s.End.Before(s.Deadline) {
		s.Deadline = s.End
	}
	s.Warned, s.Overdue = true, false // a reminder could not reach anybody before
	return s, nil
}
