// Package town is a place where Muster works: its engines on a store, carriers
// that remember, and organisations with people, each made in one line.
//
// In a synctest bubble days pass in seconds; a town on PostgreSQL has to be
// outside of one.
package town

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/drill"
	"muster/call/partner"
	"muster/call/shift"
	"muster/call/wire"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/presence"
	"muster/mustertest/world"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/seal"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/told"
	"muster/timer"
)

// Town is a store with everything that Muster does by itself.
type Town struct {
	Store *store.Store
	Keys  *seal.Keys
	Desk  shift.Desk
	Mail  *world.Carrier
	SMS   *world.Carrier
	More  []deliver.Channel // beside those two, from the next Start on

	t    testing.TB
	stop func()
}

// New starts the engines on a store. They stop when the test ends.
func New(t testing.TB, s *store.Store) *Town {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	town := &Town{
		Store: s, Keys: keys, Desk: shift.Desk{Store: s, Keys: keys},
		Mail: world.NewCarrier("email"), SMS: world.NewCarrier("sms"), t: t, stop: func() {},
	}
	town.Start()
	t.Cleanup(func() { town.Stop() })
	return town
}

// Start starts the engines after Stop, or a second set of them beside the
// first, as another node would.
func (town *Town) Start() {
	log := slog.New(slog.DiscardHandler)
	timers := timer.NewEngine(town.Store, log, map[string]timer.Handler{
		shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire,
		partner.TimerKind: partner.Fire, alarm.HandoverTimer: partner.HandOver,
		drill.PlanTimer: drill.Fire, drill.EndTimer: drill.End,
		grant.TimerKind: grant.Fire, notice.TimerKind: notice.Office{Store: town.Store, Log: log, Mail: readsMail}.Fire,
		duty.TimerKind: duty.Fire, presence.TimerKind: presence.Fire,
	})
	channels := map[string]deliver.Channel{"email": town.Mail, "sms": town.SMS}
	for _, c := range town.More {
		channels[c.Name()] = c
	}
	messages := &deliver.Engine{
		Store: town.Store, Keys: town.Keys, Log: log, Aftermath: deliver.Aftermath{Failed: unheard, Dead: contact.Bounced},
		URL:      &url.URL{Scheme: "https", Host: "muster.test"},
		Channels: channels, Files: desk.Desk{Store: town.Store, Keys: town.Keys}.Files,
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(town.t.Context()))
	var running sync.WaitGroup
	across := &partner.Engine{Store: town.Store, Log: log}
	running.Go(func() { timers.Run(ctx) })
	running.Go(func() { across.Run(ctx) })
	running.Go(func() { grant.Office{Store: town.Store, Log: log}.Run(ctx) })
	running.Go(func() { messages.Run(ctx) })
	before := town.stop
	town.stop = func() {
		before()
		cancel()
		running.Wait()
	}
}

func unheard(tx *store.Tx, m deliver.Message) error {
	return errors.Join(wire.Unheard(tx, m), alarm.Unheard(tx, m), told.Unheard(tx, m))
}

// StaffMail is where everybody of the provider reads mail.
const StaffMail = "staff@provider.example"

func readsMail(*store.Tx, id.Staff) (string, lang.Tag, error) { return StaffMail, "en", nil }

// Stop stops all engines; what they had not committed is undone.
func (town *Town) Stop() {
	town.stop()
	town.stop = func() {}
}

// Organisation is one customer with a workspace and an administrator.
type Organisation struct {
	ID        id.Org
	Workspace id.Workspace
	Admin     Member

	town *Town
}

// Member is somebody on the roster, and the actor they are when signed in.
type Member struct {
	roster.Person
	Actor actor.Actor
}

// Organisation sets one up: Finnish time, English, check-ins each half hour
// with five minutes of grace.
func (town *Town) Organisation(name string) *Organisation {
	town.t.Helper()
	return town.found(name, roster.Customer)
}

func (town *Town) found(name string, kind roster.Kind) *Organisation {
	town.t.Helper()
	o := &Organisation{town: town}
	first := person("Administrator of " + name)
	var err error
	o.ID, err = roster.CreateOrganisation(town.t.Context(), town.Store, town.Keys, provider, roster.Organisation{
		Name: name, Kind: kind, Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
	}, "Harbour", &first)
	if err != nil {
		town.t.Fatal(err)
	}
	var people []roster.Person
	err = town.Store.View(town.t.Context(), o.ID, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		o.Workspace = all[0].ID
		people, err = roster.List(tx, roster.Filter{})
		return err
	})
	if err != nil {
		town.t.Fatal(err)
	}
	o.Admin = o.member(people[0])
	return o
}

// provider is whoever sets up customers.
var provider = actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Provider", Door: actor.Command, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}

// Worker adds somebody who works alone.
func (o *Organisation) Worker(name string) Member { return o.join(name, actor.Worker) }

// Monitor adds somebody who watches over the workspace.
func (o *Organisation) Monitor(name string) Member { return o.join(name, actor.Monitor) }

// Join adds somebody in a role for the whole organisation who reads their mail
// at an address that is given, whoever else does.
func (o *Organisation) Join(name, email string, role actor.Role) Member {
	o.town.t.Helper()
	n := person(name)
	n.Email, n.Roles = email, []actor.Membership{{Role: role}}
	p, err := roster.AddPerson(o.town.t.Context(), o.town.Store, o.town.Keys, o.Admin.Actor, n)
	if err != nil {
		o.town.t.Fatal(err)
	}
	return o.member(p)
}

func (o *Organisation) join(name string, role actor.Role) Member {
	o.town.t.Helper()
	n := person(name)
	n.Roles = []actor.Membership{{Workspace: o.Workspace, Role: role}}
	p, err := roster.AddPerson(o.town.t.Context(), o.town.Store, o.town.Keys, o.Admin.Actor, n)
	if err != nil {
		o.town.t.Fatal(err)
	}
	return o.member(p)
}

func (o *Organisation) member(p roster.Person) Member {
	return Member{p, actor.Actor{
		Kind: actor.Person, Org: o.ID, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Board, Fresh: true,
	}}
}

var people atomic.Int64

// person is somebody with addresses that nobody else has.
func person(name string) roster.NewPerson {
	n := people.Add(1)
	return roster.NewPerson{
		Name:   name,
		Email:  fmt.Sprintf("%s.%d@good.test", strings.ReplaceAll(strings.ToLower(name), " ", "."), n),
		Mobile: fmt.Sprintf("+35840%07d", n),
	}
}
