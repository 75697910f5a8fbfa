package device

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"muster/actor"
	"muster/call/device/report"
	"muster/call/shift"
	"muster/call/word"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Desk connects devices and takes their reports.
type Desk struct {
	Store  *store.Store
	Shifts shift.Desk
}

// Add connects a device of a person and returns its token, which is shown once
// and kept nowhere.
func (d Desk) Add(ctx context.Context, who actor.Actor, person id.Person, spec Spec) (made Device, token string, err error) {
	err = d.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		p, rule, err := may(tx, who, "addDevice", person)
		if err != nil {
			return err
		}
		if spec, err = spec.settled(); err != nil {
			return err
		}
		if !p.Active || !p.Has(actor.Worker) {
			return fault.New(fault.Invalid, "not_a_worker").At("worker_id")
		}
		all, err := store.All(tx, ofPerson, scan, person)
		if err != nil {
			return err
		}
		if len(all) >= most {
			return fault.New(fault.Limited, "devices_full").With("Max", most)
		}
		var hash []byte
		token, hash = newToken()
		made = Device{
			ID: id.New[id.Device](), Person: person, App: spec.App, Name: spec.Name, CheckIn: spec.CheckIn, Created: tx.Now(), Battery: -1,
		}
		return errors.Join(
			tx.Write(add, made.ID, person, string(made.App), made.Name, hash, made.CheckIn, who.ID(), made.Created),
			book(tx, who, "device.added", rule, p, made),
		)
	})
	if err != nil {
		return Device{}, "", err
	}
	return made, token, nil
}

// Revoke disconnects a device at once. One that is disconnected already stays
// as it is.
func (d Desk) Revoke(ctx context.Context, who actor.Actor, which id.Device) error {
	return d.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		dev, err := store.One(tx, get, scan, which)
		if err != nil {
			return err
		}
		p, rule, err := may(tx, who, "revokeDevice", dev.Person)
		if err != nil || !dev.Revoked.IsZero() {
			return err
		}
		return errors.Join(tx.Write(revoke, which, tx.Now()), book(tx, who, "device.revoked", rule, p, dev))
	})
}

// Of lists a person's devices, oldest first.
func Of(tx *store.Tx, who actor.Actor, person id.Person) ([]Device, error) {
	if _, _, err := may(tx, who, "seeDevices", person); err != nil {
		return nil, err
	}
	return store.All(tx, ofPerson, scan, person)
}

// All lists the organisation's devices, oldest first, at most 5,000; it is for
// whoever may see everybody's.
func All(tx *store.Tx, who actor.Actor) ([]Device, error) {
	if _, err := policy.Check(who, "seeDevices", policy.Resource{Type: "Device", Org: tx.Org()}); err != nil {
		return nil, err
	}
	return store.All(tx, ofAll, scan, 5000)
}

// may asks policy about a person's devices, in the workspace of theirs where
// the actor has most to say.
func may(tx *store.Tx, who actor.Actor, action string, person id.Person) (roster.Person, string, error) {
	p, err := roster.Find(tx, person)
	if err != nil {
		return p, "", err
	}
	on := policy.Resource{Type: "Device", Org: tx.Org(), Person: person}
	for _, role := range []actor.Role{actor.Monitor, actor.Administrator} {
		for _, m := range p.Roles {
			if m.Workspace != "" && who.Has(role, m.Workspace) {
				on.Workspace = m.Workspace
			}
		}
	}
	rule, err := policy.Check(who, action, on)
	return p, rule, err
}

func book(tx *store.Tx, who actor.Actor, kind, rule string, p roster.Person, d Device) error {
	tx.Touch("roster")
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(d.ID), About: p.Person, Rule: rule,
		Facts:    map[string]any{"App": string(d.App), "CheckIn": d.CheckIn},
		Personal: map[string]string{"Worker": p.Name, "Device": d.Name},
	})
}

// Request is what an app sent.
type Request struct {
	Token string
	App   App // as its address says; the query form is anybody's
	Query url.Values
	Body  []byte
	From  netip.Addr
}

// Take takes a device's reports in. A token that is not connected is
// Unauthenticated "device_refused"; what cannot be read is Invalid. Anything
// else that is wrong is the sender's to try again.
func (d Desk) Take(ctx context.Context, r Request) error {
	token, err := readToken(r.Token)
	if err != nil {
		return err
	}
	var dev owned
	err = d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		dev, err = store.One(tx, byHash, scanOwned, hashed(token))
		return err
	})
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return refused()
	}
	if err != nil {
		return err
	}
	all, err := form(r.App, r.Query, r.Body)
	if err != nil {
		return err
	}
	var who actor.Actor
	var acts []report.Fix
	err = d.Store.Do(ctx, dev.org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, dev.Person)
		if err != nil {
			return err
		}
		if !p.Active {
			return refused()
		}
		who = actor.Actor{Kind: actor.Person, Org: dev.org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Phone, IP: r.From}
		var places []shift.Place
		var battery int
		places, acts, battery = read(r.App, all, tx.Now())
		return d.heard(tx, who, dev.Device, places, battery)
	})
	// A call for help goes out whatever became of the positions beside it.
	for _, a := range acts {
		err = errors.Join(err, d.act(ctx, who, dev.Device, a))
	}
	return err
}

// heard keeps what a running shift is about, and that the device is alive.
func (d Desk) heard(tx *store.Tx, who actor.Actor, dev Device, places []shift.Place, battery int) error {
	s, running, err := shift.ActiveOf(tx, who.Person)
	if err != nil {
		return err
	}
	if running {
		if err := d.Shifts.Trail(tx, who, s.ID, places, battery); err != nil {
			return err
		}
	}
	if tx.Now().Sub(dev.Heard) < notedGap {
		return nil
	}
	var percent any
	if battery >= 0 {
		percent = battery
	}
	return tx.Write(hear, dev.ID, tx.Now(), percent)
}

// act carries out what the person did on purpose, once however often it is
// sent: its instant by the device's clock is its key.
func (d Desk) act(ctx context.Context, who actor.Actor, dev Device, a report.Fix) error {
	ctx = store.WithOnce(ctx, &store.Once{Key: fmt.Sprintf("device %s %s %d", dev.ID, a.Said, a.At.UnixMicro())})
	sig := shift.Signal{At: a.At}
	if a.Placed {
		p := placeOf(dev.App, a)
		sig.Place = &p
	}
	var err error
	switch a.Said {
	case word.Help:
		sig.Note = a.Note
		_, err = d.Shifts.Call(ctx, who, who.Person, sig)
	case word.OK:
		if dev.CheckIn {
			err = d.checkIn(ctx, who, sig)
		}
	}
	if errors.Is(err, fault.New(fault.Conflict, "already_done")) {
		return nil
	}
	return err
}

// checkIn counts for the running shift. Without one there is nothing to do,
// and for a shift that has just ended neither.
func (d Desk) checkIn(ctx context.Context, who actor.Actor, sig shift.Signal) error {
	var running bool
	var s shift.Shift
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		s, running, err = shift.ActiveOf(tx, who.Person)
		return err
	})
	if err != nil || !running {
		return err
	}
	_, err = d.Shifts.CheckIn(ctx, who, s.ID, sig)
	if errors.Is(err, fault.New(fault.Conflict, "shift_ended")) {
		return nil
	}
	return err
}
