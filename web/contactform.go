package web

import (
	"net/http"
	"slices"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	news "muster/tell/contact"
)

// contactFormView chooses the news of one contact person, or adds one.
type contactFormView struct {
	Frame
	ID, Name    string
	Action      string
	Trees       []newsTree
	People      []choice // from the roster, to be added
	New         newContact
	CanShare    bool
	ShareAction string
	Shared      bool
	Behind      []choice
}

// newContact is what was typed about somebody who is not on the roster yet.
type newContact struct {
	Name, Email, Mobile string
}

// newsTree is the tree of categories for the whole organisation, or for one
// workspace.
type newsTree struct {
	Place string // empty: the whole organisation
	Open  bool
	Rows  []newsRowChoice
}

// newsRowChoice is one category of a tree, with why it is told already.
type newsRowChoice struct {
	choice
	Depth int
	Why   string
}

func (s *site) contactPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.contactForm(w, r, v, id.Person(r.PathValue("person")))
	if err != nil {
		return err
	}
	return s.show(w, r, "contact", view)
}

// contactForm shows one contact person's choice; what was just sent stands in
// it again.
func (s *site) contactForm(w http.ResponseWriter, r *http.Request, v *visit, person id.Person) (*contactFormView, error) {
	ask := policy.Resource{Type: "Organisation", ID: string(v.who.Org), Org: v.who.Org}
	_, admin := policy.Check(v.who, "assignDuty", ask)
	ask.Person = person
	if _, err := policy.Check(v.who, "chooseNews", ask); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "contact.page.choose", contactsPage)
	if err != nil {
		return nil, err
	}
	at := contactsPage + "/person/" + string(person)
	view := &contactFormView{Frame: f, ID: string(person), Action: at, ShareAction: at + "/shared", CanShare: admin == nil}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, person)
		if err == nil && !p.Active {
			err = fault.New(fault.NotFound, "not_found")
		}
		if err != nil {
			return err
		}
		view.Name = p.Name
		if err := view.trees(tx, r, v, person); err != nil {
			return err
		}
		return view.share(tx, r, v, person)
	})
	return view, err
}

// trees makes the categories to tick.
func (view *contactFormView) trees(tx *store.Tx, r *http.Request, v *visit, person id.Person) error {
	choices, err := news.Choices(tx)
	if err != nil {
		return err
	}
	held, err := duty.Holders(tx)
	if err != nil {
		return err
	}
	places, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	mine := slices.DeleteFunc(choices, func(c news.Choice) bool { return c.Person != person })
	if sent, ok := r.PostForm["news"]; ok {
		mine = ticked(person, sent)
	}
	view.Trees = []newsTree{{Open: true, Rows: newsRows(v, person, mine, held, "")}}
	if len(places) < 2 {
		return nil
	}
	for _, w := range places {
		one := newsTree{Place: w.Name, Rows: newsRows(v, person, mine, held, w.ID)}
		one.Open = slices.ContainsFunc(one.Rows, func(n newsRowChoice) bool { return n.Chosen })
		view.Trees = append(view.Trees, one)
	}
	return nil
}

func newsRows(v *visit, person id.Person, mine []news.Choice, held []duty.Holder, ws id.Workspace) (rows []newsRowChoice) {
	for _, c := range news.Categories() {
		row := newsRowChoice{choice: choice{Value: string(c) + "@" + string(ws), Text: v.tag.Text("contact.category."+string(c), nil)}}
		if row.Depth = strings.Count(string(c), ".") + 1; c == news.All {
			row.Depth = 0
		}
		for _, m := range mine {
			wider := m.Category != c && m.Category.Covers(c) && m.Workspace == ws
			switch {
			case m.Category == c && m.Workspace == ws:
				row.Chosen = true
			case wider || ws != "" && m.Workspace == "" && m.Category.Covers(c):
				row.Why = v.tag.Text("contact.within", map[string]any{"News": v.tag.Text("contact.category."+string(m.Category), nil)})
			}
		}
		for _, h := range held {
			if person != "" && h.Person.Person == person && slices.ContainsFunc(news.Owed(h.Duty), func(o news.Category) bool { return o.Covers(c) }) {
				row.Why = v.tag.Text("contact.owed", map[string]any{"Duty": v.tag.Text("web.contacts.duty."+string(h.Duty), nil)})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// ticked reads ticked categories: "category@workspace".
func ticked(person id.Person, sent []string) (out []news.Choice) {
	for _, one := range sent {
		category, ws, _ := strings.Cut(one, "@")
		if category != "" {
			out = append(out, news.Choice{Person: person, Category: news.Category(category), Workspace: id.Workspace(ws)})
		}
	}
	return out
}

// share shows whether the contact is a shared mailbox, and who may answer for
// it.
func (view *contactFormView) share(tx *store.Tx, r *http.Request, v *visit, person id.Person) error {
	members, err := duty.Members(tx)
	if err != nil || !view.CanShare {
		return err
	}
	i := slices.IndexFunc(members, func(m duty.Member) bool { return m.Person == person })
	if view.CanShare = i >= 0; !view.CanShare {
		return nil
	}
	behind := members[i].Behind
	if sent, ok := r.PostForm["behind"]; ok {
		behind = id.Person(sent[0])
	}
	view.Shared = members[i].Shared
	all, err := roster.All(tx)
	view.Behind = []choice{{Text: v.tag.Text("contact.page.not_shared", nil), Chosen: behind == ""}}
	for _, p := range all {
		if p.Person != person && p.First(roster.Email) != "" {
			view.Behind = append(view.Behind, choice{Value: string(p.Person), Text: p.Name, Chosen: p.Person == behind})
		}
	}
	return err
}

func (s *site) chooseNews(w http.ResponseWriter, r *http.Request, v *visit) error {
	person := id.Person(r.PathValue("person"))
	return s.contactSaved(w, r, v, person, news.Choose(r.Context(), s.Store, v.who, person, ticked(person, r.PostForm["news"])))
}

func (s *site) shareContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	person := id.Person(r.PathValue("person"))
	return s.contactSaved(w, r, v, person, duty.Share(r.Context(), s.Store, v.who, person, id.Person(r.PostFormValue("behind"))))
}

func (s *site) contactSaved(w http.ResponseWriter, r *http.Request, v *visit, person id.Person, cause error) error {
	if cause == nil {
		s.say(w, said{Key: "contact.page.saved"})
		return see(w, r, contactsPage)
	}
	view, err := s.contactForm(w, r, v, person)
	if err != nil {
		return err
	}
	return s.again(w, r, "contact", view, cause)
}

func (s *site) newContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.newContactView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "contact-new", view)
}

// newContactView adds a contact person: somebody of the roster, or somebody
// new.
func (s *site) newContactView(w http.ResponseWriter, r *http.Request, v *visit) (*contactFormView, error) {
	if _, err := policy.Check(v.who, "addPerson", policy.Resource{Type: "Member", Org: v.who.Org}); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "contact.page.add", contactsPage)
	if err != nil {
		return nil, err
	}
	view := &contactFormView{Frame: f, Action: contactsPage + "/new"}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		members, err := duty.Members(tx)
		if err != nil {
			return err
		}
		all, err := roster.All(tx)
		if err != nil {
			return err
		}
		sent := r.PostFormValue("person")
		view.People = []choice{{Text: v.tag.Text("contact.page.somebody_new", nil), Chosen: sent == ""}}
		for _, p := range all {
			if !slices.ContainsFunc(members, func(m duty.Member) bool { return m.Person == p.Person }) {
				view.People = append(view.People, choice{Value: string(p.Person), Text: p.Name, Chosen: sent == string(p.Person)})
			}
		}
		return view.trees(tx, r, v, "")
	})
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet {
		view.Trees[0].Rows[0].Chosen = true // who is entered is meant to be told
	}
	view.New = newContact{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Mobile: r.PostFormValue("mobile")}
	return view, nil
}

func (s *site) addContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	person := id.Person(r.PostFormValue("person"))
	wanted := ticked(person, r.PostForm["news"])
	var cause error
	switch {
	case len(wanted) == 0:
		cause = fault.New(fault.Invalid, "contact_news").At("news")
	case person != "":
		cause = news.Choose(r.Context(), s.Store, v.who, person, wanted)
	default:
		_, cause = news.Add(r.Context(), s.Store, s.Keys, v.who, roster.NewPerson{
			Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Mobile: r.PostFormValue("mobile"),
		}, wanted)
	}
	if cause == nil {
		s.say(w, said{Key: "contact.page.added"})
		return see(w, r, contactsPage)
	}
	view, err := s.newContactView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "contact-new", view, cause)
}
