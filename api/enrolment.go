package api

import (
	"context"

	"muster/actor"
	"muster/call/partner/enrol"
	"muster/call/partner/sheets"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/store"
)

// contactView is somebody whom a partner rings for a worker.
type contactView struct {
	Name  string `json:"name,omitempty" maxLength:"500" example:"Mikko Laine"`
	Phone string `json:"phone" maxLength:"100" example:"+358401234567"`
}

// factsView is what a partner is to know of a worker.
type factsView struct {
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Mobile   string            `json:"mobile"`
	Roles    []string          `json:"roles" nullable:"false"`
	Contacts []contactView     `json:"contacts" nullable:"false"`
	Out      []contactView     `json:"out_of_hours" nullable:"false"`
	Rota     string            `json:"rota_id,omitempty" doc:"Whoever is on duty stands in for contacts"`
	Fields   map[string]string `json:"fields"`
	Word     bool              `json:"safe_word" doc:"There is one; it is never shown here"`
}

func viewFacts(f enrol.Facts) factsView {
	v := factsView{
		Name: f.Name, Email: f.Email, Mobile: f.Mobile, Roles: orNone(f.Roles), Contacts: viewContacts(f.Contacts), Out: viewContacts(f.Out),
		Rota: string(f.Rota), Fields: f.Fields, Word: f.Word,
	}
	if v.Fields == nil {
		v.Fields = map[string]string{}
	}
	return v
}

func viewContacts(in []enrol.Contact) []contactView {
	out := make([]contactView, 0, len(in))
	for _, c := range in {
		out = append(out, contactView{c.Name, c.Phone})
	}
	return out
}

// changeView is one numbered change.
type changeView struct {
	Connection string   `json:"connection_id"`
	Number     int64    `json:"number"`
	Worker     string   `json:"worker_id"`
	Name       string   `json:"worker_name"`
	Kind       string   `json:"kind" enum:"add,change,leave"`
	Fields     []string `json:"fields_changed" nullable:"false"`
	Late       bool     `json:"late" doc:"A rota that changes in less than three days"`
	MadeAt     Instant  `json:"made_at"`
	State      string   `json:"state" enum:"pending,confirmed,rejected"`
	SettledAt  Instant  `json:"settled_at"`
	SettledBy  string   `json:"settled_by,omitempty"`
	Reason     string   `json:"reason,omitempty"`
}

func viewChange(c enrol.Change) changeView {
	return changeView{
		Connection: string(c.Link), Number: c.Number, Worker: string(c.Worker), Name: c.WorkerName, Kind: string(c.Kind), Fields: orNone(c.Fields), Late: c.Late,
		MadeAt: at(c.Made), State: string(c.State), SettledAt: at(c.Settled), SettledBy: c.SettledBy, Reason: c.Reason,
	}
}

// enrolmentView is one worker with how far the partner is.
type enrolmentView struct {
	Worker    string     `json:"worker_id"`
	Name      string     `json:"name"`
	Standing  string     `json:"standing" enum:"confirmed,stale,unconfirmed,rejected,gone,missing"`
	Monitored bool       `json:"monitored"`
	Gap       string     `json:"gap,omitempty" enum:"not_enrolled,gone,contacts"`
	Facts     *factsView `json:"facts,omitempty"`
}

func viewEnrolment(r enrol.Row) enrolmentView {
	v := enrolmentView{Worker: string(r.Worker), Name: r.Name, Standing: string(r.Word), Monitored: r.Word.Monitored(), Gap: r.Gap}
	if r.Enrolment != nil {
		f := viewFacts(r.Enrolment.Facts)
		f.Word = r.Enrolment.Word
		v.Facts = &f
	}
	return v
}

type enrolmentBody struct {
	Contacts []contactView     `json:"contacts,omitempty" maxItems:"20"`
	Out      []contactView     `json:"out_of_hours,omitempty" maxItems:"20"`
	Rota     string            `json:"rota_id,omitempty" maxLength:"40"`
	From     Instant           `json:"rota_from,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Word     *string           `json:"safe_word,omitempty" maxLength:"400" doc:"Absent: as it is; empty: none"`
}

func (b enrolmentBody) draft() enrol.Draft {
	d := enrol.Draft{Rota: id.Rota(b.Rota), Fields: b.Fields, Word: b.Word, From: b.From.Time}
	for _, c := range b.Contacts {
		d.Contacts = append(d.Contacts, enrol.Contact{Name: c.Name, Phone: c.Phone})
	}
	for _, c := range b.Out {
		d.Out = append(d.Out, enrol.Contact{Name: c.Name, Phone: c.Phone})
	}
	return d
}

func (d *desk) enrolments() {
	serve(d, get("/organisations/{id}/enrolments", "enrolment-list", "Every worker, with what the monitoring partner knows and has confirmed; gaps first"), func(ctx context.Context, who actor.Actor, _ *Org) (List[enrolmentView], error) {
		o, err := d.clerk().Look(ctx, who)
		list := List[enrolmentView]{Items: make([]enrolmentView, 0, len(o.Rows))}
		for _, r := range o.Rows {
			list.Items = append(list.Items, viewEnrolment(r))
		}
		return list, err
	})
	serve(d, get("/organisations/{id}/enrolment-changes", "enrolment-changes", "The latest numbered changes and what the partner has said to them"), func(ctx context.Context, who actor.Actor, _ *Org) (List[changeView], error) {
		o, err := d.clerk().Look(ctx, who)
		list := List[changeView]{Items: make([]changeView, 0, len(o.Changes))}
		for _, c := range o.Changes {
			list.Items = append(list.Items, viewChange(c))
		}
		return list, err
	})
	serve(d, post("/people/{id}/enrolment", "enrolment-put", "Enrol a worker, or change what the partner is to know"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body enrolmentBody
	},
	) (enrolmentView, error) {
		worker, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return enrolmentView{}, err
		}
		if _, err := d.clerk().Put(ctx, who, worker, in.Body.draft()); err != nil {
			return enrolmentView{}, err
		}
		return d.enrolment(ctx, who, worker)
	})
	serve(d, remove("/people/{id}/enrolment", "enrolment-remove", "Take a worker out of the enrolment"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		worker, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.clerk().Part(ctx, who, worker)
	})
	d.enrolmentForm()
	d.enrolmentSheets()
}

func (d *desk) enrolment(ctx context.Context, who actor.Actor, worker id.Person) (enrolmentView, error) {
	o, err := d.clerk().Look(ctx, who)
	if err != nil {
		return enrolmentView{}, err
	}
	for _, r := range o.Rows {
		if r.Worker == worker {
			return viewEnrolment(r), nil
		}
	}
	return enrolmentView{}, errNothing
}

// enrolmentField is one further fact.
type enrolmentField struct {
	Key      string   `json:"key,omitempty" maxLength:"100" doc:"Made of the label where it is left out"`
	Label    string   `json:"label" maxLength:"400" example:"Registration plate"`
	Required bool     `json:"required,omitempty"`
	Choices  []string `json:"choices,omitempty" maxItems:"100"`
}

func (d *desk) enrolmentForm() {
	read := func(ctx context.Context, who actor.Actor) (list List[enrolmentField], err error) {
		list.Items = []enrolmentField{}
		if _, err := d.clerk().Look(ctx, who); err != nil {
			return list, err
		}
		err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
			form, err := enrol.Form(tx)
			list.Items = list.Items[:0]
			for _, f := range form {
				list.Items = append(list.Items, enrolmentField{f.Key, f.Label, f.Required, f.Choices})
			}
			return err
		})
		return list, err
	}
	serve(d, get("/organisations/{id}/enrolment-fields", "enrolment-form", "What the organisation adds to the usual facts"), func(ctx context.Context, who actor.Actor, _ *Org) (List[enrolmentField], error) {
		return read(ctx, who)
	})
	serve(d, post("/organisations/{id}/enrolment-fields", "enrolment-form-set", "Say what the organisation adds to the usual facts; replaces what was there"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Body struct {
			Fields []enrolmentField `json:"fields" maxItems:"40"`
		}
	},
	) (List[enrolmentField], error) {
		var form []enrol.Field
		for _, f := range in.Body.Fields {
			form = append(form, enrol.Field{Key: f.Key, Label: f.Label, Required: f.Required, Choices: f.Choices})
		}
		if err := d.clerk().SetForm(ctx, who, form); err != nil {
			return List[enrolmentField]{}, err
		}
		return read(ctx, who)
	})
}

// enrolSheetView is what an uploaded sheet of enrolments would do.
type enrolSheetView struct {
	ID        string           `json:"id"`
	File      string           `json:"file"`
	Columns   []columnView     `json:"columns" nullable:"false"`
	Detail    string           `json:"detail,omitempty" doc:"What is wrong with the sheet as a whole"`
	Counts    map[string]int   `json:"counts" doc:"Rows by what happens to them: add, change, same, leave, bad"`
	Rows      []enrolSheetLine `json:"rows" nullable:"false"`
	ExpiresAt Instant          `json:"expires_at"`
}

func (v enrolSheetView) location() string { return "/enrolment-imports/" + v.ID }

type columnView struct {
	Letter string `json:"letter" example:"C"`
	Text   string `json:"text"`
	Sample string `json:"sample"`
	Means  string `json:"means" doc:"Empty: nobody has said; else a field, \"contact 1 name\", out, word, fields.KEY, new or other"`
}

type enrolSheetLine struct {
	What  string        `json:"what" enum:"add,change,same,leave,bad"`
	Row   int           `json:"row,omitempty"`
	Name  string        `json:"name"`
	Joins bool          `json:"joins_roster,omitempty"`
	Bad   []badCellView `json:"bad,omitempty"`
}

func viewEnrolSheet(tag lang.Tag, p sheets.Plan) enrolSheetView {
	v := enrolSheetView{ID: string(p.ID), File: p.File, Columns: []columnView{}, Counts: map[string]int{}, Rows: []enrolSheetLine{}, ExpiresAt: at(p.Expires)}
	for _, c := range p.Columns {
		v.Columns = append(v.Columns, columnView{c.Letter, c.Text, c.Sample, string(c.Means)})
	}
	if p.Fault != nil {
		v.Detail = detail(tag, fault.From(p.Fault))
	}
	for _, r := range p.Rows {
		v.Counts[string(r.What)]++
		line := enrolSheetLine{What: string(r.What), Row: r.Number, Name: r.Name, Joins: r.Joins && r.What == sheets.Add}
		for _, b := range r.Bad {
			line.Bad = append(line.Bad, badCellView{b.Column, string(b.Field), b.Code, detail(tag, b.Fault()), b.Value})
		}
		v.Rows = append(v.Rows, line)
	}
	return v
}

func (d *desk) intake() sheets.Intake { return sheets.Intake{Store: d.Store, Keys: d.Keys} }

func (d *desk) enrolmentSheets() {
	look := func(ctx context.Context, who actor.Actor, which id.Import) (enrolSheetView, error) {
		p, err := d.intake().Look(ctx, who, which)
		return viewEnrolSheet(callOf(ctx).tag, p), err
	}
	create(d, post("/organisations/{id}/enrolments/imports", "enrolment-upload", "Upload a sheet of enrolments: says what it would do, and does nothing"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		File    string `query:"file" maxLength:"500"`
		Type    string `header:"Content-Type"`
		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (enrolSheetView, error) {
		file, data, err := upload(in.Type, in.File, in.RawBody)
		if err != nil {
			return enrolSheetView{}, err
		}
		which, err := d.intake().Prepare(ctx, who, file, data)
		if err != nil {
			return enrolSheetView{}, err
		}
		return look(ctx, who, which)
	})
	serve(d, get("/enrolment-imports/{id}", "enrolment-import-get", "What an uploaded sheet of enrolments would do now"), func(ctx context.Context, who actor.Actor, in *Thing) (enrolSheetView, error) {
		which, err := id.Parse[id.Import](in.ID)
		if err != nil {
			return enrolSheetView{}, err
		}
		return look(ctx, who, which)
	})
	serve(d, post("/enrolment-imports/{id}/columns", "enrolment-import-match", "Say what columns mean, by their letter"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Columns map[string]string `json:"columns"`
		}
	},
	) (enrolSheetView, error) {
		which, err := id.Parse[id.Import](in.ID)
		if err != nil {
			return enrolSheetView{}, err
		}
		means := map[string]sheets.Means{}
		for letter, m := range in.Body.Columns {
			means[letter] = sheets.Means(m)
		}
		if err := d.intake().Match(ctx, who, which, means); err != nil {
			return enrolSheetView{}, err
		}
		return look(ctx, who, which)
	})
	serve(d, post("/enrolment-imports/{id}/apply", "enrolment-import-apply", "Do all of what the plan says, or nothing"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body *struct {
			Leave bool `json:"leave,omitempty" doc:"Those who are not in the sheet are taken out"`
		}
	},
	) (enrolSheetView, error) {
		which, err := id.Parse[id.Import](in.ID)
		if err != nil {
			return enrolSheetView{}, err
		}
		p, err := d.intake().Apply(ctx, who, which, in.Body != nil && in.Body.Leave)
		return viewEnrolSheet(callOf(ctx).tag, p), err
	})
}
