package notice

import (
	"slices"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/component"
)

// Customer is all that has to be known of an organisation to tell it news,
// beside the database as well.
type Customer struct {
	audience.Customer
	Name   string
	Zone   string // IANA
	Places []roster.Workspace
}

// Customers are all organisations for which anything runs.
func Customers(tx *store.AcrossTx) (all []Customer, err error) {
	for after := id.Org(""); ; {
		orgs, err := component.Users(tx, after, page)
		if err != nil {
			return nil, err
		}
		for _, org := range orgs {
			after = org
			err := tx.For(org, func(tx *store.Tx) error {
				c, err := known(tx)
				all = append(all, c)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		if len(orgs) < page {
			return all, nil
		}
	}
}

func known(tx *store.Tx) (c Customer, err error) {
	if c.Customer, err = customer(tx); err != nil {
		return c, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return c, err
	}
	c.Name, c.Zone = org.Name, org.TimeZone
	c.Places, err = roster.Workspaces(tx)
	for i := range c.Places {
		c.Places[i].Instructions = "" // how workers are helped is nothing that news need
	}
	for i := range c.People {
		c.People[i].Points = sure(c.People[i])
	}
	for i, h := range c.Duties {
		c.Duties[i].Person.Points, c.Duties[i].Deputy.Points = sure(h.Person), sure(h.Deputy)
	}
	return c, err
}

// sure are the addresses of somebody that news may go to; the others are not
// carried about.
func sure(r roster.Recipient) []roster.Point {
	return slices.DeleteFunc(slices.Clone(r.Points), func(p roster.Point) bool { return !p.Sure() })
}

// Unfinished are the notices of which something is still promised, in the
// provider's own unit.
func Unfinished(tx *store.Tx) (open []Notice, err error) {
	all, err := store.All(tx, listNotices, scanNotice, mostShown)
	for _, n := range all {
		if !n.State.Over() {
			open = append(open, n)
		}
	}
	return open, err
}

// PartsMark stands in a sentence of Sentences where the parts are named.
const PartsMark = "{{.Parts}}"

// Sentences are the approved phrases of a kind of notice in a language, by
// state and name, with PartsMark where the parts are named.
func Sentences(tag lang.Tag, kind Kind) map[State]map[string]string {
	all := map[State]map[string]string{}
	for state, names := range phrases {
		for _, name := range names {
			text := Said{Phrase: name, Parts: []string{PartsMark}}
			if key := "phrase." + string(kind) + "." + string(state) + "." + name; !tag.Has(key) {
				continue
			}
			if all[state] == nil {
				all[state] = map[string]string{}
			}
			all[state][name] = text.Text(tag, kind, state)
		}
	}
	return all
}

// Aside is a draft's preview, from what was known of the components and the
// customers when the database was there; before is the notice that it goes on
// with, or a new one. Faults are at the draft's fields.
func (d Draft) Aside(before Notice, known []component.Component, customers []Customer, wide int, now time.Time) (p Preview, err error) {
	p.After, err = before.Take(d.News, now)
	if err = fault.Join(err, before.check(&d, known)); err != nil {
		return p, err
	}
	if p.After.ID == "" {
		p.After.ID = id.New[id.Notice]()
	}
	p.After.Phone = d.Phone
	p.Said = Said{Phrase: d.Phrase, Words: d.Words, Parts: nameOf(known, d.Components)}
	tree, err := component.Grow(known)
	if err != nil {
		return p, err
	}
	for _, c := range customers {
		if a, ok := audience.Of(tree, p.After.subject(), c.Customer); ok {
			p.To = append(p.To, a)
		}
	}
	p.Wide = wide > 0 && len(p.To) > wide
	p.Digest, err = p.digest(d)
	return p, err
}
