package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/account"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// organisationView is an organisation as the API shows it.
type organisationView struct {
	ID        string  `json:"id" example:"org_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name      string  `json:"name" example:"Harbour Works"`
	Kind      string  `json:"kind" enum:"customer,partner"`
	Country   string  `json:"country" doc:"ISO 3166-1 alpha-2" example:"FI"`
	TimeZone  string  `json:"time_zone" doc:"IANA" example:"Europe/Helsinki"`
	Language  string  `json:"language" doc:"ISO 639-1" example:"fi"`
	CheckIn   int64   `json:"check_in_seconds" doc:"Between signs of life, where a shift says nothing else" example:"1800"`
	Grace     int64   `json:"grace_seconds" doc:"After a missed check-in, before an alarm" example:"120"`
	Remind    int64   `json:"remind_seconds" doc:"The worker is reminded so long before a check-in is due" example:"120"`
	Repeat    int64   `json:"repeat_seconds" doc:"Between the rounds of an unanswered alarm" example:"120"`
	Reopen    int64   `json:"reopen_seconds" doc:"After which an acknowledged alarm that nobody resolves asks again" example:"900"`
	Phase     string  `json:"phase" enum:"created,onboarding,live,ended" doc:"How far the customer's life at the provider has come: where support may be let in" example:"live"`
	CreatedAt Instant `json:"created_at"`
}

func (o organisationView) location() string { return "/organisations/" + o.ID }

func viewOrganisation(o roster.Organisation, phase account.Stage) organisationView {
	return organisationView{
		ID: string(o.ID), Name: o.Name, Kind: string(o.Kind), Country: o.Country, TimeZone: o.TimeZone, Language: o.Language,
		CheckIn: seconds(o.CheckIn), Grace: seconds(o.Grace), Remind: seconds(o.Remind),
		Repeat: seconds(o.Repeat), Reopen: seconds(o.Reopen), Phase: string(phase), CreatedAt: at(o.Created),
	}
}

type newOrganisation struct {
	Installation
	Body struct {
		Name          string     `json:"name" maxLength:"500" example:"Harbour Works"`
		Kind          string     `json:"kind,omitempty" maxLength:"20" doc:"customer (default) or partner: a monitoring partner, whose people are operators"`
		Country       string     `json:"country" maxLength:"50" doc:"ISO 3166-1 alpha-2" example:"FI"`
		TimeZone      string     `json:"time_zone" maxLength:"100" doc:"IANA" example:"Europe/Helsinki"`
		Language      string     `json:"language" maxLength:"50" doc:"en, de, fr, it, fi, pl or ru" example:"fi"`
		CheckIn       int64      `json:"check_in_seconds,omitempty" doc:"30 to 86400; default 1800"`
		Grace         int64      `json:"grace_seconds,omitempty" doc:"1 to 86400; default 120"`
		Remind        int64      `json:"remind_seconds,omitempty" doc:"1 to 86400; default 120"`
		Repeat        int64      `json:"repeat_seconds,omitempty" doc:"30 to 86400; default 120"`
		Reopen        int64      `json:"reopen_seconds,omitempty" doc:"30 to 86400; default 900"`
		Workspace     string     `json:"workspace,omitempty" maxLength:"500" doc:"Name of the first workspace"`
		Administrator *newPerson `json:"administrator,omitempty" doc:"The first administrator"`
		Contract      string     `json:"contract_reference,omitempty" maxLength:"200" doc:"Reference of the signed contract. With it, contract_signed, success_manager and administrator are needed too; without it the account waits until somebody enters them" example:"C-2026-114"`
		Signed        string     `json:"contract_signed,omitempty" maxLength:"10" doc:"Day on which the contract was signed" example:"2026-10-02"`
		Manager       string     `json:"success_manager,omitempty" maxLength:"100" doc:"Staff member who looks after the customer" example:"stf_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
		Project       string     `json:"onboarding_manager,omitempty" maxLength:"100" doc:"Staff member who manages the onboarding project, where there is one"`
	}
}

type changedOrganisation struct {
	Org
	Body struct {
		Name     *string `json:"name,omitempty" maxLength:"500"`
		Country  *string `json:"country,omitempty" maxLength:"50"`
		TimeZone *string `json:"time_zone,omitempty" maxLength:"100"`
		Language *string `json:"language,omitempty" maxLength:"50"`
		CheckIn  *int64  `json:"check_in_seconds,omitempty"`
		Grace    *int64  `json:"grace_seconds,omitempty"`
		Remind   *int64  `json:"remind_seconds,omitempty"`
		Repeat   *int64  `json:"repeat_seconds,omitempty"`
		Reopen   *int64  `json:"reopen_seconds,omitempty"`
	}
}

func (d *desk) organisations() {
	create(d, post("/organisations", "organisation-create", "Set up an organisation"), d.createOrganisation)
	serve(d, get("/organisations/{id}", "organisation-get", "An organisation and its settings"),
		func(ctx context.Context, who actor.Actor, _ *Org) (organisationView, error) {
			return d.organisation(ctx, who)
		})
	serve(d, patch("/organisations/{id}", "organisation-update", "Change what is given, leave the rest"), d.updateOrganisation)
}

func (d *desk) createOrganisation(ctx context.Context, who actor.Actor, in *newOrganisation) (organisationView, error) {
	b := in.Body
	o := roster.Organisation{
		Name: b.Name, Kind: roster.Kind(b.Kind), Country: b.Country, TimeZone: b.TimeZone, Language: b.Language,
		CheckIn: span(b.CheckIn), Grace: span(b.Grace), Remind: span(b.Remind), Repeat: span(b.Repeat), Reopen: span(b.Reopen),
	}
	var first *roster.NewPerson
	if b.Administrator != nil {
		p := b.Administrator.person()
		first = &p
	}
	if b.Contract != "" || b.Signed != "" || b.Manager != "" || b.Project != "" {
		return d.createCustomer(ctx, who, in, o, first)
	}
	org, err := roster.CreateOrganisation(ctx, d.Store, d.Keys, who, o, b.Workspace, first)
	if err != nil {
		return organisationView{}, err
	}
	return d.organisationOf(ctx, org, nil)
}

// createCustomer sets up an organisation with its contract (WK1).
func (d *desk) createCustomer(ctx context.Context, who actor.Actor, in *newOrganisation, o roster.Organisation, first *roster.NewPerson) (organisationView, error) {
	b := in.Body
	signed, err := time.Parse(time.DateOnly, b.Signed)
	if err != nil && b.Signed != "" {
		return organisationView{}, fault.New(fault.Invalid, "bad_format").At("contract_signed")
	}
	office := account.Office{Store: d.Store, Keys: d.Keys}
	org, err := office.Create(ctx, who, account.New{
		Organisation: o, Workspace: b.Workspace, First: first,
		Deal: account.Deal{Reference: b.Contract, Signed: signed, Manager: id.Staff(b.Manager), Project: id.Staff(b.Project)},
	})
	if err != nil {
		return organisationView{}, err
	}
	return d.organisationOf(ctx, org, nil)
}

// organisationOf reads an organisation if allowed says nothing against it.
func (d *desk) organisationOf(ctx context.Context, org id.Org, allowed func(tx *store.Tx) error) (view organisationView, err error) {
	err = d.Store.View(ctx, org, func(tx *store.Tx) error {
		if allowed != nil {
			if err := allowed(tx); err != nil {
				return err
			}
		}
		o, err := roster.Get(tx)
		if err != nil {
			return err
		}
		phase, err := account.Phase(tx)
		view = viewOrganisation(o, phase)
		return err
	})
	return view, err
}

// organisation reads the actor's organisation, if the actor may see it.
func (d *desk) organisation(ctx context.Context, who actor.Actor) (organisationView, error) {
	return d.organisationOf(ctx, who.Org, func(tx *store.Tx) error { return may(tx, who, "seeOrganisation", "Organisation") })
}

func (d *desk) updateOrganisation(ctx context.Context, who actor.Actor, in *changedOrganisation) (organisationView, error) {
	var o roster.Organisation
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		if err := may(tx, who, "updateOrganisation", "Organisation"); err != nil {
			return err
		}
		o, err = roster.Get(tx)
		return err
	})
	if err != nil {
		return organisationView{}, err
	}
	b := in.Body
	set(&o.Name, b.Name)
	set(&o.Country, b.Country)
	set(&o.TimeZone, b.TimeZone)
	set(&o.Language, b.Language)
	setSpan(&o.CheckIn, b.CheckIn)
	setSpan(&o.Grace, b.Grace)
	setSpan(&o.Remind, b.Remind)
	setSpan(&o.Repeat, b.Repeat)
	setSpan(&o.Reopen, b.Reopen)
	if err := roster.UpdateOrganisation(ctx, d.Store, who, o); err != nil {
		return organisationView{}, err
	}
	return d.organisation(ctx, who)
}

// may asks policy about something that belongs to the organisation as a whole.
func may(tx *store.Tx, who actor.Actor, action, kind string) error {
	_, err := policy.Check(who, action, policy.Resource{Type: kind, ID: string(tx.Org()), Org: tx.Org()})
	return err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func setSpan(to *time.Duration, from *int64) {
	if from != nil {
		*to = span(*from)
	}
}

// workspaceView is a team, site or branch.
type workspaceView struct {
	ID           string `json:"id" example:"wsp_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Name         string `json:"name" example:"Harbour"`
	Instructions string `json:"instructions" doc:"Shown with the escalation procedure of its workers"`
}

func (w workspaceView) location() string { return "/workspaces/" + w.ID }

func viewWorkspace(w roster.Workspace) workspaceView {
	return workspaceView{ID: string(w.ID), Name: w.Name, Instructions: w.Instructions}
}

type workspaceBody struct {
	Name         *string `json:"name,omitempty" maxLength:"500" example:"Harbour"`
	Instructions *string `json:"instructions,omitempty" maxLength:"40000"`
}

func (d *desk) workspaces() {
	serve(d, get("/organisations/{id}/workspaces", "workspace-list", "All workspaces, the first one made first"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[workspaceView], error) {
			all, err := d.workspacesOf(ctx, who)
			list := List[workspaceView]{Items: make([]workspaceView, 0, len(all))}
			for _, w := range all {
				list.Items = append(list.Items, viewWorkspace(w))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/workspaces", "workspace-add", "Make a workspace"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body workspaceBody
	},
	) (workspaceView, error) {
		var name, instructions string
		set(&name, in.Body.Name)
		set(&instructions, in.Body.Instructions)
		w, err := roster.AddWorkspace(ctx, d.Store, who, name, instructions)
		return viewWorkspace(w), err
	})
	serve(d, get("/workspaces/{id}", "workspace-get", "A workspace"), func(ctx context.Context, who actor.Actor, in *Thing) (workspaceView, error) {
		w, err := d.workspace(ctx, who, in.ID)
		return viewWorkspace(w), err
	})
	serve(d, patch("/workspaces/{id}", "workspace-update", "Rename a workspace or change its instructions"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body workspaceBody
	},
	) (workspaceView, error) {
		w, err := d.workspace(ctx, who, in.ID)
		if err != nil {
			return workspaceView{}, err
		}
		set(&w.Name, in.Body.Name)
		set(&w.Instructions, in.Body.Instructions)
		if err := roster.UpdateWorkspace(ctx, d.Store, who, w); err != nil {
			return workspaceView{}, err
		}
		w, err = d.workspace(ctx, who, in.ID)
		return viewWorkspace(w), err
	})
}

func (d *desk) workspacesOf(ctx context.Context, who actor.Actor) (all []roster.Workspace, err error) {
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if err := may(tx, who, "seeOrganisation", "Organisation"); err != nil {
			return err
		}
		all, err = roster.Workspaces(tx)
		return err
	})
	return all, err
}

func (d *desk) workspace(ctx context.Context, who actor.Actor, text string) (roster.Workspace, error) {
	ws, err := id.Parse[id.Workspace](text)
	if err != nil {
		return roster.Workspace{}, err
	}
	all, err := d.workspacesOf(ctx, who)
	if err != nil {
		return roster.Workspace{}, err
	}
	for _, w := range all {
		if w.ID == ws {
			return w, nil
		}
	}
	return roster.Workspace{}, errNothing
}
