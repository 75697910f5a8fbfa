package rota

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota/plan"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// AddCover puts an exception into a rota and tells whoever is on duty because
// of it. Faults are at from, to, in, out and why.
func AddCover(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, c plan.Cover) (plan.Cover, error) {
	c.ID = id.New[id.Cover]()
	err := change(ctx, s, who, rota, func(tx *store.Tx, r Rota, rule string) error {
		c.Rota, c.Pair, c.Asked, c.Made, c.By = r.ID, "", "", tx.Now(), who.Person
		c.Why = strings.TrimSpace(c.Why)
		if err := r.admits(tx, c); err != nil {
			return err
		}
		if err := keep(tx, c); err != nil {
			return err
		}
		if err := r.covered(tx, who, "rota.covered", rule, c); err != nil || c.In == "" {
			return err
		}
		return r.tell(tx, who, c, c.In, "rota_cover")
	})
	return c, err
}

// mostCovers is how many exceptions of a rota may be to come.
const mostCovers = 500

// admits checks a cover against its rota.
func (r Rota) admits(tx *store.Tx, c plan.Cover) error {
	if err := c.Check(tx.Now()); err != nil {
		return err
	}
	n, err := store.One(tx, countCover, store.Scalar[int], r.ID, tx.Now())
	if err != nil {
		return err
	}
	if n >= mostCovers {
		return fault.New(fault.Limited, "rota_covers_full").With("Max", mostCovers)
	}
	if c.In != "" {
		if err := fit(tx, c.In); err != nil {
			return fault.From(err).At("in")
		}
	}
	if c.Out == "" || c.Out == plan.Everyone {
		return nil
	}
	p, err := planOf(tx, r, c.From, c.To)
	if err == nil && !p.Has(c.Out, c.From, c.To) {
		err = fault.New(fault.Invalid, "rota_not_on_duty").At("out")
	}
	return err
}

func keep(tx *store.Tx, c plan.Cover) error {
	return tx.Write(addCover, c.ID, c.Rota, c.Pair, c.From, c.To, c.Out, c.In, c.Why, c.Asked, c.Made, c.By)
}

// covered books what became of a cover.
func (r Rota) covered(tx *store.Tx, who actor.Actor, kind, rule string, c plan.Cover) error {
	eyes := newEyes(tx)
	personal := map[string]string{}
	for field, person := range map[string]id.Person{"Out": c.Out, "In": c.In} {
		if person != "" && person != plan.Everyone {
			personal[field] = eyes.find(person).Name
		}
	}
	zone, err := zoneOf(tx)
	if err != nil {
		return err
	}
	return errors.Join(eyes.err, tx.Write(bump, r.ID), r.changed(tx, who, ledger.Entry{
		Kind: kind, About: c.In, Rule: rule, Personal: personal,
		Facts: map[string]any{
			"Rota": r.Name, "Cover": string(c.ID), "OutID": string(c.Out), "InID": string(c.In),
			"From": c.From.In(zone).Format(time.RFC3339), "To": c.To.In(zone).Format(time.RFC3339), "Late": c.Late(), "Why": c.Why,
		},
	}))
}

// Slot is a duty that somebody gives away in a swap.
type Slot struct {
	Person   id.Person
	From, To time.Time
}

// Swap lets two people take over each other's duty. Whoever manages the rota
// decides it; one of the two asks the other, who has to agree (Answer). It
// returns the first of the pair of covers. Faults are at a and b.
func Swap(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, a, b Slot) (plan.Cover, error) {
	first, second := id.New[id.Cover](), id.New[id.Cover]()
	var c plan.Cover
	err := s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, err := inUse(tx, rota)
		if err != nil {
			return err
		}
		rule, err := r.may(who, "manageRota")
		asked := id.Person("")
		if err != nil {
			if rule, asked, err = r.between(who, a, b); err != nil {
				return err
			}
		}
		c = plan.Cover{ID: first, Rota: r.ID, Pair: second, From: a.From, To: a.To, Out: a.Person, In: b.Person, Asked: asked, Made: tx.Now(), By: who.Person}
		back := plan.Cover{ID: second, Rota: r.ID, Pair: first, From: b.From, To: b.To, Out: b.Person, In: a.Person, Asked: asked, Made: tx.Now(), By: who.Person}
		errs := []error{at("a", r.admits(tx, c)), at("b", r.admits(tx, back))}
		if a.Person == "" || b.Person == "" {
			errs = append(errs, fault.New(fault.Invalid, "rota_same").At("b"))
		}
		if err := fault.Join(errs...); err != nil {
			return err
		}
		kind := "rota.swapped"
		if asked != "" {
			kind = "rota.swap_asked"
		}
		err = errors.Join(keep(tx, c), keep(tx, back), r.covered(tx, who, kind, rule, c), r.covered(tx, who, kind, rule, back))
		if err != nil {
			return err
		}
		if asked != "" {
			// The one who is asked takes over what the other gives away.
			if asked == c.In {
				return r.tell(tx, who, c, asked, "rota_swap")
			}
			return r.tell(tx, who, back, asked, "rota_swap")
		}
		return errors.Join(r.tell(tx, who, c, c.In, "rota_cover"), r.tell(tx, who, back, back.In, "rota_cover"))
	})
	return c, err
}

func at(field string, err error) error {
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	return fault.From(err).At(field)
}

// between lets one of the two people of a swap ask the other.
func (r Rota) between(who actor.Actor, a, b Slot) (rule string, asked id.Person, err error) {
	own := id.Person("")
	switch who.Person {
	case a.Person:
		own, asked = a.Person, b.Person
	case b.Person:
		own, asked = b.Person, a.Person
	}
	rule, err = r.self(who, own)
	return rule, asked, err
}

func (r Rota) self(who actor.Actor, person id.Person) (string, error) {
	return policy.Check(who, "swapDuty", policy.Resource{Type: "Rota", ID: string(r.ID), Org: r.Org, Workspace: r.Workspace, Person: person})
}

// Answer says yes or no to a swap, by the one who was asked; whoever asked may
// only take it back, with no. One that is in force already is Conflict
// "already_done".
func Answer(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, cover id.Cover, yes bool) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, err := inUse(tx, rota)
		if err != nil {
			return err
		}
		c, err := store.One(tx, getCover, scanCover, cover, rota)
		if err != nil {
			return err
		}
		asked := c.Asked
		if !yes && who.Person == c.By {
			asked = c.By
		}
		rule, err := r.self(who, asked)
		if err != nil {
			return err
		}
		if c.Asked == "" {
			return fault.New(fault.Conflict, "already_done")
		}
		if !yes {
			return errors.Join(tx.Write(dropCover, rota, cover), r.covered(tx, who, "rota.swap_refused", rule, c))
		}
		other, err := store.One(tx, getCover, scanCover, c.Pair, rota)
		if err != nil {
			return err
		}
		if err := errors.Join(r.stillHas(tx, c), r.stillHas(tx, other)); err != nil {
			return err
		}
		if err := errors.Join(tx.Write(agreeCover, rota, cover), r.covered(tx, who, "rota.swapped", rule, c)); err != nil {
			return err
		}
		if c.By == c.In {
			return r.tell(tx, who, c, c.By, "rota_cover")
		}
		return r.tell(tx, who, other, c.By, "rota_cover")
	})
}

// stillHas refuses a swap whose duty has gone to somebody else since, or has
// passed.
func (r Rota) stillHas(tx *store.Tx, c plan.Cover) error {
	p, err := planOf(tx, r, c.From, c.To)
	if err != nil {
		return err
	}
	if !c.To.After(tx.Now()) || !p.Has(c.Out, c.From, c.To) {
		return fault.New(fault.Conflict, "rota_swap_stale")
	}
	return nil
}

// RemoveCover takes an exception back; of a swap, both halves.
func RemoveCover(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, cover id.Cover) error {
	return change(ctx, s, who, rota, func(tx *store.Tx, r Rota, rule string) error {
		c, err := store.One(tx, getCover, scanCover, cover, rota)
		if err != nil {
			return err
		}
		return errors.Join(tx.Write(dropCover, rota, cover), r.covered(tx, who, "rota.uncovered", rule, c))
	})
}

// told is how long news of a duty is worth delivering.
const told = 24 * time.Hour

// tell sends news of a duty to the person it is about, unless they made it.
func (r Rota) tell(tx *store.Tx, who actor.Actor, c plan.Cover, person id.Person, purpose string) error {
	if person == who.Person {
		return nil
	}
	to, err := roster.Reach(tx, person)
	if err != nil {
		return err
	}
	return r.send(tx, to, purpose, map[string]any{"By": who.Name, "From": c.From, "Till": c.To, "Note": c.Why, "Link": "/duty"})
}

func (r Rota) send(tx *store.Tx, to roster.Recipient, purpose string, facts map[string]any) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts["Org"], facts["Zone"], facts["Rota"] = org.Name, org.TimeZone, r.Name
	_, err = to.Tell(tx, deliver.Message{
		Purpose: purpose, Lane: deliver.Duty, About: string(r.ID), Facts: facts, Valid: told,
	})
	return err
}

func scanCover(r store.Row) (c plan.Cover, err error) {
	err = r.Scan(&c.ID, &c.Rota, &c.Pair, store.Time(&c.From), store.Time(&c.To), &c.Out, &c.In, &c.Why, &c.Asked, store.Time(&c.Made), &c.By)
	return c, err
}
