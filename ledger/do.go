package ledger

import (
	"errors"
	"math"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// Append writes an entry into the book of the unit's organisation, as part of
// the unit. Entries of one unit get their places together, as the last thing
// before the commit, so that the book is held for one round trip only.
//
// A guest whose request only shows something leaves nothing there but that
// they looked: whatever else it would change is Forbidden "refused", since no
// unit commits without its entry.
func Append(tx *store.Tx, who actor.Actor, e Entry) error {
	if who.Guest() && who.Looking && !looks[e.Kind] {
		return fault.New(fault.Forbidden, "refused").With("rule", "floor-guest").With("why", "policy.floor-guest")
	}
	l, open, err := compose(who, e, tx.Now())
	if err != nil {
		return err
	}
	b := batchOf(tx)
	b.entries = append(b.entries, pending{l, open})
	tx.Booked()
	return nil
}

// looks are the entries about looking.
var looks = map[string]bool{"position.looked": true, "visit.looked": true, "visit.refused": true}

// Expect says that the unit will write into the book: where it ends is asked
// along with the unit's first question.
func Expect(tx *store.Tx) {
	tx.Slot(edgeAhead, func() any { return store.Ahead(tx, holdHead, scanHead) })
}

const edgeAhead = "edge of the book"

// batchOf is the batch of the unit, which seals itself before the commit.
func batchOf(tx *store.Tx) *batch {
	return tx.Slot("ledger", func() any {
		b := &batch{}
		tx.BeforeCommit(func() error { return b.seal(tx) })
		return b
	}).(*batch)
}

// pending is an entry that has no place in the log yet.
type pending struct {
	leaf *leaf
	open []value
}

// batch holds the entries of one unit until it seals them.
type batch struct{ entries []pending }

func (b *batch) seal(tx *store.Tx) error {
	t, err := hold(tx)
	if err != nil {
		return err
	}
	var text []byte
	for _, p := range b.entries {
		p.leaf.seq = t.size
		text = p.leaf.appendTo(text[:0])
		if len(text) > maxLeaf {
			return misuse("an entry of kind %s is too long", p.leaf.kind)
		}
		if err := p.write(tx, string(text)); err != nil {
			return err
		}
		t.append(tlog.RecordHash(text), func(level int, n int64, h tlog.Hash) {
			if level >= keptLevel && err == nil {
				err = tx.Write(addHash, level, n, h[:])
			}
		})
		if err != nil {
			return err
		}
	}
	return tx.Write(setHead, t.size, t.bytes())
}

// hold reads the log's edge and keeps every other writer of this book waiting
// until the unit ends.
func hold(tx *store.Tx) (*tree, error) {
	Expect(tx)
	t, err := tx.Slot(edgeAhead, nil).(func() (*tree, error))()
	if !errors.Is(err, errNone) {
		return t, err
	}
	if err := tx.Write(addHead, []byte{}); err != nil {
		return nil, err
	}
	return store.One(tx, holdHead, scanHead)
}

func (p pending) write(tx *store.Tx, text string) error {
	l := p.leaf
	err := tx.Write(addEntry, l.seq, l.at, l.kind, l.subject, l.about, l.actor.ID, text)
	if err != nil {
		return err
	}
	var actors, abouts []value
	for _, v := range p.open {
		switch {
		case v.gone:
		case l.owner(v.field) == l.actor.ID:
			actors = append(actors, v)
		default:
			abouts = append(abouts, v)
		}
	}
	switch {
	case len(actors) > 0 && len(abouts) > 0:
		return tx.Write(addTwo, l.seq, l.actor.ID, stored(actors), l.about, stored(abouts))
	case len(actors) > 0:
		return tx.Write(addValues, l.seq, l.actor.ID, stored(actors))
	case len(abouts) > 0:
		return tx.Write(addValues, l.seq, l.about, stored(abouts))
	}
	return nil
}

func stored(values []value) string { return string(appendValues(nil, values)) }

// Filter says which entries to list; empty fields do not filter.
type Filter struct {
	Subject string
	About   id.Person
	Staff   id.Staff // who of the provider's did it; not together with Subject or About
	Kind    string
	LetIn   bool  // only what concerns letting support in, and whatever the provider's staff did
	Before  int64 // only entries with a smaller Seq; 0 for the newest
	Limit   int   // at most MaxList, which is also meant by 0
}

// MaxList is the longest page of entries.
const MaxList = 200

// List returns entries, newest first. The next page begins Before the last
// Seq; it is empty, or the last Seq was 0, when there is no more.
func List(tx *store.Tx, f Filter) ([]Record, error) {
	if f.Limit <= 0 || f.Limit > MaxList {
		f.Limit = MaxList
	}
	if f.Before <= 0 {
		f.Before = math.MaxInt64
	}
	var rows []row
	var err error
	switch {
	case f.Subject != "":
		rows, err = store.All(tx, listSubject, scanRow, f.Before, f.Kind, f.Limit, f.Subject, string(f.About))
	case f.Staff != "":
		rows, err = store.All(tx, listStaff, scanRow, f.Before, f.Kind, f.Limit, f.Staff)
	case f.About != "":
		rows, err = store.All(tx, listAbout, scanRow, f.Before, f.Kind, f.Limit, string(f.About))
	case f.LetIn:
		rows, err = store.All(tx, listLetIn, scanRow, f.Before, f.Limit)
	default:
		rows, err = store.All(tx, listAll, scanRow, f.Before, f.Kind, f.Limit)
	}
	if err != nil {
		return nil, err
	}
	records := make([]Record, 0, len(rows))
	for _, r := range together(rows) {
		l, err := parseLeaf([]byte(r.leaf))
		if err != nil {
			return nil, err
		}
		rec, err := l.record(r.open)
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
	return records, nil
}

// row is an entry with the values of one of the persons it speaks of.
type row struct {
	seq  int64
	leaf string
	open []value
}

func scanRow(r store.Row) (row, error) {
	var e row
	var fields string
	if err := r.Scan(&e.seq, &e.leaf, &fields); err != nil {
		return e, err
	}
	var err error
	e.open, err = parseValues([]byte(fields))
	return e, err
}

// together makes one of the two rows of an entry that speaks of two persons.
func together(rows []row) []row {
	out := rows[:0]
	for _, r := range rows {
		if last := len(out) - 1; last >= 0 && out[last].seq == r.seq {
			out[last].open = append(out[last].open, r.open...)
			slices.SortFunc(out[last].open, func(a, b value) int { return strings.Compare(a.field, b.field) })
			continue
		}
		out = append(out, r)
	}
	return out
}

var errNone = fault.New(fault.NotFound, "not_found")

func scanHead(r store.Row) (*tree, error) {
	var size int64
	var edge []byte
	if err := r.Scan(&size, &edge); err != nil {
		return nil, err
	}
	return treeOf(size, edge)
}
