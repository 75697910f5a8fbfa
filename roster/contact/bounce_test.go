package contact_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// colleague puts one more person on the roster.
func (w *world) colleague(n roster.NewPerson) roster.Person {
	w.Helper()
	admin := w.self
	admin.Roles = w.aino.Roles
	p, err := roster.AddPerson(w.Context(), w.s, w.keys, admin, n)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// warned is which people were told of dead addresses, how often and over what.
func (w *world) warned() map[id.Person][]deliver.Message {
	w.Helper()
	told := map[id.Person][]deliver.Message{}
	w.view(func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 100)
		for _, m := range all {
			if m.Purpose == "address_dead" || m.Purpose == "address_dead_of" {
				told[m.Person] = append(told[m.Person], m)
			}
		}
		return err
	})
	return told
}

func TestOA4ADeadAddressIsMarkedForEverybodyWhoHasItAndSaidOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		mika := w.colleague(roster.NewPerson{Name: "Mika", Mobile: "0401230001", Roles: []actor.Membership{{Role: actor.Monitor}}})
		noora := w.colleague(roster.NewPerson{Name: "Noora", Email: "noora@huolto.example", Roles: []actor.Membership{{Role: actor.Monitor}}})
		var shared roster.Point
		for _, p := range []roster.Person{mika, noora} {
			var err error
			who := actor.Actor{Kind: actor.Person, Org: w.org, Person: p.Person}
			if shared, err = contact.Add(t.Context(), s, who, p.Person, roster.Email, "shared@huolto.example", true); err != nil {
				t.Fatal(err)
			}
		}
		w.bounces(noora.Points[0], dead.Gone)
		already := len(w.warned()[noora.Person])
		for range 2 {
			w.bounces(shared, dead.Unknown)
		}
		told := w.warned()
		if own := told[mika.Person]; len(own) != 1 || own[0].Purpose != "address_dead" || len(own[0].Route) != 1 || own[0].Route[0].Address != "+358401230001" || own[0].Facts["Address"] != shared.Address {
			t.Errorf("Mika is told %+v", own)
		}
		if own := told[noora.Person]; already != 1 || len(own) != already {
			t.Errorf("Noora has no address left, and is told %+v", own)
		}
		others := told[w.aino.Person]
		if len(others) != 3 || others[0].Purpose != "address_dead_of" || others[0].Facts["Address"] != "s…@huolto.example" || others[0].Lane != deliver.Duty {
			t.Errorf("the administrator is told %+v", others)
		}
		w.view(func(tx *store.Tx) error {
			p, err := roster.Find(tx, mika.Person)
			if err != nil {
				return err
			}
			if got := p.Points[1]; got.BouncedAt.IsZero() || got.Bounced != dead.Unknown || got.BounceCode != "x1" {
				t.Errorf("the address is %+v", got)
			}
			if wanted, rest := p.Routes(); len(wanted) != 1 || len(rest) != 1 || rest[0].Address != shared.Address {
				t.Errorf("alarms go to %v, then %v: a dead address is tried last", wanted, rest)
			}
			book, err := ledger.List(tx, ledger.Filter{Kind: "contact.bounced", Limit: 10})
			if len(book) != 3 || book[0].Facts["Why"] != "unknown" {
				t.Errorf("the book has %+v", book)
			}
			return err
		})
	})
}

func TestOA4ADeadAddressIsTrustedAgainOnceItIsConfirmedAgain(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		point := w.aino.Points[1]
		confirm := func() {
			t.Helper()
			if err := contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID); err != nil {
				t.Fatal(err)
			}
			_, code := w.sent()
			if err := contact.Confirm(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID, code); err != nil {
				t.Fatal(err)
			}
			w.refresh()
		}
		confirm()
		before := w.aino.Points[1].VerifiedAt
		w.bounces(point, dead.Gone)
		if w.refresh(); w.aino.Points[1].Sure() || !w.aino.Points[1].Verified() {
			t.Errorf("after it bounced: %+v", w.aino.Points[1])
		}
		confirm()
		if p := w.aino.Points[1]; !p.Sure() || p.Bounced != dead.Alive || p.BounceCode != "" {
			t.Errorf("confirmed again: %+v", p)
		}
		late := deliver.Attempt{Channel: point.Channel, Address: point.Address, Code: "30005", At: before.Add(time.Microsecond)}
		err := s.Do(t.Context(), w.org, func(tx *store.Tx) error { return contact.Bounced(tx, late, dead.Gone) })
		if w.refresh(); err != nil || !w.aino.Points[1].Sure() {
			t.Errorf("a report that comes late of what was tried before: %v, %+v", err, w.aino.Points[1])
		}
		w.bounces(point, dead.Gone)
		if w.refresh(); w.aino.Points[1].Sure() || len(w.warned()[w.aino.Person]) != 2 {
			t.Errorf("dead once more: %+v, told %d times", w.aino.Points[1], len(w.warned()[w.aino.Person]))
		}
		if err := contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, w.aino.Points[0].ID); err != nil {
			t.Errorf("another address: %v", fault.From(err))
		}
	})
}

// However often and in whatever order carriers report, each address is said to
// be dead once, to its owner and to each administrator.
func TestReportsOfDeadAddressesTellPeopleOnce(t *testing.T) {
	w := enter(t, mustertest.Store(t))
	mika := w.colleague(roster.NewPerson{Name: "Mika", Email: "mika@huolto.example", Mobile: "0401230001", Roles: []actor.Membership{{Role: actor.Worker}}})
	w.colleague(roster.NewPerson{Name: "Olli", Email: "olli@huolto.example", Roles: []actor.Membership{{Role: actor.Administrator}}})
	gone := map[id.Contact]bool{}
	rapid.Check(t, func(t *rapid.T) {
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(mika.Points)-1), 1, 4).Draw(t, "reports") {
			w.bounces(mika.Points[i], rapid.SampledFrom(dead.Reasons()).Draw(t, "why"))
			gone[mika.Points[i].ID] = true
		}
		for person, all := range w.warned() {
			most := len(gone)
			if person == mika.Person {
				most = 1 // of the second there is no address left to be told at
			}
			if len(all) != most {
				t.Fatalf("%d addresses are dead, and %s is told %d times", len(gone), person, len(all))
			}
		}
	})
	if n := len(slices.Collect(maps.Keys(w.warned()))); n != 3 {
		t.Errorf("%d people were told", n)
	}
}

// A relay that calls every mailbox unknown leaves nobody unprotected but the
// first few; the administrators hear of it once.
func TestOA4ACarrierThatCallsEverybodyDeadIsNotBelieved(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		var all []roster.Person
		for i := range 12 {
			all = append(all, w.colleague(roster.NewPerson{
				Name: fmt.Sprintf("Mika %d", i), Email: fmt.Sprintf("mika%d@huolto.example", i), Roles: []actor.Membership{{Role: actor.Monitor}},
			}))
		}
		for _, p := range all {
			w.bounces(p.Points[0], dead.Unknown)
		}
		marked, doubted := 0, 0
		w.view(func(tx *store.Tx) error {
			for _, p := range all {
				now, err := roster.Find(tx, p.Person)
				if err != nil {
					return err
				}
				if !now.Points[0].BouncedAt.IsZero() {
					marked++
				}
			}
			told, err := deliver.Latest(tx, 100)
			for _, m := range told {
				if m.Purpose == "addresses_doubted" {
					doubted++
				}
			}
			return err
		})
		if marked != 5 || doubted != 1 {
			t.Errorf("%d of %d addresses are marked, and it was said %d times", marked, len(all), doubted)
		}
		w.view(func(tx *store.Tx) error {
			book, err := ledger.List(tx, ledger.Filter{Kind: "contact.doubted", Limit: 10})
			if len(book) != 1 || book[0].Facts["Channel"] != roster.Email {
				t.Errorf("the book has %+v", book)
			}
			return err
		})
	})
}
