package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/desk/insist"
	"muster/letin/grant"
	"muster/letin/visit"
	"muster/roster"
)

// letInName is where the installation remembers that support is at work.
const letInName = "demo.letin"

// The organisations by what support has to do with them.
const (
	finnish = 0 // live; somebody of support may come in any time
	french  = 1 // in onboarding
	english = 2 // live, with something of everything
)

// LetIn sets support to work, once: customers in each phase, requests by each
// way, leave to enter at each stage, somebody inside. Everything is done by
// people who have signed in, as on the pages. url is where people reach this
// installation.
func (w *World) LetIn(ctx context.Context, gate *identity.Gate, grants grant.Office, url string) error {
	_, err := w.store.Installation(ctx, letInName, func() ([]byte, error) {
		s := &support{w: w, gate: gate, grants: grants, by: map[string]somebody{}, asked: map[string]desk.Request{}, url: url}
		if err := s.work(ctx); err != nil {
			return nil, err
		}
		return json.Marshal(true)
	})
	if err != nil {
		return fmt.Errorf("set support of the demonstration to work: %w", err)
	}
	return nil
}

// support is what the provider's people do in the demonstration.
type support struct {
	w      *World
	gate   *identity.Gate
	grants grant.Office
	url    string
	by     map[string]somebody // who has signed in, by name
	asked  map[string]desk.Request
}

// somebody is a person or a staff member who has signed in.
type somebody struct {
	actor.Actor
	cookie string
}

// desktop is from where everybody of the demonstration comes.
var desktop = identity.Visit{IP: netip.MustParseAddr("192.0.2.24"), Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"}

func (s *support) work(ctx context.Context) error {
	if err := s.arrive(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{s.customers, s.requests, s.deletions, s.exception, s.emergency, s.leaves} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return s.goHome(ctx)
}

// arrive signs everybody in.
func (s *support) arrive(ctx context.Context) error {
	for i, m := range s.w.Staff {
		if err := s.signIn(ctx, mates[i].name, identity.LinkSpec{Staff: m.ID}); err != nil {
			return err
		}
	}
	for i, o := range s.w.Orgs {
		if err := s.signIn(ctx, plans[i].administrator, identity.LinkSpec{Org: o.ID, Person: o.Administrator}); err != nil {
			return err
		}
	}
	return s.signIn(ctx, plans[english].monitors[0], identity.LinkSpec{Org: s.w.Orgs[english].ID, Person: s.w.Orgs[english].Monitors[0]})
}

func (s *support) signIn(ctx context.Context, name string, spec identity.LinkSpec) error {
	spec.Valid, spec.Many = time.Minute, true
	link, err := s.gate.MakeLink(ctx, actor.Actor{Kind: actor.System, Name: "Muster demonstration", Door: actor.Command}, spec)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	in, err := s.gate.SignInWithLink(ctx, link[strings.LastIndexByte(link, '/')+1:], desktop)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	who, _, err := s.gate.SessionActor(ctx, in.Cookie)
	who.IP = desktop.IP
	s.by[name] = somebody{who, in.Cookie}
	return err
}

// goHome signs everybody out but for whoever is inside.
func (s *support) goHome(ctx context.Context) error {
	var wrong []error
	for name, p := range s.by {
		if name != inside {
			wrong = append(wrong, s.gate.SignOut(ctx, p.cookie, desktop))
		}
	}
	return errors.Join(wrong...)
}

// who is an actor by the name in the plans.
func (s *support) who(name string) actor.Actor { return s.by[name].Actor }

func (s *support) admin(org int) actor.Actor { return s.who(plans[org].administrator) }

func (s *support) desk() desk.Desk { return desk.Desk{Store: s.w.store, Keys: s.w.keys} }

func (s *support) erase() erase.Office { return erase.Office{Desk: s.desk(), URL: s.url} }

func (s *support) insist() insist.Office { return insist.Office{Desk: s.desk()} }

func (s *support) house() visit.House {
	return visit.House{Store: s.w.store, Gate: s.gate, Grants: s.grants}
}

// The provider's people who do something, by name.
const (
	agent    = "Aino Mäkelä"
	second   = "Selma Lindqvist"
	inside   = "Sami Rautio" // the success manager, who stays inside
	head     = "Hugo Martin"
	director = "Dana Whitfield"
	project  = "Oskar Niemi"
	services = "Priya Kapoor"
)

// customers brings the organisations to where they are in their lives: one is
// new, one in onboarding, two are live, one is gone.
func (s *support) customers(ctx context.Context) error {
	books := account.Office{Store: s.w.store, Keys: s.w.keys}
	dana := s.who(director)
	deal := func(reference string, months int) account.Deal {
		return account.Deal{
			Reference: reference, Signed: s.w.store.Now().AddDate(0, -months, 0).Truncate(24 * time.Hour),
			Manager: s.who(inside).Staff, Project: s.who(project).Staff,
		}
	}
	for i, o := range s.w.Orgs {
		err := books.Name(ctx, dana, o.ID, deal(fmt.Sprintf("C-2026-%03d", 114+i), 5-2*i))
		if err == nil {
			err = account.Acknowledge(ctx, s.w.store, s.admin(i), account.Version())
		}
		if err == nil {
			err = books.Begin(ctx, s.who(project), o.ID)
		}
		if err == nil && i != french {
			err = books.GoLive(ctx, s.who(inside), o.ID)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
	}
	for _, c := range []struct {
		roster.Organisation
		first roster.NewPerson
		deal  account.Deal
		over  bool
	}{
		{
			roster.Organisation{Name: "Saimaan Satamapalvelut Oy", Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi"},
			roster.NewPerson{Name: "Ilkka Partanen", Email: "ilkka.partanen@saimaa.example"},
			deal("C-2026-131", 0), false,
		},
		{
			roster.Organisation{Name: "Northgate Cold Storage Ltd", Country: "GB", TimeZone: "Europe/London", Language: "en"},
			roster.NewPerson{Name: "Moira Fenwick", Email: "moira.fenwick@northgate.example"},
			deal("C-2024-017", 23), true,
		},
	} {
		org, err := books.Create(ctx, dana, account.New{Organisation: c.Organisation, First: &c.first, Deal: c.deal})
		if err == nil && c.over {
			err = books.End(ctx, dana, org)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// leave has somebody ask for access, others approve it and, if they agree, the
// customer's administrator consent.
func (s *support) leave(ctx context.Context, org int, asks, enters string, d grant.Draft, consents bool, approve ...string) (g grant.Grant, err error) {
	d.Org, d.Staff = s.w.Orgs[org].ID, s.who(enters).Staff
	if g, err = s.grants.Ask(ctx, s.who(asks), d); err != nil {
		return g, err
	}
	for _, name := range approve {
		if g, err = s.grants.Approve(ctx, s.who(name), g.ID); err != nil {
			return g, err
		}
	}
	if !consents {
		return g, nil
	}
	f, err := s.grants.File(ctx, s.admin(org), g.ID)
	if err != nil {
		return g, err
	}
	tag := tongue(org)
	return s.grants.Consent(ctx, s.admin(org), g.ID, tag, f.Wording(tag, f.Customer).Digest)
}

// look lets somebody in, to open some pages; guest is who they are inside.
func (s *support) look(ctx context.Context, name string, g id.Grant, pages ...string) (guest actor.Actor, err error) {
	in, err := s.house().Enter(ctx, s.who(name), visit.Entry{Cookie: s.by[name].cookie, Grant: g, From: desktop})
	if err != nil {
		return guest, err
	}
	if guest, _, err = s.gate.SessionActor(ctx, in.Cookie); err != nil {
		return guest, err
	}
	guest.IP = desktop.IP
	for _, p := range pages {
		if err := s.house().Note(ctx, guest, visit.Page{Path: p}); err != nil {
			return guest, err
		}
	}
	return guest, nil
}
