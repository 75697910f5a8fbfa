package ledger

import (
	"slices"
	"strings"
	"unicode/utf8"

	"muster/actor"
	"muster/id"
	"muster/store"
)

// kindErased is how a verifier knows that missing values were erased in the
// open.
const kindErased = "book.erased"

// alsoErased is the fact of such an entry that names the places of entries
// about others, or by others, from which a value went too.
const alsoErased = "Also"

// alsoAtOnce is how many places one entry names; there is an entry for each so
// many.
const alsoAtOnce = 5000

// Erasure says whose values go, and by which rule.
type Erasure struct {
	Person id.Person
	Rule   string
	Why    string // one of the words that the room above knows; never free text, since this stays

	// Words are values of the person that entries may hold which are neither
	// about nor by them: a value in which one stands goes whole.
	Words []string

	// Of are the subjects of the entries in which Words are looked for; none
	// means all. A partner's book speaks of several organisations' people, and
	// some of them have the same name.
	Of []string
}

// Erase deletes what the book holds of a person's values: those of the entries
// about that person, of the acts that the person did, and of entries about
// others in which one of the words stands. Their commitments stay, so every
// proof still holds. The act itself is an entry, which names those others; gone
// is how many entries lost something.
func Erase(tx *store.Tx, who actor.Actor, e Erasure) (gone int64, err error) {
	n, err := tx.Exec(eraseValues, string(e.Person))
	if err != nil {
		return 0, err
	}
	also, err := e.mentions(tx)
	if err != nil {
		return 0, err
	}
	gone = n + int64(len(also))
	for first := true; first || len(also) > 0; first = false {
		part := also[:min(len(also), alsoAtOnce)]
		also = also[len(part):]
		if err := e.book(tx, who, n, part); err != nil {
			return 0, err
		}
		n = 0
	}
	// What this very unit said of the person is never stored.
	for _, p := range batchOf(tx).entries {
		for i, v := range p.open {
			p.open[i].gone = v.gone || p.leaf.owner(v.field) == string(e.Person)
		}
	}
	return gone, nil
}

// book writes the entry of an erasure: of n entries about or by the person, and
// of those at the places.
func (e Erasure) book(tx *store.Tx, who actor.Actor, n int64, also []int64) error {
	facts := map[string]any{"Count": n + int64(len(also))}
	if e.Why != "" {
		facts["Why"] = e.Why
	}
	if len(also) > 0 {
		facts[alsoErased] = also
	}
	return Append(tx, who, Entry{Kind: kindErased, Subject: string(e.Person), About: e.Person, Rule: e.Rule, Facts: facts})
}

// mentions takes from the entries of others the values in which one of the
// words stands, and tells where that was.
func (e Erasure) mentions(tx *store.Tx) (also []int64, err error) {
	for _, word := range e.Words {
		found, err := store.All(tx, mentioning, scanMention, like(word), string(e.Person))
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			if len(e.Of) > 0 && !slices.Contains(e.Of, m.subject) || !m.drop(word) {
				continue
			}
			if err := m.save(tx); err != nil {
				return nil, err
			}
			also = append(also, m.seq)
		}
	}
	slices.Sort(also)
	return slices.Compact(also), nil
}

// mention is the row of values in which a word was found.
type mention struct {
	seq     int64
	subject string
	person  string
	open    []value
}

func scanMention(r store.Row) (m mention, err error) {
	var fields string
	if err = r.Scan(&m.seq, &m.subject, &m.person, &fields); err != nil {
		return m, err
	}
	m.open, err = parseValues([]byte(fields))
	return m, err
}

// drop leaves out the values in which the word stands; it is false if it
// stands in none of them.
func (m *mention) drop(word string) bool {
	before := len(m.open)
	m.open = slices.DeleteFunc(m.open, func(v value) bool {
		return strings.Contains(strings.ToLower(v.text), strings.ToLower(word))
	})
	return len(m.open) < before
}

func (m *mention) save(tx *store.Tx) error {
	if len(m.open) == 0 {
		return tx.Write(dropValue, m.seq, m.person)
	}
	return tx.Write(setValue, m.seq, m.person, stored(m.open))
}

// like finds stored values in which the word may stand. What is not ASCII is
// left open, since the databases differ in what they take for its small letter.
func like(word string) string {
	spelt := string(appendString(nil, strings.ToLower(word)))
	var b strings.Builder
	b.WriteByte('%')
	for _, r := range spelt[1 : len(spelt)-1] {
		switch {
		case r >= utf8.RuneSelf:
			b.WriteByte('_')
		case r == '%' || r == '_' || r == '!':
			b.WriteByte('!')
			fallthrough
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('%')
	return b.String()
}

// alsoOf reads the places that an entry of an erasure names.
func (l *leaf) alsoOf() (places []int64) {
	facts, err := decodeFacts(l.facts)
	if err != nil {
		return nil
	}
	all, _ := facts[alsoErased].([]any)
	for _, one := range all {
		if n, ok := one.(int64); ok {
			places = append(places, n)
		}
	}
	return places
}

// gaps are the values that are missing from a file, until an entry of an
// erasure accounts for them.
type gaps map[string]map[int64]bool // owner → places

func (g gaps) add(owner string, seq int64) {
	if g[owner] == nil {
		g[owner] = map[int64]bool{}
	}
	g[owner][seq] = true
}

// account takes away what an entry of an erasure explains: all that came before
// of the person, and what it names.
func (g gaps) account(l *leaf) {
	for seq := range g[l.about] {
		if seq <= l.seq {
			delete(g[l.about], seq)
		}
	}
	also := l.alsoOf()
	for _, places := range g {
		for _, seq := range also {
			if seq < l.seq {
				delete(places, seq)
			}
		}
	}
}
