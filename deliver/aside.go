package deliver

import (
	"encoding/json"
	"time"

	"muster/deliver/dead"
	"muster/store"
)

// What is sent beside the database, while that is away, is the same message by
// the same rules: it is written as the engine writes it, tried as the engine
// tries it, and taken over when the database is back.

// Compose writes a message for one stop of its route. It asks no database.
func (e *Engine) Compose(m Message, stop Stop) (Outgoing, error) { return e.render(m, stop) }

// Tried is the message after one try that was made beside the engine, when the
// next one is due if it is Queued, the try, and why its address is dead, if the
// carrier says so.
func (m Message) Tried(r Receipt, err error, now time.Time) (after Message, due time.Time, a Attempt, why dead.Why) {
	o := outcome{message: m, stop: m.Route[min(m.Stop, len(m.Route)-1)], receipt: r, err: err}
	a = Attempt{
		Message: m.ID, ID: m.AttemptID(), N: m.number(), Channel: o.stop.Channel, Address: o.stop.Address,
		State: r.State, ProviderID: storable(r.ProviderID), Detail: storable(r.Detail), At: now, Updated: now,
	}
	why = dead.Alive
	if err != nil {
		a.State, a.Detail = Failed, storable(err.Error())
		if no, ok := refusedBy(err); ok {
			a.Code, a.Detail, why = storable(no.code), storable(no.detail), no.dead
		}
	}
	next := o.next(now)
	m.State, m.Stop, m.Tries = next.state, next.stop, next.tries
	return m, next.due, a, why
}

// Adopt puts a message that was sent beside the database into it, with its
// tries and as far as it came. What still waits goes on from there.
func (m Message) Adopt(tx *store.Tx, tries []Attempt) error {
	facts, err := json.Marshal(m.Facts)
	if err != nil {
		return err
	}
	route, err := json.Marshal(m.Route)
	if err != nil {
		return err
	}
	due := time.Time{}.UnixMicro() // what comes back of it is acted on
	switch m.State {
	case Queued:
		due = tx.Now().UnixMicro()
		tx.Touch(string(m.Lane))
	case Failed, Expired, Cancelled:
		due = givenUp
	}
	err = tx.Write(adoptMessage, m.ID, m.Purpose, string(m.Lane), m.Person, string(m.Lang), m.About, m.Thread,
		string(facts), string(route), m.Stop, m.Tries, string(m.State), due, m.Expires, m.Made)
	for _, a := range tries {
		if err != nil {
			return err
		}
		var provider any
		if a.ProviderID != "" {
			provider = a.ProviderID
		}
		err = tx.Write(adoptAttempt, a.ID, m.ID, a.N, a.Channel, a.Address, string(a.State), provider, a.Detail, a.Code, a.At, a.Updated)
	}
	return err
}
