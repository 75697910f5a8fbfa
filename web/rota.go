package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/calendar"
	"muster/call/rota/civil"
	"muster/call/rota/office"
	"muster/call/rota/plan"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// rotasView lists the rotas: who is on duty, who is next, where nobody is.
type rotasView struct {
	Frame
	Tabs      []choice
	Rows      []rotaRow
	CanManage bool
}

type rotaRow struct {
	Href, Name, Where, How string
	On, Next               string // names
	Until, NextAt          time.Time
	Gaps                   []gapRow
}

// gapRow is a time when nobody who can be reached is on duty.
type gapRow struct {
	From, To time.Time
	Why      string // key of the reason's text
	Who      string
	Now      bool
}

// rotaView is one rota as a calendar.
type rotaView struct {
	Frame
	rotaRow
	Tabs        []choice
	ID          string
	CanManage   bool
	Month       string
	Earlier     string
	Later       string
	ThisMonth   string
	Weekdays    []string
	Weeks       [][]dayCell
	Covers      []coverRow
	Cover       coverForm
	Swap        swapForm
	Feeds       []feedRow
	Fresh       string // a calendar's address that was just made; shown once
	CanSwap     bool
	CloseAction string
}

// dayCell is one day of a month.
type dayCell struct {
	Date, Number string
	Weekday      string
	Outside      bool // of another month
	Today        bool
	Holiday      string
	Marks        []dayMark
}

// dayMark is a turn or a gap on one day.
type dayMark struct {
	Text, Time    string
	Gap, Mine     bool
	Covered, Over bool
}

type coverRow struct {
	ID, In, Out, Why      string
	From, To              time.Time
	All, Late, Pair       bool
	Waits                 bool // a swap that waits for a yes
	Remove, Agree, Refuse string
}

const rotaPage = "/rotas"

func rotaTabs(v *visit, at string) []choice {
	tabs := []choice{
		{Text: v.tag.Text("web.rota.title", nil), Href: rotaPage, Chosen: at == rotaPage},
		{Text: v.tag.Text("web.duty.title", nil), Href: "/duty", Chosen: at == "/duty"},
		{Text: v.tag.Text("web.office.title", nil), Href: "/office-hours", Chosen: at == "/office-hours"},
	}
	return tabs
}

func (s *site) rotas(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "web.rota.title", rotaPage)
	if err != nil {
		return err
	}
	view := &rotasView{Frame: f, Tabs: rotaTabs(v, rotaPage), CanManage: holds(v.who, actor.Administrator)}
	now := s.Store.Now()
	all, err := rota.List(r.Context(), s.Store, v.who, now, now.Add(rota.Ahead))
	if err != nil {
		return err
	}
	names, err := s.rotaPlaces(r, v)
	if err != nil {
		return err
	}
	for _, sheet := range all {
		view.Rows = append(view.Rows, rotaRowOf(v.tag, sheet, names))
	}
	return s.show(w, r, "rotas", view)
}

func (s *site) rotaPlaces(r *http.Request, v *visit) (nameOf, error) {
	names := nameOf{"": v.tag.Text("web.rota.whole", nil)}
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		for _, ws := range all {
			names[ws.ID] = ws.Name
		}
		return err
	})
	return names, err
}

// rotaRowOf is a rota as it stands now. The sheet begins now.
func rotaRowOf(tag lang.Tag, s rota.Sheet, names nameOf) rotaRow {
	row := rotaRow{Href: rotaPage + "/" + string(s.ID), Name: s.Name, Where: names[s.Workspace], How: patternText(tag, s), On: dutyNames(s, s.On)}
	turns := s.Plan.Between(s.Now, s.Now.Add(rota.Ahead))
	for _, t := range turns {
		if t.From.Equal(s.Now) {
			row.Until = t.To
			continue
		}
		row.Next, row.NextAt = dutyNames(s, t.Team), t.From
		break
	}
	if row.Until.Equal(s.Now.Add(rota.Ahead)) {
		row.Until = time.Time{} // it goes on beyond what was looked at
	}
	row.Gaps = gapRows(s)
	return row
}

func gapRows(s rota.Sheet) (out []gapRow) {
	for _, g := range s.Gaps {
		out = append(out, gapRow{From: g.From, To: g.To, Why: "web.rota.gap_" + string(g.Why), Who: dutyNames(s, g.Team), Now: !g.From.After(s.Now)})
	}
	return out
}

func dutyNames(s rota.Sheet, team plan.Team) string {
	all := make([]string, len(team))
	for i, p := range team {
		all[i] = s.Names[p]
	}
	return strings.Join(all, ", ")
}

// patternText says in one line how the rota goes.
func patternText(tag lang.Tag, s rota.Sheet) string {
	if s.Kind == plan.Weekly {
		return tag.Text("web.rota.how_weekly", nil)
	}
	return tag.Text("web.rota.how_rotating", map[string]any{"Count": s.Days, "Time": clockText(s.Handover)})
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// rota shows one rota for a month.
func (s *site) rota(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.rotaView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "rota", view)
}

func (s *site) rotaView(w http.ResponseWriter, r *http.Request, v *visit) (*rotaView, error) {
	rid, err := id.Parse[id.Rota](r.PathValue("rota"))
	if err != nil {
		return nil, err
	}
	zone, err := lang.Zone(v.zone)
	if err != nil {
		return nil, err
	}
	now := s.Store.Now()
	first := monthFrom(r.URL.Query().Get("month"), civil.Of(now, zone))
	begin, end := grid(first)
	sheet, err := rota.See(r.Context(), s.Store, v.who, rid, civil.At(begin, 0, zone), civil.At(end, 0, zone))
	if err != nil {
		return nil, err
	}
	soon, err := rota.See(r.Context(), s.Store, v.who, rid, now, now.Add(dutyAhead))
	if err != nil {
		return nil, err
	}
	names, err := s.rotaPlaces(r, v)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.rota.title", rotaPage)
	if err != nil {
		return nil, err
	}
	f.Title = sheet.Name
	near := soon
	near.Gaps = slices.DeleteFunc(slices.Clone(soon.Gaps), func(g plan.Gap) bool { return g.From.After(now.Add(rota.Ahead)) })
	view := &rotaView{
		Frame: f, rotaRow: rotaRowOf(v.tag, near, names), Tabs: rotaTabs(v, ""), ID: string(rid),
		CanManage: v.who.Has(actor.Administrator, sheet.Workspace), Month: monthText(v.tag, first),
	}
	view.Earlier, view.Later, view.ThisMonth = view.Href+"?month="+monthName(first-1), view.Href+"?month="+monthName(first+31), view.Href
	view.Weekdays = weekdays(v.tag)
	days, err := s.officeOf(r, v)
	if err != nil {
		return nil, err
	}
	view.Weeks = weeksOf(sheet, days, v.who.Person, view.Weekdays, first, begin, end, zone)
	view.Covers = coverRows(soon, v.who.Person, view.CanManage)
	if err := s.rotaForms(r, v, view, soon, zone); err != nil {
		return nil, err
	}
	feeds, err := calendar.List(r.Context(), s.Store, v.who, rid)
	view.Feeds = feedRows(feeds, v.who.Person)
	return view, err
}

// dutyAhead is how far ahead duties are listed.
const dutyAhead = 90 * 24 * time.Hour

func (s *site) officeOf(r *http.Request, v *visit) (o office.Office, err error) {
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		o, _, err = office.Get(tx)
		return err
	})
	return o, err
}

// monthFrom reads "2026-11" as the first day of that month; anything else is
// the month of today.
func monthFrom(text string, today civil.Day) civil.Day {
	if day, err := civil.ParseDay(text + "-01"); err == nil {
		return day
	}
	y, m, _ := today.Date()
	return civil.On(y, m, 1)
}

func monthName(d civil.Day) string { return d.String()[:len("2026-11")] }

func monthText(tag lang.Tag, first civil.Day) string {
	y, m, _ := first.Date()
	return monthHeading(tag, y, m)
}

// monthHeading is a month as a heading.
func monthHeading(tag lang.Tag, y int, m time.Month) string {
	return tag.Text("web.rota.month", map[string]any{"Month": tag.Text(fmt.Sprintf("time.alone.%d", m), nil), "Year": fmt.Sprint(y)})
}

// grid is the weeks that a month touches, Monday to Sunday.
func grid(first civil.Day) (begin, end civil.Day) {
	y, m, _ := first.Date()
	next := civil.On(y, m+1, 1)
	begin = first - civil.Day((int(first.Weekday())+6)%7)
	end = next + civil.Day((7-(int(next.Weekday())+6)%7)%7)
	return begin, end
}

func weekdays(tag lang.Tag) (out []string) {
	for i := 1; i <= 7; i++ {
		out = append(out, tag.Text(fmt.Sprintf("time.weekday.%d", i%7), nil))
	}
	return out
}

func weeksOf(s rota.Sheet, o office.Office, own id.Person, names []string, first, begin, end civil.Day, zone *time.Location) (weeks [][]dayCell) {
	_, month, _ := first.Date()
	today := civil.Of(s.Now, zone)
	for d := begin; d < end; d++ {
		if d.Weekday() == time.Monday {
			weeks = append(weeks, nil)
		}
		_, m, n := d.Date()
		cell := dayCell{Date: d.String(), Number: fmt.Sprint(n), Weekday: names[(d-begin)%7], Outside: m != month, Today: d == today, Marks: marks(s, own, d, zone)}
		if name, closed := o.Closed(d); closed {
			cell.Holiday = name
		}
		weeks[len(weeks)-1] = append(weeks[len(weeks)-1], cell)
	}
	return weeks
}

// marks are what stands on one day: turns and gaps, in the order of time.
func marks(s rota.Sheet, own id.Person, d civil.Day, zone *time.Location) []dayMark {
	from, to := civil.At(d, 0, zone), civil.At(d+1, 0, zone)
	type timed struct {
		at time.Time
		dayMark
	}
	var all []timed
	for _, t := range s.Turns {
		if t.From.Before(to) && t.To.After(from) {
			all = append(all, timed{t.From, dayMark{
				Text: dutyNames(s, t.Team), Time: partOf(t.From, t.To, from, to, zone), Mine: slices.Contains(t.Team, own),
				Covered: len(t.Covered) > 0, Over: !t.To.After(s.Now),
			}})
		}
	}
	for _, g := range s.Gaps {
		if g.From.Before(to) && g.To.After(from) {
			all = append(all, timed{g.From, dayMark{Text: dutyNames(s, g.Team), Time: partOf(g.From, g.To, from, to, zone), Gap: true}})
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at.Compare(b.at) })
	out := make([]dayMark, len(all))
	for i, m := range all {
		out[i] = m.dayMark
	}
	return out
}

// partOf says which part of a day a time takes, empty for all of it.
func partOf(from, to, dayFrom, dayTo time.Time, zone *time.Location) string {
	begins, ends := from.After(dayFrom), to.Before(dayTo)
	clock := func(t time.Time) string { return t.In(zone).Format("15:04") }
	switch {
	case begins && ends:
		return clock(from) + "–" + clock(to)
	case begins:
		return clock(from) + "–"
	case ends:
		return "–" + clock(to)
	}
	return ""
}

func coverRows(s rota.Sheet, own id.Person, manages bool) (out []coverRow) {
	for _, c := range s.Plan.Covers {
		row := coverRow{
			ID: string(c.ID), In: s.Names[c.In], Out: s.Names[c.Out], All: c.Out == plan.Everyone, Why: c.Why, From: c.From, To: c.To,
			Late: c.Late(), Pair: c.Pair != "", Waits: c.Asked != "",
		}
		base := rotaPage + "/" + string(s.ID) + "/covers/" + row.ID
		switch {
		case c.Asked != "" && c.Asked == own:
			row.Agree, row.Refuse = base+"/agree", base+"/refuse"
		case c.Asked != "" && c.By == own:
			row.Refuse = base + "/refuse"
		}
		if manages {
			row.Remove = base + "/remove"
		}
		out = append(out, row)
	}
	return out
}
