package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/call/device"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/roster"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
)

// World is the demonstration's organisations.
type World struct {
	store *store.Store
	keys  *seal.Keys
	Orgs  []Org
	House House
	Staff []Mate
}

// Org is one organisation, with those of its people that the simulation and
// the sign-in links need.
type Org struct {
	ID            id.Org
	Name          string
	Lat, Lon      float64
	Workspaces    []id.Workspace
	Administrator id.Person
	Monitors      []id.Person
	Workers       []Worker
}

// Visitor is the worker who is left to whoever tries the demonstration.
func (o Org) Visitor() Worker { return o.Workers[len(o.Workers)-1] }

// Watching is a monitor of the visitor's workspace.
func (o Org) Watching() id.Person {
	// Workers and monitors are dealt out over the workspaces in turn.
	return o.Monitors[(len(o.Workers)-1)%len(o.Workspaces)]
}

// Worker is somebody whose shifts are simulated.
type Worker struct {
	Person    id.Person
	Name      string
	Workspace id.Workspace
	PIN       string
	Phone     string // token of the app that sends the positions; empty: the worker's own page does
}

// DuressPIN is what every simulated worker would type under threat.
const DuressPIN = "9911"

// stateName is where the installation remembers that it was seeded.
const stateName = "demo.world"

// Open makes the demonstration's world, or finds the one that is there.
func Open(ctx context.Context, s *store.Store, keys *seal.Keys) (*World, error) {
	w := &World{store: s, keys: keys}
	kept, err := s.Installation(ctx, stateName, func() ([]byte, error) {
		if err := w.seed(ctx); err != nil {
			return nil, err
		}
		return json.Marshal(w.Orgs)
	})
	if err != nil {
		return nil, fmt.Errorf("set up the demonstration: %w", err)
	}
	if err := json.Unmarshal(kept, &w.Orgs); err != nil {
		return nil, err
	}
	if err := w.hire(ctx); err != nil {
		return nil, err
	}
	return w, w.partner(ctx)
}

func (w *World) seed(ctx context.Context) error {
	staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Muster demonstration", Door: actor.Command, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	for _, p := range plans {
		o, err := w.found(ctx, staff, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		w.Orgs = append(w.Orgs, o)
	}
	return nil
}

// found sets up one organisation as its plan says.
func (w *World) found(ctx context.Context, staff actor.Actor, p plan) (Org, error) {
	settings := roster.Organisation{
		Name: p.name, Country: p.country, TimeZone: p.zone, Language: p.language,
		CheckIn: 4 * time.Minute, Grace: 30 * time.Second, Remind: 45 * time.Second, Repeat: time.Minute, Reopen: 5 * time.Minute,
	}
	org, err := roster.CreateOrganisation(ctx, w.store, w.keys, staff, settings, p.workspaces[0], nil)
	if err != nil {
		return Org{}, err
	}
	o := Org{ID: org, Name: p.name, Lat: p.lat, Lon: p.lon}
	// The organisation has nobody yet who could let people in.
	admin := actor.Actor{
		Kind: actor.Person, Org: org, Name: p.administrator, Door: actor.Command,
		Roles: []actor.Membership{{Role: actor.Administrator}},
	}
	for _, name := range p.workspaces[1:] {
		if _, err := roster.AddWorkspace(ctx, w.store, admin, name, ""); err != nil {
			return o, err
		}
	}
	if err := w.instruct(ctx, admin, &o, p.instructions); err != nil {
		return o, err
	}
	if err := w.populate(ctx, admin, &o, p); err != nil {
		return o, err
	}
	if err := w.rota(ctx, admin, o, p); err != nil {
		return o, err
	}
	if err := w.procedure(ctx, admin, p); err != nil {
		return o, err
	}
	return o, w.drill(ctx, admin, o)
}

// instruct writes what to do into every workspace, for the escalation tab.
func (w *World) instruct(ctx context.Context, admin actor.Actor, o *Org, text string) error {
	var all []roster.Workspace
	err := w.store.View(ctx, o.ID, func(tx *store.Tx) (err error) {
		all, err = roster.Workspaces(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, ws := range all {
		o.Workspaces = append(o.Workspaces, ws.ID)
		ws.Instructions = text
		if err := roster.UpdateWorkspace(ctx, w.store, admin, ws); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) populate(ctx context.Context, admin actor.Actor, o *Org, p plan) error {
	n := 0
	add := func(name string, roles ...actor.Membership) (roster.Person, error) {
		n++
		return roster.AddPerson(ctx, w.store, w.keys, admin, roster.NewPerson{
			Name: name, Email: mailbox(name, p.domain), Mobile: fmt.Sprintf(p.mobile, n), Roles: roles, DuressPIN: DuressPIN,
		})
	}
	boss, err := add(p.administrator, actor.Membership{Role: actor.Administrator})
	if err != nil {
		return err
	}
	o.Administrator = boss.Person
	for i, name := range p.monitors {
		m, err := add(name, actor.Membership{Role: actor.Monitor, Workspace: o.Workspaces[i%len(o.Workspaces)]})
		if err != nil {
			return err
		}
		if err := w.confirm(ctx, admin, m); err != nil {
			return err
		}
		o.Monitors = append(o.Monitors, m.Person)
	}
	for i := range p.workers {
		ws := o.Workspaces[i%len(o.Workspaces)]
		name := p.first[i%len(p.first)] + " " + p.last[(i*7+i/len(p.first))%len(p.last)]
		m, err := add(name, actor.Membership{Role: actor.Worker, Workspace: ws})
		if err != nil {
			return err
		}
		worker := Worker{Person: m.Person, Name: m.Name, Workspace: ws, PIN: m.PIN}
		if i < phones {
			spec := device.Spec{App: device.OwnTracks, CheckIn: true}
			if _, worker.Phone, err = w.devices().Add(ctx, admin, m.Person, spec); err != nil {
				return err
			}
		}
		o.Workers = append(o.Workers, worker)
	}
	return nil
}

// phones is how many workers of an organisation carry OwnTracks.
const phones = 2

// devices is where their phones send to.
func (w *World) devices() device.Desk {
	return device.Desk{Store: w.store, Shifts: shift.Desk{Store: w.store, Keys: w.keys}}
}

// confirm lets somebody confirm their addresses, as they would by the links
// that are sent to them.
func (w *World) confirm(ctx context.Context, admin actor.Actor, p roster.Person) error {
	for _, point := range p.Points {
		if err := contact.StartVerification(ctx, w.store, w.keys, admin, p.Person, point.ID); err != nil {
			return err
		}
		var sent []deliver.Message
		err := w.store.View(ctx, admin.Org, func(tx *store.Tx) (err error) {
			sent, err = deliver.Latest(tx, 1)
			return err
		})
		if err != nil {
			return err
		}
		if err := contact.ConfirmByLink(ctx, w.store, admin.Org, sent[0].ID, netip.Addr{}); err != nil {
			return err
		}
	}
	return nil
}

// plain spells a name in letters that every mail system takes.
var plain = strings.NewReplacer("ä", "a", "ö", "o", "å", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "ç", "c", "ï", "i",
	"ô", "o", "á", "a", "à", "a", "û", "u", "î", "i", "’", "", "'", "", " ", ".")

func mailbox(name, domain string) string { return plain.Replace(strings.ToLower(name)) + "@" + domain }
