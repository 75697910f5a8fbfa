package notice

import (
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/contact"
)

// audiences are all organisations that something concerns.
func audiences(tx *store.AcrossTx, tree component.Tree, s audience.Subject) (all []audience.Audience, err error) {
	for after := id.Org(""); ; {
		orgs, err := component.Users(tx, after, page)
		if err != nil {
			return nil, err
		}
		for _, org := range orgs {
			after = org
			err := tx.For(org, func(tx *store.Tx) error {
				c, err := customer(tx)
				if a, ok := audience.Of(tree, s, c); err == nil && ok {
					all = append(all, a)
				}
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

// Audience is who is told the word in the unit's organisation, as the preview
// has it; ok is false if it does not concern it.
func (w Word) Audience(tx *store.Tx, tree component.Tree) (a audience.Audience, ok bool, err error) {
	c, err := customer(tx)
	if err != nil {
		return a, false, err
	}
	a, ok = audience.Of(tree, w.After.subject(), c)
	return a, ok, nil
}

// page is how many organisations are read at once.
const page = 200

// customer reads what must be known of the unit's organisation.
func customer(tx *store.Tx) (c audience.Customer, err error) {
	c.Org = tx.Org()
	if c.Installed, err = component.Installed(tx); err != nil {
		return c, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return c, err
	}
	c.Language = lang.Match(org.Language)
	if c.Duties, err = duty.Holders(tx); err != nil {
		return c, err
	}
	if c.Choices, err = contact.Choices(tx); err != nil {
		return c, err
	}
	seen := map[id.Person]bool{"": true}
	add := func(r roster.Recipient) {
		if !seen[r.Person] {
			seen[r.Person], c.People = true, append(c.People, r)
		}
	}
	for _, h := range c.Duties {
		add(h.Person)
		add(h.Deputy)
	}
	for _, choice := range c.Choices {
		if seen[choice.Person] {
			continue
		}
		p, err := roster.Find(tx, choice.Person)
		switch {
		case fault.KindOf(err) == fault.NotFound || err == nil && !p.Active:
			continue
		case err != nil:
			return c, err
		}
		add(p.Recipient)
	}
	return c, nil
}
