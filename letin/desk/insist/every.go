package insist

import (
	"cmp"
	"slices"
	"time"

	"muster/actor"
	"muster/id"
	"muster/policy"
	"muster/store"
)

// Listed is an exception of some customer's.
type Listed struct {
	Exception
	Org id.Org
}

// mostListed is how many a list has at most, of those that do not hold.
const mostListed = 200

// Every lists the exceptions of all customers, for heads of department: those
// that hold, which end first first, those that wait for a head, and the latest
// of those that are over.
func Every(tx *store.AcrossTx, who actor.Actor) ([]Listed, error) {
	if err := MayList(who); err != nil {
		return nil, err
	}
	all, err := store.All(tx, everywhere, scanListed, tx.Now(), mostListed)
	slices.SortStableFunc(all, func(a, b Listed) int { return byUrgency(a.Exception, b.Exception, tx.Now()) })
	return all, err
}

// MayList tells whether the actor may read the list.
func MayList(who actor.Actor) error {
	_, err := policy.Check(who, "seeExceptions", policy.Resource{Type: "Installation"})
	return err
}

// byUrgency puts first what holds and ends soon, then what waits the longest,
// then what was over last.
func byUrgency(a, b Exception, now time.Time) int {
	place := func(e Exception) int {
		switch {
		case e.Holds(now):
			return 0
		case e.State == Asked:
			return 1
		}
		return 2
	}
	if by := cmp.Compare(place(a), place(b)); by != 0 {
		return by
	}
	switch place(a) {
	case 0:
		return a.Until.Compare(b.Until)
	case 1:
		return a.Asked.Compare(b.Asked)
	}
	return b.Asked.Compare(a.Asked)
}

func scanListed(r store.Row) (l Listed, err error) {
	l.Exception, err = scan(prefixed{r, &l.Org})
	return l, err
}

// prefixed reads a column before those of an exception.
type prefixed struct {
	store.Row
	org *id.Org
}

func (p prefixed) Scan(into ...any) error { return p.Row.Scan(append([]any{p.org}, into...)...) }
