package web

import (
	"net/http"
	"strconv"
	"time"

	"muster/call/wire"
	"muster/id"
	"muster/roster"
	"muster/store"
)

type panelRow struct {
	ID, Name, Account string
	Keyed, Lost       bool
	Heard             time.Time
}

// panelForm is a panel as it is typed.
type panelForm struct {
	Name, Account, Line, Poll string
	People                    []choice
	Active                    bool
}

// panelView is one panel with its frames, or the form of a new one.
type panelView struct {
	Frame
	Tabs   []choice
	ID     string
	Keyed  bool
	Form   panelForm
	Frames []frameRow
}

func (s *site) formOfPanel(r *http.Request, v *visit, p wire.Panel) (panelForm, error) {
	f := panelForm{Name: p.Name, Account: p.Account, Line: p.Line, Active: p.Active}
	if p.Poll > 0 {
		f.Poll = strconv.Itoa(int(p.Poll.Seconds()))
	}
	chosen := p.Person
	if r.Method == http.MethodPost && r.PostFormValue("person_id") != "" {
		f = panelForm{
			Name: r.PostFormValue("name"), Account: r.PostFormValue("account"), Line: r.PostFormValue("line"),
			Poll: r.PostFormValue("poll"), Active: r.PostFormValue("active") != "",
		}
		chosen = id.Person(r.PostFormValue("person_id"))
	}
	var err error
	f.People, err = s.peopleOf(r, v, chosen)
	return f, err
}

// panelFrom reads a panel from the form. The workspace stays as it is, or is
// the person's own.
func panelFrom(r *http.Request, p *wire.Panel) (wire.Secret, error) {
	poll, err := secondsFrom(r.PostFormValue("poll"))
	p.Name, p.Account, p.Line, p.Poll = r.PostFormValue("name"), r.PostFormValue("account"), r.PostFormValue("line"), poll
	p.Person, p.Active = id.Person(r.PostFormValue("person_id")), r.PostFormValue("active") != ""
	return keyFrom(r), err
}

func (s *site) addPanel(w http.ResponseWriter, r *http.Request, v *visit) error {
	var p wire.Panel
	secret, err := panelFrom(r, &p)
	if err == nil {
		p, err = s.lines().AddPanel(r.Context(), v.who, p, secret)
	}
	if err == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/settings/panels/"+string(p.ID))
	}
	view, verr := s.freshPanel(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "panel", view, err)
}

// newPanel is the form of a new panel.
func (s *site) newPanel(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.freshPanel(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "panel", view)
}

func (s *site) freshPanel(w http.ResponseWriter, r *http.Request, v *visit) (*panelView, error) {
	if _, err := s.lines().Panels(r.Context(), v.who); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.wire.add_panel", "/settings")
	if err != nil {
		return nil, err
	}
	form, err := s.formOfPanel(r, v, wire.Panel{Active: true})
	return &panelView{Frame: f, Tabs: settingsTabsOf(v.tag, wiresPage), Form: form}, err
}

func (s *site) panel(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.panelView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "panel", view)
}

func (s *site) panelView(w http.ResponseWriter, r *http.Request, v *visit) (*panelView, error) {
	which, err := id.Parse[id.Panel](r.PathValue("panel"))
	if err != nil {
		return nil, err
	}
	p, frames, err := s.lines().Panel(r.Context(), v.who, which, shownFrames)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.wire.title", "/settings")
	if err != nil {
		return nil, err
	}
	f.Title = p.Name
	form, err := s.formOfPanel(r, v, p)
	return &panelView{
		Frame: f, Tabs: settingsTabsOf(v.tag, wiresPage), ID: string(p.ID), Keyed: p.Keyed, Form: form,
		Frames: frameRows(v, frames, "web.wire.verdict."),
	}, err
}

func (s *site) savePanel(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Panel](r.PathValue("panel"))
	if err != nil {
		return err
	}
	p, _, err := s.lines().Panel(r.Context(), v.who, which, 1)
	if err != nil {
		return err
	}
	secret, err := panelFrom(r, &p)
	if err == nil {
		_, err = s.lines().ChangePanel(r.Context(), v.who, p, secret)
	}
	if err == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/settings/panels/"+string(which))
	}
	view, verr := s.panelView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "panel", view, err)
}

func (s *site) removePanel(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Panel](r.PathValue("panel"))
	if err != nil {
		return err
	}
	if err := s.lines().RemovePanel(r.Context(), v.who, which); err != nil {
		return err
	}
	s.say(w, said{Key: "web.wire.removed"})
	return see(w, r, wiresPage)
}

// peopleOf are the people whom a panel's alarms may be about.
func (s *site) peopleOf(r *http.Request, v *visit, chosen id.Person) (all []choice, err error) {
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		people, err := roster.All(tx)
		for _, p := range people {
			if p.Active {
				all = append(all, choice{Value: string(p.Person), Text: p.Name, Chosen: p.Person == chosen})
			}
		}
		return err
	})
	return all, err
}
