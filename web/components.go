package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
)

// componentsPage is where the provider's staff keep what is run.
const componentsPage = "/provider/components"

// componentRows is how many components or customers one page shows.
const componentRows = 100

// componentsView is what is run, as a tree; with Search, what was found in it.
type componentsView struct {
	Frame
	Search string
	All    int
	Keeps  bool
	Rows   []componentRow
	Pager  pager
}

type componentRow struct {
	Href, Name, Path string
	Depth            int
	Orgs             int // that have it itself
}

// componentView is one component, or with New one that is being entered.
type componentView struct {
	Frame
	New, Keeps      bool
	ID, Name, Path  string
	Action          string
	Parents         []choice
	Inside          []componentRow // directly
	Orgs, Concerned int
	Uses            []useRow
	Pager           pager
	Told            []choice // news about it that are not over
	Free            bool     // nothing hangs on it
	TypedName       string
}

type useRow struct{ Name, Href, Place string }

func (s *site) componentRoutes(staff func(string, handler)) {
	staff("GET "+componentsPage, s.components)
	staff("GET "+componentsPage+"/new", s.newComponent)
	staff("POST "+componentsPage+"/new", s.keepComponent)
	staff("GET "+componentsPage+"/{component}", s.component)
	staff("POST "+componentsPage+"/{component}", s.keepComponent)
	staff("POST "+componentsPage+"/{component}/remove", s.removeComponent)
	s.componentImportRoutes(staff)
	staff("GET "+accountsPage+"/{org}/components", s.accountRuns)
	staff("POST "+accountsPage+"/{org}/components", s.runComponent)
	staff("POST "+accountsPage+"/{org}/components/remove", s.stopComponent)
}

// keeps tells whether the reader may do something about what is run.
func keeps(v *visit, action string) bool {
	_, err := policy.Check(v.who, action, policy.Resource{Type: "Installation"})
	return err == nil
}

func (s *site) components(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := component.List(r.Context(), s.Store, v.who)
	if err != nil {
		return err
	}
	var spread map[id.Component]int
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		spread, err = component.Spread(tx, v.who)
		return err
	})
	if err != nil {
		return err
	}
	view := &componentsView{
		Frame: s.provided(w, r, v, "component.page.title", componentsPage), Search: strings.TrimSpace(r.URL.Query().Get("q")),
		All: len(all), Keeps: keeps(v, "keepComponents"),
	}
	view.fill(v.tag, all, spread, r.URL.Query().Get("from"))
	return s.show(w, r, "components", view)
}

// fill shows one page of the tree, or of what was found in it with where that
// stands.
func (view *componentsView) fill(tag lang.Tag, all []component.Component, spread map[id.Component]int, from string) {
	sought := strings.ToLower(view.Search)
	var found []component.Named
	for _, c := range component.Paths(all) {
		if strings.Contains(strings.ToLower(c.Name), sought) {
			found = append(found, c)
		}
	}
	var first int
	first, view.Pager = pageAt(tag, componentsPage, url.Values{"q": {view.Search}}, from, len(found))
	for _, c := range found[first:min(first+componentRows, len(found))] {
		row := componentRowOf(c, spread)
		if sought != "" {
			row.Depth = 0
		} else {
			row.Path = ""
		}
		view.Rows = append(view.Rows, row)
	}
}

func componentRowOf(c component.Named, spread map[id.Component]int) componentRow {
	row := componentRow{Href: componentsPage + "/" + string(c.ID), Name: c.Name, Depth: c.Depth, Orgs: spread[c.ID]}
	row.Path = strings.TrimSuffix(strings.TrimSuffix(c.Path, c.Name), component.Between)
	return row
}

// pageAt is where a page of a list begins that is read as a whole, and the way
// to those before and behind it.
func pageAt(tag lang.Tag, page string, query url.Values, from string, all int) (first int, p pager) {
	first, err := strconv.Atoi(from)
	if err != nil || first < 0 || first >= all {
		first = 0
	}
	to := func(n int) string {
		query.Set("from", strconv.Itoa(n))
		return page + "?" + query.Encode()
	}
	if first > 0 {
		p.Previous = to(max(0, first-componentRows))
	}
	if first+componentRows < all {
		p.Next = to(first + componentRows)
	}
	p.Text = tag.Text("component.page.part", map[string]any{"From": first + 1, "To": min(first+componentRows, all), "All": all})
	return first, p
}

func (s *site) newComponent(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "keepComponents", policy.Resource{Type: "Installation"}); err != nil {
		return err
	}
	view, err := s.componentForm(w, r, v, id.Component(r.URL.Query().Get("in")))
	if err != nil {
		return err
	}
	return s.show(w, r, "component", view)
}

// componentForm is the page of a component that is being entered.
func (s *site) componentForm(w http.ResponseWriter, r *http.Request, v *visit, in id.Component) (*componentView, error) {
	all, err := component.List(r.Context(), s.Store, v.who)
	view := &componentView{
		Frame: s.provided(w, r, v, "component.page.add", componentsPage), New: true, Keeps: true, Action: componentsPage + "/new",
		Parents: parentChoices(v.tag, all, "", in), TypedName: r.PostFormValue("name"),
	}
	return view, err
}

// parentChoices are what a component can stand in: not itself, and nothing
// inside of it.
func parentChoices(tag lang.Tag, all []component.Component, of, chosen id.Component) []choice {
	out := []choice{{Text: tag.Text("component.page.root", nil)}}
	inside := map[id.Component]bool{of: of != ""}
	for _, c := range component.Paths(all) {
		if inside[c.ID] || inside[c.Parent] {
			inside[c.ID] = true
			continue
		}
		out = append(out, choice{Value: string(c.ID), Text: c.Path, Chosen: c.ID == chosen})
	}
	return out
}

func (s *site) component(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.componentView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "component", view)
}

func (s *site) componentView(w http.ResponseWriter, r *http.Request, v *visit) (*componentView, error) {
	all, err := component.List(r.Context(), s.Store, v.who)
	if err != nil {
		return nil, err
	}
	known := component.Paths(all)
	at := slices.IndexFunc(known, func(c component.Named) bool { return string(c.ID) == r.PathValue("component") })
	if at < 0 {
		return nil, fault.New(fault.NotFound, "not_found")
	}
	one := known[at]
	view := &componentView{
		Frame: s.provided(w, r, v, "component.page.title", componentsPage), Keeps: keeps(v, "keepComponents"),
		ID: string(one.ID), Name: one.Name, TypedName: one.Name, Action: componentsPage + "/" + string(one.ID), Parents: parentChoices(v.tag, all, one.ID, one.Parent),
	}
	view.Title, view.Path = one.Name, componentRowOf(one, nil).Path
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error { return view.hangs(tx, r, v, all, known) })
	if err != nil {
		return nil, err
	}
	news, err := s.Notices.List(r.Context(), v.who)
	for _, n := range news {
		if !n.State.Over() && slices.Contains(n.Components, one.ID) {
			view.Told = append(view.Told, choice{Text: v.tag.Text("notice.kind."+string(n.Kind), nil) + ": " + v.tag.Text("notice.state."+string(n.State), nil), Href: noticesPage + "/" + string(n.ID)})
		}
	}
	view.Free = view.Orgs == 0 && len(view.Inside) == 0 && len(view.Told) == 0
	return view, err
}

// hangs reads what hangs on the component.
func (view *componentView) hangs(tx *store.AcrossTx, r *http.Request, v *visit, all []component.Component, known []component.Named) error {
	which := id.Component(view.ID)
	tree, err := component.Grow(all)
	if err != nil {
		return err
	}
	if view.Concerned, err = component.Concerned(tx, v.who, tree, which); err != nil {
		return err
	}
	spread, err := component.Spread(tx, v.who)
	if err != nil {
		return err
	}
	view.Orgs = spread[which]
	for _, c := range known {
		if c.Parent == which {
			view.Inside = append(view.Inside, componentRowOf(c, spread))
		}
	}
	q := r.URL.Query()
	after := component.Use{Name: q.Get("name"), Org: id.Org(q.Get("after")), Workspace: id.Workspace(q.Get("place"))}
	uses, err := component.Uses(tx, v.who, which, after, componentRows+1)
	if len(uses) > componentRows {
		uses = uses[:componentRows]
		last := uses[componentRows-1]
		view.Pager.Next = view.Action + "?" + url.Values{"name": {last.Name}, "after": {string(last.Org)}, "place": {string(last.Workspace)}}.Encode()
	}
	for _, u := range uses {
		view.Uses = append(view.Uses, useRow{u.Name, accountsPage + "/" + string(u.Org) + "/components", u.Place})
	}
	return err
}

// keepComponent enters a component, or gives it another name or place.
func (s *site) keepComponent(w http.ResponseWriter, r *http.Request, v *visit) error {
	c := component.Component{ID: id.Component(r.PathValue("component"))}
	if c.ID != "" {
		all, err := component.List(r.Context(), s.Store, v.who)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(o component.Component) bool { return o.ID == c.ID })
		if at < 0 {
			return fault.New(fault.NotFound, "not_found")
		}
		c = all[at]
	}
	added := c.ID == ""
	c.Name, c.Parent = r.PostFormValue("name"), id.Component(r.PostFormValue("parent"))
	made, err := component.Keep(r.Context(), s.Store, v.who, c)
	if err == nil {
		done := "component.page.saved"
		if added {
			done = "component.page.added"
		}
		s.say(w, said{Key: done})
		return see(w, r, componentsPage+"/"+string(made))
	}
	var view *componentView
	var verr error
	if added {
		view, verr = s.componentForm(w, r, v, c.Parent)
	} else if view, verr = s.componentView(w, r, v); verr == nil {
		view.TypedName = c.Name
	}
	if verr != nil {
		return verr
	}
	return s.again(w, r, "component", view, err)
}

func (s *site) removeComponent(w http.ResponseWriter, r *http.Request, v *visit) error {
	err := component.Remove(r.Context(), s.Store, v.who, id.Component(r.PathValue("component")), notice.Frees)
	if err != nil {
		view, verr := s.componentView(w, r, v)
		if verr != nil {
			return verr
		}
		return s.again(w, r, "component", view, err)
	}
	s.say(w, said{Key: "component.page.removed"})
	return see(w, r, componentsPage)
}
