package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"muster/call/alarm"
	"muster/call/incident/paper"
	"muster/call/look"
	"muster/call/partner"
	"muster/call/partner/enrol"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
)

// caseView is one alarm at a partner's desk, and what can be done about it.
type caseView struct {
	Frame
	Row            caseRow
	Topic          string
	Closed         bool
	Lost           bool // the connection has ended: the customer shows nothing more
	CanWork, Mine  bool
	CanTake        bool // from a colleague
	Silent         bool
	Phone, Email   string
	Activity, Note string
	Acknowledged   string // by whom at the customer, when it is somebody there
	Position       *position
	Standing       string // finished text, empty when all is well
	Contacts       []contactCard
	OutOfHours     []contactCard
	Fields         []fact
	HasWord        bool
	Word           string // shown once, after it was asked for
	Checked        *checkedWord
	Phones, Wishes string
	Instructions   string
	Outcomes       []choice
	Sentence       string
	Timeline       []moment
}

// checkedWord is what came of comparing a safe word.
type checkedWord struct{ Right bool }

// fact is a label with its value.
type fact struct{ Label, Value string }

func (s *site) casePage(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.caseView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "case", view)
}

func (s *site) caseView(w http.ResponseWriter, r *http.Request, v *visit) (*caseView, error) {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	seen, err := s.casesDesk().See(r.Context(), v.who, which)
	if err != nil {
		return nil, err
	}
	if seen.Look != nil {
		if err := look.Note(r.Context(), s.Store, seen.Look.Who, seen.Look.At); err != nil { // which keeps nobody from helping
			s.Log.ErrorContext(r.Context(), "a look at a position was not recorded", "case", which, "error", err)
		}
	}
	f, err := s.framed(w, r, v, "web.cause."+causeKey(seen.Kind), "/desk")
	if err != nil {
		return nil, err
	}
	f.Title, f.Map = seen.WorkerName+": "+f.Title, seen.Live != nil
	view := &caseView{
		Frame: f, Row: caseRowOf(v.tag, seen.Case), Topic: string(which), Closed: !seen.Working(), Lost: seen.Working() && seen.Live == nil,
		CanWork: operates(v.who) && seen.Working(), Mine: seen.Mine, Silent: seen.Kind == alarm.Duress,
		Outcomes: outcomeChoices(v.tag, seen.Drill, ""),
	}
	view.CanTake = view.CanWork && !view.Mine && seen.State == partner.Accepted
	entries := slices.Clone(seen.Deeds)
	if seen.Live != nil {
		view.live(v.tag, seen)
		entries = append(entries, seen.Live.Story...)
	}
	view.Timeline = s.deskTimeline(v.tag, entries)
	return view, nil
}

// live adds what the customer knows now.
func (v *caseView) live(tag lang.Tag, seen partner.Sight) {
	l := seen.Live
	v.Position = positionOf(l.Place.Place, l.Place.Source)
	v.Activity, v.Note, v.Email = l.Activity, l.Alarm.Note, l.Person.First("email")
	if !v.Silent {
		v.Phone = l.Alarm.WorkerPhone
	}
	if l.Alarm.State == alarm.Acknowledged && l.Alarm.Ack.By != seen.Accepted.Person {
		v.Acknowledged = l.Alarm.Ack.Name
	}
	if warn := l.Standing.Warning(); warn != "" {
		v.Standing = tag.Text("web.standing.warn."+warn, nil)
	}
	v.Phones, v.Wishes, v.Instructions = l.Link.Phones, l.Link.Wishes, l.Instructions
	for _, one := range l.Duty {
		v.Contacts = append(v.Contacts, contactCard{Name: one.Name, Phone: one.Phone(), Role: tag.Text("web.enrol.on_duty", nil), Doubt: doubtfulPhone(tag, one)})
	}
	if l.Enrolment != nil {
		v.enrolled(tag, l)
	}
	for _, one := range l.Watch {
		if one.Phone() != "" && one.Person != l.Alarm.Worker {
			v.Contacts = append(v.Contacts, contactCard{Name: one.Name, Phone: one.Phone(), Role: tag.Text("web.role.monitor", nil), Doubt: doubtfulPhone(tag, one)})
		}
	}
}

// enrolled adds what the customer has enrolled the worker with. Out of office
// hours the contacts for those come first (SS9).
func (v *caseView) enrolled(tag lang.Tag, l *partner.Live) {
	e := l.Enrolment
	card := func(c enrol.Contact, n int, key string) contactCard {
		return contactCard{Name: c.Name, Phone: c.Phone, Role: tag.Text(key, map[string]any{"N": n})}
	}
	for i, c := range e.Out {
		v.OutOfHours = append(v.OutOfHours, card(c, i+1, "web.enrol.contact_out"))
	}
	for i, c := range e.Contacts {
		v.Contacts = append(v.Contacts, card(c, i+1, "web.enrol.contact_n"))
	}
	if l.Out {
		v.Contacts, v.OutOfHours = append(v.OutOfHours, v.Contacts...), nil
	}
	v.Fields, v.HasWord = factsOf(l.Form, e.Fields), e.Word
}

// factsOf lists an organisation's own fields with their labels, in its order;
// what a field was before it was taken from the form comes last.
func factsOf(form []enrol.Field, values map[string]string) (out []fact) {
	known := map[string]bool{}
	for _, f := range form {
		known[f.Key] = true
		if values[f.Key] != "" {
			out = append(out, fact{f.Label, values[f.Key]})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !known[key] {
			out = append(out, fact{key, values[key]})
		}
	}
	return out
}

// deskTimeline is what both books say, newest first.
func (s *site) deskTimeline(tag lang.Tag, entries []ledger.Record) []moment {
	var out []moment
	for _, e := range entries {
		icon, kind := lookOf(e.Kind)
		switch e.Kind {
		case "case.opened", "case.graver":
			icon, kind = "urgent", "raise"
		case "case.accepted":
			icon, kind = "user-check", "answer"
		case "case.closed":
			icon, kind = "flag", "answer"
		case "case.noted":
			icon, kind = "note", "note"
		}
		out = append(out, moment{At: e.At, Icon: icon, Kind: kind, Text: paper.Sentence(tag, e)})
	}
	slices.SortStableFunc(out, func(a, b moment) int { return b.At.Compare(a.At) })
	return out
}

func (s *site) acceptCase(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return err
	}
	if _, err := s.casesDesk().Accept(r.Context(), v.who, which, r.PostFormValue("instead") == "yes"); err != nil {
		return s.afterCase(w, r, v, err, "")
	}
	return s.afterCase(w, r, v, nil, "web.case.accepted")
}

func (s *site) noteCase(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return err
	}
	_, err = s.casesDesk().Note(r.Context(), v.who, which, r.PostFormValue("note"))
	return s.afterCase(w, r, v, err, "web.person.saved")
}

func (s *site) closeCase(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return err
	}
	_, err = s.casesDesk().Close(r.Context(), v.who, which, alarm.Outcome(r.PostFormValue("outcome")), r.PostFormValue("sentence"))
	return s.afterCase(w, r, v, err, "web.case.closed")
}

// checkWord answers with the page itself: whether the word was right is on no
// address that could be opened again.
func (s *site) checkWord(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return err
	}
	right, err := s.casesDesk().CheckWord(r.Context(), v.who, which, r.PostFormValue("word"))
	if err != nil {
		return s.afterCase(w, r, v, err, "")
	}
	view, err := s.caseView(w, r, v)
	if err != nil {
		return err
	}
	view.Checked = &checkedWord{right}
	return s.show(w, r, "case", view)
}

func (s *site) showWord(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Case](r.PathValue("case"))
	if err != nil {
		return err
	}
	word, err := s.casesDesk().ShowWord(r.Context(), v.who, which)
	if err != nil {
		return s.afterCase(w, r, v, err, "")
	}
	view, err := s.caseView(w, r, v)
	if err != nil {
		return err
	}
	view.Word = word
	return s.show(w, r, "case", view)
}

// afterCase goes back to the case, or shows it again with what was wrong.
func (s *site) afterCase(w http.ResponseWriter, r *http.Request, v *visit, cause error, done string) error {
	if cause == nil {
		s.say(w, said{Key: done})
		return see(w, r, "/desk/cases/"+r.PathValue("case"))
	}
	switch fault.KindOf(cause) {
	case fault.Invalid, fault.Limited, fault.Conflict:
	default:
		return cause
	}
	view, err := s.caseView(w, r, v)
	if err != nil {
		return err
	}
	view.Sentence, view.Outcomes = r.PostFormValue("sentence"), outcomeChoices(v.tag, view.Row.Drill, r.PostFormValue("outcome"))
	return s.again(w, r, "case", view, cause)
}

// changesView is what a partner has to confirm.
type changesView struct {
	Frame
	Rows []changeRow
}

type changeRow struct {
	Action, Customer, Name string
	Number                 string
	Kind                   string
	Fields                 []string
	Late                   bool
	Made, Effective        time.Time
	By                     string
	State                  string
	Settled                time.Time
	SettledBy, Reason      string
	Partner                string
	Facts                  []fact
}

func (s *site) deskChanges(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changesPage(w, r, v, nil)
}

func (s *site) changesPage(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	list, err := s.clerk().Inbox(r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.desk.changes", "/desk/changes")
	if err != nil {
		return err
	}
	view := &changesView{Frame: f}
	for _, one := range list {
		row := changeRowOf(v.tag, one.Change)
		row.Action, row.Customer = fmt.Sprintf("/desk/changes/%s/%d", one.Link, one.Number), one.CustomerName
		if one.Facts != nil {
			row.Facts = allFacts(v.tag, *one.Facts)
		}
		view.Rows = append(view.Rows, row)
	}
	if cause != nil {
		return s.again(w, r, "changes", view, cause)
	}
	return s.show(w, r, "changes", view)
}

func changeRowOf(tag lang.Tag, c enrol.Change) changeRow {
	row := changeRow{
		Name: c.WorkerName, Number: strconv.FormatInt(c.Number, 10), Kind: string(c.Kind), Late: c.Late, Made: c.Made, Effective: c.Effective, By: c.By,
		State: string(c.State), Settled: c.Settled, SettledBy: c.SettledBy, Reason: c.Reason,
	}
	for _, name := range c.Fields {
		row.Fields = append(row.Fields, tag.Text("web.enrol.field."+name, nil))
	}
	return row
}

// allFacts writes everything that a partner is to know of a worker.
func allFacts(tag lang.Tag, f enrol.Facts) []fact {
	var out []fact
	add := func(key, value string) {
		if value != "" {
			out = append(out, fact{tag.Text("web.enrol.field."+key, nil), value})
		}
	}
	add("email", f.Email)
	add("mobile", phone(f.Mobile))
	for i, c := range f.Contacts {
		out = append(out, fact{tag.Text("web.enrol.contact_n", map[string]any{"N": i + 1}), c.Name + " " + phone(c.Phone)})
	}
	for i, c := range f.Out {
		out = append(out, fact{tag.Text("web.enrol.contact_out", map[string]any{"N": i + 1}), c.Name + " " + phone(c.Phone)})
	}
	for _, key := range slices.Sorted(maps.Keys(f.Fields)) {
		out = append(out, fact{key, f.Fields[key]})
	}
	if f.Word {
		add("word", tag.Text("web.enrol.word_there", nil))
	}
	return out
}

func (s *site) settleChange(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := id.Parse[id.Link](r.PathValue("link"))
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return notThere()
	}
	to := map[string]enrol.State{"confirm": enrol.Confirmed, "reject": enrol.Rejected}[r.PathValue("answer")]
	if err := s.clerk().Settle(r.Context(), v.who, link, number, to, r.PostFormValue("reason")); err != nil {
		return s.changesPage(w, r, v, err)
	}
	s.say(w, said{Key: "web.desk.settled"})
	return see(w, r, "/desk/changes")
}

func notThere() error { return fault.New(fault.NotFound, "not_found") }
