package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
	"muster/store"
)

// Breaker is one of those who may enter in an emergency without anybody's
// asking (access A10). Somebody else has put them on the list: that is the
// second person whom adding takes (WK9).
type Breaker struct {
	Staff  id.Staff
	Name   string
	PutBy  id.Staff
	Putter string
	At     time.Time
}

func scanBreaker(r store.Row) (b Breaker, err error) {
	return b, r.Scan(&b.Staff, &b.PutBy, &b.Putter, store.Time(&b.At))
}

// listed reads who is on the list. Nobody is there who has gone, nor by their
// own hand, nor who signs in by something else than when they were put there. It is read across organisations, since a unit that then opens the
// customer's must not have the provider's to itself meanwhile: an emergency
// waits for nobody, and news goes the other way.
func listed(tx *store.AcrossTx, people map[id.Staff]staff.Member) (all []Breaker, err error) {
	rows, err := store.All(tx, breakers, scanBreaker, identity.Provider)
	for _, b := range rows {
		if m := people[b.Staff]; m.Active && b.PutBy != b.Staff && !m.Known.After(b.At) {
			b.Name = m.Name
			all = append(all, b)
		}
	}
	return all, err
}

// PutBreaker puts a staff member on the list, or takes one off it. It is the
// second person's yes, so neither has just made the other what they are.
func (o Office) PutBreaker(ctx context.Context, who actor.Actor, member id.Staff, on bool) error {
	var facts policy.Fact
	if who.Staff == member && on {
		facts = policy.Own
	}
	rule, err := policy.Check(who, "keepBreakers", policy.Resource{Type: "Installation", Facts: facts})
	if err != nil {
		return atStaff(err, facts != 0)
	}
	return o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		m := people[member]
		if on && (m.ChangedBy(who.Staff) || people[who.Staff].ChangedBy(member)) {
			if _, err := policy.Check(who, "keepBreakers", policy.Resource{Type: "Installation", Facts: facts | policy.Arranged}); err != nil {
				return fault.From(err).At("staff")
			}
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error {
			e := ledger.Entry{Kind: "breaker.unlisted", Subject: string(member), Rule: rule, Personal: map[string]string{"Staff": m.Name}}
			gone, err := tx.Exec(dropBreaker, member)
			switch {
			case err != nil:
				return err
			case on && !Enters(m, tx.Now()):
				return fault.New(fault.Invalid, "not_support").At("staff").With("Name", m.Name)
			case on:
				e.Kind = "breaker.listed"
				err = tx.Write(addBreaker, member, who.Staff, who.Name, tx.Now())
			case gone == 0:
				return fault.New(fault.NotFound, "not_found")
			}
			tx.Touch(Topic)
			return errors.Join(err, ledger.Append(tx, who, e))
		})
	})
}

// Emergency is what somebody says who breaks glass.
type Emergency struct {
	Org     id.Org
	Words   string
	Request string
	For     time.Duration // zero: Broken, which is also the most
}

// Break opens an organisation to the actor at once, to look, for an hour at
// most. Every administrator is told over all their channels. The same person
// cannot do it again there before one of them has reviewed it.
func (o Office) Break(ctx context.Context, who actor.Actor, e Emergency) (g Grant, err error) {
	if e.For == 0 {
		e.For = Broken
	}
	g = Grant{
		ID: id.New[id.Grant](), Org: e.Org, Staff: who.Staff, Name: who.Name, AskedBy: who.Staff, Asker: who.Name, Scope: View, Reason: Incident,
		Words: strings.TrimSpace(e.Words), Request: strings.TrimSpace(e.Request), For: e.For, Emergency: true, Stage: Asked,
	}
	err = o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		list, err := listed(tx, people)
		if err != nil {
			return err
		}
		return tx.For(e.Org, func(tx *store.Tx) error {
			h := &hearing{Grant: g, tx: tx, who: people[who.Staff], people: people}
			rule, err := h.mayBreak(who, list)
			if err != nil {
				return err
			}
			h.Asked = tx.Now()
			if err := errors.Join(h.check(), h.asked(h.who, tx.Now()), o.fits(h)); err != nil {
				return err
			}
			h.Grant = h.open(tx.Now())
			g = h.Grant
			return h.begin(who, "grant.broken", rule, "broken")
		})
	})
	return g, o.Denied(ctx, who, e.Org, string(who.Staff), "breakGlass", err)
}

func (h *hearing) mayBreak(who actor.Actor, list []Breaker) (string, error) {
	a, err := account.Find(h.tx)
	if err != nil {
		return "", err
	}
	facts := early(a, who.Staff)
	for _, b := range list {
		if b.Staff == who.Staff {
			facts |= policy.Listed
		}
	}
	last, err := store.All(h.tx, unreviewed, scanGrant, who.Staff)
	if err != nil {
		return "", err
	}
	if len(last) > 0 {
		facts |= policy.Unreviewed
	}
	return h.may(who, "breakGlass", facts)
}

// Review says that an administrator has looked through what was done in an
// emergency, which must be over by then: Conflict "end_first".
func (o Office) Review(ctx context.Context, who actor.Actor, which id.Grant, words string) (Grant, error) {
	return o.on(ctx, who, which, "reviewGrant", func(h *hearing, rule string) error {
		words, err := sentence(words)
		switch {
		case err != nil:
			return err
		case !h.Emergency || !h.Reviewed.IsZero():
			return fault.New(fault.Conflict, "grant_over")
		case h.Stage == Open:
			return fault.New(fault.Conflict, "end_first")
		}
		h.Reviewed, h.Reviewer = h.tx.Now(), who.Name
		e := h.entry("grant.reviewed", rule)
		e.Personal["Why"] = words
		return errors.Join(h.keep(h.tx), ledger.Append(h.tx, who, e), h.tell(h.tx, "reviewed", who.Name))
	})
}

// List is who may break glass, and what its reader has to do with it.
type List struct {
	All   []Breaker
	Own   bool // the reader is on it
	Keeps bool // the reader keeps it
}

// Breakers reads the list.
func (o Office) Breakers(ctx context.Context, who actor.Actor) (l List, err error) {
	if _, err := check(who, "seeGrants", identity.Provider, "", policy.Own); err != nil {
		return l, err
	}
	_, refused := policy.Check(who, "keepBreakers", policy.Resource{Type: "Installation"})
	l.Keeps = refused == nil
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err == nil {
			l.All, err = listed(tx, people)
		}
		return err
	})
	for _, b := range l.All {
		l.Own = l.Own || b.Staff == who.Staff
	}
	return l, err
}
