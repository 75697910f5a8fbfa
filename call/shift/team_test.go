package shift_test

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/mustertest/world"
	"muster/roster"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

// team is an organisation at work: a worker, two monitors of the worker's
// workspace, one of another, and an administrator.
type team struct {
	t          testing.TB
	s          *store.Store
	desk       shift.Desk
	org        id.Org
	ws, other  id.Workspace
	mail, text *world.Carrier
	worker     roster.Person
	people     map[string]roster.Person
	log        *slog.Logger
}

func newTeam(t testing.TB, s *store.Store) *team {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	c := &team{
		t: t, s: s, desk: shift.Desk{Store: s, Keys: keys}, people: map[string]roster.Person{},
		mail: world.NewCarrier("email"), text: world.NewCarrier("sms"), log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	c.mail.Patience, c.text.Patience = 20*time.Second, 20*time.Second
	staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Provider", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	c.org, err = roster.CreateOrganisation(t.Context(), s, keys, staff, roster.Organisation{
		Name: "Huolto Oy", Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
		Repeat: 30 * time.Second, Reopen: 30 * time.Second,
	}, "North", nil)
	if err != nil {
		t.Fatal(err)
	}
	boss := actor.Actor{Kind: actor.Person, Org: c.org, Name: "Root", Roles: []actor.Membership{{Role: actor.Administrator}}}
	far, err := roster.AddWorkspace(t.Context(), s, boss, "South", "")
	if err != nil {
		t.Fatal(err)
	}
	c.other = far.ID
	c.view(func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		c.ws = all[0].ID
		return err
	})
	for i, p := range []struct {
		name string
		role actor.Role
		ws   id.Workspace
	}{
		{"Aino", actor.Worker, c.ws},
		{"Mika", actor.Monitor, c.ws},
		{"Sari", actor.Monitor, c.ws},
		{"Jukka", actor.Monitor, c.other},
		{"Päivi", actor.Administrator, ""},
	} {
		made, err := roster.AddPerson(t.Context(), s, keys, boss, roster.NewPerson{
			Name: p.name, Email: strings.ToLower(strings.ReplaceAll(p.name, "ä", "a")) + "@huolto.example",
			Mobile: "+35840123000" + string(rune('0'+i)), Roles: []actor.Membership{{Role: p.role, Workspace: p.ws}}, DuressPIN: duress(p.role),
		})
		if err != nil {
			t.Fatal(p.name, err)
		}
		c.people[p.name] = made
	}
	c.worker = c.people["Aino"]
	return c
}

func duress(r actor.Role) string {
	if r == actor.Worker {
		return "9911"
	}
	return ""
}

// engines starts timers and delivery.
func (c *team) engines() (stop func()) {
	u, _ := url.Parse("https://muster.example")
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	fire := timer.NewEngine(c.s, c.log, map[string]timer.Handler{shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire})
	send := &deliver.Engine{
		Store: c.s, Keys: c.desk.Keys, URL: u, Log: c.log, Aftermath: deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced},
		Channels: map[string]deliver.Channel{"email": c.mail, "sms": c.text},
	}
	wg.Go(func() { fire.Run(ctx) })
	wg.Go(func() { send.Run(ctx) })
	return func() { cancel(); wg.Wait() }
}

func (c *team) as(name string) actor.Actor {
	p := c.people[name]
	return actor.Actor{Kind: actor.Person, Org: c.org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Board}
}

func (c *team) view(fn func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.s.View(context.Background(), c.org, fn); err != nil {
		c.t.Fatal(err)
	}
}

func (c *team) start() shift.Shift {
	c.t.Helper()
	s, err := c.desk.Start(context.Background(), c.as("Aino"), c.worker.Person, "", shift.Terms{Every: time.Hour})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *team) help(s shift.Shift) alarm.Alarm {
	c.t.Helper()
	l, err := c.desk.Help(context.Background(), c.as("Aino"), s.ID, shift.Signal{Note: "fell from a ladder"})
	if err != nil {
		c.t.Fatal(err)
	}
	return *l.Alarm
}
