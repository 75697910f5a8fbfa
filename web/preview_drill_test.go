package web

import (
	"time"

	"muster/lang"
)

func sampleDrills(tag lang.Tag, n int) *drillsView {
	v := &drillsView{Frame: frameFor(tag, "incidents"), Tabs: incidentTabs(tag, nil, drillsPage), Limit: tag.Duration(30 * time.Minute), Hold: true}
	workers := []choice{{Value: "per_1", Text: "Aino Virtanen"}, {Value: "per_2", Text: "Maria-Magdalena Hämäläinen-Kärkkäinen"}}
	v.Now.Workers, v.Plan.Workers = workers, workers
	for _, e := range []string{"once", "weekly", "monthly", "quarterly"} {
		v.Plan.Every = append(v.Plan.Every, choice{Value: e, Text: tag.Text("drill.every."+e, nil), Chosen: e == "quarterly"})
	}
	for i := range n {
		verdict := []string{"under_way", "answered", "unanswered", "broken_off"}[i%4]
		row := runRow{Href: "/drills/x", About: givenNames[i%10], By: "Muster", Reason: "Quarterly try of the night ladder", Verdict: verdict, Began: sampleNow.Add(-time.Duration(i) * 800 * time.Hour)}
		if verdict == "answered" {
			row.Within = 73 * time.Second
		}
		v.Runs = append(v.Runs, row)
	}
	if n > 0 {
		v.Plans = []planRow{
			{ID: "drl_1", Name: "Night ladder of Savonlinna", Worker: "Aino Virtanen", Every: tag.Text("drill.every.quarterly", nil), Next: sampleNow.Add(900 * time.Hour), Announced: true},
			{ID: "drl_2", Name: "After the move", Worker: "Olu Adeyemi", Every: tag.Text("drill.every.once", nil)},
		}
		v.Older = "/drills?before=x"
	}
	return v
}

func sampleDrill(tag lang.Tag, verdict string) *drillView {
	v := &drillView{Frame: frameFor(tag, "incidents"), runRow: sampleDrills(tag, 4).Runs[0], Open: verdict == "under_way", AlarmHref: "/incidents/x", Steps: 2, Told: 3, Timeline: timeline()}
	v.Verdict = verdict
	if verdict == "answered" {
		v.Within = 73 * time.Second
	}
	v.Text = tag.Text("drill.verdict_text."+verdict, map[string]any{"By": "Kaisa Nieminen", "Within": tag.Duration(73 * time.Second), "Limit": tag.Duration(30 * time.Minute), "Until": "03:42"})
	v.People = sampleIncident(tag).Told
	return v
}
