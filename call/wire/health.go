package wire

import (
	"time"

	"muster/deliver/webhook"
)

// Health is how a webhook stands.
type Health struct {
	Failing  time.Time // since when nothing was taken; zero: it answers, as far as is known
	Tries    int       // that failed since then
	Tried    time.Time // last; zero: never
	Heard    time.Time // when something was last taken; zero: never
	Told     time.Time // when administrators heard that it fails; zero: they have not
	Warned   time.Time // when they last heard that it will be, or is, switched off
	Off      time.Time // when Muster stopped sending; zero: it has not
	Why      string    // Gone, RanOut or Days
	OldUntil time.Time // until when the secret before the newest signs too; zero with two secrets: until the next
}

// Why nothing more is sent.
const (
	Gone   = "gone"    // the program said so (410)
	RanOut = "ran_out" // nothing was taken for the whole schedule of a message
	Days   = "days"    // nothing was taken for five days
)

// See docs/adr/0019.
const (
	tellAfter = 45 * time.Second   // four tries
	warnAfter = 6 * time.Hour      // two days and more before it is switched off
	offAfter  = 5 * 24 * time.Hour // where no single message was tried to its end
	remind    = 24 * time.Hour     // while it is off and something is missed
	apart     = 30 * time.Hour     // tries that lie further apart say nothing of the time between
	oldSigns  = 7 * 24 * time.Hour // the secret before the newest
)

// turn is what a try changes for people.
type turn string

const (
	nothing turn = ""
	lost    turn = "lost"
	back    turn = "back"
	warned  turn = "warned"
	ended   turn = "off"
)

// after is how a webhook stands after a try at the instant now. mended tells
// that it answers again after more than a moment: what waits for it need wait
// no longer.
func (h Health) after(t webhook.Try, now time.Time) (next Health, what turn, mended bool) {
	before := h.Tried
	h.Tried = now
	if t.Taken() {
		h.Heard = now
		if !h.Off.IsZero() {
			return h, nothing, false // a test; somebody has to switch it on
		}
		if mended = !h.Told.IsZero(); mended {
			what = back
		}
		h.Failing, h.Tries, h.Told, h.Warned = time.Time{}, 0, time.Time{}, time.Time{}
		return h, what, mended
	}
	if t.Test || !h.Off.IsZero() {
		return h, nothing, false // whoever tests looks at it
	}
	if h.Failing.IsZero() || now.Sub(before) > apart {
		h.Failing, h.Tries, h.Told, h.Warned = now, 0, time.Time{}, time.Time{}
	}
	h.Tries++
	next, what = h.failed(t.Gone(), now)
	return next, what, false
}

// failed decides what follows from one more failure.
func (h Health) failed(gone bool, now time.Time) (Health, turn) {
	switch since := now.Sub(h.Failing); {
	case gone:
		return h.end(Gone, now), ended
	case since >= offAfter:
		return h.end(Days, now), ended
	case since >= warnAfter && h.Warned.IsZero():
		if h.Warned = now; h.Told.IsZero() {
			h.Told = now
		}
		return h, warned
	case since >= tellAfter && h.Told.IsZero():
		h.Told = now
		return h, lost
	}
	return h, nothing
}

// end switches it off.
func (h Health) end(why string, now time.Time) Health {
	h.Off, h.Why, h.Warned = now, why, now
	return h
}

// ranOut decides what follows when a message that was queued at an instant has
// been tried to the end. If others were taken meanwhile the program is not
// dead: it does not take this one. While it is off somebody is reminded now and
// then that something more is missed.
func (h Health) ranOut(made, now time.Time) (Health, turn) {
	switch {
	case !h.Off.IsZero():
		if now.Sub(h.Warned) < remind {
			return h, nothing
		}
		h.Warned = now
		return h, ended
	case h.Failing.IsZero() || h.Heard.After(made):
		return h, nothing
	}
	return h.end(RanOut, now), ended
}

// signing are the secrets that requests are signed with: the one before the
// newest for a time only.
func (h Health) signing(secrets []string, now time.Time) []string {
	if len(secrets) > 1 && !h.OldUntil.IsZero() && !now.Before(h.OldUntil) {
		return secrets[:1]
	}
	return secrets
}
