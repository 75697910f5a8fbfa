package told_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// house is a provider with a tree of what it runs, and two customers.
type house struct {
	*testing.T
	town         *town.Town
	office       notice.Office
	told         told.Office
	olga, paula  actor.Actor // who write and release
	north, south *town.Organisation
	database     id.Component // runs for north
	mail         id.Component // runs for south
}

func open(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{T: t, town: town.New(t, s)}
	h.town.Mail.Patience = 20 * time.Second
	h.office = notice.Office{Store: s, Log: slog.New(slog.DiscardHandler), Wide: 1}
	h.told = told.Office{Store: s, Log: h.office.Log}
	staff := func(name string) actor.Actor {
		return actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: name, Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
	}
	h.olga, h.paula = staff("Olga"), staff("Paula")
	keep := func(name string, parent id.Component) id.Component {
		t.Helper()
		c, err := component.Keep(t.Context(), s, h.olga, component.Component{Name: name, Parent: parent})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	centre := keep("Helsinki", "")
	h.database, h.mail = keep("Database", centre), keep("Mail", centre)
	h.north, h.south = h.town.Organisation("North"), h.town.Organisation("South")
	for org, c := range map[*town.Organisation]id.Component{h.north: h.database, h.south: h.mail} {
		h.must(component.Install(t.Context(), s, h.olga, org.ID, []component.Installation{{Component: c}}))
		deputy := org.Monitor("Deputy of " + org.Admin.Name)
		h.must(duty.Assign(t.Context(), s, org.Admin.Actor, duty.Technical, org.Admin.Person.Person, deputy.Person.Person))
		h.must(contact.Proved(t.Context(), s, org.Admin.Actor, org.Admin.First("email")))
	}
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// down is the first word on an incident.
func (h *house) down(parts ...id.Component) notice.Draft {
	now := h.town.Store.Now()
	return notice.Draft{Kind: notice.Incident, Phrase: "unreachable", News: notice.News{
		State: notice.Investigating, Since: now.Add(-time.Minute), Promised: now.Add(time.Hour), Components: parts,
	}}
}

// say looks and says what was seen.
func (h *house) say(d notice.Draft) notice.Preview {
	h.Helper()
	p, err := h.office.Look(h.Context(), h.olga, d)
	h.must(err)
	d.Seen = p.Digest
	p, err = h.office.Say(h.Context(), h.olga, d)
	h.must(err)
	return p
}

func (h *house) turn() {
	h.Helper()
	if err := h.told.Turn(h.Context()); err != nil {
		h.Fatal(err)
	}
}

func (h *house) heard(org *town.Organisation) (all []told.Told) {
	h.Helper()
	h.must(h.town.Store.View(h.Context(), org.ID, func(tx *store.Tx) (err error) {
		all, err = told.Heard(tx, org.Admin.Actor, "")
		return err
	}))
	return all
}

func TestBS5NewsReachTheContactOfWhomTheyConcernAndNobodyElse(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		p := h.say(h.down(h.database))
		if len(p.To) != 1 || p.To[0].Org != h.north.ID || p.Wide {
			t.Fatalf("%+v", p)
		}
		h.turn()
		h.turn() // once is enough
		phone := h.town.Mail.Phone(t, h.north.Admin.First("email"))
		phone.Expect("North: Database cannot be reached.")
		phone.ExpectNothing()
		h.town.Mail.Phone(t, h.south.Admin.First("email")).ExpectNothing()
		if all := h.heard(h.north); len(all) != 1 || all[0].Notice != p.After.ID || all[0].Reached != 1 || all[0].Parts[0] != "Database" {
			t.Errorf("%+v", all)
		}
		if all := h.heard(h.south); len(all) != 0 {
			t.Errorf("the other customer reads %+v", all)
		}
		now := s.Now()
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "works", News: notice.News{State: notice.Resolved, Components: []id.Component{h.database}}, Words: "It was " + now.Format("15:04")})
		h.turn()
		phone.Expect("The incident is over.")
	})
}

func TestBS5NewsThatReachManyAreReleasedBySomebodyElse(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		p := h.say(h.down(h.database, h.mail))
		h.turn()
		h.town.Mail.Phone(t, h.north.Admin.First("email")).ExpectNothing()
		err := h.office.Release(t.Context(), h.olga, p.After.ID, 1)
		if f := fault.From(err); err == nil || f.Args["rule"] != "tell-two" {
			t.Errorf("released by the writer: %v", err)
		}
		h.must(h.office.Release(t.Context(), h.paula, p.After.ID, 1))
		if err := h.office.Release(t.Context(), h.paula, p.After.ID, 1); !errors.Is(err, fault.New(fault.Conflict, "already_done")) {
			t.Errorf("released twice: %v", err)
		}
		h.turn()
		h.town.Mail.Phone(t, h.north.Admin.First("email")).Expect("Database")
		h.town.Mail.Phone(t, h.south.Admin.First("email")).Expect("Mail")
	})
}

func TestBS5WhoeverIsToldIsWhoThePreviewShowed(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		d := h.down(h.database)
		p, err := h.office.Look(t.Context(), h.olga, d)
		h.must(err)
		d.Seen = p.Digest
		h.must(component.Install(t.Context(), s, h.olga, h.south.ID, []component.Installation{{Component: h.database}}))
		if _, err := h.office.Say(t.Context(), h.olga, d); !errors.Is(err, fault.New(fault.Conflict, "audience_changed")) {
			t.Errorf("%v", err)
		}
		if all, _ := h.office.List(t.Context(), h.olga); len(all) != 0 {
			t.Errorf("something was kept: %+v", all)
		}
	})
}

func TestBS5ADraftThatMakesNoSenseNamesItsFields(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		d := h.down("cmp_unknown")
		d.Phrase, d.Words, d.Since = "boring", strings.Repeat("x", 2001), s.Now().Add(time.Hour)
		_, err := h.office.Look(t.Context(), h.olga, d)
		for _, field := range []string{"phrase", "words", "since", "components"} {
			if !strings.Contains(err.Error(), field) {
				t.Errorf("%s is not named in %v", field, err)
			}
		}
	})
}
