package web

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// bookView shows the book: everything that happened, newest first.
type bookView struct {
	Frame
	Size     int
	Key      string // public key that verifies an export
	Kinds    []choice
	About    string
	Filtered bool
	Entries  []bookEntry
	Pager    pager

	Witnesses []witnessRow
}

type bookEntry struct {
	Index        int64
	Number       string
	At           time.Time
	Who, Whom    string
	What, Detail string
	From         string
}

const bookPage = 100

func (s *site) book(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "readBook", bookResource(v)); err != nil {
		return err
	}
	q := r.URL.Query()
	filter := ledger.Filter{Kind: q.Get("kind"), Limit: bookPage}
	switch about := strings.TrimSpace(q.Get("about")); {
	case strings.HasPrefix(about, "per_"):
		filter.About = id.Person(about)
	default:
		filter.Subject = about
	}
	filter.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // what is no number begins at the newest
	f, err := s.framed(w, r, v, "web.book.title", "/book")
	if err != nil {
		return err
	}
	view := &bookView{Frame: f, About: q.Get("about"), Filtered: q.Get("about")+q.Get("kind") != "", Key: s.Book.Key(v.who.Org)}
	view.Kinds = bookKinds(v.tag, filter.Kind)
	silent, err := s.ownSilent(r, v)
	if err != nil {
		return err
	}
	names := map[id.Person]string{}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		newest, err := ledger.List(tx, ledger.Filter{Limit: 1})
		if err != nil {
			return err
		}
		if len(newest) > 0 {
			view.Size = int(newest[0].Seq) + 1
		}
		if view.Witnesses, err = s.witnessRows(tx, v.tag); err != nil {
			return err
		}
		entries, err := ledger.List(tx, filter)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if silent[e.Subject] {
				continue
			}
			if err := nameIn(tx, names, e.About); err != nil {
				return err
			}
			view.Entries = append(view.Entries, bookEntryOf(v.tag, e, names))
		}
		if len(entries) == bookPage && entries[bookPage-1].Seq > 0 {
			q.Set("before", strconv.FormatInt(entries[bookPage-1].Seq, 10))
			q.Del("region")
			view.Pager.Next = "/book?" + q.Encode()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "book", view)
}

// ownSilent are the alarms that the reader's own duress PIN raised: their
// entries stay out of what is on this screen (OA10). An export has them, since
// it is whole or proves nothing.
func (s *site) ownSilent(r *http.Request, v *visit) (map[string]bool, error) {
	over, err := incident.List(r.Context(), s.Store, v.who, incident.Filter{Worker: v.who.Person, Kind: alarm.Duress, Limit: 500})
	if err != nil {
		return nil, err
	}
	silent := map[string]bool{}
	for _, a := range over {
		silent[string(a.ID)] = true
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		a, open, err := alarm.Of(tx, v.who.Person)
		if open && a.Kind == alarm.Duress {
			silent[string(a.ID)] = true
		}
		return err
	})
	return silent, err
}

func bookResource(v *visit) policy.Resource {
	return policy.Resource{Type: "Book", ID: string(v.who.Org), Org: v.who.Org}
}

// nameIn learns a person's name; one whose row is gone stays without.
func nameIn(tx *store.Tx, names map[id.Person]string, person id.Person) error {
	if _, known := names[person]; known || person == "" {
		return nil
	}
	p, err := roster.Find(tx, person)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	names[person] = p.Name
	return nil
}

func bookEntryOf(tag lang.Tag, e ledger.Record, names map[id.Person]string) bookEntry {
	out := bookEntry{
		Index: e.Seq, Number: strconv.FormatInt(e.Seq, 10), At: e.At, Who: e.Actor.Name, Whom: names[e.About],
		What: bookSentence(tag, e), Detail: e.Kind, From: e.Actor.IP,
	}
	if out.Who == "" {
		out.Who = tag.Text("web.book.system", nil)
	}
	if rule := "policy." + e.Rule; e.Rule != "" && tag.Has(rule) {
		out.Detail += ": " + tag.Text(rule, nil)
	}
	return out
}

// bookKinds are the entries that people look for.
func bookKinds(tag lang.Tag, chosen string) []choice {
	out := []choice{{Text: tag.Text("web.book.all_kinds", nil)}}
	for _, kind := range []string{"alarm.raised", "alarm.acknowledged", "alarm.resolved", "shift.started", "shift.finished", "person.added", "person.changed", "person.left"} {
		out = append(out, choice{Value: kind, Text: tag.Text("web.book.kind_"+strings.ReplaceAll(kind, ".", "_"), nil), Chosen: kind == chosen})
	}
	return out
}

// verifyBook exports the whole book to the verifier that anybody can run
// outside, and says what it found.
func (s *site) verifyBook(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, err := policy.Check(v.who, "exportBook", bookResource(v))
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() { write.CloseWithError(s.Book.Export(r.Context(), v.who, v.who.Org, rule, write)) }()
	report, err := ledger.Verify(read, ledger.VerifyOptions{Key: s.Book.Key(v.who.Org)})
	if err != nil {
		return err
	}
	if report.Whole() {
		s.say(w, said{Key: "web.book.intact", Args: map[string]any{"Count": report.Entries}})
	} else {
		s.say(w, said{Key: "web.book.broken", Args: map[string]any{"Problem": lang.Fault(v.tag, report.Findings[0].Fault)}, Warn: true})
	}
	return see(w, r, "/book")
}

// exportBook is a POST, because that the book was taken is in the book.
func (s *site) exportBook(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, err := policy.Check(v.who, "exportBook", bookResource(v))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Book.Export(r.Context(), v.who, v.who.Org, rule, &b); err != nil {
		return err
	}
	return v.download(w, "book.jsonl", "application/jsonl", b.Bytes())
}
