package api

import (
	"context"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	news "muster/tell/contact"
)

// newsBody is a kind of news that a contact person wants.
type newsBody struct {
	Category  string `json:"category" maxLength:"50" doc:"all, service, service.incident, service.maintenance, security, changes or contract; a wider one brings everything below it, also what is added later" example:"service.incident"`
	Workspace string `json:"workspace_id,omitempty" maxLength:"40" doc:"Absent: of the whole organisation"`
}

// contactPersonView is one contact person.
type contactPersonView struct {
	Person      string             `json:"person_id" example:"per_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name        string             `json:"name" example:"Aino Virtanen"`
	Language    string             `json:"language" example:"fi"`
	Points      []contactPointView `json:"contact_points" nullable:"false" doc:"One counts when verified_at is there and bounced_at is not"`
	News        []newsBody         `json:"news" nullable:"false" doc:"As chosen; what a duty must hear comes on top"`
	Duties      []string           `json:"duties" nullable:"false" doc:"technical or administrative, as who has it" example:"technical"`
	Deputises   []string           `json:"deputises" nullable:"false"`
	Since       Instant            `json:"since"`
	ConfirmedAt Instant            `json:"confirmed_at" doc:"When they last said that this still holds"`
	Overdue     bool               `json:"overdue" doc:"Not confirmed for half a year: support changes no settings meanwhile"`
	Stale       bool               `json:"stale" doc:"Not confirmed for more than a year, or a mailbox nobody answers for: not relied on"`
	Shared      bool               `json:"shared" doc:"Several people read the mailbox"`
	Behind      string             `json:"behind_id,omitempty" doc:"Who answers for a shared mailbox"`
}

func (c contactPersonView) location() string { return "/people/" + c.Person }

// dutyView is one way of standing for the organisation, and who does.
type dutyView struct {
	Duty    string  `json:"duty" enum:"technical,administrative"`
	Person  string  `json:"person_id,omitempty" doc:"Absent: nobody yet"`
	Name    string  `json:"name,omitempty"`
	Deputy  string  `json:"deputy_id,omitempty"`
	Since   Instant `json:"since"`
	Trouble string  `json:"trouble,omitempty" enum:"empty,bounced,unverified,stale" doc:"Why nobody can rely on it; absent: somebody can"`
}

func choices(all []newsBody) []news.Choice {
	out := make([]news.Choice, 0, len(all))
	for _, n := range all {
		out = append(out, news.Choice{Category: news.Category(n.Category), Workspace: id.Workspace(n.Workspace)})
	}
	return out
}

// contactList reads the contact persons of the actor's organisation, by name.
func (d *desk) contactList(ctx context.Context, who actor.Actor) (out []contactPersonView, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeRoster", "Roster"); err != nil {
			return err
		}
		out, err = viewContactPersons(tx)
		return err
	})
	return out, err
}

func viewContactPersons(tx *store.Tx) ([]contactPersonView, error) {
	members, err := duty.Members(tx)
	if err != nil {
		return nil, err
	}
	held, err := duty.Holders(tx)
	if err != nil {
		return nil, err
	}
	chosen, err := news.Choices(tx)
	if err != nil {
		return nil, err
	}
	all, err := roster.All(tx)
	out := make([]contactPersonView, 0, len(members))
	for _, p := range all {
		if i := slices.IndexFunc(members, func(m duty.Member) bool { return m.Person == p.Person }); i >= 0 {
			v := viewContact(p, members[i], held, chosen)
			v.Overdue = duty.At(members[i].Confirmed, tx.Now()).Overdue
			out = append(out, v)
		}
	}
	return out, err
}

func viewContact(p roster.Person, m duty.Member, held []duty.Holder, chosen []news.Choice) contactPersonView {
	v := contactPersonView{
		Person: string(p.Person), Name: p.Name, Language: string(p.Language), Points: []contactPointView{}, News: []newsBody{},
		Duties: []string{}, Deputises: []string{}, Since: at(m.Since), ConfirmedAt: at(m.Confirmed),
		Stale: m.Stale, Shared: m.Shared, Behind: string(m.Behind),
	}
	for _, x := range p.Points {
		v.Points = append(v.Points, viewPoint(x))
	}
	for _, c := range chosen {
		if c.Person == p.Person {
			v.News = append(v.News, newsBody{string(c.Category), string(c.Workspace)})
		}
	}
	for _, h := range held {
		switch p.Person {
		case h.Person.Person:
			v.Duties = append(v.Duties, string(h.Duty))
		case h.Deputy.Person:
			v.Deputises = append(v.Deputises, string(h.Duty))
		}
	}
	return v
}

// contactOf is one contact person, whom the actor has just changed.
func (d *desk) contactOf(ctx context.Context, who actor.Actor, person id.Person) (contactPersonView, error) {
	var all []contactPersonView
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		all, err = viewContactPersons(tx)
		return err
	})
	if err != nil {
		return contactPersonView{}, err
	}
	i := slices.IndexFunc(all, func(c contactPersonView) bool { return c.Person == string(person) })
	if i < 0 {
		return contactPersonView{}, fault.New(fault.NotFound, "not_found")
	}
	return all[i], nil
}

// contactPersons are who is told news about the service, and who stands for the
// organisation (BS1, BS3, BS4, BS6).
func (d *desk) contactPersons() {
	serve(d, get("/organisations/{id}/contact-persons", "contact-person-list", "The contact persons, with what each is told"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[contactPersonView], error) {
			all, err := d.contactList(ctx, who)
			return List[contactPersonView]{Items: all}, err
		})
	create(d, post("/organisations/{id}/contact-persons", "contact-person-add", "Put somebody on the roster who is told news, and has no role"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Name     string     `json:"name" maxLength:"500"`
			Email    string     `json:"email,omitempty" maxLength:"500"`
			Mobile   string     `json:"mobile,omitempty" maxLength:"100"`
			Language string     `json:"language,omitempty" maxLength:"10"`
			News     []newsBody `json:"news" minItems:"1" maxItems:"200"`
		}
	},
	) (contactPersonView, error) {
		b := in.Body
		p, err := news.Add(ctx, d.Store, d.Keys, who, roster.NewPerson{Name: b.Name, Email: b.Email, Mobile: b.Mobile, Language: b.Language}, choices(b.News))
		if err != nil {
			return contactPersonView{}, err
		}
		return d.contactOf(ctx, who, p.Person)
	})
	serve(d, post("/organisations/{id}/contact-persons/confirm", "contact-person-confirm", "By the token's own person: what is known of them as a contact person still holds"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body *struct {
			By string `json:"by,omitempty" maxLength:"500" doc:"Who says so; needed at a shared mailbox"`
		}
	},
	) (done, error) {
		by := ""
		if in.Body != nil {
			by = in.Body.By
		}
		return done{true}, duty.Confirm(ctx, d.Store, who, by)
	})
	d.onContactPerson()
	d.standing()
}

func (d *desk) onContactPerson() {
	serve(d, post("/people/{id}/news", "contact-person-choose", "Say which news somebody of the roster wants, in place of what was said before; makes them a contact person"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			News []newsBody `json:"news" maxItems:"200"`
		}
	},
	) (contactPersonView, error) {
		person, err := d.known(ctx, who, in.ID)
		if err == nil {
			err = news.Choose(ctx, d.Store, who, person, choices(in.Body.News))
		}
		if err != nil {
			return contactPersonView{}, err
		}
		return d.contactOf(ctx, who, person)
	})
	serve(d, remove("/people/{id}/news", "contact-person-remove", "Take somebody off the contact persons; they stay on the roster"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		person, err := d.known(ctx, who, in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, news.Remove(ctx, d.Store, who, person)
	})
	serve(d, post("/people/{id}/shared-mailbox", "contact-person-share", "Say that several people read what comes to a contact person, and who answers for it"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Behind string `json:"behind_id" maxLength:"40" doc:"Empty: one person alone reads it"`
		}
	},
	) (contactPersonView, error) {
		person, err := d.known(ctx, who, in.ID)
		if err == nil {
			err = duty.Share(ctx, d.Store, who, person, id.Person(in.Body.Behind))
		}
		if err != nil {
			return contactPersonView{}, err
		}
		return d.contactOf(ctx, who, person)
	})
}

// known is somebody of the caller's roster whom the caller may see.
func (d *desk) known(ctx context.Context, who actor.Actor, text string) (id.Person, error) {
	person, err := id.Parse[id.Person](text)
	if err == nil {
		_, err = d.person(ctx, who, person)
	}
	return person, err
}

// standing are the duties.
func (d *desk) standing() {
	serve(d, get("/organisations/{id}/duties", "duty-list", "Who stands for the organisation: one technical and one administrative contact, each with a deputy"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[dutyView], error) { return d.duties(ctx, who) })
	serve(d, post("/organisations/{id}/duties", "duty-assign", "Give a duty to somebody in place of whoever had it; it is never empty again"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Duty   string `json:"duty" enum:"technical,administrative"`
			Person string `json:"person_id" maxLength:"40"`
			Deputy string `json:"deputy_id,omitempty" maxLength:"40"`
		}
	},
	) (List[dutyView], error) {
		b := in.Body
		if err := duty.Assign(ctx, d.Store, who, duty.Duty(b.Duty), id.Person(b.Person), id.Person(b.Deputy)); err != nil {
			return List[dutyView]{}, err
		}
		return d.duties(ctx, who)
	})
}

func (d *desk) duties(ctx context.Context, who actor.Actor) (list List[dutyView], err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		list.Items = []dutyView{}
		if err := may(tx, who, "seeRoster", "Roster"); err != nil {
			return err
		}
		held, err := duty.Holders(tx)
		for _, h := range held {
			list.Items = append(list.Items, dutyView{
				Duty: string(h.Duty), Person: string(h.Person.Person), Name: h.Person.Name, Deputy: string(h.Deputy.Person),
				Since: at(h.Since), Trouble: string(h.Trouble()),
			})
		}
		return err
	})
	return list, err
}
