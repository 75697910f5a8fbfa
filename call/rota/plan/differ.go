package plan

import (
	"slices"
	"time"
)

// Differ is the first instant at which other people are on duty by the one list
// of turns than by the other, both as of Between.
func Differ(a, b []Turn) (at time.Time, differs bool) {
	var cuts []time.Time
	for _, t := range slices.Concat(a, b) {
		cuts = append(cuts, t.From, t.To)
	}
	slices.SortFunc(cuts, time.Time.Compare)
	for _, at := range slices.CompactFunc(cuts, time.Time.Equal) {
		a, b = from(a, at), from(b, at)
		if !slices.Equal(on(a, at), on(b, at)) {
			return at, true
		}
	}
	return time.Time{}, false
}

// from leaves out the turns that have ended at an instant.
func from(turns []Turn, at time.Time) []Turn {
	for len(turns) > 0 && !turns[0].To.After(at) {
		turns = turns[1:]
	}
	return turns
}

// on is who is on duty at an instant by the first of the turns.
func on(turns []Turn, at time.Time) Team {
	if len(turns) == 0 || turns[0].From.After(at) {
		return nil
	}
	return slices.Sorted(slices.Values(turns[0].Team))
}
