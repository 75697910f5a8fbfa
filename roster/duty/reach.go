package duty

import (
	"muster/id"
	"muster/store"
)

// Reach is whom of a customer the provider could tell something now.
type Reach struct {
	Contacts int // contact persons
	Valid    int // of those: a confirmed address that works, and not stale

	troubles map[Duty]Trouble
}

// Trouble tells whether a duty can be relied on.
func (r Reach) Trouble(d Duty) Trouble {
	if t, held := r.troubles[d]; held {
		return t
	}
	return Empty
}

// Told tells whether somebody could be told something.
func (r Reach) Told() bool { return r.Valid > 0 }

// Fine tells whether there is nothing to mend.
func (r Reach) Fine() bool {
	for _, d := range Duties() {
		if r.Trouble(d) != Fine {
			return false
		}
	}
	return r.Told()
}

// Reaches reads for every organisation whom of it the provider could tell
// something (BS5). One without any contact person is not among them.
func Reaches(tx *store.AcrossTx) (map[id.Org]Reach, error) {
	rows, err := store.All(tx, countMembers, scanCount)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Org]Reach, len(rows))
	for _, r := range rows {
		out[r.org] = Reach{Contacts: r.all, Valid: r.valid, troubles: map[Duty]Trouble{}}
	}
	held, err := store.All(tx, allHeld, scanHeld)
	for _, h := range held {
		if one, ok := out[h.org]; ok {
			one.troubles[h.duty] = h.trouble
		}
	}
	return out, err
}

type count struct {
	org        id.Org
	all, valid int
}

func scanCount(r store.Row) (c count, err error) { return c, r.Scan(&c.org, &c.all, &c.valid) }

type heldBy struct {
	org     id.Org
	duty    Duty
	trouble Trouble
}

func scanHeld(r store.Row) (h heldBy, err error) {
	var stale bool
	var sure, bounced int
	err = r.Scan(&h.org, &h.duty, &stale, &sure, &bounced)
	h.trouble = trouble(sure > 0, stale, bounced > 0)
	return h, err
}
