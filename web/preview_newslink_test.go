package web

import (
	"time"

	"muster/lang"
	"muster/tell/notice"
	"muster/tell/told"
)

// newsLinkSample is the page behind the link in a word on an incident.
func newsLinkSample(tag lang.Tag, f Frame, ask *challenge) *newsLinkView {
	word := func(n int, state notice.State, phrase, words string, ago time.Duration) newsRow {
		return newsRowOf(tag, told.Told{
			N: n, Kind: notice.Incident, State: state, At: sampleNow.Add(-ago), Promised: sampleNow.Add(2*time.Hour - ago),
			Said: notice.Said{Phrase: phrase, Words: words, Parts: []string{"Helsinki", "Database of positions"}},
		})
	}
	f.Title = "Helsinki, Database of positions"
	return &newsLinkView{
		Frame: f, Action: "/a/x", Name: "Kaisa Nieminen", Home: "Saimaa Metsänhoito Oy", Last: 2, Challenge: ask, NewsHref: "/news/ntc_1",
		Rows: []newsRow{
			word(2, notice.Identified, "supplier", "The supplier replaces two of three disks. Positions come in late until then, and none is lost.", 10*time.Minute),
			word(1, notice.Investigating, "delayed", "", time.Hour),
		},
	}
}
