package partner_test

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// lag is an independent small model of how far a partner is behind its
// customer, from the requirements alone: what is numbered, what waits, what is
// said about each worker, and when who is reminded.
type lag struct {
	tied    bool
	changes []lagChange // of the connection there is, in the order of their numbers
	workers map[string]*lagWorker
	said    []lagWord // all that was ever said
	spoke   time.Time // when the partner was last reminded or warned
	warned  time.Time // when the administrators were last warned
	now     time.Time
}

// lagWorker is somebody on the customer's roster, or who was.
type lagWorker struct {
	works, left bool
	enrolled    bool
	variant     int // which contacts the partner is to ring; byRota: whoever is on duty
}

type lagChange struct {
	worker, kind, state string
	late                bool
	made                time.Time
}

// lagWord is one reminder: level 1 to the partner, 2 to the administrators of
// both sides.
type lagWord struct {
	at    time.Time
	level int
}

func (w lagWord) String() string {
	return fmt.Sprintf("level %d at %s", w.level, w.at.Format("02 15:04"))
}

// byRota is the variant in which a rota stands in for contacts.
const byRota = 2

// news makes one numbered change of what is done to a worker, if there is
// anybody to tell.
func (m *lag) news(worker, kind string, late bool, now time.Time) {
	if m.tied {
		m.changes = append(m.changes, lagChange{worker, kind, "pending", late, now})
	}
}

// put enrols a worker or changes what is known. ok is false where it must be
// refused.
func (m *lag) put(worker string, variant int, now time.Time) (ok bool) {
	w := m.workers[worker]
	if w.left || !w.works {
		return false
	}
	switch {
	case !w.enrolled:
		m.news(worker, "add", false, now)
	case w.variant != variant:
		m.news(worker, "change", w.variant == byRota || variant == byRota, now) // from now on: less than three days ahead
	}
	w.enrolled, w.variant = true, variant
	return true
}

// part takes a worker out.
func (m *lag) part(worker string, now time.Time) (ok bool) {
	w := m.workers[worker]
	if !w.enrolled {
		return false
	}
	w.enrolled = false
	m.news(worker, "leave", false, now)
	return true
}

// altered is a change of an enrolled worker on the roster.
func (m *lag) altered(worker string, now time.Time) {
	if m.workers[worker].enrolled {
		m.news(worker, "change", false, now)
	}
}

// turned is a change of who is on duty by the rota.
func (m *lag) turned(late bool, now time.Time) {
	for _, name := range slices.Sorted(maps.Keys(m.workers)) {
		if w := m.workers[name]; w.enrolled && w.variant == byRota {
			m.news(name, "change", late, now)
		}
	}
}

// tie begins a connection: the partner is told of everybody anew.
func (m *lag) tie(now time.Time) {
	m.tied, m.changes, m.spoke, m.warned = true, nil, time.Time{}, time.Time{}
	for _, name := range slices.Sorted(maps.Keys(m.workers)) {
		if m.workers[name].enrolled {
			m.news(name, "add", false, now)
		}
	}
}

func (m *lag) cut() { m.tied, m.changes = false, nil }

// waiting are the numbers that the partner has to answer.
func (m *lag) waiting() (numbers []int64) {
	for i, c := range m.changes {
		if c.state == "pending" {
			numbers = append(numbers, int64(i+1))
		}
	}
	return numbers
}

// answer settles a number, and what came before it for the same worker.
func (m *lag) answer(number int64, state string) {
	worker := m.changes[number-1].worker
	for i := range m.changes[:number] {
		if c := &m.changes[i]; c.worker == worker && c.state == "pending" {
			c.state = state
		}
	}
}

// word is what must be said of a worker's monitoring. What the partner has
// confirmed it works on, until it has confirmed that the worker left.
func (m *lag) word(worker string) string {
	last, knows := lagChange{}, false
	for _, c := range m.changes {
		if c.worker != worker {
			continue
		}
		if last = c; c.state == "confirmed" {
			knows = c.kind != "leave"
		}
	}
	switch {
	case last.worker == "":
		return "missing"
	case last.kind == "leave":
		return "gone"
	case last.state == "confirmed":
		return "confirmed"
	case knows:
		return "stale"
	case last.state == "rejected":
		return "rejected"
	}
	return "unconfirmed"
}

// gap is what the list of gaps must say of a worker; shown is false for who has
// left and is not enrolled.
func (m *lag) gap(worker string) (gap string, shown bool) {
	w := m.workers[worker]
	here := w.works && !w.left
	switch {
	case here && !w.enrolled && m.tied:
		return "not_enrolled", true
	case !here && w.enrolled:
		return "gone", true
	}
	return "", here || w.enrolled
}

// pass lets time go by, and says who is reminded meanwhile: four hours after
// the oldest change that waits was made the partner is, after a day the
// administrators of both sides are, and each day from then on. One that has
// waited for so long when an older one is answered counts at once.
func (m *lag) pass(until time.Time) {
	defer func() { m.now = until }()
	later := func(a, b time.Time) time.Time {
		if a.Before(b) {
			return b
		}
		return a
	}
	for {
		i := slices.IndexFunc(m.changes, func(c lagChange) bool { return c.state == "pending" })
		if i < 0 {
			return
		}
		oldest := m.changes[i].made
		first, second := oldest.Add(4*time.Hour), oldest.Add(24*time.Hour)
		if !m.warned.Before(second) {
			second = m.warned.Add(24 * time.Hour)
		}
		next := lagWord{later(second, m.now), 2}
		if early := later(first, m.now); m.spoke.Before(first) && early.Before(next.at) {
			next = lagWord{early, 1}
		}
		if next.at.After(until) {
			return
		}
		m.said = append(m.said, next)
		if m.spoke = next.at; next.level == 2 {
			m.warned = next.at
		}
	}
}
