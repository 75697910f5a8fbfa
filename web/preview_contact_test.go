package web

import (
	"strings"

	"muster/lang"
	"muster/roster/duty"
	"muster/roster/sheet"
	news "muster/tell/contact"
)

// contactSamples are the page of contact persons: nobody there, set, in
// trouble, refused, and on a roster without addresses.
func contactSamples(tag lang.Tag) (out []sample) {
	people := []choice{{Text: tag.Text("web.contacts.choose", nil)}, {Value: "per_1", Text: "Kaisa Nieminen", Chosen: true}, {Value: "per_2", Text: "Jean-Baptiste Grandjean-Lévesque"}}
	row := func(d duty.Duty, name, deputy string, trouble duty.Trouble) contactRow {
		return contactRow{
			Duty: d, Name: name, Email: "kaisa.nieminen@saimaa.example", Deputy: deputy, Since: sampleNow.AddDate(0, -3, 0),
			Trouble: trouble, People: people, Deputies: people, Form: new(Frame),
		}
	}
	add := func(name string, wrong string, rows ...contactRow) {
		v := &contactsView{Frame: frameFor(tag, "contacts"), CanEdit: true, Duties: rows, Nobody: len(rows) == 0}
		if wrong != "" {
			v.Frame = withWrong(tag)(v.Frame, wrong)
			v.Duties[0].Form = &v.Frame
		}
		v.Keeps = true
		for _, r := range rows {
			if r.Trouble != duty.Fine {
				v.Frame.Duties = append(v.Frame.Duties, choice{Value: string(r.Duty), Text: tag.Text("contact.banner."+string(r.Trouble), nil)})
			}
		}
		if len(rows) > 0 && rows[0].Name != "" {
			v.sampleList(tag)
		}
		out = append(out, sample{name, "contacts", v})
	}
	add("contacts-nobody", "")
	add("contacts-empty", "", row(duty.Technical, "", "", duty.Empty), row(duty.Administrative, "", "", duty.Empty))
	add("contacts", "", row(duty.Technical, "Kaisa Nieminen", "Jean-Baptiste Grandjean-Lévesque", duty.Fine), row(duty.Administrative, "Kaisa Nieminen", "", duty.Bounced))
	add("contacts-error", "deputy", row(duty.Technical, "Kaisa Nieminen", "", duty.Unverified), row(duty.Administrative, "", "", duty.Empty))
	add("contacts-stale", "", row(duty.Technical, "Kaisa Nieminen", "", duty.Stale), row(duty.Administrative, "Kaisa Nieminen", "", duty.Fine))
	one := &contactFormView{Frame: frameFor(tag, "contacts"), ID: "per_1", Name: "Kaisa Nieminen", Action: "/contacts", ShareAction: "/contacts", CanShare: true, Shared: true, Behind: people}
	for _, place := range []string{"", "Savonlinna", "Kuopio, yövuoro"} {
		tree := newsTree{Place: place, Open: place != "Savonlinna"}
		for _, c := range news.Categories() {
			r := newsRowChoice{choice: choice{Value: string(c), Text: tag.Text("contact.category."+string(c), nil), Chosen: c == news.Service && place == ""}, Depth: strings.Count(string(c), ".") + 1}
			if c == news.All {
				r.Depth = 0
			}
			if c == news.Incident {
				r.Why = tag.Text("contact.within", map[string]any{"News": tag.Text("contact.category.service", nil)})
			}
			if c == news.Security {
				r.Why = tag.Text("contact.owed", map[string]any{"Duty": tag.Text("web.contacts.duty.technical", nil)})
			}
			tree.Rows = append(tree.Rows, r)
		}
		one.Trees = append(one.Trees, tree)
	}
	out = append(out, sample{"contact", "contact", one})
	fresh := *one
	fresh.Trees, fresh.People = one.Trees[:1], people
	out = append(out, sample{"contact-new", "contact-new", &fresh})
	wrong := fresh
	wrong.Errors = []fieldError{{Field: "name", Text: tag.Text("fault.required", nil)}, {Field: "news", Text: tag.Text("fault.contact_news", nil)}}
	out = append(out, sample{"contact-new-error", "contact-new", &wrong})
	upload := &contactImportView{Frame: frameFor(tag, "contacts"), Trees: one.Trees[:1]}
	refused := &contactImportView{Frame: frameFor(tag, "contacts"), Trees: one.Trees[:1]}
	refused.Errors = []fieldError{{Field: "file", Text: tag.Text("fault.required", nil)}, {Field: "news", Text: tag.Text("fault.contact_news", nil)}}
	return append(out, sample{"contact-import", "contact-import", upload}, sample{"contact-import-error", "contact-import", refused}, sample{"contact-preview", "preview", sampleContactPreview(tag)})
}

// sampleContactPreview is an address book before it is taken in.
func sampleContactPreview(tag lang.Tag) *previewView {
	v := samplePreview(tag, 0)
	v.Frame, v.File, v.Sheet, v.Upload, v.Contacts = frameFor(tag, "contacts"), "contacts.vcf", "", contactIntake.upload, true
	v.Columns = nil
	for _, f := range contactIntake.fields {
		v.Columns = append(v.Columns, tag.Text(f.key, nil))
	}
	for i := range v.Rows {
		told := previewCell{Value: sheet.DescribeNews([]sheet.News{{Category: "service.incident", Workspace: "Savonlinna"}, {Category: "contract"}}, string(tag))}
		if v.Rows[i].What == "change" {
			told.Old, told.Changed = sheet.DescribeNews([]sheet.News{{Category: "all"}}, string(tag)), true
		}
		v.Rows[i].Cells = append(v.Rows[i].Cells[:3:3], previewCell{Value: "fi"}, told)
	}
	return v
}

// sampleList fills the table of contact persons: all well, in doubt, shared.
func (v *contactsView) sampleList(tag lang.Tag) {
	at := func(value, channel, doubt, verify string) contactPoint {
		return contactPoint{pointRow{ID: value, Value: value, Kind: tag.Text("web.contact."+channel, nil), Doubt: doubt}, verify}
	}
	t := func(key string) string { return tag.Text(key, nil) }
	v.Own = &ownContact{Confirmed: sampleNow.AddDate(0, -5, 0), Shared: v.Errors != nil, F: &v.Frame}
	v.Persons = []contactPerson{
		{Name: "Kaisa Nieminen", Href: "/people/x", EditHref: "/contacts/person/x", Duties: []string{t("web.contacts.duty.technical")}, Points: []contactPoint{at("kaisa.nieminen@saimaa.example", "email", "", ""), at("+358401234567", "sms", t("web.contact.unverified"), "/contacts/x")}, News: []string{t("contact.category.service") + " (" + t("contact.category.service.incident") + ", " + t("contact.category.service.maintenance") + ")", t("contact.category.security")}, Confirmed: sampleNow.AddDate(0, -5, 0)},
		{Name: "Jean-Baptiste Grandjean-Lévesque", Href: "/people/x", EditHref: "/contacts/person/x", Duties: []string{t("contact.deputy.technical"), t("web.contacts.duty.administrative")}, Points: []contactPoint{at("jean-baptiste.grandjean-levesque@saimaa.example", "email", t("web.channel.bounced"), "/contacts/x")}, News: []string{t("contact.category.all")}, Confirmed: sampleNow.AddDate(-1, 0, 0), Overdue: true},
		{Name: "Service desk", Href: "/people/x", EditHref: "/contacts/person/x", RemoveAction: "/contacts/person/x/remove", Shared: true, Behind: "Kaisa Nieminen", Points: []contactPoint{at("it@saimaa.example", "email", "", "")}, News: []string{tag.Text("contact.of", map[string]any{"News": t("contact.category.service.incident"), "Place": "Savonlinna"})}, Confirmed: sampleNow.AddDate(-2, 0, 0), Stale: true},
		{Name: "Olga Salo", Href: "/people/x", EditHref: "/contacts/person/x", RemoveAction: "/contacts/person/x/remove", Shared: true, Confirmed: sampleNow},
	}
	for _, c := range []news.Category{news.Incident, news.Maintenance, news.Contract} {
		h := heardBy{Text: t("contact.category." + string(c))}
		if c != news.Contract {
			h.Names = "Kaisa Nieminen, Jean-Baptiste Grandjean-Lévesque"
		}
		v.Heard = append(v.Heard, h)
	}
}
