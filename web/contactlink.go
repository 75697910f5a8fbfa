package web

import (
	"slices"

	"muster/lang"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	news "muster/tell/contact"
)

// knownContact is what a contact person sees of themselves by the link of a
// reminder, and to whom they can hand over. Whoever has no role has no other
// page.
type knownContact struct {
	Points, News []string
	Duties       []duty.Duty
	Others       []choice // the other contact persons
}

// knownOf reads it; nothing, for somebody who is a contact person no more.
func knownOf(tx *store.Tx, tag lang.Tag, p roster.Person) (*knownContact, error) {
	members, err := duty.Members(tx)
	if err != nil || !slices.ContainsFunc(members, func(m duty.Member) bool { return m.Person == p.Person }) {
		return nil, err
	}
	held, err := duty.Holders(tx)
	if err != nil {
		return nil, err
	}
	choices, err := news.Choices(tx)
	if err != nil {
		return nil, err
	}
	places, err := roster.Workspaces(tx)
	if err != nil {
		return nil, err
	}
	k := &knownContact{News: newsOf(tag, p.Person, held, choices, places)}
	for _, at := range p.Points {
		if at.Channel != roster.WebPush {
			k.Points = append(k.Points, at.Address)
		}
	}
	for _, h := range held {
		if h.Person.Person == p.Person {
			k.Duties = append(k.Duties, h.Duty)
		}
	}
	if len(k.Duties) == 0 {
		return k, nil
	}
	all, err := roster.All(tx)
	for _, o := range all {
		member := slices.ContainsFunc(members, func(m duty.Member) bool { return m.Person == o.Person })
		if member && o.Person != p.Person && o.First(roster.Email) != "" {
			k.Others = append(k.Others, choice{Value: string(o.Person), Text: o.Name})
		}
	}
	return k, err
}

// nameOf is one of those to whom it can be handed over.
func (k *knownContact) nameOf(person string) string {
	if k == nil {
		return ""
	}
	i := slices.IndexFunc(k.Others, func(c choice) bool { return c.Value == person })
	if i < 0 {
		return ""
	}
	return k.Others[i].Text
}

// link is the reminder's link as room duty takes it.
func (l linked) link(s *site, v *visit) duty.Link {
	return duty.Link{Store: s.Store, Org: l.org, Message: l.message.ID, From: v.from.IP}
}
