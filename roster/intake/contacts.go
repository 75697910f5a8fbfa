package intake

import (
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/sheet"
	"muster/store"
)

// Aim is what the people of a sheet are taken in as. The zero value makes them
// people of the roster; one with Contacts makes them contact persons as well
// (BS8). A sheet that was prepared under one is not found under the other.
type Aim struct {
	Contacts Contacts
	Wanted   []sheet.News // by new contact persons of whom the sheet says nothing
}

// Contacts is what the rooms above know of contact persons. Each method is part
// of the caller's unit, which counts the change of the roster.
type Contacts interface {
	// Told says of each contact person what they want.
	Told(tx *store.Tx) (map[id.Person]Told, error)
	// Check tells what speaks against that everybody new wants this.
	Check(news []sheet.News) error
	// Settled is what is wanted as it would be kept: in order, each once.
	Settled(news []sheet.News) []sheet.News
	// Want makes somebody a contact person who wants that news; it asks policy
	// and writes the book.
	Want(tx *store.Tx, who actor.Actor, p roster.Person, news []sheet.News) error
	// Drop takes somebody off the contact persons; they stay on the roster.
	Drop(tx *store.Tx, who actor.Actor, person id.Person) error
}

// Told is one contact person as a sheet finds them.
type Told struct {
	News   []sheet.News
	Stands bool // has a duty, or deputises: leaves by handing over only (BS4)
}

// kind is what the book calls it.
func (a Aim) kind() string {
	if a.Contacts != nil {
		return "contact.imported"
	}
	return "roster.imported"
}

// load reads what waits under the aim.
func (a Aim) load(tx *store.Tx, upload id.Import) (kept, error) {
	k, err := load(tx, upload)
	if err == nil && k.Contacts != (a.Contacts != nil) {
		err = fault.New(fault.Expired, "import_expired")
	}
	return k, err
}

// wanted is what a row makes its person want: what it says, else what they want
// already, else what everybody new is to want.
func (c *comparer) wanted(i int, e sheet.Entry) (now, then []sheet.News) {
	member := false
	if i >= 0 {
		var told Told
		told, member = c.told[c.people[i].Person]
		now = told.News
	}
	switch {
	case len(e.News) > 0:
		return now, c.contacts.Settled(e.News)
	case member:
		return now, now
	}
	return now, c.contacts.Settled(c.everybody)
}

// news notes in a row what its person is told from then on, and which places it
// names that there are not: a list of contact persons makes none.
func (c *comparer) news(r *Row, i int) {
	r.Entry.News = slices.Clone(r.Entry.News)
	for j, n := range r.Entry.News {
		if n.Workspace == "" {
			continue
		}
		w, ok := c.e.Named(n.Workspace)
		if !ok {
			r.Bad = append(r.Bad, c.bad(r.Entry, sheet.Told, fault.New(fault.Invalid, "workspace_unknown"), n.Workspace))
			return
		}
		r.Entry.News[j].Workspace = w.Name
	}
	now, then := c.wanted(i, r.Entry)
	r.Entry.News = then
	if i >= 0 && !slices.Equal(now, then) {
		r.news = []Difference{{sheet.Told, sheet.DescribeNews(now, c.lang), sheet.DescribeNews(then, c.lang)}}
	}
	_, member := c.told[r.Person]
	r.joins = !member || len(r.news) > 0
}

// goes tells whether somebody of the roster who is not in the sheet leaves: of
// the contact persons only those who are free to.
func (c *comparer) goes(p roster.Person) bool {
	if p.Person == c.who {
		return false
	}
	if c.contacts == nil {
		return true
	}
	told, member := c.told[p.Person]
	return member && !told.Stands
}

// tell makes those of the rows contact persons who are none yet, or who want
// something else from now on.
func (a Aim) tell(tx *store.Tx, who actor.Actor, p Plan) error {
	if a.Contacts == nil || p.Count(Same) == len(p.Rows) {
		return nil
	}
	for _, r := range p.Rows {
		var err error
		switch {
		case r.What == Leave:
			err = a.Contacts.Drop(tx, who, r.Person)
		case r.joins:
			err = a.Contacts.Want(tx, who, r.old, r.Entry.News)
		}
		if err != nil {
			return atRow(err, r)
		}
	}
	return roster.Changed(tx)
}
