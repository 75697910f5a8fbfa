package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/call/partner/enrol"
	"muster/call/rota"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// enrolmentView is whom a partner watches over, and what it knows of them.
type enrolmentView struct {
	Frame
	Tied    bool // there is a partner
	Partner string
	Rows    []enrolRow
	Counts  []choice
	Gaps    int
	Waiting int
	Oldest  time.Time // of the changes that wait
	Changes []changeRow
	CanEdit bool
}

// enrolRow is one worker.
type enrolRow struct {
	Href, Name    string
	Word, State   string // confirmed, stale …; its text
	Good          bool   // the partner would know for whom to come
	Gap           string // text
	Contacts, Out int
	SafeWord      bool
	Rota          bool
	Enrolled      bool
}

// enrolView is the form of one worker.
type enrolView struct {
	Frame
	Name, Action string
	Email, Phone string
	State        string
	Good         bool
	Enrolled     bool
	Contacts     []contactInput
	Out          []contactInput
	Rotas        []choice
	From         string
	Fields       []fieldInput
	HasWord      bool
}

// contactInput is one row of contacts in the form.
type contactInput struct {
	NameID, PhoneID string
	Name, Phone     string
	NameKey, TelKey string // names of the fields
	Label           string
}

// fieldInput is one of the organisation's own fields in the form.
type fieldInput struct {
	Key, Label, Value string
	Choices           []choice
}

// formView is what the organisation adds to the usual facts.
type formView struct {
	Frame
	Text string
}

// enrolRoutes are the pages on which an organisation says whom its partner is
// to watch over.
func (s *site) enrolRoutes(in func(string, handler)) {
	in("GET /enrolment", s.enrolment)
	in("GET /enrolment/form", s.enrolForm)
	in("POST /enrolment/form", s.saveEnrolForm)
	in("GET /enrolment/workers/{person}", s.enrolWorker)
	in("POST /enrolment/workers/{person}", s.saveEnrolment)
	in("POST /enrolment/workers/{person}/leave", s.leaveEnrolment)
	s.enrolSheetRoutes(in)
}

func (s *site) enrolment(w http.ResponseWriter, r *http.Request, v *visit) error {
	o, err := s.clerk().Look(r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := s.framed(w, r, v, "web.enrol.title", partnerPage)
	if err != nil {
		return err
	}
	view := &enrolmentView{Frame: f, Tied: len(o.Links) > 0, CanEdit: v.who.Has("administrator", "")}
	var names []string
	for _, link := range o.Links {
		names = append(names, link.OtherName)
		view.Waiting += o.Waiting[link.ID]
	}
	view.Partner = strings.Join(names, ", ")
	show := r.URL.Query().Get("show")
	view.rows(v.tag, o, show)
	for _, c := range o.Changes {
		if c.State == enrol.Pending && (view.Oldest.IsZero() || c.Made.Before(view.Oldest)) {
			view.Oldest = c.Made
		}
		row := changeRowOf(v.tag, c)
		for _, link := range o.Links {
			if link.ID == c.Link {
				row.Partner = link.OtherName
			}
		}
		view.Changes = append(view.Changes, row)
	}
	return s.show(w, r, "enrolment", view)
}

// rows lists the workers that the filter leaves, those with a gap first.
func (v *enrolmentView) rows(tag lang.Tag, o enrol.Overview, show string) {
	good := 0
	for _, one := range o.Rows {
		row := enrolRow{
			Href: "/enrolment/workers/" + string(one.Worker), Name: one.Name, Word: string(one.Word),
			State: tag.Text("web.standing."+string(one.Word), nil), Good: one.Word.Monitored(), Enrolled: one.Enrolment != nil,
		}
		if one.Enrolment != nil {
			e := one.Enrolment
			row.Contacts, row.Out, row.SafeWord, row.Rota = len(e.Facts.Contacts), len(e.Facts.Out), e.Word, e.Facts.Rota != ""
		}
		if one.Gap != "" {
			row.Gap = tag.Text("web.enrol.gap."+one.Gap, nil)
			v.Gaps++
		}
		if row.Good {
			good++
		}
		if show == "" || show == "gaps" && row.Gap != "" || show == "unmonitored" && !row.Good {
			v.Rows = append(v.Rows, row)
		}
	}
	for _, c := range []struct {
		value string
		n     int
	}{{"", len(o.Rows)}, {"gaps", v.Gaps}, {"unmonitored", len(o.Rows) - good}} {
		v.Counts = append(v.Counts, choice{
			Value: c.value, Text: tag.Text("web.enrol.show."+cmp.Or(c.value, "all"), nil), Count: c.n, Href: "/enrolment?show=" + c.value, Chosen: show == c.value,
		})
	}
}

func (s *site) enrolWorker(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.enrolView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "enrol", view)
}

// moreContacts is how many empty rows a form offers.
const moreContacts = 2

func (s *site) enrolView(w http.ResponseWriter, r *http.Request, v *visit) (*enrolView, error) {
	worker, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	o, err := s.clerk().Look(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	var row enrol.Row
	for _, one := range o.Rows {
		if one.Worker == worker {
			row = one
		}
	}
	if row.Worker == "" {
		return nil, notThere()
	}
	f, err := s.framed(w, r, v, "web.enrol.title", partnerPage)
	if err != nil {
		return nil, err
	}
	view := &enrolView{
		Frame: f, Name: row.Name, Action: "/enrolment/workers/" + string(worker), State: v.tag.Text("web.standing."+string(row.Word), nil),
		Good: row.Word.Monitored(), Enrolled: row.Enrolment != nil,
	}
	view.Title = row.Name
	d := enrol.Draft{}
	if e := row.Enrolment; e != nil {
		d.Contacts, d.Out, d.Rota, d.Fields, view.HasWord = e.Facts.Contacts, e.Facts.Out, e.Facts.Rota, e.Facts.Fields, e.Word
	}
	if r.Method == http.MethodPost {
		d = draftOf(r, o.Form)
		view.From = r.PostFormValue("from")
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, worker)
		view.Email, view.Phone = p.First(roster.Email), p.Phone()
		return err
	})
	if err != nil {
		return nil, err
	}
	view.fill(v.tag, d, o.Form)
	now := s.Store.Now()
	sheets, err := rota.List(r.Context(), s.Store, v.who, now, now.Add(24*time.Hour))
	view.Rotas = []choice{{Text: v.tag.Text("web.enrol.no_rota", nil)}}
	for _, one := range sheets {
		view.Rotas = append(view.Rotas, choice{Value: string(one.ID), Text: one.Name, Chosen: one.ID == d.Rota})
	}
	return view, err
}

// fill puts a draft into the form.
func (v *enrolView) fill(tag lang.Tag, d enrol.Draft, form []enrol.Field) {
	v.Contacts = contactInputs(tag, "contacts", d.Contacts, max(moreContacts, 2-len(d.Contacts)))
	v.Out = contactInputs(tag, "out", d.Out, moreContacts)
	for _, f := range form {
		in := fieldInput{Key: f.Key, Label: f.Label, Value: d.Fields[f.Key]}
		if len(f.Choices) > 0 {
			in.Choices = []choice{{}}
			for _, c := range f.Choices {
				in.Choices = append(in.Choices, choice{Value: c, Text: c, Chosen: c == in.Value})
			}
		}
		v.Fields = append(v.Fields, in)
	}
}

func contactInputs(tag lang.Tag, name string, in []enrol.Contact, more int) []contactInput {
	var out []contactInput
	for i := range len(in) + more {
		c := contactInput{NameKey: fmt.Sprintf("%s.%d.name", name, i), TelKey: fmt.Sprintf("%s.%d.phone", name, i)}
		if i < len(in) {
			c.Name, c.Phone = in[i].Name, in[i].Phone
		}
		key := "web.enrol.contact_n"
		if name == "out" {
			key = "web.enrol.contact_out"
		}
		c.Label = tag.Text(key, map[string]any{"N": i + 1})
		c.NameID, c.PhoneID = "f-"+name+"-"+strconv.Itoa(i)+"-name", "f-"+name+"-"+strconv.Itoa(i)+"-phone"
		out = append(out, c)
	}
	return out
}

// draftOf reads the form.
func draftOf(r *http.Request, form []enrol.Field) enrol.Draft {
	read := func(name string) (out []enrol.Contact) {
		for i := range 20 {
			c := enrol.Contact{Name: r.PostFormValue(fmt.Sprintf("%s.%d.name", name, i)), Phone: r.PostFormValue(fmt.Sprintf("%s.%d.phone", name, i))}
			out = append(out, c)
		}
		for len(out) > 0 && out[len(out)-1] == (enrol.Contact{}) {
			out = out[:len(out)-1]
		}
		return out
	}
	d := enrol.Draft{Contacts: read("contacts"), Out: read("out"), Rota: id.Rota(r.PostFormValue("rota")), Fields: map[string]string{}}
	for _, f := range form {
		d.Fields[f.Key] = r.PostFormValue("fields." + f.Key)
	}
	if word := r.PostFormValue("word"); strings.TrimSpace(word) != "" {
		d.Word = &word
	} else if r.PostFormValue("no_word") == "yes" {
		none := ""
		d.Word = &none
	}
	return d
}

func (s *site) saveEnrolment(w http.ResponseWriter, r *http.Request, v *visit) error {
	worker, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	var form []enrol.Field
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		form, err = enrol.Form(tx)
		return err
	})
	if err != nil {
		return err
	}
	d := draftOf(r, form)
	if text := r.PostFormValue("from"); text != "" {
		zone := v.reader().Zone
		if d.From, err = time.ParseInLocation("2006-01-02", text, zone); err != nil {
			d.From = time.Time{}
		}
	}
	if _, err = s.clerk().Put(r.Context(), v.who, worker, d); err != nil {
		view, verr := s.enrolView(w, r, v)
		if verr != nil {
			return verr
		}
		return s.again(w, r, "enrol", view, err)
	}
	s.say(w, said{Key: "web.enrol.saved"})
	return see(w, r, "/enrolment")
}

func (s *site) leaveEnrolment(w http.ResponseWriter, r *http.Request, v *visit) error {
	worker, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	if err := s.clerk().Part(r.Context(), v.who, worker); err != nil {
		return err
	}
	s.say(w, said{Key: "web.enrol.parted"})
	return see(w, r, "/enrolment")
}

func (s *site) enrolForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.formView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "enrol-form", view)
}

// formView writes the fields as people edit them: one a line, a star for what
// must be filled in, choices after a colon.
func (s *site) formView(w http.ResponseWriter, r *http.Request, v *visit) (*formView, error) {
	o, err := s.clerk().Look(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.enrol.form", partnerPage)
	if err != nil {
		return nil, err
	}
	view := &formView{Frame: f, Text: r.PostFormValue("fields")}
	if r.Method == http.MethodPost {
		return view, nil
	}
	var lines []string
	for _, one := range o.Form {
		line := one.Label
		if one.Required {
			line += " *"
		}
		if len(one.Choices) > 0 {
			line += ": " + strings.Join(one.Choices, ", ")
		}
		lines = append(lines, line)
	}
	view.Text = strings.Join(lines, "\n")
	return view, nil
}

func (s *site) saveEnrolForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	var form []enrol.Field
	for line := range strings.SplitSeq(r.PostFormValue("fields"), "\n") {
		label, choices, _ := strings.Cut(line, ":")
		label, required := strings.CutSuffix(strings.TrimSpace(label), "*")
		f := enrol.Field{Label: strings.TrimSpace(label), Required: required}
		for c := range strings.SplitSeq(choices, ",") {
			if c = strings.TrimSpace(c); c != "" {
				f.Choices = append(f.Choices, c)
			}
		}
		form = append(form, f)
	}
	if err := s.clerk().SetForm(r.Context(), v.who, form); err != nil {
		view, verr := s.formView(w, r, v)
		if verr != nil {
			return verr
		}
		return s.again(w, r, "enrol-form", view, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, "/enrolment")
}
