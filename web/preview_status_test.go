package web

import (
	"time"

	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/status"
)

// sampleSheet is a service of which one part is disturbed, one is maintained and
// the others had their days.
func sampleSheet(bad bool) status.Sheet {
	known := []component.Component{
		{ID: "cmp_1", Name: "Muster", Public: true},
		{ID: "cmp_2", Parent: "cmp_1", Name: "Board and app", Public: true},
		{ID: "cmp_3", Parent: "cmp_1", Name: "Alarm delivery", Public: true},
		{ID: "cmp_4", Parent: "cmp_3", Name: "Text messages to telephones in other countries", Public: true},
	}
	word := func(n int, which id.Notice, kind notice.Kind, state notice.State, phrase string, at time.Duration, promised time.Duration, parts ...id.Component) notice.Word {
		w := notice.Word{Notice: which, N: n, State: state, Phrase: phrase, Released: sampleNow.Add(at), After: notice.Notice{Kind: kind, Components: parts}}
		if kind == notice.Incident {
			w.After.Since = sampleNow.Add(at - 10*time.Minute)
		} else {
			w.After.From, w.After.Till = sampleNow.Add(50*time.Hour), sampleNow.Add(52*time.Hour)
		}
		if promised != 0 {
			w.After.Promised = sampleNow.Add(promised)
		}
		return w
	}
	day := 24 * time.Hour
	words := []notice.Word{
		word(1, "ntc_1", notice.Incident, notice.Investigating, "slow", -20*day, -20*day, "cmp_2"), word(2, "ntc_1", notice.Incident, notice.Resolved, "works", -18*day, 0, "cmp_2"),
		word(1, "ntc_2", notice.Maintenance, notice.Planned, "off", -2*day, 50*time.Hour, "cmp_1"),
	}
	if bad {
		words = append(words, word(1, "ntc_3", notice.Incident, notice.Investigating, "delayed", -3*time.Hour, -2*time.Hour, "cmp_4"),
			word(2, "ntc_3", notice.Incident, notice.Identified, "supplier", -2*time.Hour, -time.Hour, "cmp_4"))
	}
	sheet, err := status.Lay(known, status.Shown(known), status.Public(known, words), sampleNow, time.UTC)
	if err != nil {
		panic(err)
	}
	return sheet
}

// statusSamples are the public page, an organisation's own, and what staff say
// of it: well, in trouble, empty, and with an address that was just made.
func statusSamples(tag lang.Tag) (out []sample) {
	public := func(name string, sheet status.Sheet) {
		f := frameFor(tag, "status")
		f.Kind, f.Zone, f.Nav, f.Title = "status", "UTC", nil, "Muster Cloud"
		out = append(out, sample{name, "status", &statusView{Frame: f, Name: "Muster Cloud", sheetView: sheetViewOf(tag, sheet, sampleNow), Feeds: feedChoices(tag, "/status/feed")}})
	}
	public("status", sampleSheet(false))
	public("status-bad", sampleSheet(true))
	public("status-empty", status.Sheet{})
	own := &statusView{Frame: frameFor(tag, "status"), Own: true, sheetView: sheetViewOf(tag, sampleSheet(true), sampleNow)}
	own.Open[0].Words = "Nous attendons une réponse de l’opérateur.\nProchaine nouvelle à midi."
	own.Listed = []addressRow{{ID: "fed_1", Made: sampleNow.AddDate(0, -1, 0)}, {ID: "fed_2", Made: sampleNow.AddDate(0, -2, 0), Foreign: true}}
	own.Fresh = feedChoices(tag, "https://muster.example/status/own/0192f4d8c3a07b6e9d21a4b5c6d7e8f9-k3v5xq2m7p4z6w8y2r5t7u9a1b")
	out = append(out, sample{"status-own", "status", own}, sample{"status-own-empty", "status", &statusView{Frame: frameFor(tag, "status"), Own: true, sheetView: sheetViewOf(tag, status.Sheet{}, sampleNow)}})
	keep := &keepStatusView{Frame: frameFor(tag, "status"), Shown: true, IsShown: true, PageName: "Muster Cloud", Address: "https://muster.example/status", Parts: []choice{{Value: "cmp_1", Text: "Muster", Chosen: true}, {Value: "cmp_2", Text: "Muster › Board and app"}}}
	wrong := &keepStatusView{Frame: withWrong(tag)(frameFor(tag, "status"), "name"), Shown: true}
	return append(out, sample{"status-keep", "status-keep", keep}, sample{"status-keep-error", "status-keep", wrong})
}
