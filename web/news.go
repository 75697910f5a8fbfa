package web

import (
	"net/http"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
	"muster/store"
	"muster/tell/notice"
)

// newsPage is where an organisation reads what it was told about the service.
const newsPage = "/news"

// newsView is what the organisation was told, by notice, the newest first; with
// One, one notice with every word.
type newsView struct {
	Frame
	One  bool
	Rows []newsRow
}

type newsRow struct {
	Href, Kind, State, Text, Words, Parts string
	Over, Overdue                         bool
	At, Promised, From, Till              time.Time
	Reached                               int
}

func (s *site) newsRoutes(in func(string, handler)) {
	in("GET "+newsPage, s.news)
	in("GET "+newsPage+"/{notice}", s.news)
}

func (s *site) news(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "notice.news.title", newsPage)
	if err != nil {
		return err
	}
	which := id.Notice(r.PathValue("notice"))
	view := &newsView{Frame: f, One: which != ""}
	var all []notice.Told
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		all, err = notice.Heard(tx, v.who, which)
		return err
	})
	if err != nil {
		return err
	}
	if view.One && len(all) == 0 {
		return fault.New(fault.NotFound, "not_found")
	}
	seen := map[id.Notice]bool{}
	for _, t := range all {
		if !view.One && seen[t.Notice] {
			continue
		}
		row := newsRow{
			Href: newsPage + "/" + string(t.Notice), Kind: string(t.Kind), State: v.tag.Text("notice.state."+string(t.State), nil),
			Text: t.Said.Text(v.tag, t.Kind, t.State), Words: t.Words, Parts: strings.Join(t.Parts, ", "), Over: t.State.Over(),
			At: t.At, Promised: t.State.Word(t.Promised), From: t.From, Till: t.Till, Reached: t.Reached,
		}
		if !seen[t.Notice] { // an older word's promise was kept by the newer
			row.Overdue = notice.Notice{Promised: t.Promised}.Overdue(view.Now)
		}
		seen[t.Notice], view.Rows = true, append(view.Rows, row)
	}
	return s.show(w, r, "news", view)
}
