package web

import (
	"net/http"
	"time"

	"muster/actor"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

// contactsPage is where an organisation says who stands for it.
const contactsPage = "/contacts"

// contactsView shows each duty with who has it.
type contactsView struct {
	Frame
	CanEdit bool
	Nobody  bool // can have one: the roster has nobody with an address
	Duties  []contactRow
	Own     *ownContact // the reader is a contact person
	Persons []contactPerson
	Heard   []heardBy
}

type contactRow struct {
	Duty     duty.Duty
	Name     string
	Email    string
	Deputy   string
	Since    time.Time
	Trouble  duty.Trouble
	People   []choice
	Deputies []choice
	Form     *Frame // knows what is wrong with what was sent for this duty
}

func (s *site) contactRoutes(in func(string, handler)) {
	in("GET "+contactsPage, s.contacts)
	in("POST "+contactsPage+"/{duty}", s.assignDuty)
	in("POST "+contactsPage+"/confirm", s.confirmContact)
	in("GET "+contactsPage+"/new", s.newContact)
	in("POST "+contactsPage+"/new", s.addContact)
	in("GET "+contactsPage+"/import", s.contactImport)
	in("POST "+contactsPage+"/import", s.uploadContacts)
	in("GET "+contactsPage+"/import/{import}", s.contactPreview)
	in("POST "+contactsPage+"/import/{import}", s.applyContacts)
	in("GET "+contactsPage+"/person/{person}", s.contactPerson)
	in("POST "+contactsPage+"/person/{person}", s.chooseNews)
	in("POST "+contactsPage+"/person/{person}/shared", s.shareContact)
	in("POST "+contactsPage+"/person/{person}/remove", s.removeContact)
	in("POST "+contactsPage+"/person/{person}/verify/{contact}", s.verifyContact)
}

func (s *site) contacts(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.contactsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "contacts", view)
}

func (s *site) contactsView(w http.ResponseWriter, r *http.Request, v *visit) (*contactsView, error) {
	if _, err := policy.Check(v.who, "seeRoster", policy.Resource{Type: "Roster", Org: v.who.Org}); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.contacts.title", contactsPage)
	if err != nil {
		return nil, err
	}
	view := &contactsView{Frame: f, CanEdit: v.who.Has(actor.Administrator, "")}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		held, err := duty.Holders(tx)
		if err != nil {
			return err
		}
		all, err := roster.All(tx)
		view.Duties = nil
		for _, h := range held {
			row := contactRowOf(r, v, h, all)
			if row.Form = new(Frame); r.PathValue("duty") == string(h.Duty) {
				row.Form = &view.Frame
			}
			view.Duties = append(view.Duties, row)
		}
		view.Nobody = len(view.Duties[0].People) == 1
		if err != nil {
			return err
		}
		return view.persons(tx, v, held, all)
	})
	return view, err
}

// contactRowOf shows one duty; what was just typed stands in its form again.
func contactRowOf(r *http.Request, v *visit, h duty.Holder, all []roster.Person) contactRow {
	row := contactRow{
		Duty: h.Duty, Name: h.Person.Name, Email: h.Person.First(roster.Email), Deputy: h.Deputy.Name,
		Since: h.Since, Trouble: h.Trouble(),
	}
	person, deputy := h.Person.Person, h.Deputy.Person
	if r.PathValue("duty") == string(h.Duty) {
		person, deputy = id.Person(r.PostFormValue("person")), id.Person(r.PostFormValue("deputy"))
	}
	row.People = []choice{{Text: v.tag.Text("web.contacts.choose", nil), Chosen: person == ""}}
	row.Deputies = []choice{{Text: v.tag.Text("web.contacts.no_deputy", nil), Chosen: deputy == ""}}
	for _, p := range all {
		if p.First(roster.Email) == "" {
			continue
		}
		one := choice{Value: string(p.Person), Text: p.Name}
		row.People = append(row.People, picked(one, p.Person == person))
		row.Deputies = append(row.Deputies, picked(one, p.Person == deputy))
	}
	return row
}

func picked(c choice, is bool) choice {
	c.Chosen = is
	return c
}

func (s *site) assignDuty(w http.ResponseWriter, r *http.Request, v *visit) error {
	cause := duty.Assign(r.Context(), s.Store, v.who, duty.Duty(r.PathValue("duty")), id.Person(r.PostFormValue("person")), id.Person(r.PostFormValue("deputy")))
	if cause == nil {
		s.say(w, said{Key: "web.contacts.saved"})
		return see(w, r, contactsPage)
	}
	view, err := s.contactsView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "contacts", view, cause)
}

// duties notes for an administrator which duties nobody can be relied on for
// (BS2). The roster remembers them for as long as nothing on it changes.
func (f *Frame) duties(tx *store.Tx, v *visit) error {
	if f.Keeps = holds(v.who, actor.Administrator); !f.Keeps {
		return nil
	}
	held, err := roster.Remember(tx, "duties", func() ([]duty.Holder, error) { return duty.Holders(tx) })
	f.Duties = nil
	for _, h := range held {
		if trouble := h.Trouble(); trouble != duty.Fine {
			f.Duties = append(f.Duties, choice{Value: string(h.Duty), Text: v.tag.Text("contact.banner."+string(trouble), nil)})
		}
	}
	return err
}
