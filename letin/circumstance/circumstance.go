// Package circumstance knows what is true in a customer's organisation at this
// instant, as far as changing a setting asks for it: how far the customer's
// life has come, what was asked for and counts, who watches, what a head of
// department allowed. It is looked up anew for each decision and kept nowhere,
// so that nothing outlives its end.
package circumstance

import (
	"slices"

	"muster/actor"
	"muster/id"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/desk/insist"
	"muster/letin/presence"
	"muster/letin/product"
	"muster/letin/setting"
	"muster/store"
)

// Circumstance is what is true for one staff member in one organisation.
type Circumstance struct {
	Phase      account.Stage
	Online     bool // on a call with the customer, during onboarding
	Supervised bool // somebody of the customer's watches

	wishes  []desk.Wish
	allowed []insist.Exception // in force
	had     []id.Product       // the customer's
}

// Of looks up what is true for a staff member in the unit's organisation.
func Of(tx *store.Tx, who id.Staff) (c Circumstance, err error) {
	if c.Phase, err = account.Phase(tx); err != nil {
		return c, err
	}
	if c.Online, c.Supervised, err = presence.Present(tx, who); err != nil {
		return c, err
	}
	if c.wishes, err = desk.Wishes(tx); err != nil {
		return c, err
	}
	if c.had, err = product.Had(tx); err != nil {
		return c, err
	}
	c.allowed, err = insist.InForce(tx)
	return c, err
}

// About is what is true of one setting. configure: the staff member was let in
// for more than looking.
func (c Circumstance) About(s setting.Setting, configure bool) setting.Moment {
	return setting.Moment{
		Phase: c.Phase, Channel: c.channel(s.Ref()), Configure: configure, Online: c.Online, Supervised: c.Supervised,
		Had:      s.Of == "" || slices.Contains(c.had, s.Of),
		Excepted: slices.ContainsFunc(c.allowed, func(e insist.Exception) bool { return e.Covers(s.Ref(), string(s.Class)) }),
	}
}

// channel is the best way by which the customer asks for a setting now.
func (c Circumstance) channel(ref string) (best setting.Channel) {
	for _, w := range c.wishes {
		switch {
		case w.Setting != ref:
		case w.Counts:
			return setting.Registered
		case w.Channel != desk.Phone:
			best = setting.Unregistered
		case best == setting.Unasked:
			best = setting.Phone
		}
	}
	return best
}

// Tell puts what is true of Muster's own settings into what policy is told of a
// guest.
func (c Circumstance) Tell(s *actor.Support) {
	s.Starting, s.Live = c.Phase == account.Onboarding, c.Phase == account.Live
	s.Online, s.Supervised = c.Online, c.Supervised
	s.Requested, s.Phoned, s.Excepted = nil, nil, nil
	if len(c.wishes) == 0 && len(c.allowed) == 0 {
		return
	}
	for _, own := range setting.Own() {
		is := c.About(own, false)
		switch is.Channel {
		case setting.Registered:
			s.Requested = append(s.Requested, own.Key)
		case setting.Phone:
			s.Phoned = append(s.Phoned, own.Key)
		}
		if is.Excepted {
			s.Excepted = append(s.Excepted, own.Key)
		}
	}
}
