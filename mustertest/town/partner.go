package town

import (
	"muster/actor"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/id"
	"muster/roster"
)

// Partner sets up a monitoring partner, with nobody but its administrator.
func (town *Town) Partner(name string) *Organisation {
	town.t.Helper()
	return town.found(name, roster.Partner)
}

// Operator adds somebody who answers the alarms of a partner's customers.
func (o *Organisation) Operator(name string) Member {
	o.town.t.Helper()
	n := person(name)
	n.Roles = []actor.Membership{{Role: actor.Operator}}
	p, err := roster.AddPerson(o.town.t.Context(), o.town.Store, o.town.Keys, o.Admin.Actor, n)
	if err != nil {
		o.town.t.Fatal(err)
	}
	return o.member(p)
}

// Connect has both sides agree; every alarm of the customer goes to the partner
// at once.
func (o *Organisation) Connect(house *Organisation) id.Link {
	t, ctx, s := o.town.t, o.town.t.Context(), o.town.Store
	t.Helper()
	link, err := connection.Propose(ctx, s, o.Admin.Actor, house.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = connection.Agree(ctx, s, house.Admin.Actor, link.ID, enrol.Begun); err != nil {
		t.Fatal(err)
	}
	if err := connection.Settle(ctx, s, o.Admin.Actor, link.ID, connection.Terms{Every: true}); err != nil {
		t.Fatal(err)
	}
	return link.ID
}

// Enrol enrols a worker with two contacts and a safe word.
func (o *Organisation) Enrol(worker Member) {
	o.town.t.Helper()
	word := "Blue Heron"
	_, err := enrol.Clerk{Store: o.town.Store, Keys: o.town.Keys}.Put(o.town.t.Context(), o.Admin.Actor, worker.Person.Person, enrol.Draft{
		Contacts: []enrol.Contact{{Name: "Veikko Salo", Phone: "+358401110001"}, {Name: "Liisa Salo", Phone: "+358401110002"}}, Word: &word,
	})
	if err != nil {
		o.town.t.Fatal(err)
	}
}
