package web

import (
	"net/http"
	"slices"

	"muster/actor"
	"muster/deliver/dead"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/roster/admit"
	"muster/store"
)

// rosterView lists the people of the organisation.
type rosterView struct {
	Frame
	Tabs       []choice
	Gaps       []gap
	Empty      bool // nobody but the reader
	CanEdit    bool
	Workspaces []choice
	Roles      []choice
	People     []personRow
	Pager      pager
}

// gap is something about the roster that needs somebody.
type gap struct{ Text, Href string }

type personRow struct {
	Href, Name, PIN   string
	Roles, Workspaces []string
	Email, Mobile     point
}

// point is an address as lists show it.
type point struct {
	Value   string
	Doubt   string // why nobody relies on it; empty: it is confirmed, and works
	Matters bool   // alarms go to this person: a doubtful address needs somebody
}

// pointRow is an address as its owner's page shows it.
type pointRow struct {
	ID, Value, Kind string
	Doubt           string // why nobody relies on it; empty: it is confirmed, and works
	CanUp           bool   // may become the first that is tried
}

// personView is one person: facts, roles, addresses, leaving.
type personView struct {
	Frame
	ID, Name    string // ID empty: somebody new
	Action      string
	ProfileHref string
	Form        personForm
	Channels    channelList
	Duress      bool // there is a PIN for duress
	Waiting     *waitingView
}

type personForm struct {
	Name, Email, Mobile, PIN string
	Languages                []choice
	Columns                  []string // names of the roles
	Roles                    []roleRow
}

// roleRow is one workspace, or all of them, with a box for each role.
type roleRow struct {
	Text  string
	Cells []choice // Value "worker:wsp_…", Text the role's name
}

// workspacesView lists and makes workspaces.
type workspacesView struct {
	Frame
	Tabs       []choice
	Workspaces []workspaceRow
	Name       string
	CanEdit    bool
}

type workspaceRow struct {
	ID, Name          string
	Instructions      string // stand beside the procedure of its workers
	Workers, Monitors int
}

const peoplePage = 100

func (s *site) roster(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	filter := roster.Filter{Text: q.Get("q"), Role: actor.Role(q.Get("role")), Workspace: id.Workspace(q.Get("workspace")), After: id.Person(q.Get("after")), Limit: peoplePage}
	if _, err := policy.Check(v.who, "seeRoster", policy.Resource{Type: "Roster", ID: string(v.who.Org), Org: v.who.Org}); err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.nav.roster", "/roster")
	if err != nil {
		return err
	}
	f.Search = filter.Text
	view := &rosterView{Frame: f, CanEdit: v.who.Has(actor.Administrator, "")}
	var people, all []roster.Person
	var waiting []admit.Waiting
	var spaces []roster.Workspace
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		if spaces, err = roster.Workspaces(tx); err != nil {
			return err
		}
		if all, err = roster.All(tx); err != nil {
			return err
		}
		if waiting, err = admit.All(tx); err != nil {
			return err
		}
		if people, err = roster.List(tx, filter); err != nil {
			return err
		}
		if len(people) == peoplePage {
			q.Set("after", string(people[len(people)-1].Person))
			view.Pager.Next = "/roster?" + q.Encode()
		}
		people = slices.DeleteFunc(people, func(p roster.Person) bool { return p.See(tx, v.who) != nil })
		return nil
	})
	if err != nil {
		return err
	}
	names := nameOf{}
	for _, ws := range spaces {
		names[ws.ID] = ws.Name
	}
	view.Empty = len(all) <= 1
	view.Tabs = rosterTabsOf(v.tag, len(all), len(spaces), "/roster", view.CanEdit)
	if view.CanEdit {
		view.Gaps = append(waitingGaps(v.tag, waiting, all), gapsOf(v.tag, all, spaces)...)
	}
	view.Workspaces, view.Roles = workspaceChoices(v.tag, spaces, filter.Workspace), roleChoices(v.tag, filter.Role)
	for _, p := range people {
		view.People = append(view.People, personRowOf(v.tag, p, names, view.CanEdit))
	}
	return s.show(w, r, "roster", view)
}

// rosterTabsOf leads to the lists of the roster; that of those who have left is
// for whoever may erase them.
func rosterTabsOf(tag lang.Tag, people, spaces int, at string, edits bool) []choice {
	tabs := []choice{
		{Text: tag.Text("web.roster.people", nil), Href: "/roster", Count: people, Chosen: at == "/roster"},
		{Text: tag.Text("web.workspace.title", nil), Href: "/workspaces", Count: spaces, Chosen: at == "/workspaces"},
	}
	if edits {
		tabs = append(tabs, choice{Text: tag.Text("forget.left", nil), Href: "/roster/left", Chosen: at == "/roster/left"})
	}
	return tabs
}

// gapsOf is what is wrong with the roster as far as alarms are concerned.
func gapsOf(tag lang.Tag, all []roster.Person, spaces []roster.Workspace) []gap {
	var out []gap
	for _, ws := range spaces {
		works, watched := false, false
		for _, p := range all {
			who := actor.Actor{Roles: p.Roles}
			works = works || who.Has(actor.Worker, ws.ID)
			watched = watched || who.Has(actor.Monitor, ws.ID)
		}
		if works && !watched {
			out = append(out, gap{tag.Text("web.roster.unwatched", map[string]any{"Name": ws.Name}), "/roster?workspace=" + string(ws.ID)})
		}
	}
	unverified := 0
	for _, p := range all {
		if p.Has(actor.Monitor) && !slices.ContainsFunc(p.Points, roster.Point.Sure) {
			unverified++
		}
	}
	if unverified > 0 {
		out = append(out, gap{tag.Text("web.roster.unverified", map[string]any{"Count": unverified}), "/roster?role=monitor"})
	}
	return out
}

func workspaceChoices(tag lang.Tag, spaces []roster.Workspace, chosen id.Workspace) []choice {
	out := []choice{{Text: tag.Text("web.board.all_workspaces", nil)}}
	for _, ws := range spaces {
		out = append(out, choice{Value: string(ws.ID), Text: ws.Name, Chosen: ws.ID == chosen})
	}
	return out
}

var roles = []actor.Role{actor.Worker, actor.Monitor, actor.Administrator}

func roleChoices(tag lang.Tag, chosen actor.Role) []choice {
	out := []choice{{Text: tag.Text("web.role.all", nil)}}
	for _, role := range roles {
		out = append(out, choice{Value: string(role), Text: tag.Text("web.role."+string(role), nil), Chosen: role == chosen})
	}
	return out
}

func personRowOf(tag lang.Tag, p roster.Person, names nameOf, edit bool) personRow {
	row := personRow{Href: "/people/" + string(p.Person), Name: p.Name, PIN: p.PIN, Email: firstPoint(tag, p, roster.Email), Mobile: firstPoint(tag, p, roster.SMS)}
	if edit {
		row.Href += "/edit"
	}
	for _, m := range p.Roles {
		name := tag.Text("web.role."+string(m.Role), nil)
		where := tag.Text("web.person.everywhere", nil)
		if m.Workspace != "" {
			where = names[m.Workspace]
		}
		if !slices.Contains(row.Roles, name) {
			row.Roles = append(row.Roles, name)
		}
		if !slices.Contains(row.Workspaces, where) {
			row.Workspaces = append(row.Workspaces, where)
		}
	}
	return row
}

func firstPoint(tag lang.Tag, p roster.Person, channel string) point {
	for _, one := range p.Points {
		if one.Channel == channel {
			one.Bounced = dead.Alive // the list has no room for the reason
			return point{one.Address, doubt(tag, one), p.Has(actor.Monitor) || p.Has(actor.Administrator)}
		}
	}
	return point{}
}
