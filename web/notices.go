package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// noticesPage is where the provider's staff write news about the service.
const noticesPage = "/provider/notices"

// noticesView lists what there is news about.
type noticesView struct {
	Frame
	Rows   []noticeRow
	Calls  []callRow
	Outage string // why customers might not be told of our own outage; empty: they would
}

// callRow is an organisation where nobody could be told.
type callRow struct {
	told.Open
	What   string
	Phones []choice // name and number
}

type noticeRow struct {
	Href, Kind, Text, State string
	Parts                   string
	Over, Overdue           bool
	Owner                   string
	Promised, Last          time.Time
	From, Till              time.Time
}

// noticeView is one notice with what was said.
type noticeView struct {
	Frame
	noticeRow
	Words   []wordRow
	Reached []reachedRow
	Form    noticeForm
}

// reachedRow is one organisation and whom of it a notice was told.
type reachedRow struct {
	Name string
	Told []receiptRow
}

type wordRow struct {
	N                          int
	State, Text, Words, By     string
	Written, Released, Carried time.Time
	Wide                       bool
	Release                    string // address; empty: not for this reader, or not needed
}

// noticeForm is one word as it is typed. Where Preview is filled the page asks
// whether it is to go out.
type noticeForm struct {
	Action                      string
	Kind                        string
	Kinds, States, Phrases      []choice
	Parts                       []choice
	Since, From, Till, Promised string
	Words, Phone                string
	Preview                     *noticePreview
}

type noticePreview struct {
	Digest, Text string
	Wide         bool
	People       int
	Rows         []audienceRow
	Nobody       []string // organisations where nobody can be told
}

type audienceRow struct {
	Org    string
	Told   []string // name, channel, language, why
	Missed []string
}

// told is where staff see what became of words.
func (s *site) told() told.Office { return told.Office{Store: s.Store, Book: s.Book, Log: s.Log} }

func (s *site) noticeRoutes(staff func(string, handler)) {
	staff("GET "+noticesPage, s.notices)
	staff("GET "+noticesPage+"/new", s.newNotice)
	staff("POST "+noticesPage+"/new", s.sayNotice)
	staff("GET "+noticesPage+"/{notice}", s.notice)
	staff("POST "+noticesPage+"/{notice}", s.sayNotice)
	staff("POST "+noticesPage+"/{notice}/{n}/release", s.releaseNotice)
	staff("POST "+noticesPage+"/{notice}/called", s.noticeCalled)
	staff("POST "+noticesPage+"/{notice}/proof", s.noticeProof)
}

func (s *site) notices(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.Notices.List(r.Context(), v.who)
	if err != nil {
		return err
	}
	parts, err := component.List(r.Context(), s.Store, v.who)
	if err != nil {
		return err
	}
	view := &noticesView{Frame: s.provided(w, r, v, "notice.page.title", noticesPage)}
	for _, n := range all {
		view.Rows = append(view.Rows, noticeRowOf(v.tag, n, parts, view.Now))
	}
	calls, err := s.told().Calls(r.Context(), v.who)
	if err != nil {
		return err
	}
	for _, c := range calls {
		row := callRow{Open: c, What: v.tag.Text("notice.call."+c.Why, nil)}
		for _, p := range c.People {
			row.Phones = append(row.Phones, choice{Text: p.Name, Value: p.Phone()})
		}
		view.Calls = append(view.Calls, row)
	}
	if view.Outage, err = s.outageTrouble(r.Context(), v, view.Now); err != nil {
		return err
	}
	return s.show(w, r, "notices", view)
}

func noticeRowOf(tag lang.Tag, n notice.Notice, parts []component.Component, now time.Time) noticeRow {
	var names []string
	for _, c := range parts {
		if slices.Contains(n.Components, c.ID) {
			names = append(names, c.Name)
		}
	}
	return noticeRow{
		Href: noticesPage + "/" + string(n.ID), Kind: string(n.Kind), Text: tag.Text("notice.kind."+string(n.Kind), nil),
		State: tag.Text("notice.state."+string(n.State), nil), Parts: strings.Join(names, ", "), Over: n.State.Over(), Overdue: n.Overdue(now),
		Owner: n.OwnerName, Promised: n.State.Word(n.Promised), Last: n.Last, From: n.From, Till: n.Till,
	}
}

func (s *site) newNotice(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.noticeView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "notice", view)
}

func (s *site) notice(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.newNotice(w, r, v)
}

// noticeView is the page of a notice, or of one that is about to be.
func (s *site) noticeView(w http.ResponseWriter, r *http.Request, v *visit) (*noticeView, error) {
	view := &noticeView{Frame: s.provided(w, r, v, "notice.page.write", noticesPage)}
	parts, err := component.List(r.Context(), s.Store, v.who)
	if err != nil {
		return nil, err
	}
	n := notice.Notice{Kind: notice.Incident}
	if r.FormValue("kind") == string(notice.Maintenance) {
		n.Kind = notice.Maintenance
	}
	view.Form.Action = noticesPage + "/new"
	if view.Form.Phone, err = s.Notices.Phone(r.Context(), v.who); err != nil {
		return nil, err
	}
	if which := id.Notice(r.PathValue("notice")); which != "" {
		var words []notice.Word
		if n, words, err = s.Notices.Open(r.Context(), v.who, which); err != nil {
			return nil, err
		}
		view.noticeRow, view.Form.Action = noticeRowOf(v.tag, n, parts, view.Now), noticesPage+"/"+string(which)
		view.Title = view.Parts
		for _, one := range slices.Backward(words) {
			view.Words = append(view.Words, wordRowOf(v, one, view.Parts))
		}
		reached, err := s.told().Reached(r.Context(), v.who, which)
		if err != nil {
			return nil, err
		}
		for _, one := range reached {
			view.Reached = append(view.Reached, reachedRow{one.Name, receiptRows(v.tag, one.Receipts)})
		}
	}
	view.Form.fill(r, v, n, parts)
	return view, nil
}

func wordRowOf(v *visit, one notice.Word, parts string) wordRow {
	said := notice.Said{Phrase: one.Phrase, Words: one.Words, Parts: []string{parts}}
	row := wordRow{
		N: one.N, State: v.tag.Text("notice.state."+string(one.State), nil), Text: said.Text(v.tag, one.After.Kind, one.State), Words: one.Words,
		By: one.ByName, Written: one.Written, Released: one.Released, Carried: one.Carried, Wide: one.Wide,
	}
	if one.Released.IsZero() && one.By != v.who.Staff {
		row.Release = noticesPage + "/" + string(one.Notice) + "/" + strconv.Itoa(one.N) + "/release"
	}
	return row
}

// fill offers what may be said next, with what was typed already.
func (f *noticeForm) fill(r *http.Request, v *visit, n notice.Notice, parts []component.Component) {
	f.Kind = string(n.Kind)
	for _, k := range []notice.Kind{notice.Incident, notice.Maintenance} {
		f.Kinds = append(f.Kinds, choice{Value: string(k), Text: v.tag.Text("notice.kind."+string(k), nil), Chosen: k == n.Kind, Href: noticesPage + "/new?kind=" + string(k)})
	}
	typed := r.PostFormValue("phrase")
	for _, state := range n.Next() {
		for _, p := range n.Phrases(state) {
			value := string(state) + "." + p
			text := notice.Said{Phrase: p, Parts: []string{"…"}}.Text(v.tag, n.Kind, state)
			f.Phrases = append(f.Phrases, choice{Value: value, Text: v.tag.Text("notice.state."+string(state), nil) + ": " + text, Chosen: value == typed})
		}
	}
	chosen := r.PostForm["components"]
	if r.Method == http.MethodGet {
		for _, c := range n.Components {
			chosen = append(chosen, string(c))
		}
	}
	for _, c := range component.Paths(parts) {
		f.Parts = append(f.Parts, choice{Value: string(c.ID), Text: c.Path, Chosen: slices.Contains(chosen, string(c.ID))})
	}
	if r.Method == http.MethodPost {
		f.Phone = r.PostFormValue("phone")
	}
	f.Since, f.From, f.Till, f.Promised, f.Words = r.PostFormValue("since"), r.PostFormValue("from"), r.PostFormValue("till"), r.PostFormValue("promised"), r.PostFormValue("words")
}

// newsFrom reads a word as the form has it, in the provider's zone.
func newsFrom(r *http.Request, zone *time.Location) (d notice.Draft, wrong error) {
	state, phrase, _ := strings.Cut(r.PostFormValue("phrase"), ".")
	d = notice.Draft{
		Notice: id.Notice(r.PathValue("notice")), Kind: notice.Kind(r.PostFormValue("kind")), Phrase: phrase, Words: strings.TrimSpace(r.PostFormValue("words")), Phone: r.PostFormValue("phone"),
		Seen: r.PostFormValue("seen"), News: notice.News{State: notice.State(state)},
	}
	for _, c := range r.PostForm["components"] {
		d.Components = append(d.Components, id.Component(c))
	}
	for name, at := range map[string]*time.Time{"since": &d.Since, "from": &d.From, "till": &d.Till, "promised": &d.Promised} {
		if text := r.PostFormValue(name); text != "" {
			var err error
			*at, err = localTime(text, name, zone)
			wrong = fault.Join(wrong, err)
		}
	}
	return d, wrong
}

// sayNotice shows who would be told, and says it once that was seen.
func (s *site) sayNotice(w http.ResponseWriter, r *http.Request, v *visit) error {
	zone, err := lang.Zone(v.zone)
	if err != nil {
		return err
	}
	d, cause := newsFrom(r, zone)
	var p notice.Preview
	if cause == nil && d.Seen == "" {
		p, cause = s.Notices.Look(r.Context(), v.who, d)
	} else if cause == nil {
		p, cause = s.Notices.Say(r.Context(), v.who, d)
		if cause == nil {
			s.say(w, said{Key: "notice.page.said"})
			return see(w, r, noticesPage+"/"+string(p.After.ID))
		}
	}
	view, err := s.noticeView(w, r, v)
	if err != nil {
		return err
	}
	if cause != nil {
		return s.again(w, r, "notice", view, cause)
	}
	if view.Form.Preview, err = s.previewOf(r, v, p); err != nil {
		return err
	}
	return s.show(w, r, "notice", view)
}

// previewOf shows who would be told.
func (s *site) previewOf(r *http.Request, v *visit, p notice.Preview) (*noticePreview, error) {
	out := &noticePreview{Digest: p.Digest, Wide: p.Wide, Text: p.Said.Text(v.tag, p.After.Kind, p.After.State)}
	return out, s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		for _, a := range p.To {
			var org roster.Organisation
			if err := tx.For(a.Org, func(tx *store.Tx) (err error) { org, err = roster.Get(tx); return err }); err != nil {
				return err
			}
			row := audienceRow{Org: org.Name}
			for _, t := range a.Told {
				row.Told = append(row.Told, toldText(v.tag, t))
			}
			for _, m := range a.Missing {
				row.Missed = append(row.Missed, m.Name)
			}
			if a.Unreachable() {
				out.Nobody = append(out.Nobody, org.Name)
			}
			out.Rows, out.People = append(out.Rows, row), out.People+len(a.Told)
		}
		return nil
	})
}

func toldText(tag lang.Tag, t audience.Told) string {
	return tag.Text("notice.page.told", map[string]any{
		"Name": t.Name, "Channel": tag.Text("carrier.channel."+t.Route[0].Channel, nil), "Language": t.Language.Name(),
		"Why": tag.Text("notice.why."+string(t.Why), nil),
	})
}

func (s *site) releaseNotice(w http.ResponseWriter, r *http.Request, v *visit) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return fault.New(fault.NotFound, "not_found")
	}
	if err := s.Notices.Release(r.Context(), v.who, id.Notice(r.PathValue("notice")), n); err != nil {
		return err
	}
	s.say(w, said{Key: "notice.page.released"})
	return see(w, r, noticesPage+"/"+r.PathValue("notice"))
}

// noticeProof hands out the proof of a notice, with the part of everybody who was
// told of it.
func (s *site) noticeProof(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Notice](r.PathValue("notice"))
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := s.told().WholeProof(r.Context(), v.who, which, &file); err != nil {
		return err
	}
	return handOut(w, string(which), &file)
}

// noticeCalled notes what came of calling an organisation.
func (s *site) noticeCalled(w http.ResponseWriter, r *http.Request, v *visit) error {
	org, err := id.Parse[id.Org](r.PostFormValue("organisation"))
	if err != nil {
		return err
	}
	which, err := id.Parse[id.Notice](r.PathValue("notice"))
	if err != nil {
		return err
	}
	if err := s.told().Called(r.Context(), v.who, org, which, r.PostFormValue("outcome") == "told"); err != nil {
		return err
	}
	s.say(w, said{Key: "notice.call.done"})
	return see(w, r, noticesPage)
}
