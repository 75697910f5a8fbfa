package bench

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"muster/actor"
	"muster/call/shift"
	"muster/id"
	"muster/identity"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// world is organisations with one monitor each, who has one telephone, and
// with workers who are all on shift.
type world struct {
	orgs    []place
	workers []worker
}

type place struct {
	org   id.Org
	token string
	ws    id.Workspace
}

type worker struct {
	place
	name   string
	person id.Person
	shift  id.Shift
}

// unitPeople is how many people join in one unit.
const unitPeople = 1000

// rooms is the row's database as the server's rooms see it.
type rooms struct {
	store *store.Store
	keys  *seal.Keys
	gate  *identity.Gate
}

func (r *run) open() (*rooms, error) {
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(r.ctx, r.db.dsn, store.Options{Log: log, NoListen: true})
	if err != nil {
		return nil, err
	}
	keys, err := seal.Parse(r.db.key)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &rooms{s, keys, identity.New(s, identity.Config{URL: "http://localhost", Name: "Bench", Keys: keys, Log: log})}, nil
}

func (m *rooms) close() error {
	m.gate.Close()
	return m.store.Close()
}

// seed makes a world. Nobody is due for a day.
func (r *run) seed(m *rooms, orgs, workersEach int) (*world, error) {
	r.say("seeding %d workers in %d organisations", orgs*workersEach, orgs)
	w := &world{}
	for i := range orgs {
		p, err := m.found(r, i)
		if err != nil {
			return nil, err
		}
		w.orgs = append(w.orgs, p)
		for first := 0; first < workersEach; first += unitPeople {
			if err := m.hire(r, w, p, min(unitPeople, workersEach-first)); err != nil {
				return nil, err
			}
		}
	}
	return w, m.begin(r, w)
}

// found sets up one organisation with its monitor and a token.
func (m *rooms) found(r *run, i int) (p place, err error) {
	staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Bench", Door: actor.Command, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	o := roster.Organisation{
		Name: fmt.Sprintf("Harbour %05d", i), Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
		CheckIn: 24 * time.Hour, Grace: time.Minute, Repeat: 24 * time.Hour,
	}
	if p.org, err = roster.CreateOrganisation(r.ctx, m.store, m.keys, staff, o, "Quay", nil); err != nil {
		return p, err
	}
	monitor := roster.NewPerson{Name: "Mikko Laine", Mobile: number(i), Roles: []actor.Membership{{Role: actor.Monitor}}}
	if _, err = roster.AddPerson(r.ctx, m.store, m.keys, boss(p.org), monitor); err != nil {
		return p, err
	}
	err = m.store.View(r.ctx, p.org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		if err == nil {
			p.ws = all[0].ID
		}
		return err
	})
	if err != nil {
		return p, err
	}
	spec := identity.TokenSpec{Name: "bench", Roles: []actor.Membership{{Role: actor.Worker, Workspace: p.ws}, {Role: actor.Monitor}, {Role: actor.Administrator}}}
	p.token, _, err = m.gate.MakeToken(r.ctx, boss(p.org), p.org, spec)
	return p, err
}

// number is a telephone of somebody's own.
func number(i int) string { return fmt.Sprintf("+3584010%05d", i%100_000) }

// boss is an administrator of the organisation.
func boss(org id.Org) actor.Actor {
	return actor.Actor{
		Kind: actor.Person, Org: org, Person: id.New[id.Person](), Name: "Bench", Door: actor.Command,
		Roles: []actor.Membership{{Role: actor.Administrator}, {Role: actor.Monitor}, {Role: actor.Worker}},
	}
}

// program is a token of the organisation, as the server will see it.
func program(org id.Org) actor.Actor {
	p := boss(org)
	p.Kind, p.Person, p.Token, p.Door = actor.Program, "", id.New[id.Token](), actor.API
	return p
}

// hire adds workers to an organisation in one unit.
func (m *rooms) hire(r *run, w *world, p place, n int) error {
	who := boss(p.org)
	rule, err := policy.Check(who, "addPerson", policy.Resource{Type: "Member", Org: p.org})
	if err != nil {
		return err
	}
	var made []worker
	err = m.store.Do(r.ctx, p.org, func(tx *store.Tx) error {
		made = made[:0]
		e, err := roster.Begin(tx, who, m.keys)
		if err != nil {
			return err
		}
		for i := range n {
			name := fmt.Sprintf("W%06d", len(w.workers)+i)
			added, err := e.Add(roster.NewPerson{
				Name: name, Email: name + "@good.test", Mobile: number(10_000 + len(w.workers) + i), Roles: []actor.Membership{{Role: actor.Worker}},
			}, rule)
			if err != nil {
				return err
			}
			made = append(made, worker{place: p, name: name, person: added.Person})
		}
		return nil
	})
	w.workers = append(w.workers, made...)
	return err
}

// begin starts everybody's shift.
func (m *rooms) begin(r *run, w *world) error {
	desk := shift.Desk{Store: m.store, Keys: m.keys}
	return crowd(32, len(w.workers), func(_, i int) error {
		v := &w.workers[i]
		s, err := desk.Start(r.ctx, program(v.org), v.person, v.ws, shift.Terms{Every: shift.MaxEvery})
		v.shift = s.ID
		return err
	})
}

// crowd does n things, so many at a time, until one fails.
func crowd(clients, n int, do func(client, i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for c := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := do(c, i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
