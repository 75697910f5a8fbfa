package web

import (
	"fmt"
	"math/rand/v2"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/deliver"
	"muster/id"
	"muster/lang"
)

func timeline() []moment {
	return []moment{
		{At: sampleNow.Add(-10 * time.Second), Icon: "refresh", Kind: "message", Text: "Nobody had answered the alarm about Aino Virtanen: it was sent again (people told: 3).", Number: "1,047", Calls: []callLine{
			{Text: "Text message to Anna Salo: begun 03:11:58, failed 03:11:58 (21211 number does not exist)", Detail: "+358401234560", Failed: true},
			{Text: "E-mail to Anna Salo: handed over 03:11:58, delivered 03:12:01", Detail: "anna.salo@saimaa.example"},
		}},
		{At: sampleNow.Add(-60 * time.Second), Icon: "user-check", Kind: "answer", Text: "Kaisa Nieminen took on the alarm about Aino Virtanen after 3 min.", Detail: "192.0.2.14", Number: "1,043"},
		{At: sampleNow.Add(-220 * time.Second), Icon: "eye", Kind: "position", Text: "Kaisa Nieminen looked where Aino Virtanen was."},
		{At: sampleNow.Add(-240 * time.Second), Icon: "urgent", Kind: "raise", Text: "Help was called for Aino Virtanen.", Number: "1,042", Calls: []callLine{
			{Text: "Text message to Kaisa Nieminen: handed over 03:08:08, delivered 03:08:11", Detail: "+358401234567"},
			{Text: "E-mail to Kaisa Nieminen: handed over 03:08:08, no report yet", Detail: "kaisa.nieminen@saimaa.example"},
		}},
	}
}

func sampleIncidents(tag lang.Tag, n int) *incidentsView {
	v := &incidentsView{Frame: frameFor(tag, "incidents"), Tabs: incidentTabs(tag, nil, "/incidents"), Outcomes: []choice{{Text: tag.Text("web.incident.all_outcomes", nil)}}, Kinds: []choice{{Text: tag.Text("incident.all_kinds", nil)}}, Workspaces: []choice{{Text: tag.Text("web.board.all_workspaces", nil)}}}
	for i := range n {
		v.Rows = append(v.Rows, incidentRow{Href: "/incidents/x", Raised: sampleNow.Add(-time.Duration(i*9) * time.Hour), Name: givenNames[i%10], PIN: fmt.Sprint(1000 + i), Cause: []string{"missed_check_in", "help", "high_risk"}[i%3], Open: i == 0, Outcome: []string{"real", "precautionary", "false", "drill"}[i%4], Answered: time.Duration(20+i*3) * time.Second, By: "Kaisa Nieminen"})
	}
	if n > 0 {
		v.Pager = pager{Next: "?before=x"}
	}
	return v
}

func sampleIncident(tag lang.Tag) *incidentView {
	v := &incidentView{
		Frame: frameFor(tag, "incidents"), Number: tag.Text("incident.number", map[string]any{"Number": "1042"}), Name: "Aino Virtanen", PIN: "1041", Workspace: "Savonlinna", Cause: "help", Outcome: "precautionary",
		Raised: sampleNow.Add(-40 * time.Minute), Late: 4 * time.Second, Handed: 0, Reached: 3 * time.Second, Answered: 42 * time.Second, AnsweredBy: "Kaisa Nieminen", AnsweredAt: sampleNow.Add(-38 * time.Minute),
		ResolvedBy: "Pekka Laine", ResolvedAt: sampleNow.Add(-9 * time.Minute), Length: 31 * time.Minute, Note: "Fell from a ladder", Sentence: "Slipped on ice by the gate, bruised knee, colleague drove her home.",
		Position: place(0), Timeline: timeline(), BookHref: "/book?about=alm_1", WorkerHref: "/incidents?worker=per_1", PDFHref: "/incidents/x/record.pdf",
		Printed: tag.Text("incident.printed_by", map[string]any{"Name": "Kaisa Nieminen", "At": "22 Nov 2026"}),
	}
	v.Map = true
	for i := range 20 {
		p := *place(0)
		p.At, p.Lat = sampleNow.Add(-time.Duration(20-i)*time.Minute), p.Lat+float64(i)/2000
		v.Trail = append(v.Trail, &p)
	}
	v.Position.Trail = wayOf(v.Trail)
	v.Ticks = []incident.Tick{{Text: "Call the worker", By: "Kaisa Nieminen", At: v.Raised.Add(time.Minute)}, {Text: "Send the nearest colleague", By: "Pekka Laine", At: v.Raised.Add(3 * time.Minute)}}
	at := func(s int) time.Time { return v.Raised.Add(time.Duration(s) * time.Second) }
	v.Told = []toldRow{
		{"Kaisa Nieminen", "E-mail, Text message", at(0), at(1), at(3), at(42)},
		{"Pekka Laine", "Text message", at(0), at(1), at(4), at(1800)},
		{"Anna Salo", "Text message", at(0), time.Time{}, time.Time{}, time.Time{}},
	}
	return v
}

// sampleNarrow is what the worker whom it was about sees of it.
func sampleNarrow(tag lang.Tag) *incidentView {
	v := sampleIncident(tag)
	v.Narrow, v.Told, v.Timeline, v.Trail, v.Position = true, nil, nil, nil, nil
	return v
}

func sampleStatistics(tag lang.Tag, n int) *statisticsView {
	v := &statisticsView{Frame: frameFor(tag, "incidents"), Tabs: incidentTabs(tag, nil, "/incidents/statistics"), From: "2026-06-01", Workspaces: []choice{{Text: tag.Text("web.board.all_workspaces", nil)}}, CSVHref: "/incidents/statistics.csv"}
	rnd := rand.New(rand.NewPCG(1, 2))
	cases := make([]incident.Case, n)
	for i := range cases {
		raised := sampleNow.Add(-time.Duration(rnd.IntN(180*24)) * time.Hour)
		cases[i] = incident.Case{
			Worker: id.Person(fmt.Sprint("per_", i%25)), Name: givenNames[i%10] + " " + fmt.Sprint(i%25), Workspace: id.Workspace(fmt.Sprint("wsp_", i%3)), Kind: incident.Kinds()[min(rnd.IntN(6), 3)],
			Outcome: alarm.Outcomes()[rnd.IntN(4)], Raised: raised, Answered: raised.Add(time.Duration(5+rnd.ExpFloat64()*60) * time.Second), Resolved: raised.Add(time.Duration(3+rnd.ExpFloat64()*20) * time.Minute),
		}
	}
	s := incident.Tally(cases, time.UTC)
	if n > 0 {
		s.CheckIns = 38211
		s.Fates = []incident.Fate{{Channel: "email", State: deliver.Delivered, Count: 5121}, {Channel: "email", State: deliver.Failed, Count: 12}, {Channel: "sms", State: deliver.Delivered, Count: 8101}, {Channel: "sms", State: deliver.HandedOver, Count: 402}}
	}
	v.fill(paper.Reader{Tag: tag, Zone: time.UTC}, s, map[string]string{"wsp_0": "Savonlinna", "wsp_1": "Mikkeli"}, nil)
	return v
}
