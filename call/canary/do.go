package canary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// The kinds of the canary's timers: the first begins flights, the second looks
// whether one came home.
const (
	BeginTimer = "canary"
	JudgeTimer = "canary_judge"
)

// begin is the subject of the one timer that begins flights.
const begin = "begin"

// Keeper keeps the canary of an installation.
type Keeper struct {
	Store *store.Store
	Desk  shift.Desk
	Every time.Duration                               // from flight to flight
	Staff func(ctx context.Context) ([]string, error) // mail addresses of the provider's staff
	Log   *slog.Logger

	cage  cage
	mu    sync.Mutex
	staff []string // as last read
	since time.Time
}

// cage is where the canary lives; the installation remembers it.
type cage struct {
	Org       id.Org       `json:"org"`
	Workspace id.Workspace `json:"workspace"`
	Worker    id.Person    `json:"worker"`
	Monitor   id.Person    `json:"monitor"`
}

// Install makes the canary's organisation, or finds the one that is there, and
// sets the first flight, one pause from now.
func (k *Keeper) Install(ctx context.Context) error {
	kept, err := k.Store.Installation(ctx, "canary", func() ([]byte, error) {
		c, err := k.build(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(c)
	})
	if err == nil {
		err = json.Unmarshal(kept, &k.cage)
	}
	if err != nil {
		return fmt.Errorf("set up the canary: %w", err)
	}
	k.since = k.Store.Now()
	return k.Store.Do(ctx, k.cage.Org, func(tx *store.Tx) error {
		return timer.Set(tx, BeginTimer, begin, tx.Now().Add(k.Every))
	})
}

func (k *Keeper) build(ctx context.Context) (c cage, err error) {
	who := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
	first := roster.NewPerson{Name: "Canary monitor", Email: monitorMail}
	c.Org, err = roster.CreateOrganisation(ctx, k.Store, k.Desk.Keys, who, roster.Organisation{
		Name: "Muster canary", Country: "FI", TimeZone: "UTC", Language: "en",
	}, "Cage", &first)
	if err != nil {
		return c, err
	}
	admin := actor.Actor{Kind: actor.Person, Org: c.Org, Name: "Muster", Door: actor.Command, Roles: []actor.Membership{{Role: actor.Administrator}}}
	err = k.Store.View(ctx, c.Org, func(tx *store.Tx) error {
		people, err := roster.All(tx)
		if err != nil {
			return err
		}
		spaces, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		c.Monitor, c.Workspace = people[0].Person, spaces[0].ID
		return nil
	})
	if err != nil {
		return c, err
	}
	worker, err := roster.AddPerson(ctx, k.Store, k.Desk.Keys, admin, roster.NewPerson{
		Name: "Canary", Email: workerMail, Mobile: workerPhone, Roles: []actor.Membership{{Workspace: c.Workspace, Role: actor.Worker}},
	})
	c.Worker = worker.Person
	return c, err
}

func (c cage) worker() actor.Actor {
	return actor.Actor{
		Kind: actor.Person, Org: c.Org, Person: c.Worker, Name: "Canary", Door: actor.Timer,
		Roles: []actor.Membership{{Workspace: c.Workspace, Role: actor.Worker}},
	}
}

func (c cage) monitor() actor.Actor {
	return actor.Actor{
		Kind: actor.Person, Org: c.Org, Person: c.Monitor, Name: "Canary monitor", Door: actor.Timer,
		Roles: []actor.Membership{{Role: actor.Monitor}},
	}
}

// Begin is what the timer of the flights does. The next one is reckoned from
// when this one was due.
func (k *Keeper) Begin(tx *store.Tx, t timer.Timer) error {
	next := t.Due.Add(k.Every)
	if next.Before(tx.Now()) {
		next = tx.Now().Add(k.Every)
	}
	if err := timer.Set(tx, BeginTimer, begin, next); err != nil {
		return err
	}
	if _, out, err := shift.ActiveOf(tx, k.cage.Worker); err != nil || out {
		return err // the one before is not home
	}
	s, err := shift.StartIn(tx, k.cage.worker(), k.cage.Worker, k.cage.Workspace, shift.Terms{Every: checkIn, Warn: checkIn, Grace: time.Second})
	if err != nil {
		return err
	}
	f := Flight{ID: id.New[id.Flight](), Shift: s.ID, Deadline: s.Deadline.Add(s.Grace)}
	return errors.Join(
		tx.Write(add, f.ID, f.Shift, f.Deadline),
		timer.Set(tx, JudgeTimer, string(f.ID), f.Deadline.Add(Limit)),
	)
}

// Judge is what the timer of one flight does: one that is not home has failed,
// and staff are told. It stays out, and no other begins, until a message of its
// alarm comes through.
func (k *Keeper) Judge(tx *store.Tx, t timer.Timer) error {
	f, err := store.One(tx, get, scan, id.Flight(t.Subject))
	if err != nil || f.Home() || f.Failed {
		return err
	}
	again, err := k.failedBefore(tx, f)
	if err != nil {
		return err
	}
	if !again {
		err = k.tell(tx, "canary_failed", f)
	}
	k.Log.Error("CANARY: an alarm that was meant to be raised did not come through", "deadline", f.Deadline, "by", tx.Now())
	return errors.Join(err, tx.Write(fail, f.ID), ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "canary.failed", Subject: string(f.ID), Facts: map[string]any{"Shift": string(f.Shift)},
	}))
}

func (k *Keeper) failedBefore(tx *store.Tx, f Flight) (bool, error) {
	failed, err := store.One(tx, failedBefore, store.Scalar[bool], f.ID)
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return false, nil
	}
	return failed, err
}

// tell sends mail to the provider's staff, as they were last known.
func (k *Keeper) tell(tx *store.Tx, purpose string, f Flight) error {
	k.mu.Lock()
	staff := k.staff
	k.mu.Unlock()
	if len(staff) == 0 {
		k.Log.Error("CANARY: there is nobody to tell; make a first staff member with muster init")
	}
	for _, to := range staff {
		_, err := deliver.Queue(tx, deliver.Message{
			Purpose: purpose, Lane: deliver.Duty, Lang: lang.English, About: string(f.ID),
			Facts: map[string]any{"Org": "Muster", "Zone": "UTC", "At": f.Deadline, "Link": "/healthz"},
			Route: []deliver.Stop{{Channel: roster.Email, Address: to}}, Valid: 12 * time.Hour,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// arrived is a message of the canary's alarm at the channel. The flight is
// home; its alarm is closed and its shift ended.
func (k *Keeper) arrived(ctx context.Context) error {
	var out []Flight
	err := k.Store.Do(ctx, k.cage.Org, func(tx *store.Tx) (err error) {
		if out, err = store.All(tx, under, scan); err != nil || len(out) == 0 {
			return err
		}
		a, open, err := alarm.Of(tx, k.cage.Worker)
		if err != nil || !open {
			return err
		}
		f := out[len(out)-1]
		f.Raised, f.Handed = a.Raised, tx.Now()
		if f.late(tx.Now()) {
			return nil // too late counts as never
		}
		again, err := k.failedBefore(tx, f)
		if err == nil && again {
			err = k.tell(tx, "canary_well", f)
		}
		return errors.Join(err, tx.Write(home, f.ID, f.Raised, f.Handed), ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "canary.home", Subject: string(f.ID),
			Facts: map[string]any{"AlarmMilliseconds": f.Alarm().Milliseconds(), "MessageMilliseconds": f.Message().Milliseconds()},
		}))
	})
	if err != nil {
		return err
	}
	return k.land(ctx)
}

// land ends the shift and closes its alarm, as a monitor would.
func (k *Keeper) land(ctx context.Context) error {
	var running shift.Shift
	var out bool
	err := k.Store.View(ctx, k.cage.Org, func(tx *store.Tx) (err error) {
		running, out, err = shift.ActiveOf(tx, k.cage.Worker)
		return err
	})
	if err != nil || !out {
		return err
	}
	_, err = k.Desk.Finish(ctx, k.cage.monitor(), running.ID, shift.Signal{Outcome: alarm.Drill})
	return err
}

func scan(r store.Row) (f Flight, err error) {
	err = r.Scan(&f.ID, &f.Shift, store.Time(&f.Deadline), store.Time(&f.Raised), store.Time(&f.Handed), &f.Failed)
	return f, err
}

// Rest is what the canary's timers do where it does not fly any more.
func Rest(*store.Tx, timer.Timer) error { return nil }
