package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"muster/call/partner/enrol"
	"muster/call/partner/sheets"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster/sheet"
	"muster/store"
)

// enrolSheetView is what an uploaded sheet would do.
type enrolSheetView struct {
	Frame
	File, Action string
	Columns      []columnInput
	Unknown      int // columns of which nobody has said what they mean
	Fault        string
	Counts       []choice
	Bad, Leave   int
	Will         int
	LeaveNames   []string
	Rows         []previewRow
	Titles       []string
}

// columnInput is one column of the sheet, for a person to say what it means.
type columnInput struct {
	Letter, Text, Sample string
	Open                 bool
	Means                []choice
}

func (s *site) intake() sheets.Intake { return sheets.Intake{Store: s.Store, Keys: s.Keys} }

func (s *site) enrolSheetRoutes(in func(string, handler)) {
	in("GET /enrolment/import", s.enrolUpload)
	in("POST /enrolment/import", s.takeEnrolSheet)
	in("GET /enrolment/template.xlsx", s.enrolTemplate)
	in("GET /enrolment/imports/{import}", s.enrolPreview)
	in("POST /enrolment/imports/{import}/columns", s.matchEnrolSheet)
	in("POST /enrolment/imports/{import}", s.applyEnrolSheet)
}

func (s *site) enrolUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "web.enrol.import", partnerPage)
	if err != nil {
		return err
	}
	return s.show(w, r, "enrol-import", &importView{Frame: f})
}

// takeEnrolSheet keeps a sheet: nothing else changes by it.
func (s *site) takeEnrolSheet(w http.ResponseWriter, r *http.Request, v *visit) error {
	up, err := s.keepEnrolSheet(r, v)
	if err == nil {
		return see(w, r, "/enrolment/imports/"+string(up))
	}
	f, ferr := s.framed(w, r, v, "web.enrol.import", partnerPage)
	if ferr != nil {
		return ferr
	}
	return s.again(w, r, "enrol-import", &importView{Frame: f}, err)
}

func (s *site) keepEnrolSheet(r *http.Request, v *visit) (id.Import, error) {
	file, head, err := r.FormFile("file")
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return "", fault.New(fault.Invalid, "upload_too_large").At("file")
		}
		return "", fault.New(fault.Invalid, "required").At("file").Wrap(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return "", err
	}
	return s.intake().Prepare(r.Context(), v.who, head.Filename, data)
}

func (s *site) enrolPreview(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.enrolPreviewWith(w, r, v, nil)
}

func (s *site) enrolPreviewWith(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	up, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	plan, err := s.intake().Look(r.Context(), v.who, up)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.import.preview", partnerPage)
	if err != nil {
		return err
	}
	view := &enrolSheetView{
		Frame: f, File: plan.File, Action: "/enrolment/imports/" + string(up), Bad: plan.Count(sheets.Bad), Leave: plan.Count(sheets.Leave),
		Will: plan.Count(sheets.Add) + plan.Count(sheets.Change),
	}
	if plan.Fault != nil {
		view.Fault, _ = sentence(v.tag, fault.From(plan.Fault))
	}
	view.columns(v.tag, plan)
	view.fill(v.tag, plan, r.URL.Query().Get("show"))
	if cause != nil {
		return s.again(w, r, "enrol-preview", view, cause)
	}
	return s.show(w, r, "enrol-preview", view)
}

// columns offers for each column what it may mean.
func (v *enrolSheetView) columns(tag lang.Tag, plan sheets.Plan) {
	for _, c := range plan.Columns {
		in := columnInput{Letter: c.Letter, Text: c.Text, Sample: c.Sample, Open: c.Means == ""}
		if in.Open {
			v.Unknown++
		}
		add := func(m sheets.Means, text string) {
			in.Means = append(in.Means, choice{Value: string(m), Text: text, Chosen: m == c.Means})
		}
		add("", tag.Text("web.enrol.means.unknown", nil))
		for _, m := range []sheets.Means{sheet.Name, sheet.First, sheet.Last, sheet.Email, sheet.Mobile} {
			add(m, sheet.Title(m, string(tag)))
		}
		for n := 1; n <= 6; n++ {
			add(sheet.ContactName(n), sheet.Title(sheet.ContactName(n), string(tag)))
			add(sheet.ContactPhone(n), sheet.Title(sheet.ContactPhone(n), string(tag)))
		}
		add(sheets.Out, tag.Text("web.enrol.field.out", nil))
		add(sheets.Word, tag.Text("web.enrol.field.word", nil))
		for _, f := range plan.Form {
			if c.Means != sheets.New || f.Label != c.Text {
				add(sheets.Means("fields."+f.Key), f.Label)
			}
		}
		for _, m := range []sheets.Means{sheet.Role, sheet.Workspace, sheet.Language, sheet.PIN, sheet.Employee} {
			add(m, sheet.Title(m, string(tag)))
		}
		add(sheets.New, tag.Text("web.enrol.means.new", map[string]any{"Name": c.Text}))
		add(sheets.Nothing, tag.Text("web.enrol.means.nothing", nil))
		v.Columns = append(v.Columns, in)
	}
}

// fill lists the rows, the bad ones first where all are shown.
func (v *enrolSheetView) fill(tag lang.Tag, plan sheets.Plan, show string) {
	for _, key := range []string{"web.col.name", "web.col.email", "web.col.mobile", "web.enrol.field.contacts", "web.enrol.field.out", "web.enrol.field.fields"} {
		v.Titles = append(v.Titles, tag.Text(key, nil))
	}
	v.Counts = []choice{{Value: "all", Text: tag.Text("web.import.all", nil), Count: len(plan.Rows), Href: v.Action, Chosen: show == ""}}
	for _, what := range []sheets.What{sheets.Bad, sheets.Add, sheets.Change, sheets.Leave, sheets.Same} {
		if n := plan.Count(what); n > 0 {
			v.Counts = append(v.Counts, choice{
				Value: string(what), Text: tag.Text("web.import."+string(what), nil), Count: n, Href: v.Action + "?show=" + string(what), Chosen: show == string(what),
			})
		}
	}
	for _, row := range plan.Rows {
		if row.What == sheets.Leave && len(v.LeaveNames) < 40 {
			v.LeaveNames = append(v.LeaveNames, row.Name)
		}
		if show != "" && string(row.What) != show || len(v.Rows) >= previewRows {
			continue
		}
		v.Rows = append(v.Rows, enrolRowOf(tag, row, plan.Form))
	}
}

func enrolRowOf(tag lang.Tag, row sheets.Row, form []enrol.Field) previewRow {
	out := previewRow{Number: strconv.Itoa(row.Number), What: string(row.What), WhatText: tag.Text("web.import."+string(row.What), nil)}
	if row.Number == 0 {
		out.Number = "–"
	}
	if row.Joins && row.What == sheets.Add {
		out.WhatText += " · " + tag.Text("web.enrol.joins", nil)
	}
	list := func(in []enrol.Contact) string {
		var all []string
		for _, c := range in {
			all = append(all, strings.TrimSpace(c.Name+" "+phone(c.Phone)))
		}
		return strings.Join(all, ", ")
	}
	var facts []string
	for _, f := range factsOf(form, row.Draft.Fields) {
		facts = append(facts, f.Label+": "+f.Value)
	}
	if row.Draft.Word != nil {
		facts = append(facts, tag.Text("web.enrol.field.word", nil))
	}
	out.Cells = []previewCell{
		{Value: row.Name},
		{Value: row.Entry.Email},
		{Value: phone(row.Entry.Mobile)},
		{Value: list(row.Draft.Contacts)},
		{Value: list(row.Draft.Out)},
		{Value: strings.Join(facts, ", ")},
	}
	for _, bad := range row.Bad {
		at := 0
		switch f := string(bad.Field); {
		case f == "email":
			at = 1
		case f == "mobile":
			at = 2
		case strings.HasPrefix(f, "contact"):
			at = 3
		case f == "out":
			at = 4
		case f == "word", strings.HasPrefix(f, "fields."):
			at = 5
		}
		if text := problemOf(tag, bad); out.Cells[at].Problem == "" {
			out.Cells[at].Problem = text
		} else {
			out.Cells[at].Problem += " " + text
		}
	}
	return out
}

func (s *site) matchEnrolSheet(w http.ResponseWriter, r *http.Request, v *visit) error {
	up, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	means := map[string]sheets.Means{}
	for name, values := range r.PostForm {
		if letter, ok := strings.CutPrefix(name, "column."); ok {
			means[letter] = sheets.Means(values[0])
		}
	}
	if err := s.intake().Match(r.Context(), v.who, up, means); err != nil {
		return s.enrolPreviewWith(w, r, v, err)
	}
	return see(w, r, "/enrolment/imports/"+string(up))
}

func (s *site) applyEnrolSheet(w http.ResponseWriter, r *http.Request, v *visit) error {
	up, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	plan, err := s.intake().Apply(r.Context(), v.who, up, r.PostFormValue("leave") == "yes")
	if err != nil {
		return s.enrolPreviewWith(w, r, v, err)
	}
	s.say(w, said{Key: "web.enrol.imported", Args: map[string]any{"Add": plan.Count(sheets.Add), "Change": plan.Count(sheets.Change)}})
	return see(w, r, "/enrolment")
}

func (s *site) enrolTemplate(w http.ResponseWriter, r *http.Request, v *visit) error {
	var b bytes.Buffer
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		b.Reset()
		notes := strings.Split(v.tag.Text("web.enrol.template_notes", nil), "\n")
		return sheets.Template(tx, &b, v.org.Language, notes)
	})
	if err != nil {
		return err
	}
	return v.download(w, "muster-enrolment.xlsx", xlsxType, b.Bytes())
}
