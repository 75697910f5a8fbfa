package wire

import (
	"context"
	"errors"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// AddPanel makes a panel. Its account must be free in the whole installation.
func (o Office) AddPanel(ctx context.Context, who actor.Actor, p Panel, s Secret) (made Panel, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		all, err := store.All(tx, listPanels, scanPanel)
		if err != nil {
			return err
		}
		if len(all) >= maxPanels {
			return fault.New(fault.Conflict, "too_many").With("Max", maxPanels)
		}
		if made, err = p.placed(tx); err != nil {
			return err
		}
		sealed, keyed, err := s.sealed(o.Keys, panelPurpose, false)
		if err != nil {
			return err
		}
		made.ID, made.Org, made.Made, made.Keyed = id.New[id.Panel](), tx.Org(), tx.Now(), keyed
		return errors.Join(
			tx.Write(addPanel, made.ID, made.Name, made.Line, made.Account, sealed, keyed, made.Person, made.Workspace, made.Poll, made.Active, made.Made),
			made.expect(tx),
			made.book(tx, who, "panel.added", rule),
		)
	})
	return made, err
}

// maxPanels bounds the panels of one organisation.
const maxPanels = 1000

// ChangePanel sets everything of a panel anew.
func (o Office) ChangePanel(ctx context.Context, who actor.Actor, p Panel, s Secret) (changed Panel, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		old, err := store.One(tx, getPanel, scanPanel, p.ID)
		if err != nil {
			return err
		}
		if changed, err = p.placed(tx); err != nil {
			return err
		}
		sealed, keyed, err := s.sealed(o.Keys, panelPurpose, old.Keyed)
		if err != nil {
			return err
		}
		changed.Org, changed.Made, changed.Heard, changed.Lost, changed.Keyed = old.Org, old.Made, old.Heard, old.Lost, keyed
		return errors.Join(
			tx.Write(setPanel, changed.ID, changed.Name, changed.Line, changed.Account, sealed, keyed, changed.Person, changed.Workspace, changed.Poll, changed.Active),
			changed.expect(tx),
			changed.book(tx, who, "panel.changed", rule),
		)
	})
	return changed, err
}

// RemovePanel takes a panel away. What it reported stays.
func (o Office) RemovePanel(ctx context.Context, who actor.Actor, which id.Panel) error {
	return o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		p, err := store.One(tx, getPanel, scanPanel, which)
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Write(dropPanel, p.ID), tx.Write(dropHeard, p.ID),
			timer.Cancel(tx, WatchKind, string(p.ID)),
			p.book(tx, who, "panel.removed", rule),
		)
	})
}

// placed is the panel with its person and workspace looked up: both must be
// the organisation's own.
func (p Panel) placed(tx *store.Tx) (Panel, error) {
	p, err := p.settled()
	if err != nil {
		return p, err
	}
	person, err := roster.Find(tx, p.Person)
	if ignoreMissing(err) != nil {
		return p, err
	}
	if err != nil || !person.Active {
		return p, invalid("person_unknown", "person_id")
	}
	all, err := roster.Workspaces(tx)
	if err != nil {
		return p, err
	}
	if p.Workspace == "" && len(all) > 0 {
		p.Workspace = all[0].ID
	}
	for _, w := range all {
		if w.ID == p.Workspace {
			return p, nil
		}
	}
	return p, invalid("workspace_unknown", "workspace_id")
}

// expect sets the time at which a panel that is not heard of counts as lost.
func (p Panel) expect(tx *store.Tx) error {
	tx.Touch("wire")
	if p.Poll == 0 || !p.Active {
		return timer.Cancel(tx, WatchKind, string(p.ID))
	}
	return timer.Set(tx, WatchKind, string(p.ID), tx.Now().Add(missed*p.Poll))
}

func (p Panel) book(tx *store.Tx, who actor.Actor, kind, rule string) error {
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(p.ID), About: p.Person, Rule: rule,
		Facts: map[string]any{"Name": p.Name, "Account": p.Account, "Keyed": p.Keyed, "Active": p.Active},
	})
}
