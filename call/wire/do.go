package wire

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dc09"
	"muster/deliver/webhook"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

// The kinds of timer, and what their secrets are sealed for.
const (
	PollKind  = "wire.poll"   // subject: the wire
	WatchKind = "panel.watch" // subject: the panel

	wirePurpose  = "wire.secret"
	panelPurpose = "panel.secret"
)

// Office is what commands on wires and panels need.
type Office struct {
	Store   *store.Store
	Keys    *seal.Keys
	Allowed []netip.Prefix // private networks that webhooks may reach
}

// Secret is what a wire or a panel is given beside its settings.
type Secret struct {
	Key    *string // DC-09: hexadecimal digits; empty takes encryption away; nil leaves it
	Rotate bool    // webhook: a new secret; the old one signs too, for seven days or until the next
}

// sealed is the key as it is kept, nil if it stays as it is, and whether there
// will be one.
func (s Secret) sealed(keys *seal.Keys, purpose string, had bool) (sealed []byte, keyed bool, err error) {
	if s.Key == nil {
		return nil, had, nil
	}
	key, err := dc09.ParseKey(*s.Key)
	if err != nil {
		return nil, false, fault.From(err).At("key")
	}
	sealed, err = keys.Seal(purpose, key)
	return sealed, len(key) > 0, err
}

// allowed asks whether the actor may see to the organisation's settings, of
// which wires and panels are a part.
func allowed(tx *store.Tx, who actor.Actor) (rule string, err error) {
	return policy.Check(who, "updateOrganisation", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
}

// Add makes a wire. For a webhook it gives the secret that requests are signed
// with, which is shown this once.
func (o Office) Add(ctx context.Context, who actor.Actor, w Wire, s Secret) (made Wire, secret string, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		if made, err = o.settle(w); err != nil {
			return err
		}
		all, err := list(tx)
		if err != nil {
			return err
		}
		if len(all) >= maxWires {
			return fault.New(fault.Conflict, "too_many").With("Max", maxWires)
		}
		made.ID, made.Org, made.Made = id.New[id.Wire](), tx.Org(), tx.Now()
		sealed, keyed, err := s.sealed(o.Keys, wirePurpose, false)
		if made.Kind == Webhook {
			secret, keyed = webhook.NewSecret(), true
			sealed, err = o.Keys.Seal(wirePurpose, []byte(secret))
		}
		if err != nil {
			return err
		}
		settings, err := json.Marshal(made.Settings)
		if err != nil {
			return err
		}
		made.Keyed = keyed
		return errors.Join(
			tx.Write(addWire, made.ID, made.Name, made.Kind, string(settings), sealed, made.Keyed, made.Active, made.Own, made.Made),
			tx.Write(addPulse, made.ID),
			arm(tx, made),
			made.book(tx, who, "wire.added", rule),
		)
	})
	return made, secret, err
}

// Change sets everything of a wire anew but for its kind. secret is a new
// webhook secret if one was asked for.
func (o Office) Change(ctx context.Context, who actor.Actor, w Wire, s Secret) (changed Wire, secret string, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		old, err := find(tx, w.ID)
		if err != nil {
			return err
		}
		w.Kind, w.Org, w.Made = old.Kind, old.Org, old.Made
		if changed, err = o.settle(w); err != nil {
			return err
		}
		sealed, keyed, err := s.sealed(o.Keys, wirePurpose, old.Keyed)
		if changed.Kind == Webhook {
			sealed, secret, err = o.rotated(tx, w.ID, s.Rotate)
			if changed.Health, err = old.renewed(tx, changed, s.Rotate, err); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		settings, err := json.Marshal(changed.Settings)
		if err != nil {
			return err
		}
		changed.Keyed = keyed
		return errors.Join(
			tx.Write(setWire, changed.ID, changed.Name, string(settings), sealed, keyed, changed.Active, changed.Own),
			tx.Write(dropReceivers, changed.ID), // how others stand is to be learned
			arm(tx, changed),
			changed.book(tx, who, "wire.changed", rule),
		)
	})
	return changed, secret, err
}

// rotated puts a new secret before the newest one, and drops what is older.
func (o Office) rotated(tx *store.Tx, which id.Wire, wanted bool) (sealed []byte, secret string, err error) {
	if !wanted {
		return nil, "", nil
	}
	old, err := o.secret(tx, which)
	if err != nil {
		return nil, "", err
	}
	secret = webhook.NewSecret()
	newest, _, _ := strings.Cut(string(old), " ")
	sealed, err = o.Keys.Seal(wirePurpose, []byte(strings.TrimSpace(secret+" "+newest)))
	return sealed, secret, err
}

// renewed is how a webhook stands after a change: nothing is known of another
// address, and a new secret begins the last days of the one before.
func (w Wire) renewed(tx *store.Tx, changed Wire, rotate bool, err error) (Health, error) {
	if err != nil {
		return Health{}, err
	}
	h, err := holdOf(tx, w.ID)
	if err != nil {
		return h, err
	}
	if changed.URL != w.URL {
		h = Health{OldUntil: h.OldUntil}
	}
	if rotate {
		h.OldUntil = tx.Now().Add(oldSigns)
	}
	return h, h.keep(tx, w.ID)
}

// secret opens what a wire keeps sealed; nothing if it has none.
func (o Office) secret(tx *store.Tx, which id.Wire) ([]byte, error) {
	sealed, err := store.One(tx, wireSecret, store.Scalar[[]byte], which)
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return o.Keys.Open(wirePurpose, sealed)
}

// Remove takes a wire away. Its frames stay.
func (o Office) Remove(ctx context.Context, who actor.Actor, which id.Wire) error {
	return o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		w, err := find(tx, which)
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Write(dropWire, w.ID), tx.Write(dropReceivers, w.ID), tx.Write(dropPost, w.ID),
			timer.Cancel(tx, PollKind, string(w.ID)),
			w.book(tx, who, "wire.removed", rule),
		)
	})
}

// testValid is how long a test is worth sending.
const testValid = 2 * time.Minute

// Test hands a test over on the wire, as alarms are handed over, and gives the
// message that says how it fares.
func (o Office) Test(ctx context.Context, who actor.Actor, which id.Wire) (m id.Message, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		w, err := find(tx, which)
		if err != nil {
			return err
		}
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		news := deliver.News{Type: deliver.LinkTested, At: tx.Now(), Organisation: org.Name, Zone: 999}
		m, err = deliver.Queue(tx, deliver.Message{
			Purpose: deliver.Handover, Lane: deliver.SOS, Lang: org.Tag(), About: string(w.ID), Facts: news.Facts(),
			Route: []deliver.Stop{w.stop()}, Valid: testValid,
		})
		if err != nil {
			return err
		}
		return w.book(tx, who, "wire.tested", rule)
	})
	return m, err
}

func (o Office) settle(w Wire) (Wire, error) {
	name, err := checkName(w.Name)
	settings, err2 := w.settled(w.Kind, o.Allowed)
	w.Name, w.Settings = name, settings
	return w, fault.Join(err, err2)
}

// arm sets the time of the first poll, or takes it back.
func arm(tx *store.Tx, w Wire) error {
	tx.Touch("wire")
	if w.Kind != DC09 || w.Poll == 0 || !w.Active {
		return timer.Cancel(tx, PollKind, string(w.ID))
	}
	return timer.Set(tx, PollKind, string(w.ID), tx.Now().Add(min(w.Poll, time.Second)))
}

func (w Wire) book(tx *store.Tx, who actor.Actor, kind, rule string) error {
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(w.ID), Rule: rule,
		Facts: map[string]any{"Name": w.Name, "Kind": w.Kind, "Where": w.where(), "Active": w.Active, "Own": w.Own},
	})
}

// where is a wire's other end, for people.
func (w Wire) where() string {
	if w.Kind == Webhook {
		host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(w.URL, "https://"), "http://"), "/")
		return host
	}
	return strings.Join(w.Hosts, ", ")
}
