package duty

import (
	"context"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Assign gives a duty to somebody on the actor's roster, with a deputy or none,
// in place of whoever had it. An administrator may, and so may the holder, who
// hands over but cannot leave it empty. Faults are at duty, person and deputy.
func Assign(ctx context.Context, s *store.Store, who actor.Actor, d Duty, person, deputy id.Person) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error { return assign(tx, who, d, person, deputy) })
}

func assign(tx *store.Tx, who actor.Actor, d Duty, person, deputy id.Person) error {
	if err := check(d, person, deputy); err != nil {
		return err
	}
	// First, so that nobody leaves the roster while they are given a duty.
	if err := roster.Changed(tx); err != nil {
		return err
	}
	before, err := held(tx, d)
	if err != nil {
		return err
	}
	rule, err := policy.Check(who, "assignDuty", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org(), Person: before.person})
	if err != nil {
		return err
	}
	next, err := onRoster(tx, person, "person")
	if err != nil {
		return err
	}
	second := roster.Person{}
	if deputy != "" {
		if second, err = onRoster(tx, deputy, "deputy"); err != nil {
			return err
		}
	}
	return errors.Join(
		tx.Write(put, string(d), person, deputy, tx.Now()),
		enter(tx, person, deputy),
		ledger.Append(tx, who, ledger.Entry{
			Kind: "duty.assigned", Subject: string(tx.Org()), About: person, Rule: rule,
			Facts:    map[string]any{"Duty": string(d), "Before": string(before.person), "Deputy": string(deputy)},
			Personal: personal(next, second),
		}),
	)
}

// enter makes those who stand for the organisation contact persons.
func enter(tx *store.Tx, people ...id.Person) error {
	for _, p := range people {
		if p == "" {
			continue
		}
		if err := Enter(tx, p); err != nil {
			return err
		}
	}
	return nil
}

func personal(next, second roster.Person) map[string]string {
	names := map[string]string{"Name": next.Name}
	if second.Name != "" {
		names["DeputyName"] = second.Name
	}
	return names
}

// held reads who has a duty now, and holds on to it; a zero row if nobody has.
func held(tx *store.Tx, d Duty) (row, error) {
	before, err := store.One(tx, hold, scanRow, string(d))
	if fault.KindOf(err) == fault.NotFound {
		return row{}, nil
	}
	return before, err
}

// onRoster reads somebody who may have a duty: who is on the roster and can be
// written to.
func onRoster(tx *store.Tx, person id.Person, field string) (roster.Person, error) {
	p, err := roster.Find(tx, person)
	switch {
	case fault.KindOf(err) == fault.NotFound || err == nil && !p.Active:
		return p, fault.New(fault.Invalid, "not_on_roster").At(field)
	case err == nil && p.First(roster.Email) == "":
		return p, fault.New(fault.Invalid, "duty_needs_mail").At(field)
	}
	return p, err
}

// Holders are all duties of the unit's organisation, with who has them; one
// that nobody has is there too.
func Holders(tx *store.Tx) ([]Holder, error) {
	rows, err := store.All(tx, holders, scanRow)
	if err != nil {
		return nil, err
	}
	out := make([]Holder, 0, len(Duties()))
	for _, d := range Duties() {
		h := Holder{Duty: d}
		for _, r := range rows {
			if r.duty != d {
				continue
			}
			h.Since, h.Stale = r.since, r.stale
			if h.Person, err = roster.Reach(tx, r.person); err == nil && r.deputy != "" {
				h.Deputy, err = roster.Reach(tx, r.deputy)
			}
			if err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// Contacts are whom the provider tells what concerns the organisation: those
// who have the duties, and the deputy of one who cannot be relied on.
func Contacts(tx *store.Tx) ([]roster.Recipient, error) {
	all, err := Holders(tx)
	return told(all), err
}
