package answer

import (
	"muster/call/alarm"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// Note keeps what somebody wrote in reply to a message with the alarm that it
// was about, in their name. kept is false where there is no alarm, or they may
// not write about it.
func Note(tx *store.Tx, m deliver.Message, channel, words string) (kept bool, err error) {
	which, err := id.Parse[id.Alarm](m.About)
	if err != nil {
		return false, nil
	}
	p, err := roster.Find(tx, m.Person)
	if err == nil && p.Active {
		err = alarm.Hand{Tx: tx, Who: as(m.Org, p, channel)}.Note(which, words)
		kept = err == nil
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.NotFound || kind == fault.Forbidden) {
		err = nil
	}
	return kept, err
}
