package advice

import (
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/letin/circumstance"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/desk/insist"
	"muster/letin/grant"
	"muster/letin/presence"
	"muster/letin/setting"
	"muster/letin/staff"
	"muster/letin/visit"
	"muster/roster/duty"
	"muster/store"
)

// For looks up what is true of a request for an agent. That they may see it the
// caller has asked.
func For(tx *store.AcrossTx, who actor.Actor, q desk.Request) (c Case, err error) {
	c = Case{Request: q, Org: q.Org, Agent: who}
	if q.Setting != "" {
		if c.Setting, err = setting.Named(tx, q.Setting); err != nil && fault.KindOf(err) != fault.NotFound {
			return c, err
		}
	}
	m, err := staff.Find(tx, who.Staff)
	if err != nil {
		return c, err
	}
	return c, tx.For(q.Org, func(tx *store.Tx) error {
		if err := c.way(tx); err != nil {
			return err
		}
		if err := c.watch(tx); err != nil {
			return err
		}
		now, err := circumstance.Of(tx, who.Staff)
		if err != nil {
			return err
		}
		overdue, err := duty.Overdue(tx)
		if err != nil {
			return err
		}
		c.Now = now.About(c.Setting, c.Door == Inside && c.Scope == grant.Configure && m.Configures(tx.Now()) && !overdue)
		asked, err := insist.Of(tx, q.ID)
		if err != nil {
			return err
		}
		c.Headed = slices.ContainsFunc(asked, func(e insist.Exception) bool { return e.State == insist.Asked })
		if q.Kind != desk.TestData && q.Kind != desk.RealData {
			return nil
		}
		d, err := erase.Find(tx, q)
		c.Erase = d.Missing()
		return err
	})
}

// way finds the agent's own way in: where they are inside, else by which leave
// they could be, the one that is for more first.
func (c *Case) way(tx *store.Tx) error {
	c.Door, c.Scope, c.Grant = Unasked, "", ""
	inside, err := visit.Open(tx)
	if err != nil {
		return err
	}
	leaves, err := grant.Office{}.Live(tx)
	if err != nil {
		return err
	}
	rank := func(d Door, s grant.Scope) int {
		n := slices.Index([]Door{Unasked, Unapproved, Unconsented, Ready, Inside}, d)
		if s == grant.Configure {
			n += 10
		}
		return n
	}
	best := func(d Door, g grant.Grant) {
		if rank(d, g.Scope) > rank(c.Door, c.Scope) {
			c.Door, c.Scope, c.Grant = d, g.Scope, g.ID
		}
	}
	for _, g := range leaves {
		switch {
		case g.Staff != c.Agent.Staff:
		case g.Stage == grant.Open && slices.ContainsFunc(inside, func(v visit.Visit) bool { return v.Grant == g.ID && v.Eyes == "" }):
			best(Inside, g)
		case g.Stage == grant.Open:
			best(Ready, g)
		case g.Consent.At.IsZero():
			best(Unconsented, g)
		default:
			best(Unapproved, g)
		}
	}
	return nil
}

// watch finds the agent's latest call or session with the customer.
func (c *Case) watch(tx *store.Tx) error {
	c.Watch = Uncalled
	all, err := presence.Of(tx)
	at := slices.IndexFunc(all, func(p presence.Presence) bool { return p.Staff == c.Agent.Staff })
	if err != nil || at < 0 {
		return err
	}
	switch p := all[at]; {
	case p.Holds(tx.Now()):
		c.Watch = Present
	case p.Open() && p.Joined.IsZero():
		c.Watch = Waiting
	case p.Open(), p.How == presence.Lost:
		c.Watch = Lost
	}
	return nil
}
