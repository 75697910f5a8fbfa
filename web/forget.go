package web

import (
	"net/http"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/roster/forget"
	"muster/store"
)

// leftView lists those who have left the roster.
type leftView struct {
	Frame
	Tabs   []choice
	People []leftRow
	Pager  pager
}

type leftRow struct {
	Href, Name string
	Left       time.Time
}

// forgetView shows what erasing somebody takes away, and asks for it.
type forgetView struct {
	Frame
	Name, Action string
	Goes         []string // what there is of the person
	Stays        []string // and what of it stays, and why
	Obstacle     string   // why it cannot be done now; empty: it can
	Erased       time.Time
	Scrubbed     time.Time
	ScrubBy      time.Time // until when the files are clean, where they are not yet
	Reasons      []choice
	Typed        string
}

// rosterLeft lists those who have left, for whoever may erase them.
func (s *site) rosterLeft(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "seeLeft", policy.Resource{Type: "Roster", ID: string(v.who.Org), Org: v.who.Org}); err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.nav.roster", "/roster")
	if err != nil {
		return err
	}
	view := &leftView{Frame: f}
	q := r.URL.Query()
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		people, err := roster.List(tx, roster.Filter{Left: true, After: id.Person(q.Get("after")), Limit: peoplePage})
		if err != nil {
			return err
		}
		if len(people) == peoplePage {
			q.Set("after", string(people[len(people)-1].Person))
			view.Pager.Next = "/roster/left?" + q.Encode()
		}
		for _, p := range people {
			view.People = append(view.People, leftRowOf(v.tag, p))
		}
		all, err := roster.All(tx)
		if err != nil {
			return err
		}
		spaces, err := roster.Workspaces(tx)
		view.Tabs = rosterTabsOf(v.tag, len(all), len(spaces), "/roster/left", true)
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "roster-left", view)
}

func leftRowOf(tag lang.Tag, p roster.Person) leftRow {
	row := leftRow{Href: "/people/" + string(p.Person) + "/erase", Name: p.Name, Left: p.Left}
	if p.Name == forget.Word {
		row.Name = tag.Text("forget.nobody", nil)
	}
	return row
}

// toForget shows what would go and asks for the name.
func (s *site) toForget(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.forgetView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "forget", view)
}

func (s *site) forgetView(w http.ResponseWriter, r *http.Request, v *visit) (*forgetView, error) {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	p, err := forget.Look(r.Context(), s.Store, v.who, person)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "forget.title", "/roster")
	if err != nil {
		return nil, err
	}
	return forgetViewOf(f, v.tag, person, p, r.PostFormValue("reason"), r.PostFormValue("name")), nil
}

func forgetViewOf(f Frame, tag lang.Tag, person id.Person, p forget.Plan, reason, typed string) *forgetView {
	view := &forgetView{
		Frame: f, Name: p.Name, Action: "/people/" + string(person) + "/erase", Erased: p.Erased, Scrubbed: p.Scrubbed, Typed: typed,
	}
	if p.Obstacle != nil {
		view.Obstacle, _ = sentence(tag, p.Obstacle)
	}
	if !p.Erased.IsZero() {
		view.Name, view.Obstacle = tag.Text("forget.nobody", nil), ""
		if p.Scrubbed.IsZero() {
			view.ScrubBy = forget.CleanBy(p.Erased)
		}
		return view
	}
	view.Goes = goesOf(tag, p)
	for _, key := range staysOf(p) {
		view.Stays = append(view.Stays, tag.Text("forget.stays."+key, map[string]any{"Name": p.Name}))
	}
	for _, why := range forget.Reasons() {
		view.Reasons = append(view.Reasons, choice{Value: string(why), Text: tag.Text("forget.reason."+string(why), nil), Chosen: string(why) == reason})
	}
	return view
}

// goesOf says how much there is of each thing, leaving out what there is none of.
func goesOf(tag lang.Tag, p forget.Plan) []string {
	all := []string{tag.Text("forget.goes.person", nil)}
	for _, one := range []struct {
		key string
		n   int
	}{
		{"alarms", p.Alarms},
		{"shifts", p.Shifts},
		{"positions", p.Positions},
		{"messages", p.Messages},
		{"devices", p.Devices},
		{"enrolments", p.Enrolments},
		{"requests", p.Requests},
		{"entries", p.Entries},
		{"partners", p.Partners},
	} {
		if one.n > 0 {
			all = append(all, tag.Text("forget.goes."+one.key, map[string]any{"Count": one.n}))
		}
	}
	return append(all, tag.Text("forget.goes.mentions", map[string]any{"Name": p.Name}))
}

// staysOf are the keys of what stays.
func staysOf(p forget.Plan) []string {
	all := []string{"book", "elsewhere", "copies"}
	if p.Namesake {
		all = append(all, "namesake")
	}
	return all
}

// forgetPerson erases somebody.
func (s *site) forgetPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	page := "/people/" + string(person) + "/erase"
	err = forget.Forget(r.Context(), s.Store, v.who, person, forget.Reason(r.PostFormValue("reason")), r.PostFormValue("name"))
	switch {
	case err == nil:
		s.say(w, said{Key: "forget.done"})
		return see(w, r, page)
	case v.who.Kind == actor.Person && s.signInFirst(w, r, v, err, page):
		return nil
	}
	view, again := s.forgetView(w, r, v)
	if again != nil {
		return again
	}
	return s.again(w, r, "forget", view, err)
}
