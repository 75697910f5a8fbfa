package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota/civil"
	"muster/call/rota/office"
	"muster/fault"
	"muster/lang"
	"muster/store"
)

// officeView is when the office is staffed.
type officeView struct {
	Frame
	Tabs      []choice
	CanEdit   bool
	Usual     bool // nothing was set: the usual hours count
	Open      bool // now
	Rows      []officeRow
	Calendars []choice
	Days      string // as typed: a date, a name, perhaps "+"
	Coming    []holidayRow
}

// officeRow is one day of the week with its times as they are typed.
type officeRow struct{ Field, Day, Hours string }

type holidayRow struct {
	Date, Day, Name string // the date as machines read it, and as people do
	Open            bool
}

func (s *site) officeHours(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.officeView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "office", view)
}

func (s *site) officeView(w http.ResponseWriter, r *http.Request, v *visit) (*officeView, error) {
	f, err := s.framed(w, r, v, "web.office.title", rotaPage)
	if err != nil {
		return nil, err
	}
	view := &officeView{Frame: f, Tabs: rotaTabs(v, "/office-hours"), CanEdit: v.who.Has(actor.Administrator, "")}
	var o office.Office
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		var set bool
		if o, set, err = office.Get(tx); err != nil {
			return err
		}
		view.Usual = !set
		view.Open, err = office.Open(tx, tx.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	zone, err := lang.Zone(v.zone)
	if err != nil {
		return nil, err
	}
	calendar := o.Calendar
	for i := 1; i <= 7; i++ {
		row := officeRow{Field: fmt.Sprintf("day_%d", i%7), Day: v.tag.Text(fmt.Sprintf("time.weekday.%d", i%7), nil)}
		for _, span := range o.Hours {
			if int(span.Weekday) == i%7 {
				row.Hours += ", " + clockText(span.From) + "–" + clockText(span.To)
			}
		}
		row.Hours = strings.TrimPrefix(row.Hours, ", ")
		view.Rows = append(view.Rows, row)
	}
	for _, d := range o.Days {
		view.Days += daySpelt(d) + "\n"
	}
	if r.Method == http.MethodPost {
		calendar, view.Days = r.PostFormValue("calendar"), r.PostFormValue("days")
		for i := range view.Rows {
			view.Rows[i].Hours = r.PostFormValue(view.Rows[i].Field)
		}
	}
	view.Calendars = []choice{{Text: v.tag.Text("web.office.none", nil)}}
	for _, code := range office.Calendars() {
		view.Calendars = append(view.Calendars, choice{Value: code, Text: calendarName(v.tag, code), Chosen: code == calendar})
	}
	view.Coming = coming(v.tag, o, civil.Of(s.Store.Now(), zone))
	return view, nil
}

// calendarName is the country's name, and the part of it by its code.
func calendarName(tag lang.Tag, code string) string {
	country, part, _ := strings.Cut(code, "-")
	name := tag.Text("web.country."+country, nil)
	if part != "" {
		name += " (" + part + ")"
	}
	return name
}

// comingDays is how many holidays to come the page shows.
const comingDays = 15

func coming(tag lang.Tag, o office.Office, today civil.Day) (out []holidayRow) {
	year, _, _ := today.Date()
	names := map[civil.Day]string{}
	for _, h := range slices.Concat(office.Holidays(o.Calendar, year), office.Holidays(o.Calendar, year+1)) {
		names[h.Day] = h.Name
	}
	own := map[civil.Day]office.Special{}
	for _, d := range o.Days {
		own[d.Day] = d
		if names[d.Day] == "" || d.Name != "" {
			names[d.Day] = d.Name
		}
	}
	for d := today; d < today+400 && len(out) < comingDays; d++ {
		if name, ok := names[d]; ok {
			weekday := tag.Text(fmt.Sprintf("time.weekday.%d", d.Weekday()), nil)
			y, m, day := d.Date()
			written := weekday + " " + tag.Time(time.Date(y, m, day, 0, 0, 0, 0, time.UTC), time.UTC, lang.Day)
			out = append(out, holidayRow{Date: d.String(), Day: written, Name: name, Open: own[d].Open})
		}
	}
	return out
}

// daySpelt and dayFrom write and read one line: "2026-12-24 Christmas Eve",
// with + in front where the office is open in spite of a public holiday.
func daySpelt(d office.Special) string {
	line := d.Day.String() + " " + d.Name
	if d.Open {
		line = "+" + line
	}
	return strings.TrimSpace(line)
}

func dayFrom(line string) (d office.Special, err error) {
	rest, open := strings.CutPrefix(strings.TrimSpace(line), "+")
	date, name, _ := strings.Cut(strings.TrimSpace(rest), " ")
	d.Open, d.Name = open, strings.TrimSpace(name)
	d.Day, err = civil.ParseDay(date)
	return d, err
}

func (s *site) saveOffice(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.officeView(w, r, v)
	if err != nil {
		return err
	}
	o := office.Office{Calendar: r.PostFormValue("calendar")}
	var errs []error
	for i, row := range view.Rows {
		spans, err := spansSpelt(row.Hours)
		if err != nil {
			errs = append(errs, fault.From(err).At(row.Field))
		}
		for _, span := range spans {
			span.Weekday = (civil.On(1970, 1, 5) + civil.Day(i)).Weekday()
			o.Hours = append(o.Hours, span)
		}
	}
	for line := range strings.Lines(view.Days) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		d, err := dayFrom(line)
		if err != nil {
			errs = append(errs, fault.From(err).At("days"))
			break
		}
		o.Days = append(o.Days, d)
	}
	if err = fault.Join(errs...); err == nil {
		_, err = office.Set(r.Context(), s.Store, v.who, o)
	}
	if err != nil {
		return s.again(w, r, "office", view, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, "/office-hours")
}

// spansSpelt reads the times of a day: "8–12, 12:30–16". Nothing and a dash
// mean closed.
func spansSpelt(text string) (out []office.Span, err error) {
	text = strings.NewReplacer("–", "-", "—", "-").Replace(text)
	if strings.Trim(text, "- ") == "" {
		return nil, nil
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		from, to, _ := strings.Cut(part, "-")
		var span office.Span
		if span.From, err = civil.ParseMinute(strings.TrimSpace(from)); err != nil {
			return nil, err
		}
		if span.To, err = civil.ParseMinute(strings.TrimSpace(to)); err != nil {
			return nil, err
		}
		if span.To <= span.From {
			return nil, fault.New(fault.Invalid, "office_span")
		}
		out = append(out, span)
	}
	return out, nil
}
