package told_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/store"
	"muster/tell/component"
	news "muster/tell/contact"
)

// sink is a carrier whose every message arrives at once.
type sink struct {
	name string
	mu   sync.Mutex
	got  []deliver.Outgoing
}

func (c *sink) Name() string { return c.name }

func (c *sink) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, out)
	return deliver.Receipt{State: deliver.Delivered}, nil
}

// take is what arrived since it was asked last.
func (c *sink) take() []deliver.Outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.got
	c.got = nil
	return got
}

// worlds are customers in which everything that decides who is told changes from
// one world to the next.
type worlds struct {
	*house
	rnd    *rand.Rand
	parts  []component.Component
	orgs   []*town.Organisation
	people map[id.Org][]town.Member
	runs   map[id.Org][]component.Installation
	mail   *sink
	text   *sink
}

func (h *house) worlds() *worlds {
	h.Helper()
	h.town.Stop()
	h.office.Wide = 0
	w := &worlds{
		house: h, rnd: rand.New(rand.NewPCG(20261123, 7)), orgs: []*town.Organisation{h.north, h.south}, people: map[id.Org][]town.Member{},
		runs: map[id.Org][]component.Installation{h.north.ID: {{Component: h.database}}, h.south.ID: {{Component: h.mail}}}, mail: &sink{name: "email"}, text: &sink{name: "sms"},
	}
	for i := range 6 {
		_, err := component.Keep(h.Context(), h.town.Store, h.olga, component.Component{Name: "Part " + strconv.Itoa(i), Parent: [...]id.Component{h.database, h.mail, ""}[i%3]})
		h.must(err)
	}
	parts, err := component.List(h.Context(), h.town.Store, h.olga)
	h.must(err)
	w.parts = parts
	for i := range 4 {
		o := h.town.Organisation(fmt.Sprintf("Customer %c", 'K'+i))
		if i%2 == 0 {
			h.stands(o)
		}
		w.orgs = append(w.orgs, o)
	}
	for _, o := range w.orgs {
		for i := range 3 {
			m := o.Monitor(fmt.Sprintf("Reader %d at %s", i, o.Admin.Name))
			for _, channel := range []string{"email", "sms"} {
				if w.rnd.IntN(2) == 0 {
					h.must(contact.Proved(h.Context(), h.town.Store, m.Actor, m.First(channel)))
				}
			}
			w.people[o.ID] = append(w.people[o.ID], m)
		}
	}
	h.town.More = []deliver.Channel{w.mail, w.text}
	h.town.Start()
	return w
}

// next makes another world of this one: another customer has other parts, and
// somebody wants other news.
func (w *worlds) next() {
	w.Helper()
	o := w.orgs[w.rnd.IntN(len(w.orgs))]
	place := func() id.Workspace { return [...]id.Workspace{"", o.Workspace}[w.rnd.IntN(2)] }
	var runs []component.Installation
	for range w.rnd.IntN(4) {
		i := component.Installation{Component: w.parts[w.rnd.IntN(len(w.parts))].ID, Workspace: place()}
		if !slices.Contains(runs, i) {
			runs = append(runs, i)
		}
	}
	w.must(component.Install(w.Context(), w.town.Store, w.olga, o.ID, runs))
	w.runs[o.ID] = runs
	m := w.people[o.ID][w.rnd.IntN(3)]
	var wanted []news.Choice
	for range w.rnd.IntN(3) {
		all := news.Categories()
		wanted = append(wanted, news.Choice{Category: all[w.rnd.IntN(len(all))], Workspace: place()})
	}
	w.must(news.Choose(w.Context(), w.town.Store, o.Admin.Actor, m.Person.Person, wanted))
}

// line is one message: to whom, by which way.
type line struct {
	org     id.Org
	channel string
	to      string
}

// tell says something in this world, and gives what the preview showed, what
// was queued and what arrived.
func (w *worlds) tell() (subject []id.Component, shown, queued map[line]int, arrived []deliver.Outgoing) {
	w.Helper()
	for _, i := range w.rnd.Perm(len(w.parts))[:1+w.rnd.IntN(2)] {
		subject = append(subject, w.parts[i].ID)
	}
	d := w.down(subject...)
	if w.rnd.IntN(2) == 0 {
		d = w.planned(300*24*time.Hour, time.Hour)
		d.Components = subject
	}
	p := w.say(d)
	shown, queued = map[line]int{}, map[line]int{}
	for _, a := range p.To {
		for _, t := range a.Told {
			shown[line{a.Org, t.Route[0].Channel, t.Route[0].Address}]++
		}
	}
	w.turn()
	pass(time.Second)
	for _, o := range w.orgs {
		w.must(w.town.Store.View(w.Context(), o.ID, func(tx *store.Tx) error {
			sent, err := deliver.About(tx, string(p.After.ID), 100)
			for _, m := range sent {
				queued[line{o.ID, m.Route[0].Channel, m.Route[0].Address}]++
			}
			return err
		}))
	}
	for _, out := range append(w.mail.take(), w.text.take()...) {
		if out.Thread == string(p.After.ID) {
			arrived = append(arrived, out)
		}
	}
	return subject, shown, queued, arrived
}

// concerned tells, without the room that decides it, whether a part that runs
// for an organisation is one of those, stands below one, or contains one.
func (w *worlds) concerned(org id.Org, subject []id.Component) bool {
	above := func(c id.Component) (all []id.Component) {
		for c != "" {
			all = append(all, c)
			c = w.parts[slices.IndexFunc(w.parts, func(p component.Component) bool { return p.ID == c })].Parent
		}
		return all
	}
	return slices.ContainsFunc(w.runs[org], func(i component.Installation) bool {
		return slices.ContainsFunc(subject, func(c id.Component) bool {
			return slices.Contains(above(c), i.Component) || slices.Contains(above(i.Component), c)
		})
	})
}

// Notices rows 3, 10 and 14: in a thousand random worlds whoever the preview
// shows is whoever a message is queued for is whoever gets one; and nobody of
// an organisation that it does not concern gets anything, nor anybody a word of
// another organisation.
func TestBS7Notice10APreviewIsWhatArrivesInAThousandWorlds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := living(t).worlds()
		messages := 0
		for world := range 1000 {
			w.next()
			subject, shown, queued, arrived := w.tell()
			got := map[line]int{}
			for _, out := range arrived {
				channel := "sms"
				if out.Subject != "" {
					channel = "email"
				}
				got[line{out.Org, channel, out.To}]++
				w.private(out, subject)
			}
			if !maps.Equal(shown, queued) || !maps.Equal(shown, got) {
				t.Fatalf("world %d: shown %v, queued %v, arrived %v", world, shown, queued, got)
			}
			for l := range shown {
				if !w.concerned(l.org, subject) {
					t.Fatalf("world %d: %v is told of %v", world, l, subject)
				}
			}
			messages += len(arrived)
		}
		if messages < 1000 {
			t.Errorf("only %d messages: these worlds are empty", messages)
		}
		t.Logf("%d messages", messages)
	})
}

// private holds a message to its own organisation: it goes to one of its people,
// names no other, and no part that does not run for it.
func (w *worlds) private(out deliver.Outgoing, subject []id.Component) {
	w.Helper()
	for _, p := range w.parts {
		if slices.Contains(subject, p.ID) && !w.concerned(out.Org, []id.Component{p.ID}) && strings.Contains(out.Text, p.Name) {
			w.Errorf("%s reads of %s, which does not run for them: %s", out.To, p.Name, out.Text)
		}
	}
	for _, o := range w.orgs {
		home := o.ID == out.Org
		names := strings.Contains(out.Subject+out.Text+out.HTML, strings.TrimPrefix(o.Admin.Name, "Administrator of "))
		if !home && names {
			w.Errorf("%s gets a word of %s: %s", out.To, o.Admin.Name, out.Text)
		}
		for _, m := range append(w.people[o.ID], o.Admin) {
			mine := slices.ContainsFunc([]string{"email", "sms"}, func(c string) bool { return m.First(c) == out.To })
			if mine && !home {
				w.Errorf("%s of %s gets what is for %s", out.To, o.Admin.Name, out.Org)
			}
		}
	}
}
