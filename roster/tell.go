package roster

import (
	"muster/deliver"
	"muster/store"
)

// Tell queues one message for the person, in their language: it goes to the
// first address that they want alarms on, and to the next when one fails. told
// is false, and nothing is queued, where there is no address at all.
//
// A call for help goes to all of those addresses at once and does not come this
// way.
func (r Recipient) Tell(tx *store.Tx, m deliver.Message) (told bool, err error) {
	wanted, rest := r.Routes()
	if len(wanted) == 0 {
		return false, nil
	}
	m.Person, m.Lang, m.Route = r.Person, r.Language, append(wanted, rest...)
	_, err = deliver.Queue(tx, m)
	return err == nil, err
}
