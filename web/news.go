package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
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
	Last    int          // the newest word
	Proof   string       // where the proof is taken; empty: not by this reader
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
	in("POST "+newsPage+"/{notice}/proof", s.newsProof)
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
	if view.One && v.who.Has(actor.Administrator, "") {
		view.Proof = newsPage + "/" + string(which) + "/proof"
	}
	seen := map[id.Notice]bool{}
	for _, t := range all {
		view.Last = max(view.Last, t.N)
		if !view.One && seen[t.Notice] {
			continue
		}
		row := newsRowOf(v.tag, t)
		if !seen[t.Notice] { // an older word's promise was kept by the newer
			row.Overdue = notice.Notice{Promised: t.Promised}.Overdue(view.Now)
		}
		seen[t.Notice], view.Rows = true, append(view.Rows, row)
	}
	return s.show(w, r, "news", view)
}

func newsRowOf(tag lang.Tag, t told.Told) newsRow {
	return newsRow{
		Href: newsPage + "/" + string(t.Notice), Kind: string(t.Kind), State: tag.Text("notice.state."+string(t.State), nil),
		Text: t.Said.Text(tag, t.Kind, t.State), Words: t.Words, Parts: strings.Join(t.Parts, ", "), Over: t.State.Over(),
		At: t.At, Promised: t.State.Word(t.Promised), From: t.From, Till: t.Till, Reached: t.Reached,
	}
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

// newsProof hands out the proof of what the organisation was told of a notice.
func (s *site) newsProof(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Notice](r.PathValue("notice"))
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := s.told().Proof(r.Context(), v.who, which, &file); err != nil {
		return err
	}
	return handOut(w, string(which), &file)
}

// readNews notes that the reader has read a notice.
func (s *site) readNews(w http.ResponseWriter, r *http.Request, v *visit) error {
	which := id.Notice(r.PathValue("notice"))
	upto, err := strconv.Atoi(r.PostFormValue("word"))
	if err != nil {
		return fault.New(fault.Invalid, "bad_format")
	}
	if err := told.Read(r.Context(), s.Store, v.who, which, upto); err != nil {
		return err
	}
	s.say(w, said{Key: "notice.told.confirmed"})
	return see(w, r, newsPage+"/"+string(which))
}
