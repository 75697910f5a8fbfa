package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// House is the demonstration's monitoring partner, which the first
// organisation is connected with.
type House struct {
	ID            id.Org
	Name          string
	Administrator id.Person
	Operators     []id.Person
}

// house is the partner as it is set up.
var house = struct {
	name, administrator string
	operators           []string
}{"Pohjantähden Hälytyskeskus Oy", "Kaarina Wallenius", []string{"Ritva Ojala", "Mikael Sandström"}}

// waiting is how many enrolments the partner leaves unconfirmed, so that a
// visitor has something to confirm.
const waiting = 3

// houseName is where the installation remembers its partner.
const houseName = "demo.partner"

// partner makes the monitoring partner, or finds the one that is there.
func (w *World) partner(ctx context.Context) error {
	kept, err := w.store.Installation(ctx, houseName, func() ([]byte, error) {
		if err := w.join(ctx, w.Orgs[0]); err != nil {
			return nil, err
		}
		return json.Marshal(w.House)
	})
	if err != nil {
		return fmt.Errorf("set up the demonstration's partner: %w", err)
	}
	return json.Unmarshal(kept, &w.House)
}

// join sets the partner up and connects the organisation with it.
func (w *World) join(ctx context.Context, o Org) error {
	staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Muster demonstration", Door: actor.Command, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	first := roster.NewPerson{Name: house.administrator, Email: "kaarina@pohjantahti.example", Mobile: "+358401239001"}
	org, err := roster.CreateOrganisation(ctx, w.store, w.keys, staff, roster.Organisation{
		Name: house.name, Kind: roster.Partner, Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi",
	}, "", &first)
	if err != nil {
		return err
	}
	w.House = House{ID: org, Name: house.name}
	boss := actor.Actor{
		Kind: actor.Person, Org: org, Name: house.administrator, Door: actor.Command, Roles: []actor.Membership{{Role: actor.Administrator}},
	}
	for i, name := range house.operators {
		p, err := roster.AddPerson(ctx, w.store, w.keys, boss, roster.NewPerson{
			Name: name, Email: mailbox(name, "pohjantahti.example"), Mobile: fmt.Sprintf("+35840123901%d", i),
			Roles: []actor.Membership{{Role: actor.Operator}},
		})
		if err != nil {
			return err
		}
		w.House.Operators = append(w.House.Operators, p.Person)
	}
	err = w.store.View(ctx, org, func(tx *store.Tx) error {
		all, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
		if err == nil {
			w.House.Administrator = all[0].Person
			boss.Person = all[0].Person
		}
		return err
	})
	if err != nil {
		return err
	}
	return w.connect(ctx, boss, o)
}

// connect lets both sides agree, enrols the organisation's workers and has the
// partner confirm most of them.
func (w *World) connect(ctx context.Context, boss actor.Actor, o Org) error {
	admin := actor.Actor{
		Kind: actor.Person, Org: o.ID, Person: o.Administrator, Name: plans[0].administrator, Door: actor.Command,
		Roles: []actor.Membership{{Role: actor.Administrator}},
	}
	link, err := connection.Propose(ctx, w.store, admin, w.House.ID)
	if err != nil {
		return err
	}
	if _, err := connection.Agree(ctx, w.store, boss, link.ID, enrol.Begun); err != nil {
		return err
	}
	err = connection.Settle(ctx, w.store, admin, link.ID, connection.Terms{
		Every: true, Phones: "Päivystävä esimies: +358 40 123 8000", Wishes: "Soittakaa ensin työntekijälle. Portin avain on vartiointiliikkeellä.",
	})
	if err != nil {
		return err
	}
	word, clerk := "Pihlaja", enrol.Clerk{Store: w.store, Keys: w.keys}
	for i, worker := range o.Workers[:len(o.Workers)-2] { // two are left out: gaps that the pages show
		d := enrol.Draft{Contacts: []enrol.Contact{
			{Name: plans[0].monitors[i%4], Phone: fmt.Sprintf("+35840123%04d", 6000+i)},
			{Name: plans[0].monitors[(i+1)%4], Phone: fmt.Sprintf("+35840123%04d", 7000+i)},
		}, Word: &word}
		if _, err := clerk.Put(ctx, admin, worker.Person, d); err != nil {
			return err
		}
	}
	list, err := clerk.Inbox(ctx, boss)
	if err != nil {
		return err
	}
	for _, c := range list[:max(0, len(list)-waiting)] {
		if err := clerk.Settle(ctx, boss, c.Link, c.Number, enrol.Confirmed, ""); err != nil {
			return err
		}
	}
	return nil
}
