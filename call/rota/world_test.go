package rota_test

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
)

// world is an organisation with an administrator and monitors, without any
// engine.
type world struct {
	*testing.T
	s     *store.Store
	keys  *seal.Keys
	org   id.Org
	ws    id.Workspace
	admin actor.Actor
	zone  *time.Location
}

func enter(t *testing.T, s *store.Store) *world {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, s: s, keys: keys}
	staff := actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Sari", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	w.org, err = roster.CreateOrganisation(t.Context(), s, keys, staff, roster.Organisation{
		Name: "Huolto", Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
	}, "Harbour", &roster.NewPerson{Name: "Anna Admin", Email: "anna@huolto.example", Mobile: "0401234567"})
	if err != nil {
		t.Fatal(err)
	}
	w.view(func(tx *store.Tx) error {
		people, err := roster.List(tx, roster.Filter{})
		if err != nil {
			return err
		}
		w.admin = as(w.org, people[0])
		all, err := roster.Workspaces(tx)
		w.ws = all[0].ID
		return err
	})
	if w.zone, err = time.LoadLocation("Europe/Helsinki"); err != nil {
		t.Fatal(err)
	}
	return w
}

func as(org id.Org, p roster.Person) actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Board}
}

// join adds somebody to the workspace who can be reached.
func (w *world) join(name string, role actor.Role) actor.Actor {
	w.Helper()
	who := w.joinUnverified(name, role)
	w.verify(who.Person)
	return who
}

func (w *world) joinUnverified(name string, role actor.Role) actor.Actor {
	w.Helper()
	mail := "p" + mobile(name) + "@huolto.example"
	p, err := roster.AddPerson(w.Context(), w.s, w.keys, w.admin, roster.NewPerson{
		Name: name, Email: mail, Mobile: "+35840" + mobile(name), Roles: []actor.Membership{{Workspace: w.ws, Role: role}},
	})
	w.must(err)
	return as(w.org, p)
}

// mobile makes a number out of a name.
func mobile(name string) string {
	n := 0
	for _, r := range name {
		n = (n*31 + int(r)) % 10_000_000
	}
	return string([]byte{
		byte('0' + n/1_000_000%10), byte('0' + n/100_000%10), byte('0' + n/10_000%10), byte('0' + n/1000%10),
		byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10),
	})
}

// verify lets a person follow the link in a message to their first address.
func (w *world) verify(person id.Person) {
	w.Helper()
	var p roster.Person
	w.view(func(tx *store.Tx) (err error) {
		p, err = roster.Find(tx, person)
		return err
	})
	point := p.Points[0].ID
	w.must(contact.StartVerification(w.Context(), w.s, w.keys, w.admin, person, point))
	var sent []deliver.Message
	w.view(func(tx *store.Tx) (err error) {
		sent, err = deliver.About(tx, string(point), 10)
		return err
	})
	w.must(contact.ConfirmByLink(w.Context(), w.s, w.org, sent[len(sent)-1].ID, netip.Addr{}))
}

func (w *world) leave(who actor.Actor) {
	w.Helper()
	w.must(w.s.Do(w.Context(), w.org, func(tx *store.Tx) error { return roster.RemovePerson(tx, w.admin, who.Person) }))
}

// nightly is a rota that changes each day at 8, from the day before today.
func (w *world) nightly(teams ...plan.Team) rota.Rota {
	w.Helper()
	r, err := rota.Create(w.Context(), w.s, w.admin, rota.Rota{Name: "Nights", Pattern: plan.Pattern{
		Kind: plan.Rotating, Start: civil.Of(w.s.Now(), w.zone) - 1, Handover: 8 * 60, Days: 1, Order: teams,
	}})
	w.must(err)
	return r
}

func team(all ...actor.Actor) (t plan.Team) {
	for _, a := range all {
		t = append(t, a.Person)
	}
	return t
}

// slot is somebody's turn that begins after at.
func (w *world) slot(r id.Rota, who actor.Actor, at time.Time) rota.Slot {
	w.Helper()
	s, err := rota.See(w.Context(), w.s, w.admin, r, at, at.Add(20*24*time.Hour))
	w.must(err)
	for _, t := range s.Turns {
		if t.From.After(at) && t.Team[0] == who.Person {
			return rota.Slot{Person: who.Person, From: t.From, To: t.To}
		}
	}
	w.Fatalf("%s has no turn", who.Name)
	return rota.Slot{}
}

func (w *world) onDuty(r id.Rota, at time.Time) (on []id.Person) {
	w.Helper()
	w.view(func(tx *store.Tx) (err error) {
		on, err = rota.OnDuty(tx, r, at)
		return err
	})
	return on
}

// told counts the messages of a purpose to a person.
func (w *world) told(purpose string, to actor.Actor) (n int) {
	w.Helper()
	w.view(func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 500)
		for _, m := range all {
			if m.Purpose == purpose && m.Person == to.Person {
				n++
			}
		}
		return err
	})
	return n
}

// booked counts entries of a kind.
func (w *world) booked(kind string) (n int) {
	w.Helper()
	w.view(func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Kind: kind})
		n = len(all)
		return err
	})
	return n
}

func (w *world) view(fn func(*store.Tx) error) {
	w.Helper()
	w.must(w.s.View(w.Context(), w.org, fn))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err error, kind fault.Kind, code string) {
	w.Helper()
	for _, f := range fault.All(err) {
		if f.Kind == kind && f.Code == code {
			return
		}
	}
	w.Errorf("got %v, want %s %s", err, kind, code)
}

// watch runs the watcher until the test ends.
func (w *world) watch() {
	ctx, cancel := context.WithCancel(w.Context())
	var running sync.WaitGroup
	running.Go(func() { rota.Watch(ctx, w.s, slog.New(slog.DiscardHandler)) })
	w.Cleanup(func() {
		cancel()
		running.Wait()
	})
}
