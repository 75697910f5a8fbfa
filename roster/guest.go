package roster

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/policy"
	"muster/store"
)

// wait keeps the roles that a guest gives until an administrator says yes.
func (e *Edit) wait(p Person, roles []actor.Membership) error {
	all, err := json.Marshal(roles)
	return errors.Join(err, e.tx.Write(setWaiting, p.Person, string(all), e.who.Name, e.who.Grant, e.tx.Now()))
}

// withheld is what of a change of roles a guest may not do at once: whatever
// gives more than there was waits, and only what takes is done.
func (e *Edit) withheld(old, wanted []actor.Membership) bool {
	return e.who.Guest() && slices.ContainsFunc(wanted, func(m actor.Membership) bool { return !slices.Contains(old, m) })
}

// OwnHand refuses what support does with a person that belongs to the
// customer's own hand, whatever the moment: to touch how administrators are
// reached, monitors, and who stands for the organisation, or an address that
// was confirmed (at). By any of these somebody could come in later without any
// leave, or hear what is not for them.
func (p Person) OwnHand(tx *store.Tx, who actor.Actor, action string, at ...Point) error {
	if !who.Guest() {
		return nil
	}
	counts, err := p.counts(tx)
	if err != nil {
		return err
	}
	if counts || slices.ContainsFunc(at, Point.Verified) {
		return handed(tx, who, action, policy.Reaches)
	}
	return nil
}

// counts tells whether it matters to others how the person is reached.
func (p Person) counts(tx *store.Tx) (bool, error) {
	if p.Has(actor.Administrator) || p.Has(actor.Monitor) || p.Has(actor.Operator) {
		return true, nil
	}
	n, err := store.One(tx, standsFor, store.Scalar[int], p.Person)
	return n > 0, err
}

// handed asks policy about something of which it is known that it is for the
// customer's own hand.
func handed(tx *store.Tx, who actor.Actor, action string, fact policy.Fact) error {
	_, err := policy.Check(who, action, policy.Resource{Type: "Member", Org: tx.Org(), Facts: fact})
	return err
}

// guest holds what a guest changes about a person to what support may. Somebody
// whom support itself has just added has nothing yet that could be taken.
func (e *Edit) guest(old, p Person, c Change, email, mobile string) error {
	if !e.who.Guest() {
		return nil
	}
	administrator := func(p Person) bool { return p.Has(actor.Administrator) || p.Has(actor.Operator) }
	switch {
	case c.DuressPIN != nil && *c.DuressPIN != "":
		return fault.New(fault.Forbidden, "refused").With("rule", "configure-secret").With("why", "policy.configure-secret")
	case c.Roles != nil && administrator(p) && !administrator(old), c.Roles != nil && administrator(old) && !slices.Equal(old.Roles, p.Roles):
		return handed(e.tx, e.who, "setRoles", policy.Admits)
	case !old.Active: // somebody new; a contact person without a role has an address to keep, too
		return nil
	case email != old.First(Email):
		return handed(e.tx, e.who, "updatePerson", policy.Reaches)
	case mobile != old.First(SMS):
		i := slices.IndexFunc(old.Points, func(x Point) bool { return x.Channel == SMS })
		return old.OwnHand(e.tx, e.who, "updatePerson", old.Points[max(i, 0):i+1]...)
	}
	return nil
}

// Touched counts what support has done to the roster, of which all
// administrators are told at once when the unit is done: one message, however
// much it was.
func (p Person) Touched(tx *store.Tx, who actor.Actor, kind string) {
	if !who.Guest() {
		return
	}
	h := tx.Slot("roster.helped", func() any {
		h := &helped{}
		tx.BeforeCommit(func() error { return h.tell(tx, who) })
		return h
	}).(*helped)
	switch kind {
	case "person.added":
		h.added++
	case "person.left":
		h.left++
	default:
		h.changed++
	}
}

type helped struct{ added, changed, left int }

func (h *helped) tell(tx *store.Tx, who actor.Actor) error {
	org, err := Get(tx)
	if err != nil {
		return err
	}
	people, err := List(tx, Filter{Role: actor.Administrator})
	for _, p := range people {
		if err != nil {
			break
		}
		_, err = p.Tell(tx, deliver.Message{
			Purpose: "support_roster", Lane: deliver.Duty, About: string(who.Grant), Valid: helpedValid,
			Facts: map[string]any{
				"By": who.Name, "Org": org.Name, "Zone": org.TimeZone, "At": tx.Now(), "Link": "/roster",
				"Text": p.Language.Text("roster.helped", map[string]any{"Added": h.added, "Changed": h.changed, "Left": h.left}),
			},
		})
	}
	return err
}

// helpedValid is how long it helps to hear what support did.
const helpedValid = 24 * time.Hour

// guarded refuses that a guest takes somebody off the roster who counts.
func (e *Edit) guarded(p Person) error {
	if !e.who.Guest() {
		return nil
	}
	n, err := store.One(e.tx, standsFor, store.Scalar[int], p.Person)
	if err != nil {
		return err
	}
	if n > 0 || p.Has(actor.Administrator) {
		return handed(e.tx, e.who, "removePerson", policy.Admits)
	}
	return nil
}
