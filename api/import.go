package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"muster/actor"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster/intake"
	"muster/roster/sheet"
	"muster/store"
	news "muster/tell/contact"
)

// importPlanView is what taking a sheet in would do, or did.
type importPlanView struct {
	ID         string          `json:"id" example:"imp_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	File       string          `json:"file"`
	Sheet      string          `json:"sheet,omitempty" doc:"Of the workbook"`
	Unread     []string        `json:"unread_columns" nullable:"false" doc:"Headers that were not understood"`
	Ignored    []string        `json:"ignored_sheets" nullable:"false" doc:"Other sheets that look like a roster too"`
	Workspaces []string        `json:"new_workspaces" nullable:"false" doc:"Would be made"`
	Counts     map[string]int  `json:"counts" doc:"Rows by what happens to them: add, change, same, leave, bad"`
	Rows       []importRowView `json:"rows" nullable:"false" doc:"As in the sheet; those who are not in it at the end"`
	ExpiresAt  Instant         `json:"expires_at" doc:"Until when it can be applied"`
}

func (p importPlanView) location() string { return "/imports/" + p.ID }

// importRowView is one row of a sheet.
type importRowView struct {
	What    string             `json:"what" enum:"add,change,same,leave,bad"`
	Row     int                `json:"row,omitempty" doc:"As the office program numbers it"`
	Person  string             `json:"person_id,omitempty"`
	Name    string             `json:"name"`
	Changes []importChangeView `json:"changes,omitempty"`
	Bad     []badCellView      `json:"bad,omitempty"`
}

// importChangeView is one field that a row changes.
type importChangeView struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// badCellView is one cell that breaks a rule.
type badCellView struct {
	Column string `json:"column" doc:"As the office program calls it" example:"C"`
	Field  string `json:"field" example:"mobile"`
	Code   string `json:"code" example:"phone_invalid"`
	Detail string `json:"detail" doc:"In the reader's language"`
	Value  string `json:"value"`
}

func viewPlan(tag lang.Tag, p intake.Plan) importPlanView {
	v := importPlanView{
		ID: string(p.ID), File: p.File, Sheet: p.Sheet, Unread: orNone(p.Unread), Ignored: orNone(p.Ignored),
		Workspaces: orNone(p.Workspaces), Counts: map[string]int{}, Rows: make([]importRowView, 0, len(p.Rows)), ExpiresAt: at(p.Expires),
	}
	for _, r := range p.Rows {
		v.Counts[string(r.What)]++
		row := importRowView{What: string(r.What), Row: r.Number, Person: string(r.Person), Name: r.Name}
		for _, c := range r.Differences {
			row.Changes = append(row.Changes, importChangeView{string(c.Field), c.Old, c.New})
		}
		for _, b := range r.Bad {
			row.Bad = append(row.Bad, badCellView{b.Column, string(b.Field), b.Code, detail(tag, b.Fault()), b.Value})
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Aimed says what the people of a sheet are taken in as.
type Aimed struct {
	As string `query:"as" enum:"people,contacts" default:"people" doc:"contacts: they become contact persons, and roles and PINs in the sheet are left alone"`
}

func (a Aimed) aim() intake.Aim {
	if a.As == "contacts" {
		return intake.Aim{Contacts: new(news.Intake)}
	}
	return intake.Aim{}
}

func (d *desk) imports() {
	create(d, post("/organisations/{id}/imports", "import-upload", "Upload a roster (XLSX, CSV or vCard, as the body or as multipart/form-data): says what it would do, and does nothing"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Aimed
		File    string `query:"file" maxLength:"500" doc:"Its name"`
		News    string `query:"news" maxLength:"500" default:"all" doc:"With as=contacts: what those are told who are new and of whom the sheet says nothing; categories, with commas between"`
		Type    string `header:"Content-Type"`
		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (importPlanView, error) {
		file, data, err := upload(in.Type, in.File, in.RawBody)
		if err != nil {
			return importPlanView{}, err
		}
		tag := callOf(ctx).tag
		aim := in.aim()
		for category := range strings.SplitSeq(in.News, ",") { // of no weight without contacts
			aim.Wanted = append(aim.Wanted, sheet.News{Category: strings.TrimSpace(category)})
		}
		p, err := aim.Prepare(ctx, d.Store, who, file, data, string(tag))
		return viewPlan(tag, p), err
	})
	serve(d, get("/imports/{id}", "import-get", "What an uploaded sheet would do now"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Aimed
	},
	) (importPlanView, error) {
		which, err := id.Parse[id.Import](in.ID)
		if err != nil {
			return importPlanView{}, err
		}
		tag := callOf(ctx).tag
		p, err := in.aim().Look(ctx, d.Store, who, which, string(tag))
		return viewPlan(tag, p), err
	})
	serve(d, post("/imports/{id}/apply", "import-apply", "Do all of what the plan says, or nothing"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Aimed
		Body *struct {
			Leave bool `json:"leave,omitempty" doc:"Those who are not in the sheet leave the roster; contact persons only cease to be such"`
		}
	},
	) (importPlanView, error) {
		which, err := id.Parse[id.Import](in.ID)
		if err != nil {
			return importPlanView{}, err
		}
		var leave intake.MayLeave
		if in.Body != nil && in.Body.Leave {
			if leave = shift.OffShift; in.As == "contacts" {
				leave = func(*store.Tx, id.Person) error { return nil }
			}
		}
		p, err := in.aim().Apply(ctx, d.Store, d.Keys, who, which, leave)
		return viewPlan(callOf(ctx).tag, p), err
	})
	d.exports()
}

func (d *desk) exports() {
	const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	stream(d, post("/organisations/{id}/people/export", "person-export", "The roster as a sheet; that it was taken is in the book"), xlsx, func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Format string `query:"format" enum:"xlsx,csv" default:"xlsx"`
	},
	) (func(http.ResponseWriter) error, error) {
		data, err := intake.Export(ctx, d.Store, who, intake.Format(in.Format))
		return func(w http.ResponseWriter) error {
			if in.Format == string(intake.CSV) {
				w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			}
			w.Header().Set("Content-Disposition", `attachment; filename="roster.`+in.Format+`"`)
			_, err := w.Write(data)
			return err
		}, err
	})
	stream(d, get("/roster-template", "import-template", "The empty sheet to be filled in"), xlsx, func(_ context.Context, _ actor.Actor, in *struct {
		Installation
		Language string `query:"language" enum:"en,de,fr,it,fi,pl,ru" default:"en"`
	},
	) (func(http.ResponseWriter) error, error) {
		var b bytes.Buffer
		err := intake.Template(&b, in.Language)
		return func(w http.ResponseWriter) error {
			w.Header().Set("Content-Disposition", `attachment; filename="roster-template.xlsx"`)
			_, err := w.Write(b.Bytes())
			return err
		}, err
	})
}

// upload takes the sheet out of a request, as browsers send files or plain.
func upload(kind, name string, body []byte) (file string, data []byte, err error) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil || !strings.HasPrefix(media, "multipart/") {
		return name, body, nil
	}
	missing := fault.New(fault.Invalid, "required").At("file")
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, missing
		}
		if err != nil {
			return "", nil, missing.Wrap(err)
		}
		if part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(part) // within the body, which is bounded
		if err != nil {
			return "", nil, missing.Wrap(err)
		}
		return part.FileName(), data, nil
	}
}
