package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/tell/register"
)

// What is run is taken in below componentImport, and shown beforehand.
const componentImport = componentsPage + "/import"

// registerView shows what a sheet would do, row by row, before it does it.
type registerView struct {
	previewView
	Digest string
}

func (s *site) componentImportRoutes(staff func(string, handler)) {
	staff("GET "+componentImport, s.componentUpload)
	staff("POST "+componentImport, s.uploadComponents)
	staff("GET "+componentImport+"/{import}", s.componentPreview)
	staff("POST "+componentImport+"/{import}/apply", s.applyComponents)
	staff("GET "+componentsPage+"/sheet.csv", s.componentSheet)
}

func (s *site) componentUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !keeps(v, "keepComponents") {
		return refusedBy("tell-keep")
	}
	return s.show(w, r, "component-import", &importView{Frame: s.provided(w, r, v, "component.import.title", componentsPage)})
}

func (s *site) uploadComponents(w http.ResponseWriter, r *http.Request, v *visit) error {
	made, err := s.uploadedComponents(r, v)
	if err == nil {
		return see(w, r, componentImport+"/"+string(made))
	}
	return s.again(w, r, "component-import", &importView{Frame: s.provided(w, r, v, "component.import.title", componentsPage)}, err)
}

func (s *site) uploadedComponents(r *http.Request, v *visit) (id.Import, error) {
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
	return register.Prepare(r.Context(), s.Store, v.who, head.Filename, data)
}

func (s *site) componentPreview(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.componentPreviewWith(w, r, v, nil)
}

func (s *site) componentPreviewWith(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	which, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	plan, err := register.Look(r.Context(), s.Store, v.who, which)
	if err != nil {
		return err
	}
	view := &registerView{previewView: previewView{Frame: s.provided(w, r, v, "component.import.title", componentsPage)}}
	view.fill(v.tag, plan, r.URL.Query().Get("show"))
	if cause != nil {
		return s.again(w, r, "component-preview", view, cause)
	}
	return s.show(w, r, "component-preview", view)
}

// fill shows the plan, or the rows of one fate.
func (view *registerView) fill(tag lang.Tag, plan register.Plan, show string) {
	view.File, view.Digest, view.Total, view.Action, view.Upload = plan.File, plan.Digest, len(plan.Rows), componentImport+"/"+string(plan.ID), componentImport
	view.Add, view.Change, view.Leave, view.Bad = plan.Count(register.Add), plan.Count(register.Change), plan.Count(register.Leave), plan.Count(register.Bad)
	view.Blocked, view.Nothing = view.Bad > 0, view.Add+view.Change+view.Leave == 0
	view.Counts = []choice{{Value: "all", Text: tag.Text("web.import.all", nil), Count: view.Total, Href: view.Action, Chosen: show == ""}}
	for _, what := range []register.What{register.Bad, register.Add, register.Change, register.Leave, register.Same} {
		if n := plan.Count(what); n > 0 {
			view.Counts = append(view.Counts, choice{Value: string(what), Text: tag.Text("component.import."+string(what), nil), Count: n, Href: view.Action + "?show=" + string(what), Chosen: show == string(what)})
		}
	}
	for _, f := range registerFields {
		view.Columns = append(view.Columns, tag.Text("component.sheet."+string(f), nil))
	}
	for _, row := range plan.Rows {
		if show == "" || string(row.What) == show {
			if len(view.Rows) == previewRows {
				break
			}
			view.Rows = append(view.Rows, registerRowOf(tag, row))
		}
	}
}

// registerFields are the columns of a preview, in order.
var registerFields = []register.Field{register.Part, register.Organisation, register.Workspace}

func registerRowOf(tag lang.Tag, row register.Row) previewRow {
	out := previewRow{Number: strconv.Itoa(row.Row), What: string(row.What), WhatText: tag.Text("component.import."+string(row.What), nil)}
	if row.Row == 0 {
		out.Number = "–"
	}
	for i, value := range []string{row.Part, row.Org, row.Workspace} {
		c := previewCell{Value: value}
		if i == 0 && row.What == register.Change {
			c.Old, c.Changed = row.Old, true
		}
		for f, wrong := range row.Wrong {
			if f == registerFields[i] || i == 0 && f == register.ID {
				c.Problem = lang.Fault(tag, &wrong)
			}
		}
		out.Cells = append(out.Cells, c)
	}
	return out
}

func (s *site) applyComponents(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Import](r.PathValue("import"))
	if err != nil {
		return err
	}
	leave := r.PostFormValue("leave") == "yes"
	plan, err := register.Apply(r.Context(), s.Store, v.who, which, r.PostFormValue("seen"), leave)
	if err != nil {
		return s.componentPreviewWith(w, r, v, err)
	}
	left := 0
	if leave {
		left = plan.Count(register.Leave)
	}
	s.say(w, said{Key: "component.import.done", Args: map[string]any{"Add": plan.Count(register.Add), "Change": plan.Count(register.Change), "Leave": left}})
	return see(w, r, componentsPage)
}

// componentSheet is what there is, as a sheet that can be taken in again: with
// nothing in it, the template.
func (s *site) componentSheet(w http.ResponseWriter, r *http.Request, v *visit) error {
	data, err := register.Export(r.Context(), s.Store, v.who, v.tag)
	if err != nil {
		return err
	}
	return v.download(w, "components.csv", csvType, data)
}
