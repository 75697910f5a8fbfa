package web

import (
	"fmt"
	"time"

	"muster/lang"
)

// roomSamples are the pages of procedures, rotas, partners and wires.
func roomSamples(tag lang.Tag, f func(string) Frame) []sample {
	wrong := withWrong(tag)
	gaps := []gapRow{{From: sampleNow, To: sampleNow.Add(5 * time.Hour), Why: "web.rota.gap_nobody", Now: true}}
	duty := rotaRow{Href: "/rotas/x", Name: "Iltapäivystys", Where: "Savonlinna", How: tag.Text("web.rota.how_weekly", nil), Next: "Pekka Laine", NextAt: sampleNow.Add(5 * time.Hour), Gaps: gaps}
	thin := sampleBoard(tag, 14, 0)
	thin.Gaps = []rotaRow{duty}
	ladder := ladderView{Frame: f("procedures"), Name: "Night", Version: 3, Subjects: rosterTabs(tag, 0), Raised: sampleNow, Instructions: []item{{Line: 1, Text: "Gate code 4711."}}, Steps: steps(), Sure: []string{"Kaisa Nieminen"}, Unsure: []string{"Pekka Laine"}}
	return []sample{
		{"board-gap", "board", thin},
		{"procedures", "procedures", &proceduresView{Frame: f("procedures"), CanWrite: true, BuiltIn: []string{"Mikkeli"}, Rows: []procedureRow{{ID: "x", Name: "Night", For: "Savonlinna", Steps: 3, Version: 3, Active: true, Sure: 1, MadeBy: "Kaisa Nieminen", Made: sampleNow, PreviewHref: "/procedures/preview"}}}},
		{"procedures-empty", "procedures", &proceduresView{Frame: f("procedures"), CanWrite: true}},
		{"procedure", "procedure", &procedureView{Frame: wrong(f("procedures"), "steps.1.wait_seconds"), Action: "/procedures/new", Steps: []stepForm{{Number: 1, First: true, Last: true, Wait: "x"}}}},
		{"ladder", "ladder", &ladder},
		{"rotas", "rotas", &rotasView{Frame: f("rotas"), CanManage: true, Rows: []rotaRow{duty}}},
		{"rotas-empty", "rotas", &rotasView{Frame: f("rotas"), CanManage: true}},
		{"wires", "wires", &wiresView{Frame: f("settings"), Tabs: settingsTabsOf(tag, wiresPage), Wires: []wireRow{{"x", "Night desk", "192.0.2.14:6500", tag.Text("web.wire.state.down", nil), true}}, Panels: []panelRow{{ID: "x", Name: "Gate", Account: "4711", Keyed: true, Heard: sampleNow}}}},
		{"wire-new", "wire", &wireView{Frame: wrong(f("settings"), "name")}},
		{"wire", "wire", &wireView{Frame: f("settings"), ID: "x", Frames: []frameRow{{At: sampleNow, Peer: "192.0.2.14", Sent: `"ADM-CID"0001L0#4711[]`, Verdict: "ACK", Good: true, Count: 2}}}},
		{"wire-hook", "wire", sampleHook(tag, f("settings"), false)},
		{"wire-hook-off", "wire", sampleHook(tag, f("settings"), true)},
		{"panel-new", "panel", &panelView{Frame: wrong(f("settings"), "account")}},
		{"desk", "desk", sampleDesk(f("board"), 3)},
		{"desk-calm", "desk", &deskView{Frame: f("board")}},
		{"case", "case", sampleCase(tag, f("board"))},
		{"changes", "changes", &changesView{Frame: f("board"), Rows: []changeRow{{Action: "/x", Customer: "Saimaa Metsänhoito Oy", Name: "Aino Virtanen", Number: "7", Kind: "add", Fields: []string{"PIN"}, Late: true, Made: sampleNow, Facts: []fact{{Label: "PIN", Value: "1041"}}}}}},
		{"changes-empty", "changes", &changesView{Frame: f("board")}},
		{"partners-empty", "partners", &partnersView{Frame: f("partners"), OrgID: "org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65"}},
		{"enrol-import", "enrol-import", &enrolSheetView{Frame: wrong(f("partners"), "file")}},
	}
}

// sampleHook is a webhook that fails, or has been switched off for it.
func sampleHook(tag lang.Tag, fr Frame, off bool) *wireView {
	v := &wireView{
		Frame: fr, Tabs: settingsTabsOf(tag, wiresPage), ID: "x", Webhook: true, Keyed: true,
		Form: wireForm{Name: "Päivystyskeskus", URL: "https://partner.example/hook", Active: true, Own: true},
		Hook: &hookView{ID: "x", Heard: sampleNow.Add(-30 * time.Hour), Failing: sampleNow.Add(-8 * time.Hour), Tries: tag.Text("web.hook.tries", map[string]any{"Count": 17}), Waiting: 3, Next: sampleNow.Add(4 * time.Hour), OldUntil: sampleNow.Add(90 * time.Hour)},
		Frames: []frameRow{
			{At: sampleNow, Peer: "partner.example", Sent: "alarm.raised msg_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Got: "503 {\"error\":\"down for maintenance\"}", Verdict: tag.Text("web.wire.verdict.refused", nil), Took: tag.Text("web.hook.took", map[string]any{"Count": 214}), Count: 1},
			{At: sampleNow.Add(-30 * time.Hour), Peer: "partner.example", Sent: "link.tested msg_01936a7c5d0e7b3f9a4c2e1d0f8b7a64", Got: "204", Verdict: tag.Text("web.wire.verdict.ack", nil), Good: true, Took: tag.Text("web.hook.took", map[string]any{"Count": 88}), Count: 1},
		},
	}
	v.Title = v.Form.Name
	if off {
		v.Hook.Off, v.Hook.Why, v.Hook.Waiting, v.Hook.Failing = sampleNow.Add(-time.Hour), tag.Text("web.hook.why.ran_out", nil), 0, time.Time{}
		for i, kind := range []string{"alarm.resolved", "alarm.acknowledged", "alarm.raised"} {
			v.Hook.Missed = append(v.Hook.Missed, missedRow{At: sampleNow.Add(-time.Duration(i+1) * time.Hour), Kind: kind, Alarm: "x"})
		}
	}
	return v
}

func sampleDesk(fr Frame, n int) *deskView {
	v := &deskView{Frame: fr, CanWork: true, Waiting: 3}
	for i := range n {
		row := caseRow{ID: fmt.Sprint(i), Href: "/desk/cases/x", State: "open", Cause: "help", Customer: "Saimaa Metsänhoito Oy", Name: givenNames[i], Opened: sampleNow.Add(-time.Duration(i+1) * time.Minute)}
		v.Open = append(v.Open, row)
		row.State, row.By, row.At, row.Answered, row.Outcome = "closed", "Olga Salo", sampleNow, 40*time.Second, "false"
		v.Closed = append(v.Closed, row)
	}
	v.Open[n-1].State, v.Open[n-1].By, v.Open[n-1].At = "acknowledged", "Olga Salo", sampleNow
	return v
}

func sampleCase(tag lang.Tag, fr Frame) *caseView {
	return &caseView{
		Frame: fr, Row: sampleDesk(fr, 2).Open[1], Topic: "case:x", CanWork: true, Mine: true, Phone: "+358 40 123 4567", Position: place(0), HasWord: true,
		Contacts: people(), OutOfHours: people()[:1], Instructions: "1. Call.\n2. Ask for the safe word.", Outcomes: outcomes(tag),
	}
}
