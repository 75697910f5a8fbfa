package web

import (
	"time"

	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/tell/audience"
	news "muster/tell/contact"
	"muster/tell/notice"
	"muster/tell/told"
)

// noticeSamples are the pages of news: the provider's list, writing, the
// preview, one notice, and what a customer reads of it.
func noticeSamples(tag lang.Tag) []sample {
	frame := func(title string) Frame { return providedFrame(tag, title, noticesPage, "Dana Whitfield") }
	list := &noticesView{Frame: frame("notice.page.title"), Rows: sampleNotices(tag), Calls: sampleCalls(tag)}
	calm := &noticesView{Frame: frame("notice.page.title"), Rows: sampleNotices(tag)[2:]}
	reports := []sample{
		{"notices", "notices", list},
		{"notices-calm", "notices", calm},
		{"notices-empty", "notices", &noticesView{Frame: frame("notice.page.title")}},
	}
	write := func(kind notice.Kind, form noticeForm) *noticeView {
		v := &noticeView{Frame: frame("notice.page.write")}
		form.Action = noticesPage + "/new"
		v.Form = form.offering(tag, notice.Notice{Kind: kind}, nil)
		return v
	}
	wrong := write(notice.Incident, noticeForm{Since: "2026-11-22T03:00", Promised: "2026-11-21T02:00", Phone: "12"})
	wrong.Errors = []fieldError{{Field: "components", Text: tag.Text("fault.required", nil)}, {Field: "promised", Text: tag.Text("fault.notice_promised", nil)}, {Field: "phone", Text: tag.Text("fault.bad_phone", nil)}}
	bare := write(notice.Incident, noticeForm{})
	bare.Form.Parts = nil
	seen := write(notice.Incident, noticeForm{Since: "2026-11-22T00:40", Promised: "2026-11-22T01:40", Words: "Text messages to Elisa arrive up to ten minutes late.", Phone: "+358401234567"})
	seen.Form.Preview = samplePreviewOf(tag)
	one := write(notice.Incident, noticeForm{})
	one.noticeRow, one.Words, one.Reached = list.Rows[0], sampleWords(tag), []reachedRow{{"Saimaa Metsänhoito Oy", sampleReceipts(tag)}, {"Alpes Énergie – Unité de production hydroélectrique", sampleReceipts(tag)[:2]}}
	one.Title, one.Form.Action = one.Parts, one.Href
	one.Form = one.Form.offering(tag, notice.Notice{Kind: notice.Incident, State: notice.Investigating}, []id.Component{"cmp_2"})
	none := &noticePreview{Digest: "d", Text: seen.Form.Preview.Text}
	nobody := write(notice.Incident, noticeForm{})
	nobody.Form.Preview = none
	return append(append(reports,
		sample{"notice-new", "notice", write(notice.Incident, noticeForm{Phone: "+358401234567"})},
		sample{"notice-new-maintenance", "notice", write(notice.Maintenance, noticeForm{})},
		sample{"notice-new-bare", "notice", bare},
		sample{"notice-wrong", "notice", wrong},
		sample{"notice-preview", "notice", seen},
		sample{"notice-preview-nobody", "notice", nobody},
		sample{"notice-one", "notice", one},
	), newsSamples(tag)...)
}

// newsSamples are what a customer reads: nothing, much, and one to be confirmed.
func newsSamples(tag lang.Tag) []sample {
	frame := func() Frame { return frameFor(tag, tag.Text("notice.news.title", nil)) }
	row := func(kind notice.Kind, state notice.State, phrase string, before time.Duration) newsRow {
		parts := "Text messages – Nordic gateway, Alarm board"
		return newsRow{
			Href: "/news/x", Kind: string(kind), State: tag.Text("notice.state."+string(state), nil), Text: notice.Said{Phrase: phrase, Parts: []string{parts}}.Text(tag, kind, state),
			Parts: parts, Over: state.Over(), At: sampleNow.Add(-before), Reached: 4,
		}
	}
	late := row(notice.Incident, notice.Investigating, "delayed", time.Hour)
	late.Words, late.Overdue, late.Promised, late.Reached = "Text messages to Elisa arrive up to ten minutes late.", true, sampleNow.Add(-6*time.Minute), 1
	known := row(notice.Incident, notice.Identified, "supplier", 30*time.Minute)
	known.Promised = sampleNow.Add(40 * time.Minute)
	planned := row(notice.Maintenance, notice.Planned, "short", 48*time.Hour)
	planned.From, planned.Till = sampleNow.Add(30*time.Hour), sampleNow.Add(32*time.Hour)
	all := &newsView{Frame: frame(), Rows: []newsRow{late, planned, row(notice.Incident, notice.Resolved, "works", 400*time.Hour), row(notice.Maintenance, notice.Done, "done", 900*time.Hour)}}
	one := &newsView{Frame: frame(), One: true, Rows: []newsRow{known, late}, Told: sampleReceipts(tag), Confirm: "/news/x/read"}
	one.Title = one.Rows[0].Parts
	return []sample{{"news", "news", all}, {"news-empty", "news", &newsView{Frame: frame()}}, {"news-one", "news", one}}
}

func sampleNotices(tag lang.Tag) (rows []noticeRow) {
	row := func(kind notice.Kind, state notice.State, parts string) noticeRow {
		return noticeRow{Href: noticesPage + "/x", Kind: string(kind), Text: tag.Text("notice.kind."+string(kind), nil), State: tag.Text("notice.state."+string(state), nil), Parts: parts, Over: state.Over(), Owner: "Dana Whitfield"}
	}
	late := row(notice.Incident, notice.Investigating, "Text messages – Nordic gateway, Alarm board")
	late.Overdue, late.Promised = true, sampleNow.Add(-6*time.Minute)
	known := row(notice.Incident, notice.Identified, "Voice calls")
	known.Promised = sampleNow.Add(40 * time.Minute)
	planned := row(notice.Maintenance, notice.Planned, "Alarm board, Worker’s page, Messages, Interfaces of the northern computing centre")
	planned.From, planned.Till = sampleNow.Add(30*time.Hour), sampleNow.Add(32*time.Hour)
	return []noticeRow{late, known, planned, row(notice.Incident, notice.Resolved, "Text messages – Nordic gateway"), row(notice.Maintenance, notice.Cancelled, "Alarm board")}
}

func sampleCalls(tag lang.Tag) []callRow {
	return []callRow{
		{told.Open{Org: "org_1", Name: "Saimaa Metsänhoito Oy", Notice: "ntc_1", Why: "failed", Since: sampleNow.Add(-20 * time.Minute), Tried: "Aino Mäkelä"}, tag.Text("notice.call.failed", nil), []choice{{Text: "Kaisa Nieminen", Value: "+358401234567"}, {Text: "Jean-Baptiste Grandjean-Lévesque", Value: "+33601020304"}}},
		{told.Open{Org: "org_2", Name: "Alpes Énergie – Unité de production hydroélectrique", Notice: "ntc_1", Why: "nobody", Since: sampleNow.Add(-50 * time.Minute)}, tag.Text("notice.call.nobody", nil), nil},
	}
}

func sampleWords(tag lang.Tag) []wordRow {
	text := func(state notice.State, phrase string) string {
		return notice.Said{Phrase: phrase, Parts: []string{"Text messages – Nordic gateway"}}.Text(tag, notice.Incident, state)
	}
	state := func(s notice.State) string { return tag.Text("notice.state."+string(s), nil) }
	return []wordRow{
		{N: 3, State: state(notice.Identified), Text: text(notice.Identified, "supplier"), By: "Aino Mäkelä", Written: sampleNow.Add(-2 * time.Minute), Wide: true, Release: noticesPage + "/x/3/release"},
		{N: 2, State: state(notice.Investigating), Text: text(notice.Investigating, "partly"), Written: sampleNow.Add(-20 * time.Minute), Released: sampleNow.Add(-20 * time.Minute)},
		{N: 1, State: state(notice.Investigating), Text: text(notice.Investigating, "delayed"), Words: "Text messages to Elisa arrive up to ten minutes late.", By: "Dana Whitfield", Written: sampleNow.Add(-time.Hour), Released: sampleNow.Add(-time.Hour), Carried: sampleNow.Add(-59 * time.Minute)},
	}
}

func sampleReceipts(tag lang.Tag) []receiptRow {
	return receiptRows(tag, []told.Receipt{
		{N: 2, Name: "Kaisa Nieminen", Why: news.ByTechnicalDuty, Channel: roster.Email, State: deliver.Delivered},
		{N: 2, Name: "Jean-Baptiste Grandjean-Lévesque", Why: "deputy", Channel: roster.SMS, State: deliver.Failed},
		{N: 1, Name: "Kaisa Nieminen", Why: news.ByTechnicalDuty, Channel: roster.Email, State: deliver.Delivered, Read: sampleNow.Add(-40 * time.Minute)},
		{N: 1, Name: "Maria-Magdalena Hämäläinen-Kärkkäinen", Why: news.ByChoice},
		{N: 1, Why: news.ByAdministrativeDuty, Channel: roster.Email, State: deliver.Queued},
	})
}

func samplePreviewOf(tag lang.Tag) *noticePreview {
	told := func(name, channel string, why news.Reason) string {
		return toldText(tag, audience.Told{Name: name, Language: tag, Why: why, Route: []deliver.Stop{{Channel: channel}}})
	}
	return &noticePreview{
		Digest: "d", Wide: true, People: 4, Text: notice.Said{Phrase: "delayed", Parts: []string{"Text messages – Nordic gateway"}}.Text(tag, notice.Incident, notice.Investigating),
		Nobody: []string{"Nordwind Logistik", "Ferme des Trois Vallées"},
		Rows: []audienceRow{
			{Org: "Saimaa Metsänhoito Oy", Told: []string{told("Kaisa Nieminen", roster.Email, news.ByTechnicalDuty), told("Jean-Baptiste Grandjean-Lévesque", roster.SMS, "deputy")}, Missed: []string{"Olga Salo"}},
			{Org: "Alpes Énergie – Unité de production hydroélectrique", Told: []string{told("Maria-Magdalena Hämäläinen-Kärkkäinen", roster.Email, news.ByAdministrativeDuty), told("Aino Virtanen", roster.Email, news.ByChoice)}},
			{Org: "Nordwind Logistik", Missed: []string{"Björn Åkerlund"}},
			{Org: "Ferme des Trois Vallées"},
		},
	}
}

// offering is the form with what may be said next of a notice.
func (f noticeForm) offering(tag lang.Tag, n notice.Notice, chosen []id.Component) noticeForm {
	f.Kind, f.Kinds, f.Phrases, f.Parts = string(n.Kind), nil, nil, nil
	for _, k := range []notice.Kind{notice.Incident, notice.Maintenance} {
		f.Kinds = append(f.Kinds, choice{Value: string(k), Text: tag.Text("notice.kind."+string(k), nil), Chosen: k == n.Kind, Href: noticesPage + "/new?kind=" + string(k)})
	}
	for _, state := range n.Next() {
		for _, p := range n.Phrases(state) {
			f.Phrases = append(f.Phrases, choice{Value: string(state) + "." + p, Text: tag.Text("notice.state."+string(state), nil) + ": " + notice.Said{Phrase: p, Parts: []string{"…"}}.Text(tag, n.Kind, state)})
		}
	}
	for i, name := range []string{"Messages", "Messages › Text messages", "Messages › Text messages › Nordic gateway", "Alarm board", "Interfaces of the northern computing centre"} {
		f.Parts = append(f.Parts, choice{Value: "cmp_" + string(rune('0'+i)), Text: name, Chosen: len(chosen) > 0 && i == 2})
	}
	return f
}
