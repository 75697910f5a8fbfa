package web

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// statisticsView shows what many alarms together say.
type statisticsView struct {
	Frame
	Tabs       []choice
	From, To   string
	Workspaces []choice
	Worker     *choice
	CSVHref    string
	Empty      bool
	Tiles      []tile
	Tables     []figureTable
	Kinds      []bar
	Outcomes   []bar
	Fates      []fateRow
}

// tile is one figure that stands for the whole time.
type tile struct{ Name, Value, Text string }

// figureTable has one line for each month, workspace or worker.
type figureTable struct {
	Title, Head string
	Marks       []string
	Rows        []figureRow
}

type figureRow struct {
	Name, Href       string
	Alarms           int
	Share            float64 // of the longest bar, in percent
	Median, P95      string
	Within           []string
	Resolved, Falses string
}

// bar is a count beside its share of all.
type bar struct {
	Name, Href string
	Count      int
	Share      float64 // percent
	Percent    string
}

// fateRow is how often messages over one channel ended in one state.
type fateRow struct {
	Channel, State string
	bar
}

// usualMonths are how far back statistics go where nothing else is asked for,
// this month included.
const usualMonths = 6

func (s *site) statistics(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	f, err := s.framed(w, r, v, "incident.stats.title", "/incidents")
	if err != nil {
		return err
	}
	span, wrong := s.rangeOf(q, v)
	view := &statisticsView{Frame: f, Tabs: incidentTabs(v.tag, q, "/incidents/statistics"), From: q.Get("from"), To: q.Get("to")}
	if view.From == "" && wrong == nil {
		view.From = span.From.Format(time.DateOnly)
	}
	if view.Workspaces, view.Worker, err = s.scope(r.Context(), v, span.Workspace, span.Worker); err != nil {
		return err
	}
	if wrong != nil {
		return s.again(w, r, "statistics", view, wrong)
	}
	found, err := incident.Count(r.Context(), s.Store, v.who, span)
	if err != nil {
		return s.again(w, r, "statistics", view, err)
	}
	names, err := s.workspaceNames(r.Context(), v)
	if err != nil {
		return err
	}
	view.CSVHref = "/incidents/statistics.csv?" + q.Encode()
	view.fill(v.reader(), found, names, q)
	return s.show(w, r, "statistics", view)
}

func (s *site) statisticsCSV(w http.ResponseWriter, r *http.Request, v *visit) error {
	span, err := s.rangeOf(r.URL.Query(), v)
	if err != nil {
		return err
	}
	found, err := incident.Count(r.Context(), s.Store, v.who, span)
	if err != nil {
		return err
	}
	names, err := s.workspaceNames(r.Context(), v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.reader().Figures(&b, found, names); err != nil {
		return err
	}
	return v.download(w, "statistics.csv", csvType, b.Bytes())
}

// rangeOf is the time that an address asks for.
func (s *site) rangeOf(q url.Values, v *visit) (incident.Range, error) {
	f, err := sought(q, v.reader().Zone)
	r := incident.Range{From: f.From, Until: f.Until, Workspace: f.Workspace, Worker: f.Worker}
	if q.Get("from") == "" {
		now := s.Store.Now().In(v.reader().Zone)
		r.From = time.Date(now.Year(), now.Month()-usualMonths+1, 1, 0, 0, 0, 0, now.Location())
	}
	return r, err
}

func (s *site) workspaceNames(ctx context.Context, v *visit) (map[string]string, error) {
	names := map[string]string{}
	err := s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		for _, ws := range all {
			names[string(ws.ID)] = ws.Name
		}
		return err
	})
	return names, err
}

func (v *statisticsView) fill(rd paper.Reader, s incident.Statistics, names map[string]string, q url.Values) {
	v.Empty = s.All.Alarms == 0
	v.tiles(rd, s)
	to := func(name, value string) string {
		kept := url.Values{}
		for _, n := range []string{"from", "to", "workspace", "worker"} {
			if q.Get(n) != "" {
				kept.Set(n, q.Get(n))
			}
		}
		kept.Set(name, value)
		return "?" + kept.Encode()
	}
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	table := func(title, head string, groups []incident.Group, name func(incident.Group) (string, string)) {
		if len(groups) > 0 {
			v.Tables = append(v.Tables, tableOf(rd, t(title), t(head), groups, name))
		}
	}
	table("incident.stats.by_month", "incident.stats.month", s.Months, func(g incident.Group) (string, string) { return monthOf(rd.Tag, g.Key), "" })
	table("incident.stats.by_workspace", "web.board.workspace", s.Workspaces, func(g incident.Group) (string, string) {
		if names[g.Key] == "" {
			return t("incident.stats.gone"), ""
		}
		return names[g.Key], to("workspace", g.Key)
	})
	table("incident.stats.by_worker", "web.col.worker", s.Workers, func(g incident.Group) (string, string) { return g.Name, to("worker", g.Key) })
	for _, k := range incident.Kinds() {
		v.Kinds = append(v.Kinds, barOf(rd, rd.Kind(k), "/incidents"+to("kind", string(k)), s.All.Kinds[k], s.All.Alarms))
	}
	for _, o := range append(alarm.Outcomes(), "") {
		b := barOf(rd, rd.Outcome(o), "/incidents"+to("outcome", string(o)), s.All.Outcomes[o], s.All.Alarms)
		if o == "" {
			b.Href = ""
		}
		v.Outcomes = append(v.Outcomes, b)
	}
	all := map[string]int{}
	for _, f := range s.Fates {
		all[f.Channel] += f.Count
	}
	for _, f := range s.Fates {
		v.Fates = append(v.Fates, fateRow{rd.Channel(f.Channel), rd.State(f.State), barOf(rd, "", "", f.Count, all[f.Channel])})
	}
}

func (v *statisticsView) tiles(rd paper.Reader, s incident.Statistics) {
	t := func(key string, pairs ...any) string {
		args, _ := dict(pairs...) // the pairs are ours
		return rd.Tag.Text(key, args)
	}
	open := ""
	if n := s.All.Outcomes[""]; n > 0 {
		open = t("incident.stats.open", "N", n)
	}
	v.Tiles = []tile{
		{t("incident.stats.alarms"), rd.Tag.Number(s.All.Alarms), open},
		{t("incident.stats.answered"), took(rd.Tag, s.All.Answered, s.All.Answered.Median), t("incident.stats.median") + ", " + t("incident.stats.p95") + " " + took(rd.Tag, s.All.Answered, s.All.Answered.P95)},
		{t("incident.stats.within", "Long", incident.Marks[0]), share(rd.Tag, s.All.Answered.Share(0)), ""},
		{t("incident.stats.resolved"), took(rd.Tag, s.All.Resolved, s.All.Resolved.Median), t("incident.stats.median") + ", " + t("incident.stats.p95") + " " + took(rd.Tag, s.All.Resolved, s.All.Resolved.P95)},
		{t("incident.stats.false"), share(rd.Tag, s.All.FalseShare()), t("incident.stats.false_text")},
		{t("incident.stats.in_time"), share(rd.Tag, s.InTime()), t("incident.stats.in_time_text", "N", s.CheckIns)},
	}
	for i := 1; i < len(incident.Marks); i++ {
		v.Tiles[2].Text += strings.Repeat(" · ", min(i-1, 1)) + t("incident.stats.within", "Long", incident.Marks[i]) + ": " + share(rd.Tag, s.All.Answered.Share(i))
	}
}

func tableOf(rd paper.Reader, title, head string, groups []incident.Group, name func(incident.Group) (string, string)) figureTable {
	t := figureTable{Title: title, Head: head}
	for _, m := range incident.Marks {
		t.Marks = append(t.Marks, rd.Tag.Text("incident.stats.within", map[string]any{"Long": m}))
	}
	most := 1
	for _, g := range groups {
		most = max(most, g.Alarms)
	}
	for _, g := range groups {
		row := figureRow{
			Alarms: g.Alarms, Share: 100 * float64(g.Alarms) / float64(most), Median: took(rd.Tag, g.Answered, g.Answered.Median), P95: took(rd.Tag, g.Answered, g.Answered.P95),
			Resolved: took(rd.Tag, g.Resolved, g.Resolved.Median), Falses: share(rd.Tag, g.FalseShare()),
		}
		row.Name, row.Href = name(g)
		for i := range incident.Marks {
			row.Within = append(row.Within, share(rd.Tag, g.Answered.Share(i)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func barOf(rd paper.Reader, name, href string, n, of int) bar {
	part := float64(n) / float64(of)
	b := bar{Name: name, Href: href, Count: n, Percent: share(rd.Tag, part)}
	if !math.IsNaN(part) {
		b.Share = 100 * part
	}
	return b
}

// share writes a part of one; a dash where there is nothing to have a part of.
func share(tag lang.Tag, part float64) string {
	if math.IsNaN(part) {
		return "–"
	}
	places := 0
	if edge := min(part, 1-part); edge > 0 && edge < 0.05 {
		places = 1 // what is rare, or nearly all, must not look like none or all
	}
	return tag.Text("incident.stats.percent", map[string]any{"Value": tag.Decimal(100*part, places)})
}

// took writes a length of time; a dash where it never happened.
func took(tag lang.Tag, s incident.Spread, d time.Duration) string {
	if s.Count == 0 {
		return "–"
	}
	return tag.Duration(d)
}

// monthOf writes a month like 2026-11.
func monthOf(tag lang.Tag, key string) string {
	at, err := time.Parse("2006-01", key)
	if err != nil {
		return key
	}
	return tag.Text("incident.stats.in_month", map[string]any{"Number": at.Format("1"), "Year": at.Format("2006")})
}
