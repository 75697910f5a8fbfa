package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/letin/presence"
	"muster/letin/staff"
	inside "muster/letin/visit"
	"muster/roster"
	"muster/roster/admit"
	"muster/store"
)

// letinPage is where a customer sees and decides who of the provider comes in.
const letinPage = "/let-in"

// letinView is who is inside now, and what waits for an administrator.
type letinView struct {
	Frame
	Tabs    []choice
	Guests  []visitRow
	Waiting []waitingRow
	Last    []visitRow
	Had     hadView
}

// visitRow is one visit.
type visitRow struct {
	ID, Name, As, Why, Scope, IP string
	Page                         string // the last one
	Seen                         time.Time
	Since, Until, Ended          time.Time
	Length                       time.Duration
	Pages                        int
	Inside                       bool
	End                          string // how it ended
}

// waitingRow is one thing that an administrator has to decide.
type waitingRow struct{ Title, Text, Href string }

// letinRoutes are the customer's pages about support's access.
func (s *site) letinRoutes(in func(string, handler)) {
	in("GET "+letinPage, s.letin)
	in("GET "+letinPage+"/people", s.letinPeople)
	in("GET "+letinPage+"/visits", s.letinVisits)
	in("GET "+letinPage+"/visits/{visit}", s.letinVisit)
	in("POST "+letinPage+"/visits/{visit}/out", s.throwOut)
	in("GET "+letinPage+"/activity", s.letinActivity)
	in("POST "+letinPage+"/activity.csv", s.exportActivity)
	in("POST "+letinPage+"/proofs", s.proofs)
}

// letinTabs are the pages below the customer's own about support.
func letinTabs(tag lang.Tag, at string) []choice {
	tabs := []choice{
		{Href: letinPage, Text: tag.Text("visit.tab.now", nil)},
		{Href: letinPage + "/visits", Text: tag.Text("visit.tab.visits", nil)},
		{Href: letinPage + "/activity", Text: tag.Text("visit.tab.activity", nil)},
		{Href: letinPage + "/people", Text: tag.Text("visit.tab.people", nil)},
		{Href: asksPage, Text: tag.Text("request.page.asks", nil)},
		{Href: account.PolicyPage, Text: tag.Text("visit.tab.policy", nil)},
	}
	for i := range tabs {
		tabs[i].Chosen = tabs[i].Href == at
	}
	return tabs
}

func visitRowOf(tag lang.Tag, g inside.Visit) visitRow {
	row := visitRow{
		ID: string(g.ID), Name: g.Name, As: asWhom(tag, g), Why: whyInside(tag, g), Scope: tag.Text("visit.scope."+string(g.Scope), nil), IP: g.IP,
		Page: pageName(tag, g.Page), Seen: g.Seen, Since: g.Began, Until: g.Until, Ended: g.Ended, Pages: g.Pages, Inside: g.How == inside.Inside,
	}
	if !row.Inside {
		row.Length = g.Ended.Sub(g.Began).Truncate(time.Second)
		row.End = tag.Text("visit.end."+string(g.How), map[string]any{"Name": cmp.Or(g.By, tag.Text("web.book.system", nil))})
	}
	return row
}

// lastVisits is how many that are over stand on the first page.
const lastVisits = 5

func (s *site) letin(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.house().List(r.Context(), v.who, "")
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "visit.title", letinPage)
	if err != nil {
		return err
	}
	view := &letinView{Frame: f, Tabs: letinTabs(v.tag, letinPage)}
	for _, g := range all {
		switch row := visitRowOf(v.tag, g); {
		case row.Inside:
			view.Guests = append(view.Guests, row)
		case len(view.Last) < lastVisits:
			view.Last = append(view.Last, row)
		}
	}
	if view.Waiting, err = s.waiting(r.Context(), v); err != nil {
		return err
	}
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		view.Had, err = hadBy(tx, v.tag, v.who.Org)
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "letin", view)
}

// letinVisitsView is who was inside.
type letinVisitsView struct {
	Frame
	Tabs   []choice
	Visits []visitRow
	Pager  pager
}

func (s *site) letinVisits(w http.ResponseWriter, r *http.Request, v *visit) error {
	before := id.Visit(r.URL.Query().Get("before"))
	if before != "" {
		var err error
		if before, err = id.Parse[id.Visit](string(before)); err != nil {
			return err
		}
	}
	all, err := s.house().List(r.Context(), v.who, before)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "visit.was", letinPage)
	if err != nil {
		return err
	}
	view := &letinVisitsView{Frame: f, Tabs: letinTabs(v.tag, letinPage+"/visits")}
	for _, g := range all {
		view.Visits = append(view.Visits, visitRowOf(v.tag, g))
	}
	if len(all) == inside.MostShown {
		view.Pager.Next = letinPage + "/visits?before=" + string(all[len(all)-1].ID)
	}
	return s.show(w, r, "letin-visits", view)
}

// letinVisitView is one visit with all that was done in it.
type letinVisitView struct {
	Frame
	Visit     visitRow
	GrantHref string
	Key       string // public key that the proofs are checked with
	Entries   []activityRow
}

func (s *site) letinVisit(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Visit](r.PathValue("visit"))
	if err != nil {
		return err
	}
	story, err := s.house().Read(r.Context(), v.who, which)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "visit.was", letinPage)
	if err != nil {
		return err
	}
	f.Title, f.Scripts = story.Name, []string{"letin.js"}
	view := &letinVisitView{Frame: f, Visit: visitRowOf(v.tag, story.Visit), GrantHref: letinPage + "/grants/" + string(story.Grant), Key: s.Book.Key(v.who.Org)}
	if view.Entries, err = s.activityRows(r, v, story.Entries); err != nil {
		return err
	}
	return s.show(w, r, "letin-visit", view)
}

// throwOut ends somebody's visit at once, and comes back to where it was asked.
func (s *site) throwOut(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Visit](r.PathValue("visit"))
	if err != nil {
		return err
	}
	name, err := s.house().ThrowOut(r.Context(), v.who, which)
	if err != nil {
		return err
	}
	s.say(w, said{Key: "visit.said.out", Args: map[string]any{"Name": name}})
	return see(w, r, letinPage)
}

// letinPeopleView is who of the provider may be let in (WK5).
type letinPeopleView struct {
	Frame
	Tabs   []choice
	People []supportRow
}

type supportRow struct {
	Name, Department, Positions string
	Proofs                      []choice
	Grant, Has                  string
}

func (s *site) letinPeople(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "visit.people", letinPage)
	if err != nil {
		return err
	}
	view := &letinPeopleView{Frame: f, Tabs: letinTabs(v.tag, letinPage+"/people")}
	lot, err := s.Grants.See(r.Context(), v.who, time.Time{})
	if err != nil {
		return err
	}
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		all, err := s.Grants.Candidates(tx)
		for _, m := range all {
			view.People = append(view.People, supportRowOf(v, m, lot.Live))
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "letin-people", view)
}

func supportRowOf(v *visit, m staff.Member, live []grant.Grant) supportRow {
	row := supportRow{Name: m.Name, Department: v.tag.Text("staff.department."+string(m.Department), nil), Has: v.tag.Text("visit.no_leave", nil)}
	var positions []string
	for _, p := range m.Positions {
		positions = append(positions, v.tag.Text("staff.position."+string(p), nil))
	}
	row.Positions = strings.Join(positions, ", ")
	for _, p := range []staff.Proof{staff.Agreement, staff.Background} {
		text := v.tag.Text("visit.lasts", nil)
		if end := m.Standing[p].Until; !end.IsZero() {
			text = v.tag.Text("visit.until", map[string]any{"At": v.tag.Time(end, v.reader().Zone, lang.Day)})
		}
		row.Proofs = append(row.Proofs, choice{Text: v.tag.Text("staff.proof."+string(p), nil), Value: text})
	}
	for _, g := range live {
		if g.Staff == m.ID && g.Stage == grant.Open {
			row.Grant, row.Has = string(g.ID), v.tag.Text("visit.has_leave", nil)
		}
	}
	return row
}

// waiting is what an administrator has to decide: who wants to be let in, what
// somebody did who came in without being asked, who asks to be watched, and whom
// support put on the roster.
func (s *site) waiting(ctx context.Context, v *visit) (rows []waitingRow, err error) {
	lot, err := s.Grants.See(ctx, v.who, time.Time{})
	for _, g := range lot.Unreviewed {
		what := "visit.wait.review"
		if g.Stage == grant.Open {
			what = "visit.wait.emergency"
		}
		rows = append(rows, waitingRow{
			Title: v.tag.Text(what, map[string]any{"Name": g.Name}), Href: letinPage + "/grants/" + string(g.ID),
			Text: v.tag.Text(what+"_text", map[string]any{"Name": g.Name}),
		})
	}
	for _, g := range lot.Live {
		if g.Stage == grant.Asked && g.Consent.At.IsZero() {
			rows = append(rows, waitingRow{
				Title: v.tag.Text("visit.wait.consent", map[string]any{"Name": g.Name}), Href: letinPage + "/grants/" + string(g.ID),
				Text: labelled(v.tag, v.tag.Text("visit.reason."+string(g.Reason), nil), g.Words),
			})
		}
	}
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		asked, err := callsFor(tx)
		for _, p := range asked {
			rows = append(rows, waitingRow{Title: v.tag.Text("visit.wait.watch", map[string]any{"Name": p.StaffName}), Text: p.Words, Href: presence.Page})
		}
		if err != nil {
			return err
		}
		added, err := admit.All(tx)
		for _, a := range added {
			p, err := roster.Find(tx, a.Person)
			if fault.KindOf(err) == fault.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			rows = append(rows, waitingRow{
				Title: v.tag.Text("visit.wait.person", map[string]any{"Name": p.Name}), Href: "/people/" + string(a.Person) + "/edit",
				Text: v.tag.Text("web.waiting.gap", map[string]any{"Name": p.Name, "By": a.By}),
			})
		}
		return err
	})
	return rows, err
}

// callsFor are the remote sessions and calls that nobody of the customer's has
// joined yet.
func callsFor(tx *store.Tx) ([]presence.Presence, error) {
	all, err := presence.Of(tx)
	return slices.DeleteFunc(all, func(p presence.Presence) bool { return !p.Open() || !p.Joined.IsZero() }), err
}

// waitsFor counts what an administrator has to decide about support.
func waitsFor(tx *store.Tx) (int, error) {
	leave, err := grant.Waiting(tx)
	if err != nil {
		return 0, err
	}
	asked, err := callsFor(tx)
	if err != nil {
		return 0, err
	}
	added, err := admit.All(tx)
	return leave + len(asked) + len(added), err
}
