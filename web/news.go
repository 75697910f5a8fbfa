package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/told"
)

// newsPage is where an organisation reads what it was told about the service.
const newsPage = "/news"

// newsView is what the organisation was told, by notice, the newest first; with
// One, one notice with every word.
type newsView struct {
	Frame
	One     bool
	Rows    []newsRow
	Told    []receiptRow // of the one
	Confirm string       // where the reader says that they have read it; empty: they have, or were not told
}

type newsRow struct {
	Href, Kind, State, Text, Words, Parts string
	Over, Overdue                         bool
	At, Promised, From, Till              time.Time
	Reached                               int
}

func (s *site) newsRoutes(in func(string, handler)) {
	in("GET "+newsPage, s.news)
	in("GET "+oursPage, s.ours)
	in("GET "+newsPage+"/{notice}", s.news)
	in("POST "+newsPage+"/{notice}/read", s.readNews)
}

func (s *site) news(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "notice.news.title", newsPage)
	if err != nil {
		return err
	}
	which := id.Notice(r.PathValue("notice"))
	view := &newsView{Frame: f, One: which != ""}
	var all []told.Told
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		if all, err = told.Heard(tx, v.who, which); err != nil || !view.One {
			return err
		}
		people, err := told.Receipts(tx, which)
		view.Told = receiptRows(v.tag, people)
		if slices.ContainsFunc(people, func(t told.Receipt) bool { return t.Person == v.who.Person && t.Read.IsZero() }) && v.who.Kind == actor.Person {
			view.Confirm = newsPage + "/" + string(which) + "/read"
		}
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

// receiptRow is what is known of one person and one word.
type receiptRow struct {
	N                       int
	Name, Why, Channel, How string
	Read                    time.Time
	Lost                    bool // it did not reach them
}

func receiptRows(tag lang.Tag, all []told.Receipt) (rows []receiptRow) {
	for _, r := range all {
		row := receiptRow{N: r.N, Name: r.Name, Why: tag.Text("notice.why."+string(r.Why), nil), Read: r.Read}
		if row.Name == "" {
			row.Name = tag.Text("notice.told.gone", nil)
		}
		switch r.State {
		case "":
			row.How, row.Lost = tag.Text("notice.told.no_address", nil), true
		default:
			if row.How = tag.Text("incident.message."+string(r.State), nil); r.Channel != "" {
				row.Channel = tag.Text("web.contact."+r.Channel, nil)
			}
			row.Lost = r.State == deliver.Failed || r.State == deliver.Expired
		}
		rows = append(rows, row)
	}
	return rows
}

// readNews notes that the reader has read a notice.
func (s *site) readNews(w http.ResponseWriter, r *http.Request, v *visit) error {
	which := id.Notice(r.PathValue("notice"))
	if err := told.Read(r.Context(), s.Store, v.who, which); err != nil {
		return err
	}
	s.say(w, said{Key: "notice.told.confirmed"})
	return see(w, r, newsPage+"/"+string(which))
}
