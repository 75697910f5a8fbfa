package paper

import (
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/lang"
	"muster/roster/sheet"
)

// List writes incidents as a table for office programs, none of which runs
// what stands in it. Times are those of the reader, lengths are in seconds.
func (rd Reader) List(w io.Writer, list []alarm.Alarm) error {
	head := []string{"number", "raised", "worker", "cause", "outcome", "answered", "resolved", "acknowledged_by", "resolved_by", "sentence"}
	for i, h := range head {
		head[i] = rd.Tag.Text("incident.csv."+h, nil)
	}
	return sheet.WriteRows(w, func(yield func([]string) bool) {
		if !yield(head) {
			return
		}
		for _, a := range list {
			ok := yield([]string{
				string(a.ID), rd.at(a.Raised, lang.Exact), a.WorkerName, rd.Kind(a.Kind), rd.Outcome(a.Outcome),
				since(a.Raised, a.Ack.At), since(a.Raised, a.Closed.At), a.Ack.Name, a.Closed.Name, a.Closing,
			})
			if !ok {
				return
			}
		}
	})
}

// since is a length in seconds, empty for what never came.
func since(from, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return secondsOf(at.Sub(from))
}

func secondsOf(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// Figures writes statistics as a table: one line for all alarms, and one for
// each month, workspace and worker. Lengths are in seconds and shares in
// percent; what cannot be said is empty. names are those of workspaces.
func (rd Reader) Figures(w io.Writer, s incident.Statistics, names map[string]string) error {
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	answered, resolved := t("incident.stats.answered"), t("incident.stats.resolved")
	head := []string{t("incident.stats.group"), t("web.col.name"), t("incident.stats.alarms")}
	for _, k := range incident.Kinds() {
		head = append(head, rd.Kind(k))
	}
	for _, o := range append(alarm.Outcomes(), "") {
		head = append(head, rd.Outcome(o))
	}
	head = append(head, answered+": "+t("incident.stats.median"), answered+": "+t("incident.stats.p95"))
	for _, m := range incident.Marks {
		head = append(head, answered+": "+rd.Tag.Text("incident.stats.within", map[string]any{"Long": m})+" (%)")
	}
	head = append(head, resolved+": "+t("incident.stats.median"), resolved+": "+t("incident.stats.p95"), t("incident.stats.false")+" (%)")
	return sheet.WriteRows(w, func(yield func([]string) bool) {
		if !yield(head) || !yield(figures("", t("incident.stats.all"), s.All)) {
			return
		}
		for _, part := range []struct {
			title  string
			groups []incident.Group
		}{{t("incident.stats.by_month"), s.Months}, {t("incident.stats.by_workspace"), s.Workspaces}, {t("incident.stats.by_worker"), s.Workers}} {
			for _, g := range part.groups {
				name := g.Name
				if name == "" {
					name = g.Key
				}
				if known, ok := names[g.Key]; ok {
					name = known
				}
				if !yield(figures(part.title, name, g.Figures)) {
					return
				}
			}
		}
	})
}

func figures(group, name string, f incident.Figures) []string {
	line := []string{group, name, strconv.Itoa(f.Alarms)}
	for _, k := range incident.Kinds() {
		line = append(line, strconv.Itoa(f.Kinds[k]))
	}
	for _, o := range append(slices.Clone(alarm.Outcomes()), "") {
		line = append(line, strconv.Itoa(f.Outcomes[o]))
	}
	spread := func(s incident.Spread) {
		if s.Count == 0 {
			line = append(line, "", "")
			return
		}
		line = append(line, secondsOf(s.Median), secondsOf(s.P95))
	}
	spread(f.Answered)
	for i := range incident.Marks {
		line = append(line, percent(f.Answered.Share(i)))
	}
	spread(f.Resolved)
	return append(line, percent(f.FalseShare()))
}

// percent writes a share; one that is not a number is empty.
func percent(share float64) string {
	if math.IsNaN(share) {
		return ""
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64)
}
