// Package shift watches over a worker from start to finish: signs of life,
// deadlines, countdowns, positions.
//
// A running shift always has exactly one armed timer, for whatever comes next:
// the reminder before a check-in is due, the moment it is due, the end of the
// grace after it, or the end of a high-risk countdown. Missing a check-in does
// not stop the clock: the next one falls due an interval later, so that no
// shift is ever without a deadline. Only signs of life move a deadline, and an
// old one that arrives late never moves it further than it would have then.
package shift
