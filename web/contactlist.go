package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	news "muster/tell/contact"
)

// contactPerson is one row of the table of contact persons (BS3).
type contactPerson struct {
	Name, Href   string
	EditHref     string // empty: the reader may not
	RemoveAction string // empty: the reader may not, or a duty holds them
	Duties       []string
	Points       []contactPoint
	News         []string
	Confirmed    time.Time
	Stale        bool
	Overdue      bool // asked to confirm, and has not
	Shared       bool
	Behind       string // who answers for a shared mailbox
}

// contactPoint is an address with what can be done where nobody relies on it.
type contactPoint struct {
	pointRow
	Verify string // address to have a link sent; empty: it is confirmed
}

// ownContact is the reader's own entry: one press says that it still holds.
type ownContact struct {
	Confirmed time.Time
	Shared    bool
	F         *Frame
	By        string
}

// heardBy says who is told news of a kind, as things stand.
type heardBy struct{ Text, Names string }

// persons fills the table of contact persons, by name.
func (view *contactsView) persons(tx *store.Tx, v *visit, held []duty.Holder, all []roster.Person) error {
	members, err := duty.Members(tx)
	if err != nil {
		return err
	}
	choices, err := news.Choices(tx)
	if err != nil {
		return err
	}
	places, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	view.Own, view.Persons, view.Heard = nil, nil, nil
	names := map[id.Person]string{}
	for _, p := range all {
		names[p.Person] = p.Name
	}
	for _, p := range all {
		i := slices.IndexFunc(members, func(m duty.Member) bool { return m.Person == p.Person })
		if i < 0 {
			continue
		}
		m := members[i]
		if p.Person == v.who.Person && v.guest == nil {
			view.Own = &ownContact{Confirmed: m.Confirmed, Shared: m.Shared, F: &view.Frame}
		}
		row := contactPersonOf(v, p, m, held, tx.Now())
		row.News = newsOf(v.tag, p.Person, held, choices, places)
		if row.Behind = names[m.Behind]; !view.CanEdit && p.Person != v.who.Person {
			row.EditHref, row.RemoveAction = "", ""
		}
		view.Persons = append(view.Persons, row)
	}
	view.heard(v.tag, held, choices, all)
	return nil
}

func contactPersonOf(v *visit, p roster.Person, m duty.Member, held []duty.Holder, now time.Time) contactPerson {
	at := contactsPage + "/person/" + string(p.Person)
	row := contactPerson{
		Name: p.Name, Href: "/people/" + string(p.Person), EditHref: at, RemoveAction: at + "/remove",
		Confirmed: m.Confirmed, Stale: m.Stale, Shared: m.Shared,
	}
	if v.who.Has(actor.Administrator, "") {
		row.Href += "/edit"
	}
	l := duty.At(m.Confirmed, now)
	row.Overdue = l.Steps > 0 && !m.Stale
	for _, h := range held {
		switch p.Person {
		case h.Person.Person:
			row.Duties, row.RemoveAction = append(row.Duties, v.tag.Text("web.contacts.duty."+string(h.Duty), nil)), ""
		case h.Deputy.Person:
			row.Duties, row.RemoveAction = append(row.Duties, v.tag.Text("contact.deputy."+string(h.Duty), nil)), ""
		}
	}
	for _, point := range p.Points {
		if point.Channel == roster.WebPush {
			continue
		}
		one := contactPoint{pointRow: pointOf(v.tag, point)}
		if !point.Sure() && row.EditHref != "" {
			one.Verify = at + "/verify/" + string(point.ID)
		}
		row.Points = append(row.Points, one)
	}
	return row
}

// newsOf says what somebody is told, and what of it comes with something wider.
func newsOf(tag lang.Tag, who id.Person, held []duty.Holder, choices []news.Choice, places []roster.Workspace) (out []string) {
	say := func(c news.Category, of string) {
		text := categoryText(tag, c)
		if of != "" {
			text = tag.Text("contact.of", map[string]any{"News": text, "Place": of})
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, h := range held {
		if h.Person.Person == who {
			for _, c := range news.Owed(h.Duty) {
				say(c, "")
			}
		}
	}
	for _, c := range choices {
		if c.Person != who {
			continue
		}
		of := ""
		if i := slices.IndexFunc(places, func(w roster.Workspace) bool { return w.ID == c.Workspace }); i >= 0 {
			of = places[i].Name
		}
		say(c.Category, of)
	}
	return out
}

// categoryText is a category with what it reaches below itself.
func categoryText(tag lang.Tag, c news.Category) string {
	text := tag.Text("contact.category."+string(c), nil)
	var below []string
	for _, n := range news.Categories() {
		if n != c && c != news.All && c.Covers(n) {
			below = append(below, tag.Text("contact.category."+string(n), nil))
		}
	}
	if len(below) > 0 {
		text += " (" + strings.Join(below, ", ") + ")"
	}
	return text
}

// heard says for each kind of news who would be told now: the same rule that
// sending asks.
func (view *contactsView) heard(tag lang.Tag, held []duty.Holder, choices []news.Choice, all []roster.Person) {
	standing := duty.Standing(held)
	for _, c := range news.Categories() {
		if slices.ContainsFunc(news.Categories(), func(n news.Category) bool { return n != c && c.Covers(n) }) {
			continue // only what stands at the bottom is news of its own
		}
		var names []string
		for _, p := range all {
			reached := slices.ContainsFunc(p.Points, roster.Point.Sure)
			if reached && news.Wants(p.Person, standing, choices, c, nil) != news.None {
				names = append(names, p.Name)
			}
		}
		view.Heard = append(view.Heard, heardBy{Text: tag.Text("contact.category."+string(c), nil), Names: strings.Join(names, ", ")})
	}
}

// confirmContact is one press: what is known of the reader still holds.
func (s *site) confirmContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	cause := duty.Confirm(r.Context(), s.Store, v.who, r.PostFormValue("by"))
	return s.contactsAfter(w, r, v, cause, "contact.page.confirmed")
}

func (s *site) removeContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	cause := news.Remove(r.Context(), s.Store, v.who, id.Person(r.PathValue("person")))
	return s.contactsAfter(w, r, v, cause, "contact.page.removed")
}

// verifyContact has a link sent to an address, which its owner follows.
func (s *site) verifyContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	cause := contact.StartVerification(r.Context(), s.Store, s.Keys, v.who, id.Person(r.PathValue("person")), id.Contact(r.PathValue("contact")))
	return s.contactsAfter(w, r, v, cause, "contact.page.link_sent")
}

// contactsAfter goes back to the page with what was done, or shows it with what
// was wrong.
func (s *site) contactsAfter(w http.ResponseWriter, r *http.Request, v *visit, cause error, done string) error {
	if cause == nil {
		s.say(w, said{Key: done})
		return see(w, r, contactsPage)
	}
	view, err := s.contactsView(w, r, v)
	if err != nil {
		return err
	}
	if view.Own != nil {
		view.Own.By = r.PostFormValue("by")
	}
	return s.again(w, r, "contacts", view, cause)
}
