package web

import (
	"net/http"
	"slices"
	"strings"

	"muster/actor"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// person shows the form for somebody new, or one person's page.
func (s *site) person(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.personView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "person", view)
}

func (s *site) personView(w http.ResponseWriter, r *http.Request, v *visit) (*personView, error) {
	f, err := s.framed(w, r, v, "web.person.add", "/roster")
	if err != nil {
		return nil, err
	}
	view := &personView{Frame: f, Action: "/roster/new"}
	var p roster.Person
	var spaces []roster.Workspace
	named := id.Person(r.PathValue("person"))
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		if spaces, err = roster.Workspaces(tx); err != nil || named == "" {
			return err
		}
		if p, err = roster.Find(tx, named); err != nil {
			return err
		}
		if err = p.See(tx, v.who); err != nil {
			return err
		}
		if view.Waiting, err = waitingFor(tx, v.tag, p, spaces); err != nil {
			return err
		}
		view.Channels, err = s.channelsOf(tx, r, v, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	if named != "" {
		view.ID, view.Name, view.Title, view.Action = string(p.Person), p.Name, p.Name, "/people/"+string(p.Person)+"/edit"
		view.ProfileHref = "/people/" + string(p.Person)
		view.Duress = p.Duress
		view.Channels.F, view.Channels.Page, view.Channels.Base = &view.Frame, view.Action, view.ProfileHref+"/contacts"
	}
	view.Form = personForm{Name: p.Name, Email: p.First(roster.Email), Mobile: p.Phone(), PIN: p.PIN}
	chosen, language := p.Roles, p.Own
	if r.Method == http.MethodPost && r.PostFormValue("name")+r.PostFormValue("email") != "" {
		view.Form = personForm{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Mobile: r.PostFormValue("mobile"), PIN: r.PostFormValue("pin")}
		chosen, language = rolesOf(r), r.PostFormValue("language")
	}
	view.Form.Languages = append([]choice{{Text: v.tag.Text("web.person.org_language", nil)}}, languageChoices(language)...)
	view.Form.roles(v.tag, v.org.Kind, spaces, chosen)
	return view, nil
}

func languageChoices(chosen string) []choice {
	var out []choice
	for _, tag := range lang.Supported() {
		out = append(out, choice{Value: string(tag), Text: tag.Name(), Chosen: string(tag) == chosen})
	}
	return out
}

// roles offers what people may be: in a monitoring partner, who answers for all
// of its customers, that is the same everywhere.
func (f *personForm) roles(tag lang.Tag, kind roster.Kind, spaces []roster.Workspace, held []actor.Membership) {
	offered := roles
	if kind == roster.Partner {
		offered, spaces = []actor.Role{actor.Operator, actor.Administrator}, nil
	}
	for _, role := range offered {
		f.Columns = append(f.Columns, tag.Text("web.role."+string(role), nil))
	}
	rows := []roleRow{{Text: tag.Text("web.person.everywhere", nil)}}
	wanted := []id.Workspace{""}
	for _, ws := range spaces {
		rows = append(rows, roleRow{Text: ws.Name})
		wanted = append(wanted, ws.ID)
	}
	for i, ws := range wanted {
		for _, role := range offered {
			rows[i].Cells = append(rows[i].Cells, choice{
				Value: string(role) + ":" + string(ws), Text: tag.Text("web.role."+string(role), nil),
				Chosen: slices.Contains(held, actor.Membership{Workspace: ws, Role: role}),
			})
		}
	}
	f.Roles = rows
}

func rolesOf(r *http.Request) []actor.Membership {
	out := []actor.Membership{}
	for _, value := range r.PostForm["role"] {
		role, ws, _ := strings.Cut(value, ":")
		out = append(out, actor.Membership{Workspace: id.Workspace(ws), Role: actor.Role(role)})
	}
	return out
}

func (s *site) addPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	p, err := roster.AddPerson(r.Context(), s.Store, s.Keys, v.who, roster.NewPerson{
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Mobile: r.PostFormValue("mobile"),
		Roles: rolesOf(r), Language: r.PostFormValue("language"), PIN: r.PostFormValue("pin"),
	})
	if err != nil {
		return s.personAgain(w, r, v, err)
	}
	done := "web.person.added"
	if len(p.Roles) == 0 {
		done = "web.waiting.asked"
	}
	s.say(w, said{Key: done, Args: map[string]any{"Name": p.Name}})
	return see(w, r, "/people/"+string(p.Person)+"/edit")
}

func (s *site) savePerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	name, email, mobile, pin, language, held := r.PostFormValue("name"), r.PostFormValue("email"), r.PostFormValue("mobile"), r.PostFormValue("pin"), r.PostFormValue("language"), rolesOf(r)
	change := roster.Change{Name: &name, Email: &email, Mobile: &mobile, Roles: &held, Language: &language}
	if pin != "" {
		change.PIN = &pin // an empty field leaves it: somebody on the roster always has one
	}
	if err := roster.UpdatePerson(r.Context(), s.Store, s.Keys, v.who, person, change); err != nil {
		return s.personAgain(w, r, v, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, "/people/"+string(person)+"/edit")
}

func (s *site) personAgain(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	view, err := s.personView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "person", view, cause)
}

func (s *site) leave(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	name := ""
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, person)
		name = p.Name
		return err
	})
	if err != nil {
		return err
	}
	if err := shift.RemovePerson(r.Context(), s.Store, v.who, person); err != nil {
		return s.personAgain(w, r, v, err)
	}
	s.say(w, said{Key: "web.person.left", Args: map[string]any{"Name": name}})
	return see(w, r, "/roster")
}

// setDuress gives the person a PIN for duress, or takes it away (OA10). It is
// never shown again.
func (s *site) setDuress(w http.ResponseWriter, r *http.Request, v *visit) error {
	pin := r.PostFormValue("duress_pin")
	if strings.TrimSpace(pin) == "" { // to take it away has a button of its own
		return s.personAgain(w, r, v, fault.New(fault.Invalid, "duress_pin_form").At("duress_pin"))
	}
	return s.changeDuress(w, r, v, pin, "web.duress.saved")
}

func (s *site) removeDuress(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changeDuress(w, r, v, "", "web.duress.removed")
}

func (s *site) changeDuress(w http.ResponseWriter, r *http.Request, v *visit, pin, done string) error {
	p, err := s.reached(r, v)
	if err != nil {
		return err
	}
	if err := roster.UpdatePerson(r.Context(), s.Store, s.Keys, v.who, p.Person, roster.Change{DuressPIN: &pin}); err != nil {
		return s.personAgain(w, r, v, err)
	}
	s.say(w, said{Key: done, Args: map[string]any{"Name": p.Name}})
	return see(w, r, channelsPage(r))
}
