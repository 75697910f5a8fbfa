package contact

import (
	"context"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/quiet"
	"muster/store"
)

// Add gives a person one more address, last in the order. Faults are at
// channel and address; Conflict "taken" if the person has it already.
func Add(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, channel, to string, alarms bool) (p roster.Point, err error) {
	return p, change(ctx, s, who, person, func(tx *store.Tx, r roster.Person, rule string) error {
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		if to, err = clean(channel, to, org.Country); err != nil {
			return err
		}
		if len(r.Points) >= most {
			return fault.New(fault.Limited, "contact_points_full").At("address").With("Max", most)
		}
		p = roster.Point{ID: id.New[id.Contact](), Channel: channel, Address: to, Alarms: alarms}
		if err := tx.Write(addPoint, p.ID, person, channel, to, len(r.Points)+1, alarms); err != nil {
			return err
		}
		return book(tx, who, rule, "contact.added", r, p, nil)
	})
}

// Remove takes an address away. The one that is used for signing in (the
// first for e-mail) is changed on the person instead, and the last way to
// reach somebody stays: Conflict "last_contact_point".
func Remove(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, contact id.Contact) error {
	return change(ctx, s, who, person, func(tx *store.Tx, r roster.Person, rule string) error {
		p, err := pick(r, contact)
		if err == nil {
			err = r.OwnHand(tx, who, "setChannels", p)
		}
		if err != nil {
			return err
		}
		if first := r.First(p.Channel) == p.Address; len(r.Points) == 1 || first && (p.Channel == roster.Email || p.Channel == roster.SMS && r.Has(actor.Worker)) {
			return fault.New(fault.Conflict, "last_contact_point")
		}
		if err := tx.Write(dropCode, contact); err != nil {
			return err
		}
		if err := tx.Write(dropDevice, contact); err != nil {
			return err
		}
		if err := tx.Write(dropPoint, contact); err != nil {
			return err
		}
		return book(tx, who, rule, "contact.removed", r, p, nil)
	})
}

// Arrange sets the order in which a person is reached and where alarms go;
// settings name every one of the person's contact points once, else it is
// Conflict "contact_points_differ".
func Arrange(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, settings []Setting) error {
	return change(ctx, s, who, person, func(tx *store.Tx, r roster.Person, rule string) error {
		if !matches(settings, r.Points) {
			return fault.New(fault.Conflict, "contact_points_differ")
		}
		if !slices.EqualFunc(settings, r.Points, func(s Setting, p roster.Point) bool { return s.ID == p.ID && s.Alarms == p.Alarms }) {
			if err := r.OwnHand(tx, who, "setChannels", r.Points...); err != nil {
				return err
			}
		}
		order := make([]string, len(settings))
		for i, set := range settings {
			if err := tx.Write(arrange, set.ID, i+1, set.Alarms); err != nil {
				return err
			}
			p, err := pick(r, set.ID)
			if err != nil {
				return err
			}
			order[i] = p.Channel
			if !set.Alarms {
				order[i] += " silent"
			}
		}
		return book(tx, who, rule, "contact.arranged", r, roster.Point{}, map[string]any{"Order": order})
	})
}

// Rest sets when a person is not to be disturbed by what can wait.
func Rest(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, h quiet.Hours) error {
	return change(ctx, s, who, person, func(tx *store.Tx, r roster.Person, rule string) error {
		if err := tx.Write(setQuiet, person, h.String()); err != nil {
			return err
		}
		return book(tx, who, rule, "contact.quiet", r, roster.Point{}, map[string]any{"Hours": h.String()})
	})
}

func change(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, do func(*store.Tx, roster.Person, string) error) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, rule, err := open(tx, who, person, "setChannels")
		if err == nil {
			err = r.OwnHand(tx, who, "setChannels")
		}
		if err != nil {
			return err
		}
		return do(tx, r, rule)
	})
}

// open reads a person on the roster whose contact points the actor may touch.
func open(tx *store.Tx, who actor.Actor, person id.Person, action string) (roster.Person, string, error) {
	r, err := roster.Find(tx, person)
	if err != nil {
		return r, "", err
	}
	rule, err := policy.Check(who, action, policy.Resource{Type: "Member", ID: string(person), Org: tx.Org(), Person: person})
	if err == nil && !r.Active {
		err = fault.New(fault.NotFound, "not_found")
	}
	return r, rule, err
}

func pick(r roster.Person, contact id.Contact) (roster.Point, error) {
	i := slices.IndexFunc(r.Points, func(p roster.Point) bool { return p.ID == contact })
	if i < 0 {
		return roster.Point{}, fault.New(fault.NotFound, "not_found")
	}
	return r.Points[i], nil
}

// book writes the entry and counts the change.
func book(tx *store.Tx, who actor.Actor, rule, kind string, r roster.Person, p roster.Point, facts map[string]any) error {
	if err := roster.Changed(tx); err != nil {
		return err
	}
	r.Touched(tx, who, kind)
	personal := map[string]string{"Name": r.Name}
	subject := string(r.Person)
	if p.ID != "" {
		subject, personal["Address"] = string(p.ID), p.Address
		facts = map[string]any{"Channel": p.Channel}
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: subject, About: r.Person, Rule: rule, Facts: facts, Personal: personal,
	})
}
