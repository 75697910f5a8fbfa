package api

import (
	"context"
	"slices"

	"muster/actor"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

var errNothing = fault.New(fault.NotFound, "not_found")

// Membership is a role in a workspace, or in the whole organisation.
type Membership struct {
	Role      string `json:"role" maxLength:"50" doc:"worker, monitor, administrator; in a monitoring partner operator" example:"monitor"`
	Workspace string `json:"workspace_id,omitempty" maxLength:"40" doc:"Absent: the whole organisation"`
}

// personView is somebody on the roster.
type personView struct {
	ID        string             `json:"id" example:"per_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name      string             `json:"name" example:"Aino Virtanen"`
	PIN       string             `json:"pin" doc:"Short identifier; empty once the person has left" example:"4711"`
	Email     string             `json:"email" doc:"The first e-mail address" example:"aino@example.org"`
	Mobile    string             `json:"mobile" doc:"The first mobile number, E.164" example:"+358401234567"`
	Roles     []string           `json:"roles" nullable:"false" doc:"Held anywhere" example:"[\"worker\"]"`
	Members   []Membership       `json:"memberships" nullable:"false"`
	Language  string             `json:"language" doc:"In which the person is written to" example:"fi"`
	Employee  string             `json:"employee,omitempty" doc:"Number in the organisation's own payroll"`
	Active    bool               `json:"active"`
	Points    []contactPointView `json:"contact_points" nullable:"false" doc:"In the order of preference"`
	Quiet     *quietHours        `json:"quiet_hours,omitempty" doc:"When what can wait does not come; absent: there are none"`
	CreatedAt Instant            `json:"created_at"`
	LeftAt    Instant            `json:"left_at"`
}

// contactPointView is one address of a person.
type contactPointView struct {
	ID         string  `json:"id" example:"cpt_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Channel    string  `json:"channel" doc:"email, sms, voice, whatsapp, or webpush for a device" example:"email"`
	Address    string  `json:"address" example:"aino@example.org"`
	Alarms     bool    `json:"alarms" doc:"Alarms go there at once; the others are there to fall back on"`
	VerifiedAt Instant `json:"verified_at" doc:"When its owner confirmed it"`
	BouncedAt  Instant `json:"bounced_at" doc:"When a carrier called it dead; it is not relied on until it is verified again"`
	Bounced    string  `json:"bounced_reason,omitempty" doc:"Why: unknown (there is no such address), gone (closed, or somebody else's now), unsubscribed (its owner wants nothing more from us), incapable (not on this channel), unlinked (the device shows nothing any more)" example:"unknown"`
	BounceCode string  `json:"bounced_code,omitempty" doc:"The carrier's own code" example:"5.1.1"`
}

func (p personView) location() string { return "/people/" + p.ID }

func viewPerson(p roster.Person) personView {
	v := personView{
		ID: string(p.Person), Name: p.Name, PIN: p.PIN, Email: p.First(roster.Email), Mobile: p.Phone(),
		Roles: roleNames(p.Roles), Members: viewMemberships(p.Roles), Language: string(p.Language), Employee: p.Employee,
		Active: p.Active, Points: make([]contactPointView, 0, len(p.Points)), CreatedAt: at(p.Created), LeftAt: at(p.Left),
	}
	if p.Own != "" {
		v.Language = p.Own
	}
	v.Quiet = viewQuiet(p.Quiet)
	for _, x := range p.Points {
		v.Points = append(v.Points, viewPoint(x))
	}
	return v
}

// outline is what those see who may look at the list but not at the person.
func (p personView) outline() personView {
	p.PIN, p.Email, p.Mobile, p.Employee, p.Points = "", "", "", "", []contactPointView{}
	p.Quiet = nil
	return p
}

func viewPoint(x roster.Point) contactPointView {
	return contactPointView{
		ID: string(x.ID), Channel: x.Channel, Address: x.Address, Alarms: x.Alarms,
		VerifiedAt: at(x.VerifiedAt), BouncedAt: at(x.BouncedAt), Bounced: string(x.Bounced), BounceCode: x.BounceCode,
	}
}

func roleNames(all []actor.Membership) []string {
	names := []string{}
	for _, m := range all {
		if !slices.Contains(names, string(m.Role)) {
			names = append(names, string(m.Role))
		}
	}
	return names
}

func viewMemberships(all []actor.Membership) []Membership {
	out := make([]Membership, 0, len(all))
	for _, m := range all {
		out = append(out, Membership{Role: string(m.Role), Workspace: string(m.Workspace)})
	}
	return out
}

// memberships reads both ways of naming roles; the rooms check what they are.
func memberships(plain []string, placed []Membership) ([]actor.Membership, error) {
	var out []actor.Membership
	for _, r := range plain {
		out = append(out, actor.Membership{Role: actor.Role(r)})
	}
	for _, m := range placed {
		ws := id.Workspace(m.Workspace)
		if ws != "" {
			if _, err := id.Parse[id.Workspace](m.Workspace); err != nil {
				return nil, fault.New(fault.Invalid, "workspace_unknown").At("memberships")
			}
		}
		out = append(out, actor.Membership{Role: actor.Role(m.Role), Workspace: ws})
	}
	return out, nil
}

type newPerson struct {
	Name      string       `json:"name" maxLength:"500" example:"Aino Virtanen"`
	Email     string       `json:"email,omitempty" maxLength:"500" example:"aino@example.org"`
	Mobile    string       `json:"mobile,omitempty" maxLength:"100" doc:"With country code, or as dialled in the organisation's country" example:"+358 40 123 4567"`
	Roles     []string     `json:"roles,omitempty" maxItems:"10" doc:"worker, monitor, administrator: in the whole organisation (workers: in its first workspace)" example:"[\"worker\"]"`
	Members   []Membership `json:"memberships,omitempty" maxItems:"200" doc:"The same by workspace"`
	Language  string       `json:"language,omitempty" maxLength:"50" doc:"Default: the organisation's" example:"fi"`
	PIN       string       `json:"pin,omitempty" maxLength:"50" doc:"Default: one is made" example:"4711"`
	DuressPIN string       `json:"duress_pin,omitempty" maxLength:"50" doc:"Looks like the PIN to an attacker and raises a silent alarm; never shown again"`
	Employee  string       `json:"employee,omitempty" maxLength:"500" doc:"Number in the organisation's own payroll"`
}

func (n newPerson) person() roster.NewPerson {
	roles, _ := memberships(n.Roles, nil) // names only: nothing to refuse
	return roster.NewPerson{
		Name: n.Name, Email: n.Email, Mobile: n.Mobile, Roles: roles,
		Language: n.Language, PIN: n.PIN, DuressPIN: n.DuressPIN, Employee: n.Employee,
	}
}

type changedPerson struct {
	Thing
	Body struct {
		Name      *string       `json:"name,omitempty" maxLength:"500"`
		Email     *string       `json:"email,omitempty" maxLength:"500" doc:"Replaces the first e-mail address; empty takes it away"`
		Mobile    *string       `json:"mobile,omitempty" maxLength:"100" doc:"Replaces the first mobile number; empty takes it away"`
		Roles     *[]string     `json:"roles,omitempty" maxItems:"10"`
		Members   *[]Membership `json:"memberships,omitempty" maxItems:"200"`
		Language  *string       `json:"language,omitempty" maxLength:"50"`
		PIN       *string       `json:"pin,omitempty" maxLength:"50"`
		DuressPIN *string       `json:"duress_pin,omitempty" maxLength:"50" doc:"Empty takes it away"`
		Employee  *string       `json:"employee,omitempty" maxLength:"500"`
	}
}

type peopleFilter struct {
	Org
	Page
	Text      string `query:"search" maxLength:"100" doc:"Part of a name, PIN or address"`
	Role      string `query:"role" enum:"worker,monitor,administrator"`
	Workspace string `query:"workspace_id" maxLength:"40"`
	Left      bool   `query:"left" doc:"Those who have left instead"`
}

func (d *desk) people() {
	serve(d, get("/organisations/{id}/people", "person-list", "People by name"), d.listPeople)
	create(d, post("/organisations/{id}/people", "person-add", "Put somebody on the roster"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body newPerson
	},
	) (personView, error) {
		n := in.Body.person()
		var err error
		if n.Roles, err = memberships(in.Body.Roles, in.Body.Members); err != nil {
			return personView{}, err
		}
		p, err := roster.AddPerson(ctx, d.Store, d.Keys, who, n)
		return viewPerson(p), err
	})
	serve(d, get("/people/{id}", "person-get", "A person"), func(ctx context.Context, who actor.Actor, in *Thing) (personView, error) {
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
	serve(d, patch("/people/{id}", "person-update", "Change what is given, leave the rest"), d.updatePerson)
	serve(d, remove("/people/{id}", "person-remove", "Take a person off the roster, and out of everything, at once"),
		func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
			person, err := id.Parse[id.Person](in.ID)
			if err != nil {
				return done{}, err
			}
			return done{true}, shift.RemovePerson(ctx, d.Store, who, person)
		})
}

func (d *desk) listPeople(ctx context.Context, who actor.Actor, in *peopleFilter) (List[personView], error) {
	after, err := in.place("people")
	if err != nil {
		return List[personView]{}, err
	}
	var views []personView
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeRoster", "Roster"); err != nil {
			return err
		}
		all, err := roster.List(tx, roster.Filter{
			Text: in.Text, Role: actor.Role(in.Role), Workspace: id.Workspace(in.Workspace), Left: in.Left,
			After: id.Person(after), Limit: in.Limit + 1,
		})
		for _, p := range all {
			v := viewPerson(p)
			if p.See(tx, who) != nil {
				v = v.outline()
			}
			views = append(views, v)
		}
		return err
	})
	if err != nil {
		return List[personView]{}, err
	}
	return pageOf(views, in.Limit, func(last personView) string { return cursor("people", last.ID) }), nil
}

// person reads somebody whom the actor may see.
func (d *desk) person(ctx context.Context, who actor.Actor, person id.Person) (v personView, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, person)
		if err != nil {
			return err
		}
		v = viewPerson(p)
		return p.See(tx, who)
	})
	if err != nil {
		return personView{}, err
	}
	return v, nil
}

func (d *desk) updatePerson(ctx context.Context, who actor.Actor, in *changedPerson) (personView, error) {
	person, err := id.Parse[id.Person](in.ID)
	if err != nil {
		return personView{}, err
	}
	b := in.Body
	c := roster.Change{
		Name: b.Name, Email: b.Email, Mobile: b.Mobile, Language: b.Language,
		PIN: b.PIN, DuressPIN: b.DuressPIN, Employee: b.Employee,
	}
	if b.Roles != nil || b.Members != nil {
		var plain []string
		var placed []Membership
		set(&plain, b.Roles)
		set(&placed, b.Members)
		roles, err := memberships(plain, placed)
		if err != nil {
			return personView{}, err
		}
		c.Roles = &roles
	}
	if err := roster.UpdatePerson(ctx, d.Store, d.Keys, who, person, c); err != nil {
		return personView{}, err
	}
	return d.person(ctx, who, person)
}
