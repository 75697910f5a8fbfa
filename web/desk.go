package web

import (
	"context"
	"net/http"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner"
	"muster/call/partner/enrol"
	"muster/id"
	"muster/lang"
	"muster/policy"
)

// deskView is a monitoring partner's desk: the alarms of all its customers.
type deskView struct {
	Frame
	Open    []caseRow
	Closed  []caseRow
	Waiting int // changes of enrolments to confirm
	Pager   pager
	CanWork bool // may take cases
	Untaken int
}

// caseRow is one alarm at the desk.
type caseRow struct {
	Drill          bool // nobody needs help
	ID, Href       string
	State          string // open, acknowledged, closed
	Cause          string
	Customer, Name string
	Opened         time.Time
	Late           time.Duration // from the alarm to the desk
	Warning        string        // finished text
	By             string
	At             time.Time
	Answered       time.Duration // to the first act, 0 if there was none
	Outcome        string
	ByCustomer     bool
}

// partnerRoutes are the pages of monitoring partners and of those who are
// connected with one.
func (s *site) partnerRoutes(in func(string, handler)) {
	in("GET /desk", s.deskPage)
	in("GET /desk/cases/{case}", s.casePage)
	in("POST /desk/cases/{case}/accept", s.acceptCase)
	in("POST /desk/cases/{case}/note", s.noteCase)
	in("POST /desk/cases/{case}/close", s.closeCase)
	in("POST /desk/cases/{case}/word/check", s.checkWord)
	in("POST /desk/cases/{case}/word/show", s.showWord)
	in("GET /desk/changes", s.deskChanges)
	in("POST /desk/changes/{link}/{number}/{answer}", s.settleChange)
	in("GET /desk/statistics", s.deskStatistics)
	in("GET /partners", s.partners)
	in("POST /partners", s.proposePartner)
	in("POST /partners/{link}/agree", s.agreePartner)
	in("POST /partners/{link}/end", s.endPartner)
	in("POST /partners/{link}", s.settlePartner)
	s.enrolRoutes(in)
}

func (s *site) clerk() enrol.Clerk { return enrol.Clerk{Store: s.Store, Keys: s.Keys} }

func (s *site) casesDesk() partner.Desk { return partner.Desk{Store: s.Store, Keys: s.Keys} }

func (s *site) deskPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	before := id.Case(r.URL.Query().Get("before"))
	if before != "" {
		var err error
		if before, err = id.Parse[id.Case](string(before)); err != nil {
			return err
		}
	}
	seen, err := s.casesDesk().Look(r.Context(), v.who, before)
	if err != nil {
		return err
	}
	waiting, err := s.clerk().Inbox(r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.desk.title", "/desk")
	if err != nil {
		return err
	}
	view := &deskView{Frame: f, Waiting: len(waiting), CanWork: operates(v.who)}
	for _, c := range seen.Open {
		row := caseRowOf(v.tag, c)
		if row.State == "open" {
			view.Untaken++
		}
		view.Open = append(view.Open, row)
	}
	for _, c := range seen.Closed {
		view.Closed = append(view.Closed, caseRowOf(v.tag, c))
	}
	if len(seen.Closed) == partner.Page {
		view.Pager.Next = "/desk?before=" + string(seen.Closed[len(seen.Closed)-1].ID)
	}
	return s.show(w, r, "desk", view)
}

func caseRowOf(tag lang.Tag, c partner.Case) caseRow {
	row := caseRow{
		ID: string(c.ID), Href: "/desk/cases/" + string(c.ID), State: caseState(c), Cause: string(c.Kind), Customer: c.CustomerName, Name: c.WorkerName,
		Drill: c.Drill, Opened: c.Opened, By: c.Accepted.Name, At: c.Accepted.At, Outcome: string(c.Outcome),
	}
	if late := c.Opened.Sub(c.Raised); late >= time.Second {
		row.Late = late
	}
	if c.Warning != "" {
		row.Warning = tag.Text("web.standing.warn."+c.Warning, nil)
	}
	if !c.FirstAct.IsZero() {
		row.Answered = c.FirstAct.Sub(c.Opened)
	}
	if c.State == partner.Closed {
		row.By, row.At, row.ByCustomer = c.Closed.Name, c.Closed.At, c.Closed.Person == ""
	}
	return row
}

// caseState is how the pages of alarms call the state of a case.
func caseState(c partner.Case) string {
	switch c.State {
	case partner.Open:
		return "open"
	case partner.Accepted:
		return "acknowledged"
	}
	return "closed"
}

// deskNav is the rail of a monitoring partner.
func (s *site) deskNav(v *visit, current string) []navItem {
	t := func(key string) string { return v.tag.Text(key, nil) }
	items := []navItem{
		{Href: "/desk", Icon: "layout-list", Text: t("web.desk.title"), Group: t("web.nav.call"), Bottom: true},
		{Href: "/desk/changes", Icon: "user-check", Text: t("web.nav.changes"), Bottom: true},
		{Href: "/desk/statistics", Icon: "clipboard-list", Text: t("web.desk.statistics"), Bottom: true},
	}
	if v.who.Has(actor.Administrator, "") {
		items = append(items,
			navItem{Href: partnerPage, Icon: "plug-connected", Text: t("web.nav.customers"), Bottom: true},
			navItem{Href: "/roster", Icon: "users", Text: t("web.nav.roster"), Group: t("web.nav.roster")},
			navItem{Href: "/book", Icon: "book", Text: t("web.nav.book"), Group: t("web.nav.book")},
			navItem{Href: "/settings", Icon: "settings", Text: t("web.nav.settings"), Bottom: true})
	}
	if s.Outbox != nil {
		items = append(items, navItem{Href: "/outbox", Icon: "inbox", Text: t("web.nav.outbox")})
	}
	for i := range items {
		items[i].Current = items[i].Href == current
	}
	return items
}

// deskPulse is what the top bar says at a partner's desk.
func (s *site) deskPulse(ctx context.Context, v *visit) (p pulse, err error) {
	open, err := s.casesDesk().Look(ctx, v.who, "")
	if err != nil {
		return p, err
	}
	for _, c := range open.Open {
		if c.Drill {
			continue // nobody is in alarm
		}
		p.Alarms++
		if c.State != partner.Open {
			continue
		}
		if p.Newest == "" {
			p.Newest = "/desk/cases/" + string(c.ID)
		}
		p.Unacknowledged++
	}
	return p, nil
}

// operates tells whether the actor may take cases.
func operates(who actor.Actor) bool {
	_, err := policy.Check(who, "acceptCase", policy.Resource{Type: "Case", Org: who.Org})
	return err == nil
}

// deskMonthView is one month at the desk.
type deskMonthView struct {
	Frame
	Name           string // of the month
	Previous, Next string
	Rows           []tallyRow
	Bounds         []time.Duration
}

// tallyRow is one line of the month's figures.
type tallyRow struct {
	Name          string
	Cases, Acted  int
	Shares        []int
	Median        time.Duration
	Open          int
	Real, False   int
	Precautionary int
	Drill         int
}

func (s *site) deskStatistics(w http.ResponseWriter, r *http.Request, v *visit) error {
	var at time.Time
	if text := r.URL.Query().Get("month"); text != "" {
		var err error
		if at, err = time.Parse("2006-01", text); err != nil {
			return notThere()
		}
		at = at.AddDate(0, 0, 14) // the middle, whatever the zone
	}
	m, err := s.casesDesk().Statistics(r.Context(), v.who, at)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.desk.statistics", "/desk/statistics")
	if err != nil {
		return err
	}
	name := monthHeading(v.tag, m.Begins.Year(), m.Begins.Month())
	view := &deskMonthView{Frame: f, Name: name, Bounds: partner.Bounds()}
	view.Previous = "/desk/statistics?month=" + m.Begins.AddDate(0, -1, 0).Format("2006-01")
	if next := m.Begins.AddDate(0, 1, 0); next.Before(f.Now) {
		view.Next = "/desk/statistics?month=" + next.Format("2006-01")
	}
	view.Rows = append(view.Rows, tallyRowOf(v.tag.Text("web.desk.all_kinds", nil), m.All))
	for _, k := range m.Kinds {
		view.Rows = append(view.Rows, tallyRowOf(v.tag.Text("web.cause."+causeKey(k.Kind), nil), k.Tally))
	}
	return s.show(w, r, "statistics-desk", view)
}

func tallyRowOf(name string, t partner.Tally) tallyRow {
	row := tallyRow{
		Name: name, Cases: t.Cases, Acted: t.Acted, Median: t.Median, Open: t.Open,
		Real: t.Outcome[alarm.Real], False: t.Outcome[alarm.False], Precautionary: t.Outcome[alarm.Precautionary], Drill: t.Outcome[alarm.Drill],
	}
	for _, b := range partner.Bounds() {
		row.Shares = append(row.Shares, t.Share(b))
	}
	return row
}
