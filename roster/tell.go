package roster

import (
	"slices"

	"muster/deliver"
	"muster/lang"
	"muster/store"
)

// Tell queues one message for the person, in their language: it goes to the
// first address that they want alarms on, and to the next when one fails. What
// can wait comes when their quiet hours are over. told is false, and nothing is
// queued, where there is no address at all.
//
// A call for help goes to all of those addresses at once and does not come this
// way.
func (r Recipient) Tell(tx *store.Tx, m deliver.Message) (told bool, err error) {
	wanted, rest := r.Routes()
	if len(wanted) == 0 {
		return false, nil
	}
	m.Person, m.Lang, m.Route = r.Person, r.Language, append(wanted, rest...)
	if !r.Quiet.None() && canWait(m) {
		org, err := Get(tx)
		if err != nil {
			return false, err
		}
		place, err := lang.Zone(org.TimeZone)
		if err != nil {
			return false, err
		}
		m.After, _ = r.Quiet.Until(tx.Now(), place)
	}
	_, err = deliver.Queue(tx, m)
	return err == nil, err
}

// patient are the purposes that ask for something to be done, but not at night;
// see docs/adr/0017.
var patient = []string{"address_dead", "address_dead_of"}

// canWait tells whether a message is held in quiet hours. Whatever is about
// somebody's safety is not, nor what its reader has just asked for: only news,
// and what is patient.
func canWait(m deliver.Message) bool {
	return m.Lane == deliver.Notice || m.Lane == deliver.Bulk || slices.Contains(patient, m.Purpose)
}
