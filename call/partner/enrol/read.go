package enrol

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// Enrolment is what partners are to know of one worker.
type Enrolment struct {
	Worker  id.Person
	Facts   Facts
	Word    bool // there is a safe word
	Made    time.Time
	Changed time.Time
	Left    time.Time // zero while enrolled

	word []byte // sealed
}

// Form reads the fields that the organisation adds to the usual ones.
func Form(tx *store.Tx) (form []Field, err error) {
	text, err := store.One(tx, getForm, store.Scalar[string])
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return form, json.Unmarshal([]byte(text), &form)
}

// Find reads one worker's enrolment, if there is one.
func Find(tx *store.Tx, worker id.Person) (e Enrolment, known bool, err error) {
	e, known, err = lookup(tx, get, worker)
	if !known || !e.Left.IsZero() {
		return Enrolment{}, false, err
	}
	return e, true, err
}

// Of is one partner's standing with one worker.
func Of(tx *store.Tx, link id.Link, worker id.Person) (Standing, error) {
	s, err := store.One(tx, standing, scanStanding, worker, link)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return Standing{}, nil
	}
	return s, err
}

// Standings is the best word that any active partner has for each worker of
// the unit's organisation; a worker who is not in it is Missing. tied is false
// where the organisation has no partner, and nothing need be said.
func Standings(tx *store.Tx) (words map[id.Person]Word, tied bool, err error) {
	links, err := connection.In(tx, connection.Customer)
	if err != nil || len(links) == 0 {
		return nil, false, err
	}
	rows, err := store.All(tx, standings, scanPlaced)
	words = make(map[id.Person]Word, len(rows))
	for _, r := range rows {
		if w, ok := words[r.worker]; !ok || rank[r.Word()] < rank[w] {
			words[r.worker] = r.Word()
		}
	}
	return words, true, err
}

var rank = map[Word]int{Good: 0, Stale: 1, Unconfirmed: 2, Refused: 3, Gone: 4, Missing: 5}

// Monitored tells of a word whether the partner would know for whom to come.
func (w Word) Monitored() bool { return w == Good || w == Stale }

// Row is one worker in the list of an organisation.
type Row struct {
	Worker    id.Person
	Name      string
	Enrolment *Enrolment           // nil where there is none
	At        map[id.Link]Standing // by connection
	Word      Word                 // the best of them
	Gap       string               // what is wrong, in one word; empty where all is well (SS12)
	OnRoster  bool
}

// The gaps between roster and enrolment.
const (
	GapMissing  = "not_enrolled" // works here, and no partner knows
	GapGone     = "gone"         // a partner still knows, and has left the roster or works no longer
	GapContacts = "contacts"     // enrolled, but on what would be refused today
)

// Overview is the whole of an organisation's enrolment.
type Overview struct {
	Links   []connection.Connection
	Form    []Field
	Rows    []Row // gaps first, then by name
	Waiting map[id.Link]int
	Changes []Change // the latest, newest first
	At      time.Time
}

// latestChanges is how many changes one page shows.
const latestChanges = 100

// Look reads the organisation's enrolment.
func (c Clerk) Look(ctx context.Context, who actor.Actor) (o Overview, err error) {
	err = c.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := check(who, tx.Org(), "seeEnrolments"); err != nil {
			return err
		}
		o, err = overview(tx)
		return err
	})
	return o, err
}

func overview(tx *store.Tx) (o Overview, err error) {
	o.At, o.Waiting = tx.Now(), map[id.Link]int{}
	if o.Links, err = connection.In(tx, connection.Customer); err != nil {
		return o, err
	}
	if o.Form, err = Form(tx); err != nil {
		return o, err
	}
	for _, link := range o.Links {
		if o.Waiting[link.ID], err = store.One(tx, waits, store.Scalar[int], link.ID); err != nil {
			return o, err
		}
		some, err := store.All(tx, latest, scanChange, link.ID, 0, latestChanges)
		if err != nil {
			return o, err
		}
		o.Changes = append(o.Changes, some...)
	}
	slices.SortStableFunc(o.Changes, func(a, b Change) int { return b.Made.Compare(a.Made) })
	o.Rows, err = rows(tx, len(o.Links) > 0)
	return o, err
}

// rows puts roster and enrolment side by side.
func rows(tx *store.Tx, tied bool) ([]Row, error) {
	people, err := roster.All(tx)
	if err != nil {
		return nil, err
	}
	here, err := store.All(tx, all, scanEnrolment)
	if err != nil {
		return nil, err
	}
	known, err := store.All(tx, standings, scanPlaced)
	if err != nil {
		return nil, err
	}
	by := map[id.Person]*Row{}
	for _, p := range people {
		if p.Has(actor.Worker) {
			by[p.Person] = &Row{Worker: p.Person, Name: p.Name, OnRoster: true, At: map[id.Link]Standing{}, Word: Missing}
		}
	}
	for i, e := range here {
		if by[e.Worker] == nil {
			by[e.Worker] = &Row{Worker: e.Worker, Name: e.Facts.Name, At: map[id.Link]Standing{}, Word: Missing}
		}
		by[e.Worker].Enrolment = &here[i]
	}
	for _, k := range known {
		r := by[k.worker]
		if r == nil {
			continue // has left, and every partner was told
		}
		r.At[k.link] = k.Standing
		if rank[k.Word()] < rank[r.Word] {
			r.Word = k.Word()
		}
	}
	out := make([]Row, 0, len(by))
	for _, r := range by {
		r.Gap = r.gap(tied)
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(boolRank(a.Gap == ""), boolRank(b.Gap == "")), strings.Compare(a.Name, b.Name), cmp.Compare(a.Worker, b.Worker))
	})
	return out, nil
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r Row) gap(tied bool) string {
	switch {
	case r.OnRoster && r.Enrolment == nil && tied:
		return GapMissing
	case !r.OnRoster && r.Enrolment != nil:
		return GapGone
	case r.Enrolment != nil && len(r.Enrolment.Facts.Contacts) < leastContacts && r.Enrolment.Facts.Rota == "":
		return GapContacts
	}
	return ""
}
