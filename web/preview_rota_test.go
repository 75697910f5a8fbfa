package web

import (
	"fmt"
	"time"

	"muster/call/look"
	"muster/call/partner"
	"muster/call/rota/civil"
	"muster/lang"
	"muster/roster"
)

// dutySamples are the pages of rotas, duty and office hours.
func dutySamples(tag lang.Tag, f func(string) Frame) []sample {
	wrong := withWrong(tag)
	tabs := func(at string) []choice { return rotaTabs(&visit{tag: tag}, at) }
	feeds := []feedRow{{ID: "x", Made: sampleNow.Add(-300 * time.Hour)}, {ID: "y", Made: sampleNow.Add(-90 * time.Hour), Foreign: true}}
	covers := []coverRow{
		{ID: "1", In: "Anna Salo", Out: "Kaisa Nieminen", Why: "Vaihto sovittu", From: sampleNow.Add(40 * time.Hour), To: sampleNow.Add(64 * time.Hour), Late: true, Remove: "/x"},
		{ID: "2", Out: "Pekka Laine", From: sampleNow.Add(90 * time.Hour), To: sampleNow.Add(99 * time.Hour), Remove: "/x"},
		{ID: "3", In: "Maria-Magdalena Hämäläinen-Kärkkäinen", All: true, From: sampleNow.Add(200 * time.Hour), To: sampleNow.Add(208 * time.Hour), Waits: true, Pair: true, Agree: "/x", Refuse: "/x"},
	}
	people := []choice{{Value: "a", Text: "Kaisa Nieminen"}, {Value: "b", Text: "Pekka Laine"}}
	month := sampleRota(tag, f("rotas"))
	month.Covers, month.Feeds, month.Tabs = covers, feeds, tabs(rotaPage)
	month.Cover = coverForm{From: "2026-11-23T08:00", To: "2026-11-24T08:00", Out: people, In: people}
	month.Swap, month.CanSwap = swapForm{A: people, B: people}, true
	broken := sampleRota(tag, wrong(f("rotas"), "from"))
	broken.Cover, broken.Gaps, broken.Tabs = month.Cover, nil, tabs(rotaPage)
	form := &rotaFormView{
		Frame: f("rotas"), Action: "/rotas/new", Back: "/rotas", Name: "Iltapäivystys", Workspaces: people, Start: "2026-11-23", Handover: "08:00", Days: "7",
		Kinds:  []choice{{Value: "rotating", Text: tag.Text("web.rota.kind_rotating", nil), Chosen: true}, {Value: "weekly", Text: tag.Text("web.rota.kind_weekly", nil)}},
		Needs:  []choice{{Value: "always", Text: tag.Text("web.rota.need_always", nil)}},
		People: []placeRow{{"a", "Kaisa Nieminen", "1"}, {"b", "Maria-Magdalena Hämäläinen-Kärkkäinen", "2"}},
	}
	for n := range 4 {
		form.Spans = append(form.Spans, spanRow{N: n + 1, Days: []choice{{Text: tag.Text("time.weekday.1", nil)}}, From: "08:00", To: "16:00", Who: people})
	}
	formWrong := *form
	formWrong.Frame, formWrong.ID = wrong(f("rotas"), "days"), "x"
	officeTabs := &officeView{
		Frame: f("rotas"), Tabs: tabs("/office-hours"), CanEdit: true, Open: true, Calendars: []choice{{Text: "Suomi"}}, Days: "2026-12-24 Jouluaatto",
		Coming: []holidayRow{{"2026-12-06", "6.12.2026", "Itsenäisyyspäivä", false}, {"2026-12-24", "24.12.2026", "Jouluaatto", true}},
	}
	for i, day := range weekdays(tag) {
		officeTabs.Rows = append(officeTabs.Rows, officeRow{fmt.Sprint("day_", i), day, []string{"08:00–16:00", ""}[i/5]})
	}
	officeWrong := *officeTabs
	officeWrong.Frame = wrong(f("rotas"), "days")
	officeRead := *officeTabs
	officeRead.CanEdit, officeRead.Usual, officeRead.Coming = false, true, nil
	turn := dutyRow{Rota: "Iltapäivystys", Href: "/rotas/x", With: "Pekka Laine", From: sampleNow, To: sampleNow.Add(9 * time.Hour)}
	later := turn
	later.From, later.To, later.Covered, later.With = sampleNow.Add(150*time.Hour), sampleNow.Add(160*time.Hour), true, ""
	return []sample{
		{"rota", "rota", month},
		{"rota-error", "rota", broken},
		{"rotaform", "rotaform", form},
		{"rotaform-error", "rotaform", &formWrong},
		{"duty", "duty", &dutyView{Frame: f("rotas"), Tabs: tabs("/duty"), Now: []dutyRow{turn}, Turns: []dutyRow{later, later}, Asked: covers[2:], Feeds: feeds, Fresh: "https://muster.example/calendar/kJ8s7dkJ3h5.ics"}},
		{"duty-empty", "duty", &dutyView{Frame: f("rotas"), Tabs: tabs("/duty"), Nobody: true}},
		{"office", "office", officeTabs},
		{"office-error", "office", &officeWrong},
		{"office-read", "office", &officeRead},
	}
}

func sampleRota(tag lang.Tag, fr Frame) *rotaView {
	v := &rotaView{
		Frame: fr, CanManage: true, ID: "x", Month: monthHeading(tag, 2026, time.November), Earlier: "?m=2026-10", Later: "?m=2026-12", Weekdays: weekdays(tag),
		rotaRow: rotaRow{
			Href: "/rotas/x", Name: "Iltapäivystys", Where: "Savonlinna", How: tag.Text("web.rota.how_weekly", nil), On: "Kaisa Nieminen", Until: sampleNow.Add(5 * time.Hour), Next: "Pekka Laine", NextAt: sampleNow.Add(5 * time.Hour),
			Gaps: []gapRow{{From: sampleNow.Add(70 * time.Hour), To: sampleNow.Add(75 * time.Hour), Why: "web.rota.gap_nobody"}},
		},
	}
	begin, end := grid(civil.On(2026, time.November, 1))
	for d := begin; d < end; d++ {
		if d.Weekday() == time.Monday {
			v.Weeks = append(v.Weeks, nil)
		}
		_, m, n := d.Date()
		cell := dayCell{Date: d.String(), Number: fmt.Sprint(n), Weekday: v.Weekdays[(d-begin)%7], Outside: m != time.November, Today: n == 22 && m == time.November}
		cell.Marks = []dayMark{{Text: givenNames[n/7], Time: "16:00", Mine: n/7 == 2, Covered: n%11 == 0, Over: n%7 != 0}}
		switch n {
		case 6:
			cell.Holiday = "Pyhäinpäivä"
		case 25:
			cell.Marks = []dayMark{{Gap: true, Time: "04:00"}, {Text: "Maria-Magdalena Hämäläinen-Kärkkäinen", Time: "09:00"}}
		}
		v.Weeks[len(v.Weeks)-1] = append(v.Weeks[len(v.Weeks)-1], cell)
	}
	return v
}

// enrolSamples are the pages on which both sides of a partner's watch are
// settled.
func enrolSamples(tag lang.Tag, f func(string) Frame) []sample {
	wrong := withWrong(tag)
	desk := func(current string) Frame {
		fr := f("board")
		fr.Org, fr.Person, fr.Nav = "Pohjolan Vartiointi Oy", "Olga Salo", (&site{}).nav(sampleVisit(tag, roster.Partner), current)
		return fr
	}
	links := []linkRow{
		{ID: "1", Name: "Pohjolan Vartiointi Oy", State: "active", AgreedAt: sampleNow.Add(-900 * time.Hour), AskedAt: sampleNow, Every: true, Phones: "+358 9 555 0100", Wishes: "Always ring the gate first.", Customer: true, Changes: 41},
		{ID: "2", Name: "Nordic Alarm Centre AB", State: "proposed", Asks: true, AskedAt: sampleNow.Add(-9 * time.Hour), Customer: true},
		{ID: "3", Name: "Centre de Télésurveillance du Léman", State: "ended", EndedAt: sampleNow.Add(-99 * time.Hour), Customer: true},
	}
	worker := enrolSampleForm(f("partners"))
	workerWrong := enrolSampleForm(wrong(f("partners"), "contacts"))
	workerWrong.Enrolled, workerWrong.Good, workerWrong.State = false, false, tag.Text("web.standing.missing", nil)
	return []sample{
		{"partners", "partners", &partnersView{Frame: f("partners"), OrgID: "org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Rows: links, Houses: []choice{{Value: "x", Text: "Nordic Alarm Centre AB"}}}},
		{"partners-desk", "partners", &partnersView{Frame: desk("/partners"), IsPartner: true, OrgID: "org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Rows: []linkRow{{ID: "1", Name: "Saimaa Metsänhoito Oy", State: "active", AgreedAt: sampleNow, Phones: "+358 9 555 0100"}}}},
		{"partners-desk-error", "partners", &partnersView{Frame: wrong(desk("/partners"), "organisation_id"), IsPartner: true, Other: "org_1", OrgID: "org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65"}},
		{"enrolment", "enrolment", sampleEnrolment(tag, f("partners"), 12)},
		{"enrolment-empty", "enrolment", &enrolmentView{Frame: f("partners"), CanEdit: true}},
		{"enrol", "enrol", worker},
		{"enrol-error", "enrol", workerWrong},
		{"enrol-form", "enrol-form", &formView{Frame: f("partners"), Text: "Doctor\nKeys: with the caretaker | in the safe"}},
		{"enrol-form-error", "enrol-form", &formView{Frame: wrong(f("partners"), "fields"), Text: "Doctor\nDoctor"}},
		{"enrol-preview", "enrol-preview", sampleEnrolSheet(tag, f("partners"), "")},
		{"enrol-preview-error", "enrol-preview", sampleEnrolSheet(tag, f("partners"), tag.Text("fault.required", nil))},
		{"desk-statistics", "statistics-desk", sampleMonth(tag, desk("/desk/statistics"), 412)},
		{"desk-statistics-empty", "statistics-desk", sampleMonth(tag, desk("/desk/statistics"), 0)},
	}
}

func enrolSampleForm(fr Frame) *enrolView {
	v := &enrolView{Frame: fr, Name: "Aino Virtanen", Action: "/enrolment/workers/x", Email: "aino.virtanen@saimaa.example", Phone: "+358401234567", State: fr.Lang.Text("web.standing.confirmed", nil), Good: true, Enrolled: true, HasWord: true, Rotas: []choice{{Text: "–"}, {Value: "x", Text: "Iltapäivystys"}}}
	for n, c := range people() {
		key := fmt.Sprint("contacts.", n)
		row := contactInput{NameID: "f-" + key + ".name", PhoneID: "f-" + key + ".phone", NameKey: key + ".name", TelKey: key + ".phone", Name: c.Name, Phone: c.Phone, Label: fr.Lang.Text("web.enrol.contact_n", map[string]any{"N": n + 1})}
		v.Contacts = append(v.Contacts, row)
	}
	v.Fields = []fieldInput{{Key: "doctor", Label: "Doctor", Value: "+358 9 555 0177"}, {Key: "keys", Label: "Keys", Choices: []choice{{Text: "–"}, {Text: "with the caretaker", Chosen: true}}}}
	return v
}

func sampleEnrolment(tag lang.Tag, fr Frame, n int) *enrolmentView {
	v := &enrolmentView{Frame: fr, Tied: true, CanEdit: true, Partner: "Pohjolan Vartiointi Oy", Waiting: 3, Gaps: 2, Oldest: sampleNow.Add(-50 * time.Hour)}
	for i, word := range []string{"confirmed", "unconfirmed", "stale", "missing"} {
		for j := range n / 4 {
			row := enrolRow{Href: "/enrolment/workers/x", Name: givenNames[(i*3+j)%10], Word: word, State: tag.Text("web.standing."+word, nil), Good: i == 0, Contacts: 2 + j, Out: j, SafeWord: j > 0, Enrolled: i < 3, Rota: j == 2}
			v.Rows = append(v.Rows, row)
		}
	}
	for i, state := range []string{"pending", "confirmed", "rejected"} {
		v.Changes = append(v.Changes, changeRow{Number: fmt.Sprint(1041 - i), Name: givenNames[i], Kind: []string{"add", "change", "leave"}[i], Fields: []string{"PIN", tag.Text("web.enrol.field.contacts", nil)}, Late: i == 0, Made: sampleNow.Add(-50 * time.Hour), By: "Kaisa Nieminen", State: state, Settled: sampleNow, SettledBy: "Olga Salo", Reason: "The number is not in use."})
	}
	v.tallies(tag, 3)
	return v
}

func (v *enrolmentView) tallies(tag lang.Tag, good int) {
	for i, value := range []string{"", "gaps", "unmonitored"} {
		text := value
		if text == "" {
			text = "all"
		}
		v.Counts = append(v.Counts, choice{Value: value, Text: tag.Text("web.enrol.show."+text, nil), Count: []int{len(v.Rows), v.Gaps, len(v.Rows) - good}[i], Href: "/enrolment?show=" + value, Chosen: i == 0})
	}
}

func sampleEnrolSheet(tag lang.Tag, fr Frame, broken string) *enrolSheetView {
	v := &enrolSheetView{Frame: fr, File: "Erfassung_November.xlsx", Action: "/enrolment/imports/x", Fault: broken, Unknown: 1, Will: 7, Leave: 1, LeaveNames: []string{"Tom Fisher"}, Titles: []string{tag.Text("web.col.name", nil), tag.Text("web.col.email", nil), tag.Text("web.enrol.field.contacts", nil)}}
	for i, text := range []string{"Vorname und Nachname", "E-Mail", "Schlüsselstandort"} {
		v.Columns = append(v.Columns, columnInput{Letter: string(rune('A' + i)), Text: text, Sample: []string{"Aino Virtanen", "aino@saimaa.example", ""}[i], Open: i == 2, Means: []choice{{Text: tag.Text("web.enrol.means.unknown", nil), Chosen: i == 2}, {Text: tag.Text("web.col.name", nil), Chosen: i < 2}}})
	}
	for i, what := range []string{"add", "change", "same", "leave"} {
		text := tag.Text("web.import."+what, nil)
		v.Counts = append(v.Counts, choice{Value: what, Text: text, Count: i + 1, Href: "?show=" + what, Chosen: i == 0})
		v.Rows = append(v.Rows, previewRow{Number: fmt.Sprint(i + 2), What: what, WhatText: text, Cells: []previewCell{{Value: givenNames[i]}, {Value: "person@saimaa.example"}, {Value: "Kaisa Nieminen +358 40 555 0101, Pekka Laine +358 40 555 0102"}}})
	}
	return v
}

func sampleMonth(tag lang.Tag, fr Frame, n int) *deskMonthView {
	v := &deskMonthView{Frame: fr, Name: monthHeading(tag, 2026, time.November), Previous: "?month=2026-10", Bounds: partner.Bounds()}
	row := tallyRow{Name: tag.Text("web.desk.all_kinds", nil), Cases: n, Acted: n, Shares: []int{0, 0, 0}, Median: 21 * time.Second, Real: n / 9, False: n / 3, Precautionary: n / 5, Drill: n / 20, Open: n / 100}
	if n > 0 {
		row.Shares = []int{71, 94, 100}
	}
	v.Rows = append(v.Rows, row)
	for _, cause := range []string{"help", "missed", "silence", "duress", "risk", "panel"} {
		if n > 0 {
			row.Name = tag.Text("web.cause."+cause, nil)
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

// watchSamples are the limits for phones, and what a worker sees of who looked.
func watchSamples(tag lang.Tag, f func(string) Frame, worker func() Frame) []sample {
	settings := func(fr Frame) *watchingView {
		v := &watchingView{Frame: fr, Tabs: settingsTabsOf(tag, "/settings/watch")}
		v.Form.Silence, v.Form.Battery, v.Form.Longest = "30", "15", "240"
		return v
	}
	looks := &looksView{Frame: worker(), Words: []wordLook{{"Olga Salo", sampleNow.Add(-30 * time.Hour), false}, {"Olga Salo", sampleNow.Add(-31 * time.Hour), true}}}
	for i, role := range []string{"monitor", "administrator", "operator", "program", "other"} {
		looks.Looks = append(looks.Looks, look.Look{Name: givenNames[i+4], Role: role, Why: []look.Why{look.Alarm, "profile"}[i%2], At: sampleNow.Add(-time.Duration(i*i+1) * 5 * time.Hour)})
	}
	return []sample{
		{"watching", "watching", settings(f("settings"))},
		{"watching-error", "watching", settings(withWrong(tag)(f("settings"), "battery"))},
		{"me-looks", "looks-at-me", looks},
		{"me-looks-empty", "looks-at-me", &looksView{Frame: worker()}},
	}
}

func withWrong(tag lang.Tag) func(Frame, string) Frame {
	return func(fr Frame, field string) Frame {
		fr.Errors = []fieldError{{Field: field, Text: tag.Text("fault.required", nil)}}
		return fr
	}
}
