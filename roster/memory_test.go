package roster_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/actor"
	"muster/id"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

// Whatever happens to a roster, in units that commit and in units that do not:
// what a unit is told from memory is what the tables say.
func TestWhoIsCalledIsNeverRememberedWrongly(t *testing.T) {
	s := mustertest.Store(t) // one after the other, both databases say the same
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Provider", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
		org, err := roster.CreateOrganisation(ctx, s, nil, staff, roster.Organisation{
			Name: "Huolto", Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi",
		}, "North", nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &remembering{s: s, ctx: ctx, org: org, admin: actor.Actor{
			Kind: actor.Person, Org: org, Name: "Root", Roles: []actor.Membership{{Role: actor.Administrator}},
		}}
		t.Repeat(map[string]func(*rapid.T){
			"join":   r.join,
			"leave":  r.leave,
			"rename": r.rename,
			"undone": r.undone,
			"":       r.agrees,
		})
	})
}

type remembering struct {
	s      *store.Store
	ctx    context.Context
	org    id.Org
	admin  actor.Actor
	people []id.Person
	made   int
}

func (r *remembering) join(t *rapid.T) {
	r.made++
	p, err := roster.AddPerson(r.ctx, r.s, nil, r.admin, roster.NewPerson{
		Name: fmt.Sprintf("P%d", r.made), Mobile: fmt.Sprintf("+35840%07d", r.made), Roles: []actor.Membership{{Role: actor.Monitor}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.people = append(r.people, p.Person)
}

func (r *remembering) leave(t *rapid.T) {
	if len(r.people) == 0 {
		t.Skip("nobody there")
	}
	i := rapid.IntRange(0, len(r.people)-1).Draw(t, "who")
	err := r.s.Do(r.ctx, r.org, func(tx *store.Tx) error { return roster.RemovePerson(tx, r.admin, r.people[i]) })
	if err != nil {
		t.Fatal(err)
	}
	r.people = append(r.people[:i:i], r.people[i+1:]...)
}

func (r *remembering) rename(t *rapid.T) {
	name := rapid.SampledFrom([]string{"Huolto", "Vartiointi", "Kiinteistöt"}).Draw(t, "name")
	o := roster.Organisation{Name: name, Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi"}
	if err := roster.UpdateOrganisation(r.ctx, r.s, r.admin, o); err != nil {
		t.Fatal(err)
	}
}

// undone changes the roster, looks at it, and commits nothing of that. The
// next change gets the same version.
func (r *remembering) undone(t *rapid.T) {
	if len(r.people) == 0 {
		t.Skip("nobody there")
	}
	undone := errors.New("undone")
	err := r.s.Do(r.ctx, r.org, func(tx *store.Tx) error {
		if err := roster.RemovePerson(tx, r.admin, r.people[0]); err != nil {
			return err
		}
		if _, err := roster.Get(tx); err != nil {
			return err
		}
		all, err := roster.EveryResponder(tx)
		if err == nil && len(all) != len(r.people)-1 {
			t.Errorf("the unit sees %d people, want what it wrote: %d", len(all), len(r.people)-1)
		}
		return errors.Join(undone, err)
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
}

// agrees compares what a unit remembers with what it reads.
func (r *remembering) agrees(t *rapid.T) {
	err := r.s.Do(r.ctx, r.org, func(tx *store.Tx) error {
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		known, err := roster.EveryResponder(tx)
		if err != nil {
			return err
		}
		if _, err := roster.Begin(tx, r.admin, nil); err != nil { // from here on the unit reads the tables
			return err
		}
		fresh, err := roster.Get(tx)
		if err != nil {
			return err
		}
		read, err := roster.EveryResponder(tx)
		if d := cmp.Diff(read, known) + cmp.Diff(fresh, org); d != "" {
			t.Errorf("remembered wrongly (-tables +memory):\n%s", d)
		}
		if len(read) != len(r.people) {
			t.Errorf("%d people, want %d", len(read), len(r.people))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
