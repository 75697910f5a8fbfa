package web

import (
	"net/http"

	"muster/policy"
	"muster/roster/sheet"
	"muster/store"
)

// contactIntake takes sheets and address books in as contact persons (BS8).
var contactIntake = intakePage{upload: contactsPage + "/import", at: contactsPage + "/import/", nav: contactsPage, back: contactsPage, contacts: true, fields: []previewField{
	{sheet.Name, "web.col.name"},
	{sheet.Email, "web.col.email"},
	{sheet.Mobile, "web.col.mobile"},
	{sheet.Language, "web.frame.language"},
	{sheet.Told, "contact.col.news"},
}}

// contactImportView asks for a sheet of contact persons, and for what those in
// it are to be told.
type contactImportView struct {
	Frame
	Trees []newsTree
}

func (s *site) contactImport(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.contactImportView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "contact-import", view)
}

func (s *site) contactImportView(w http.ResponseWriter, r *http.Request, v *visit) (*contactImportView, error) {
	if _, err := policy.Check(v.who, "importRoster", policy.Resource{Type: "Roster", ID: string(v.who.Org), Org: v.who.Org}); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "contact.import.title", contactsPage)
	if err != nil {
		return nil, err
	}
	var form contactFormView
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error { return form.trees(tx, r, v, "") })
	view := &contactImportView{Frame: f}
	if err == nil {
		view.Trees = form.Trees[:1] // a sheet names workspaces in its own column
		if _, sent := r.PostForm["news"]; !sent {
			view.Trees[0].Rows[0].Chosen = true
		}
	}
	return view, err
}

// uploadContacts prepares a sheet: nobody is a contact person by it yet.
func (s *site) uploadContacts(w http.ResponseWriter, r *http.Request, v *visit) error {
	aim := contactIntake.aim()
	r.FormValue("news") // reads the form, which has a file in it
	for _, c := range ticked("", r.PostForm["news"]) {
		aim.Wanted = append(aim.Wanted, sheet.News{Category: string(c.Category)})
	}
	plan, err := s.prepare(r, v, aim)
	if err == nil {
		return see(w, r, contactIntake.at+string(plan.ID))
	}
	view, verr := s.contactImportView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "contact-import", view, err)
}

func (s *site) contactPreview(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.previewWith(w, r, v, contactIntake, nil)
}

func (s *site) applyContacts(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.applySheet(w, r, v, contactIntake)
}
