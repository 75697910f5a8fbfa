package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/call/incident/paper"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	inside "muster/letin/visit"
	"muster/policy"
	"muster/roster/sheet"
	"muster/store"
)

// letinActivityView is what happened about support's access, with address and
// time (WK7).
type letinActivityView struct {
	Frame
	Tabs    []choice
	Key     string // public key that the proofs are checked with
	Entries []activityRow
	Pager   pager
}

// activityRow is one entry of the book, as this page and its browser read it.
type activityRow struct {
	Index           int64
	Number          string
	At              time.Time
	Micros          int64 // At, as the entry has it
	Kind            string
	Who, What, From string
	Named           bool   // Who is what the entry commits to
	Whom, Path      string // whose page was opened, and its address
	Rule, Why       string
	Refused         bool
}

const activityPage = 50

func (s *site) letinActivity(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "readBook", bookResource(v)); err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "visit.activity", letinPage)
	if err != nil {
		return err
	}
	f.Scripts = []string{"letin.js"}
	view := &letinActivityView{Frame: f, Tabs: letinTabs(v.tag, letinPage+"/activity"), Key: s.Book.Key(v.who.Org)}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // what is no number begins at the newest
	var entries []ledger.Record
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		entries, err = ledger.List(tx, ledger.Filter{LetIn: true, Before: before, Limit: activityPage})
		return err
	})
	if err != nil {
		return err
	}
	if view.Entries, err = s.activityRows(r, v, entries); err != nil {
		return err
	}
	if len(entries) == activityPage && entries[activityPage-1].Seq > 0 {
		view.Pager.Next = letinPage + "/activity?before=" + strconv.FormatInt(entries[activityPage-1].Seq, 10)
	}
	return s.show(w, r, "letin-activity", view)
}

// activityRows are entries as the page shows them. What would tell their reader
// of an alarm that is kept from them is left out.
func (s *site) activityRows(r *http.Request, v *visit, entries []ledger.Record) (rows []activityRow, err error) {
	silent, err := s.ownSilent(r, v)
	if err != nil {
		return nil, err
	}
	names := map[id.Person]string{}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		for _, e := range entries {
			if of, _ := e.Facts["Of"].(string); silent[of] {
				continue
			}
			if err := nameIn(tx, names, e.About); err != nil {
				return err
			}
			row := activityRowOf(v.tag, e)
			if row.Path != "" {
				row.Whom = names[e.About]
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

func activityRowOf(tag lang.Tag, e ledger.Record) activityRow {
	path, _ := e.Facts["Page"].(string)
	row := activityRow{
		Index: e.Seq, Number: strconv.FormatInt(e.Seq, 10), At: e.At, Micros: e.At.UnixMicro(), Kind: e.Kind,
		Who: e.Actor.Name, What: bookSentence(tag, e), From: e.Actor.IP, Rule: e.Rule, Refused: e.Kind == "visit.refused" || strings.HasSuffix(e.Kind, ".denied"),
	}
	if e.Kind == "visit.looked" {
		row.Path = path
	}
	row.Named = row.Who != "" && e.Actor.Kind != "system"
	if row.Who == "" {
		row.Who = tag.Text("web.book.system", nil)
	}
	if why := "policy." + e.Rule; e.Rule != "" && tag.Has(why) {
		row.Why = tag.Text(why, nil)
	}
	return row
}

// bookSentence is what an entry says, with the pages that were looked at by their
// names.
func bookSentence(tag lang.Tag, e ledger.Record) string {
	if path, ok := e.Facts["Page"].(string); ok && (e.Kind == "visit.looked" || e.Kind == "visit.refused") {
		e.Facts = maps.Clone(e.Facts)
		e.Facts["Page"] = pageName(tag, inside.Page{Path: path})
	}
	return paper.Sentence(tag, e)
}

// exportActivity is a POST, because that it was taken is in the book.
func (s *site) exportActivity(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, err := policy.Check(v.who, "exportBook", bookResource(v))
	if err != nil {
		return err
	}
	var all []ledger.Record
	err = s.Store.Do(r.Context(), v.who.Org, func(tx *store.Tx) error {
		all = nil
		filter := ledger.Filter{LetIn: true}
		for {
			page, err := ledger.List(tx, filter)
			if err != nil {
				return err
			}
			all = append(all, page...)
			if len(page) < ledger.MaxList {
				break
			}
			filter.Before = page[len(page)-1].Seq
		}
		return ledger.Append(tx, v.who, ledger.Entry{Kind: "visit.exported", Subject: string(v.who.Org), Rule: rule, Facts: map[string]any{"Count": int64(len(all))}})
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = sheet.WriteRows(&b, func(yield func([]string) bool) {
		head := []string{"web.book.number", "web.col.when", "web.book.who", "web.book.what", "web.book.from", "visit.col.rule", "visit.col.kind"}
		for i, key := range head {
			head[i] = v.tag.Text(key, nil)
		}
		if !yield(head) {
			return
		}
		for _, e := range all {
			row := activityRowOf(v.tag, e)
			if !yield([]string{row.Number, v.tag.Time(e.At, v.reader().Zone, lang.Exact), row.Who, row.What, row.From, row.Rule, row.Kind}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return v.download(w, "support-activity.csv", csvType, b.Bytes())
}

// mostProofs is how many entries a browser may have proved at once.
const mostProofs = 200

// proofs gives a browser what it needs to check entries itself. It is a POST,
// because a checkpoint is signed for it and kept.
func (s *site) proofs(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "exportBook", bookResource(v)); err != nil {
		return err
	}
	var ask struct {
		Entries []int64 `json:"entries"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || len(ask.Entries) > mostProofs {
		return fault.New(fault.Invalid, "bad_format").At("entries").Wrap(err)
	}
	all, err := s.Book.ProveAll(r.Context(), v.who.Org, ask.Entries)
	if err != nil {
		return err
	}
	type proven struct {
		Leaf   string `json:"leaf"`
		Values string `json:"values"`
		Proof  string `json:"proof"`
	}
	out := make([]proven, len(all))
	for i, p := range all {
		out[i] = proven{p.Leaf, p.Values, p.Proof}
	}
	answerJSON(w, http.StatusOK, map[string][]proven{"proofs": out})
	return nil
}
