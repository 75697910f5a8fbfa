package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/contact"
	"muster/tell/notice"
	"muster/tell/told"
)

// What the demonstration's provider runs, each with what contains it.
const (
	service   = "Muster"
	board     = "Board and app"
	alarms    = "Alarm delivery"
	texts     = "Text messages"
	calls     = "Voice calls"
	mails     = "Mail"
	positions = "Positions and maps"
)

var runs = []struct{ name, in string }{
	{service, ""},
	{board, service},
	{alarms, service},
	{texts, alarms},
	{calls, alarms},
	{mails, alarms},
	{positions, service},
}

// uses is what runs for which of the organisations; a number stands for one of
// their workspaces, from 1.
var uses = [][]struct {
	part  string
	place int
}{
	finnish: {{board, 0}, {alarms, 0}, {positions, 1}},
	french:  {{board, 0}, {texts, 0}},
	english: {{service, 0}},
}

// Tell sets news about the service going, once: an incident that is over, one
// that is not, maintenance to come, and news that wait for a second person.
func (w *World) Tell(ctx context.Context, gate *identity.Gate, office notice.Office) error {
	_, err := w.store.Installation(ctx, "demo.tell", func() ([]byte, error) {
		n := &news{support: &support{w: w, gate: gate, by: map[string]somebody{}}, office: office, part: map[string]id.Component{}}
		for _, step := range []func(context.Context) error{n.arrive, n.plant, n.contacts, n.write, n.goHome} {
			if err := step(ctx); err != nil {
				return nil, err
			}
		}
		return json.Marshal(true)
	})
	if err != nil {
		return fmt.Errorf("set news of the demonstration going: %w", err)
	}
	return nil
}

// news is what the provider's people tell in the demonstration.
type news struct {
	*support
	office notice.Office
	part   map[string]id.Component
}

// arrive signs in those who have something to say, or to choose.
func (n *news) arrive(ctx context.Context) error {
	for i, m := range n.w.Staff {
		if name := mates[i].name; name == agent || name == second {
			if err := n.signIn(ctx, name, identity.LinkSpec{Staff: m.ID}); err != nil {
				return err
			}
		}
	}
	for i, o := range n.w.Orgs {
		if err := n.signIn(ctx, plans[i].administrator, identity.LinkSpec{Org: o.ID, Person: o.Administrator}); err != nil {
			return err
		}
	}
	return nil
}

// plant says what there is and what of it runs for whom.
func (n *news) plant(ctx context.Context) error {
	for _, c := range runs {
		made, err := component.Keep(ctx, n.w.store, n.who(second), component.Component{Name: c.name, Parent: n.part[c.in], Public: c.name != texts && c.name != calls && c.name != mails})
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		n.part[c.name] = made
	}
	for i, o := range n.w.Orgs {
		var all []component.Installation
		for _, u := range uses[i] {
			one := component.Installation{Component: n.part[u.part]}
			if u.place > 0 {
				one.Workspace = o.Workspaces[u.place-1]
			}
			all = append(all, one)
		}
		if err := component.Install(ctx, n.w.store, n.who(second), o.ID, all); err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
	}
	return nil
}

// contacts gives each organisation somebody who stands for it. The French one's
// has not confirmed an address yet: nobody there can be told.
func (n *news) contacts(ctx context.Context) error {
	for i, o := range n.w.Orgs {
		var first roster.Person
		err := n.w.store.View(ctx, o.ID, func(tx *store.Tx) (err error) {
			first, err = roster.Find(tx, o.Administrator)
			return err
		})
		if err == nil && i != french {
			err = n.w.confirm(ctx, n.admin(i), first)
		}
		deputy := o.Monitors[0]
		if i == french {
			deputy = ""
		}
		if err == nil {
			err = duty.Assign(ctx, n.w.store, n.admin(i), duty.Technical, o.Administrator, deputy)
		}
		if err == nil {
			err = duty.Assign(ctx, n.w.store, n.admin(i), duty.Administrative, o.Administrator, "")
		}
		if err == nil { // a branch that is told directly (BS7)
			last := o.Monitors[len(o.Monitors)-1]
			err = contact.Choose(ctx, n.w.store, n.admin(i), last, []contact.Choice{{Category: contact.Service, Workspace: o.Workspaces[0]}})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
	}
	return nil
}

// write says it all, and has it carried.
func (n *news) write(ctx context.Context) error {
	now := n.w.store.Now().Truncate(time.Minute)
	aino, selma := n.who(agent), n.who(second)
	said := func(who actor.Actor, which id.Notice, d notice.Draft, parts ...string) (id.Notice, error) {
		d.Notice, d.Phone = which, "+358401234567"
		for _, p := range parts {
			d.Components = append(d.Components, n.part[p])
		}
		p, err := n.office.Look(ctx, who, d)
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.Phrase, err)
		}
		d.Seen = p.Digest
		p, err = n.office.Say(ctx, who, d)
		return p.After.ID, err
	}
	late, err := said(aino, "", notice.Draft{Kind: notice.Incident, Phrase: "slow", News: notice.News{
		State: notice.Investigating, Since: now.Add(-3 * time.Hour), Promised: now.Add(time.Hour),
	}}, positions)
	if err == nil {
		_, err = said(aino, late, notice.Draft{Phrase: "works", News: notice.News{State: notice.Resolved}, Words: "A disk was full. It is watched from now on."}, positions)
	}
	if err != nil {
		return err
	}
	open, err := said(aino, "", notice.Draft{Kind: notice.Incident, Phrase: "delayed", News: notice.News{
		State: notice.Investigating, Since: now.Add(-20 * time.Minute), Promised: now.Add(30 * time.Minute),
	}}, calls)
	if err == nil {
		_, err = said(selma, open, notice.Draft{Phrase: "supplier", News: notice.News{State: notice.Identified, Promised: now.Add(2 * time.Hour)}}, calls)
	}
	if err != nil {
		return err
	}
	_, err = said(selma, "", notice.Draft{Kind: notice.Maintenance, Phrase: "short", News: notice.News{
		State: notice.Planned, From: now.Add(8 * 24 * time.Hour).Truncate(time.Hour), Till: now.Add(8 * 24 * time.Hour).Truncate(time.Hour).Add(2 * time.Hour),
	}}, mails)
	if err == nil {
		_, err = said(aino, "", notice.Draft{Kind: notice.Incident, Phrase: "unreachable", News: notice.News{
			State: notice.Investigating, Since: now.Add(-10 * time.Minute), Promised: now.Add(time.Hour),
		}}, board)
	}
	if err != nil {
		return err
	}
	return told.Office{Store: n.office.Store, Log: n.office.Log}.Turn(ctx)
}
