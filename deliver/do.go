package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/seal"
	"muster/store"
)

// sealPurpose keeps what waits in messages apart from everything else sealed.
const sealPurpose = "deliver.message"

// maxFacts bounds what one message may carry, in bytes of JSON.
const maxFacts = 16 << 10

// Secrets seals facts that must not lie open while a message waits, such as
// one-time codes; the result goes into Message.Sealed.
func Secrets(keys *seal.Keys, facts map[string]any) ([]byte, error) {
	plain, err := json.Marshal(facts)
	if err != nil {
		return nil, err
	}
	return keys.Seal(sealPurpose, plain)
}

// Queue makes the message part of this unit. A message without a route is
// refused: whoever queues one must know that nobody would hear.
func Queue(tx *store.Tx, m Message) (id.Message, error) {
	if len(m.Route) == 0 {
		return "", fault.New(fault.Invalid, "no_address").At("route")
	}
	m.ID = id.New[id.Message]()
	if m.Thread == "" {
		m.Thread = m.About
	}
	facts, err := json.Marshal(m.Facts)
	if err != nil || len(facts) > maxFacts {
		return "", fault.New(fault.Internal, "internal").Wrap(fmt.Errorf("facts of %s message: %d bytes, %w", m.Purpose, len(facts), err))
	}
	route, err := json.Marshal(m.Route)
	if err != nil {
		return "", err
	}
	m.Org, m.State, m.Made = tx.Org(), Queued, tx.Now()
	if m.After.Before(m.Made) {
		m.After = m.Made
	}
	m.Expires = m.After.Add(m.Valid)
	due, claimed := m.After, false
	if due.Equal(m.Made) {
		due, claimed = doorsOf(tx).claim(tx, m, facts)
	}
	if !claimed {
		due = m.After
		tx.Touch(string(m.Lane))
	}
	return m.ID, tx.Write(addMessage, m.ID, m.Purpose, string(m.Lane), m.Person, string(m.Lang), m.About, m.Thread,
		string(facts), m.Sealed, string(route), due, m.Expires, m.Made)
}

// CancelAbout takes back every message about a thing that has not left yet.
func CancelAbout(tx *store.Tx, about string) error {
	handoverOf(tx).drop(func(m Message) bool { return m.About == about })
	tx.Touch(recall{about: about, before: tx.Now()}.topic())
	return tx.Write(cancelAbout, about, "")
}

// CancelCalls takes back what was to be said to people about a thing. What is
// on its way to a program goes on: that is said once, and by no later round.
func CancelCalls(tx *store.Tx, about string) error {
	handoverOf(tx).drop(func(m Message) bool { return m.About == about && m.Purpose != Handover })
	tx.Touch(recall{about: about, before: tx.Now(), calls: true}.topic())
	return tx.Write(cancelAbout, about, Handover)
}

// MarkAnswered records that a human acted because of the message.
func MarkAnswered(tx *store.Tx, m id.Message) error { return tx.Write(answerMessage, m) }

// Get reads one message of the unit's organisation.
func Get(tx *store.Tx, m id.Message) (Message, error) {
	return store.One(tx, getMessage, scanMessage, m)
}

// About lists the messages about a thing, oldest first, at most limit.
func About(tx *store.Tx, about string, limit int) ([]Message, error) {
	return store.All(tx, messagesAbout, scanMessage, about, limit)
}

// Latest lists an organisation's messages, newest first.
func Latest(tx *store.Tx, limit int) ([]Message, error) {
	return store.All(tx, latestMessages, scanMessage, limit)
}

// Last tells whether no other call for help about the same thing may still be
// heard: each is lost, or its carrier has been silent about it for too long.
func (m Message) Last(tx *store.Tx) (bool, error) {
	others, err := store.One(tx, hopeful, store.Scalar[int], m.About, m.ID)
	return others == 0, err
}

// Told is to whom a message about the thing was queued, and when last; with a
// purpose, only messages of that one count.
func Told(tx *store.Tx, about, purpose string) (map[id.Person]time.Time, error) {
	told := map[id.Person]time.Time{}
	_, err := store.All(tx, toldAbout, func(r store.Row) (p id.Person, err error) {
		var at time.Time
		err = r.Scan(&p, store.Time(&at))
		told[p] = at
		return p, err
	}, about, purpose)
	return told, err
}

// Depths counts what is queued in each lane, over the whole installation.
func Depths(ctx context.Context, s *store.Store) (map[Lane]int, error) {
	depths := map[Lane]int{}
	for _, l := range lanes() {
		depths[l] = 0
	}
	err := s.Across().View(ctx, func(tx *store.AcrossTx) error {
		_, err := store.All(tx, laneDepth, func(r store.Row) (n int, err error) {
			var l Lane
			err = r.Scan(&l, &n)
			depths[l] = n
			return n, err
		})
		return err
	})
	return depths, err
}

// Attempt is one try of a message over one channel.
type Attempt struct {
	Message    id.Message
	ID         id.Attempt
	N          int
	Channel    string
	Address    string
	State      State
	ProviderID string
	Detail     string
	Code       string
	At         time.Time
	Updated    time.Time
}

// AttemptsAbout lists the tries of all messages about a thing, oldest first.
func AttemptsAbout(tx *store.Tx, about string, limit int) ([]Attempt, error) {
	return store.All(tx, attemptsAbout, scanAttempt, about, limit)
}

func scanAttempt(r store.Row) (a Attempt, err error) {
	return a, r.Scan(&a.Message, &a.ID, &a.N, &a.Channel, &a.Address, &a.State, &a.ProviderID,
		&a.Detail, &a.Code, store.Time(&a.At), store.Time(&a.Updated))
}

// early is how long a report about an unknown attempt is kept: it can overtake
// the answer that names the attempt, and its commit.
var early = [...]time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}

// Apply takes a carrier's report about an attempt that it was handed. Reports
// may come twice, out of order, or before the attempt is on record; one about
// an attempt that nobody comes to know is NotFound.
func (f Aftermath) Apply(ctx context.Context, s *store.Store, channel string, r Report) error {
	at, err := locate(ctx, s, channel, r)
	for i := 0; fault.KindOf(err) == fault.NotFound && i < len(early); i++ {
		select {
		case <-time.After(early[i]):
		case <-ctx.Done():
			return err
		}
		at, err = locate(ctx, s, channel, r)
	}
	if err != nil {
		return err
	}
	return s.Do(ctx, at.org, func(tx *store.Tx) error { return f.apply(tx, at, r) })
}

func (f Aftermath) apply(tx *store.Tx, at location, r Report) error {
	a, err := store.One(tx, lockAttempt, scanAttempt, at.attempt)
	if err != nil {
		return err
	}
	m, err := store.One(tx, lockMessage, scanMessage, a.Message)
	if err != nil {
		return err
	}
	if m.erased() {
		r.Detail, f = "", Aftermath{}
	}
	if r.State == "" {
		tx.Touch(m.About)
		return tx.Write(reportAttempt, at.attempt, string(a.State), storable(r.Detail), storable(r.Code), tx.Now())
	}
	if r.State == Cancelled && !m.over {
		r.State = Failed // it was not we who took it back
	}
	r, ok, err := at.whole(tx, r)
	if err != nil || !ok {
		return err
	}
	if r.State == a.State || supersedes(r.State, a.State) { // the same again may bring better words
		if err := f.note(tx, a, r, m.About); err != nil {
			return err
		}
	}
	next, ok := m.afterReport(r, a.N == m.number(), tx.Now())
	if !ok {
		return nil
	}
	if next.state == Failed {
		if next.state, err = best(tx, m.ID); err != nil {
			return err
		}
	}
	lost, due := r.State == Failed && next.state != Queued, next.due.UnixMicro()
	if lost || m.over {
		due = givenUp
	}
	if err := tx.Write(moveMessage, m.ID, string(next.state), next.stop, next.tries, due); err != nil {
		return err
	}
	if next.state == Queued {
		tx.Touch(string(m.Lane))
	}
	if lost && f.Failed != nil {
		m.State = next.state
		return f.Failed(tx, m)
	}
	if !next.due.IsZero() {
		silenceOf(tx, next.due)
	}
	return nil
}

// note puts on an attempt what a report says of it. An address that the report
// calls dead is dead for every message.
func (f Aftermath) note(tx *store.Tx, a Attempt, r Report, about string) error {
	a.State, a.Detail, a.Code, a.Updated = r.State, storable(r.Detail), storable(r.Code), tx.Now()
	if err := tx.Write(reportAttempt, a.ID, string(a.State), a.Detail, a.Code, a.Updated); err != nil {
		return err
	}
	tx.Touch(about)
	if r.State != Failed || r.Dead == dead.Alive || f.Dead == nil {
		return nil
	}
	return f.Dead(tx, a, r.Dead)
}

// best is what is known of the best try of a message that nothing is left for:
// a carrier that took it once and has not said no may still deliver it.
func best(tx *store.Tx, m id.Message) (s State, err error) {
	s = Failed
	_, err = store.All(tx, takenTries, func(r store.Row) (State, error) { return s, r.Scan(&s) }, m)
	return s, err
}

// erased tells whether whoever it went to was erased since (access N5): then it
// has no route any more, nothing follows from how it fared, and a carrier's words
// about it, in which an address may stand, are not kept.
func (m Message) erased() bool { return len(m.Route) == 0 }

// number counts a message's tries over its whole route, from 1.
func (m Message) number() int { return m.Stop*100 + m.Tries + 1 }

func scanMessage(r store.Row) (m Message, err error) {
	var facts, route string
	err = r.Scan(&m.Org, &m.ID, &m.Purpose, &m.Lane, &m.Person, &m.Lang, &m.About, &m.Thread, &facts, &m.Sealed,
		&route, &m.Stop, &m.Tries, &m.State, &m.over, store.Time(&m.Expires), store.Time(&m.Made))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal([]byte(facts), &m.Facts); err != nil {
		return m, fmt.Errorf("facts of %s: %w", m.ID, err)
	}
	if err := json.Unmarshal([]byte(route), &m.Route); err != nil {
		return m, fmt.Errorf("route of %s: %w", m.ID, err)
	}
	return m, nil
}
