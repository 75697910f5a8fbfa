package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster/intake"
	"muster/roster/sheet"
	"muster/store"
	news "muster/tell/contact"
)

// intakePage is one way in for sheets.
type intakePage struct {
	upload   string // the page that asks for a sheet
	at       string // the previews are below it
	nav      string
	fields   []previewField
	contacts bool // they become contact persons
	back     string
}

func (p intakePage) aim() intake.Aim {
	if p.contacts {
		return intake.Aim{Contacts: new(news.Intake)}
	}
	return intake.Aim{}
}

// mayLeave is asked for those who are not in a sheet: a contact person only
// ceases to be one.
func (p intakePage) mayLeave() intake.MayLeave {
	if p.contacts {
		return func(*store.Tx, id.Person) error { return nil }
	}
	return shift.OffShift
}

// rosterIntake takes sheets in as people of the roster.
var rosterIntake = intakePage{upload: "/roster/import", at: "/imports/", nav: "/roster", back: "/roster", fields: []previewField{
	{sheet.Name, "web.col.name"},
	{sheet.Email, "web.col.email"},
	{sheet.Mobile, "web.col.mobile"},
	{sheet.Role, "web.col.roles"},
	{sheet.Workspace, "web.board.workspace"},
	{sheet.PIN, "web.person.pin"},
}}

// importView asks for a sheet.
type importView struct{ Frame }

// previewView shows what a sheet would do, row by row, before it does it.
type previewView struct {
	Frame
	File, Sheet        string
	Total              int
	Counts             []choice // Value: add, change, same, leave, bad
	Notes              []string
	Action, Upload     string
	Contacts           bool // they become contact persons
	Blocked, Nothing   bool
	Add, Change, Leave int
	Bad                int
	LeaveNames         []string
	Columns            []string
	Rows               []previewRow
	Pager              pager
}

type previewRow struct {
	Number         string
	What, WhatText string // add, change, same, leave, bad
	Cells          []previewCell
}

type previewCell struct {
	Value, Old string
	Changed    bool
	Problem    string
}

func (s *site) importing(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "web.import.title", "/roster")
	if err != nil {
		return err
	}
	return s.show(w, r, "import", &importView{Frame: f})
}

// upload prepares a sheet: nothing on the roster changes by it.
func (s *site) upload(w http.ResponseWriter, r *http.Request, v *visit) error {
	plan, err := s.prepare(r, v, intake.Aim{})
	if err == nil {
		return see(w, r, "/imports/"+string(plan.ID))
	}
	f, ferr := s.framed(w, r, v, "web.import.title", "/roster")
	if ferr != nil {
		return ferr
	}
	return s.again(w, r, "import", &importView{Frame: f}, err)
}

func (s *site) prepare(r *http.Request, v *visit, aim intake.Aim) (intake.Plan, error) {
	file, head, err := r.FormFile("file")
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return intake.Plan{}, fault.New(fault.Invalid, "upload_too_large").At("file")
		}
		return intake.Plan{}, fault.New(fault.Invalid, "required").At("file").Wrap(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return intake.Plan{}, err
	}
	return aim.Prepare(r.Context(), s.Store, v.who, head.Filename, data, string(v.tag))
}

func (s *site) preview(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.previewWith(w, r, v, rosterIntake, nil)
}

func (s *site) previewWith(w http.ResponseWriter, r *http.Request, v *visit, page intakePage, cause error) error {
	upload, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	plan, err := page.aim().Look(r.Context(), s.Store, v.who, upload, string(v.tag))
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.import.preview", page.nav)
	if err != nil {
		return err
	}
	view := &previewView{
		Frame: f, File: plan.File, Sheet: plan.Sheet, Total: len(plan.Rows), Action: page.at + string(plan.ID),
		Upload: page.upload, Contacts: page.contacts,
		Add: plan.Count(intake.Add), Change: plan.Count(intake.Change), Leave: plan.Count(intake.Leave), Bad: plan.Count(intake.Bad),
	}
	view.Blocked = view.Bad > 0
	view.Nothing = view.Add+view.Change+view.Leave == 0
	view.fill(v.tag, page.fields, plan, r.URL.Query().Get("show"))
	view.notes(v.tag, plan)
	if cause != nil {
		return s.again(w, r, "preview", view, cause)
	}
	return s.show(w, r, "preview", view)
}

// previewRows is how many rows one page of a preview shows; a bad row is
// among the first of its own list however long the sheet is.
const previewRows = 500

// previewField is one column of a preview.
type previewField struct {
	field sheet.Field
	key   string
}

func (v *previewView) fill(tag lang.Tag, fields []previewField, plan intake.Plan, show string) {
	for _, f := range fields {
		v.Columns = append(v.Columns, tag.Text(f.key, nil))
	}
	v.Counts = []choice{{Value: "all", Text: tag.Text("web.import.all", nil), Count: len(plan.Rows), Href: v.Action, Chosen: show == ""}}
	for _, what := range []intake.What{intake.Bad, intake.Add, intake.Change, intake.Leave, intake.Same} {
		if n := plan.Count(what); n > 0 {
			v.Counts = append(v.Counts, choice{Value: string(what), Text: tag.Text("web.import."+string(what), nil), Count: n, Href: v.Action + "?show=" + string(what), Chosen: show == string(what)})
		}
	}
	for _, row := range plan.Rows {
		if row.What == intake.Leave && len(v.LeaveNames) < 40 {
			v.LeaveNames = append(v.LeaveNames, row.Name)
		}
		if show != "" && string(row.What) != show || len(v.Rows) >= previewRows {
			continue
		}
		v.Rows = append(v.Rows, previewRowOf(tag, fields, row))
	}
}

func previewRowOf(tag lang.Tag, fields []previewField, row intake.Row) previewRow {
	out := previewRow{Number: strconv.Itoa(row.Number), What: string(row.What), WhatText: tag.Text("web.import."+string(row.What), nil)}
	if row.Number == 0 {
		out.Number = "–"
	}
	shown := map[sheet.Field]bool{}
	for _, f := range fields {
		shown[f.field] = true
		out.Cells = append(out.Cells, cellOf(tag, row, f.field))
	}
	// What is wrong in a column that has no place here stands with the name.
	for _, bad := range row.Bad {
		if !shown[bad.Field] && out.Cells[0].Problem == "" {
			out.Cells[0].Problem = problemOf(tag, bad)
		}
	}
	return out
}

func problemOf(tag lang.Tag, bad sheet.Bad) string {
	f := fault.New(fault.Invalid, bad.Code)
	f.Args = bad.Args
	text := lang.Fault(tag, f)
	if bad.Column != "" {
		text = bad.Column + strconv.Itoa(bad.Row) + ": " + text
	}
	return text
}

func cellOf(tag lang.Tag, row intake.Row, field sheet.Field) previewCell {
	c := previewCell{Value: valueOf(tag, row, field)}
	for _, d := range row.Differences {
		if d.Field == field {
			c.Value, c.Old, c.Changed = d.New, d.Old, true
		}
	}
	for _, bad := range row.Bad {
		if bad.Field == field {
			c.Value, c.Problem = bad.Value, problemOf(tag, bad)
		}
	}
	return c
}

func valueOf(tag lang.Tag, row intake.Row, field sheet.Field) string {
	e := row.Entry
	switch field {
	case sheet.Name:
		return row.Name
	case sheet.Email:
		return e.Email
	case sheet.Mobile:
		return e.Mobile
	case sheet.Role:
		return duties(e.Duties, func(d sheet.Duty) string { return tag.Text("web.role."+string(d.Role), nil) })
	case sheet.Workspace:
		return duties(e.Duties, func(d sheet.Duty) string { return strings.TrimPrefix(d.Workspace, sheet.Whole) })
	case sheet.PIN:
		return e.PIN
	case sheet.Told:
		return sheet.DescribeNews(e.News, string(tag))
	case sheet.Language:
		return e.Language
	}
	return ""
}

// duties lists one side of them, each word once.
func duties(all []sheet.Duty, word func(sheet.Duty) string) string {
	var out []string
	for _, d := range all {
		if w := word(d); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}

// notes are what the sheet has beside its rows.
func (v *previewView) notes(tag lang.Tag, plan intake.Plan) {
	for _, n := range []struct {
		key   string
		names []string
	}{
		{"web.import.note_sheets", plan.Unread},
		{"web.import.note_columns", plan.Ignored},
		{"web.import.note_workspaces", plan.Workspaces},
	} {
		if len(n.names) > 0 {
			v.Notes = append(v.Notes, tag.Text(n.key, map[string]any{"Names": strings.Join(n.names, ", ")}))
		}
	}
}

func (s *site) apply(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.applySheet(w, r, v, rosterIntake)
}

func (s *site) applySheet(w http.ResponseWriter, r *http.Request, v *visit, page intakePage) error {
	upload, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	var leave intake.MayLeave
	if r.PostFormValue("leave") == "yes" {
		leave = page.mayLeave()
	}
	plan, err := page.aim().Apply(r.Context(), s.Store, s.Keys, v.who, upload, leave)
	if err != nil {
		return s.previewWith(w, r, v, page, err)
	}
	left := 0
	if leave != nil {
		left = plan.Count(intake.Leave)
	}
	s.say(w, said{Key: "web.import.done", Args: map[string]any{"Add": plan.Count(intake.Add), "Change": plan.Count(intake.Change), "Leave": left}})
	return see(w, r, page.back)
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *site) sheetTemplate(w http.ResponseWriter, _ *http.Request, v *visit) error {
	var b bytes.Buffer
	if err := intake.Template(&b, string(v.tag)); err != nil {
		return err
	}
	return v.download(w, "muster.xlsx", xlsxType, b.Bytes())
}

// exportRoster is a POST, because that the roster was taken is in the book.
func (s *site) exportRoster(w http.ResponseWriter, r *http.Request, v *visit) error {
	data, err := intake.Export(r.Context(), s.Store, v.who, intake.XLSX)
	if err != nil {
		return err
	}
	return v.download(w, "roster.xlsx", xlsxType, data)
}

// download hands a file over. One that a guest takes carries by whose leave and
// when, in its name and, where it is a table, in its first line (FL12).
func (v *visit) download(w http.ResponseWriter, name, kind string, data []byte) error {
	if v.guest != nil {
		name = string(v.guest.Grant) + "-" + name
		if kind == csvType {
			bom := []byte("\ufeff")
			data = append(append(bom, `"`+strings.ReplaceAll(v.mark, `"`, `""`)+"\"\r\n"...), bytes.TrimPrefix(data, bom)...)
		}
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // a reader who has gone needs no answer
	return nil
}
