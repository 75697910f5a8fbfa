package incident_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// scene is an organisation in which things happened.
type scene struct {
	*town.Town
	t            *testing.T
	org          *town.Organisation
	mikko, salla town.Member
	workers      []town.Member
	shifts       []shift.Shift
}

func newScene(t *testing.T, s *store.Store) *scene {
	c := &scene{Town: town.New(t, s), t: t}
	c.Mail.Patience, c.SMS.Patience = 20*time.Second, 20*time.Second
	c.org = c.Organisation("Harbour Works")
	c.mikko, c.salla = c.org.Monitor("Mikko Laine"), c.org.Monitor("Salla Ohman")
	for _, name := range []string{"Aino Virtanen", "Eero Salo", "Ida Koski"} {
		w := c.org.Worker(name)
		sh, err := c.Desk.Start(t.Context(), w.Actor, w.Person.Person, "", shift.Terms{Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		c.workers, c.shifts = append(c.workers, w), append(c.shifts, sh)
	}
	return c
}

func (c *scene) help(worker int, note string) alarm.Alarm {
	c.t.Helper()
	place := shift.Place{Place: alarm.Place{Lat: 60.17, Lon: 24.94, Accuracy: 12, Battery: 31}, Source: "test"}
	l, err := c.Desk.Help(c.t.Context(), c.workers[worker].Actor, c.shifts[worker].ID, shift.Signal{Note: note, Place: &place})
	if err != nil {
		c.t.Fatal(err)
	}
	return *l.Alarm
}

func (c *scene) must(_ alarm.Alarm, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// An alarm that much was written about still has its beginning.
func TestOA3ALongRecordKeepsItsBeginning(t *testing.T) {
	c := newScene(t, mustertest.Store(t))
	a := c.help(0, "fell from a ladder")
	const notes = 1200
	err := c.Store.Do(t.Context(), c.org.ID, func(tx *store.Tx) error {
		for range notes {
			if err := (alarm.Hand{Tx: tx, Who: c.mikko.Actor}).Note(a.ID, "still searching"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := incident.Story(t.Context(), c.Store, c.mikko.Actor, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if r.Number < 0 || len(r.Entries) <= notes {
		t.Errorf("incident %d with %d entries", r.Number, len(r.Entries))
	}
	begun := false
	for _, e := range r.Entries[:min(10, len(r.Entries))] {
		begun = begun || e.Kind == "alarm.raised"
	}
	if !begun {
		t.Errorf("the record begins with %+v", r.Entries[0])
	}
}

func TestOA3RecordHoldsWhoWasToldAndWhatBecameOfIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newScene(t, s)
		a := c.help(0, "fell from a ladder")
		for _, to := range []town.Member{c.mikko, c.salla} {
			c.Mail.Phone(t, to.First("email")).Expect("Aino")
		}
		c.must(alarm.Acknowledge(t.Context(), s, c.mikko.Actor, a.ID, "on my way"))
		c.Mail.Phone(t, c.salla.First("email")).Expect("Mikko Laine")
		if err := alarm.Note(t.Context(), s, c.salla.Actor, a.ID, "ambulance called"); err != nil {
			t.Fatal(err)
		}
		c.must(alarm.Resolve(t.Context(), s, c.mikko.Actor, a.ID, alarm.Real, "taken to hospital"))
		r, err := incident.Story(t.Context(), s, c.salla.Actor, a.ID)
		if err != nil || r.Narrow || r.Organisation != "Harbour Works" || r.PIN == "" || r.Workspace == "" || len(r.Trail) == 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		if r.Entries[0].Kind != "alarm.raised" || r.Number != r.Entries[0].Seq {
			t.Errorf("number %d; the first entry is %s at %d", r.Number, r.Entries[0].Kind, r.Entries[0].Seq)
		}
		told := map[string]incident.Person{}
		for _, p := range r.Told() {
			told[p.Name] = p
		}
		if len(told) != 2 || told["Mikko Laine"].HandedAt.IsZero() || told["Mikko Laine"].Answered.IsZero() || !told["Salla Ohman"].Answered.After(told["Mikko Laine"].Answered) {
			t.Errorf("told: %+v", told)
		}
		resp := r.Response()
		if resp.By != "Mikko Laine" || resp.Answered.Before(a.Raised) || resp.Handed.Before(a.Raised) || resp.Resolved.IsZero() {
			t.Errorf("response %+v", resp)
		}
		first := r.Chapters()[0]
		if first.Entry == nil || first.Entry.Kind != "alarm.raised" || len(first.Calls) < 2 || len(first.Calls[0].Tries) == 0 {
			t.Errorf("the alarm's messages do not stand with it: %+v", first)
		}
		calls := 0
		for _, ch := range r.Chapters() {
			calls += len(ch.Calls)
		}
		if calls != len(r.Messages) || calls < 4 {
			t.Errorf("%d of %d messages are told", calls, len(r.Messages))
		}
		own, err := incident.Story(t.Context(), s, c.workers[0].Actor, a.ID)
		if err != nil || !own.Narrow || len(own.Entries)+len(own.Messages)+len(own.Attempts)+len(own.Trail) != 0 {
			t.Errorf("the worker is shown %d entries and %d messages, %v", len(own.Entries), len(own.Messages), err)
		}
		if _, err := incident.Note(t.Context(), s, c.workers[0].Actor, a.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("the worker took the record along: %v", err)
		}
		if _, err := incident.Story(t.Context(), s, c.Organisation("Mill").Admin.Actor, a.ID); !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			t.Errorf("another organisation: %v", err)
		}
	})
}

// What statistics count from the tables, an independent reader of an export of
// the book finds too.
func TestOA3StatisticsCanBeRecomputedFromTheBook(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newScene(t, s)
		who := c.mikko.Actor
		one := c.help(0, "")
		c.must(alarm.Acknowledge(t.Context(), s, who, one.ID, ""))
		c.must(alarm.Resolve(t.Context(), s, c.salla.Actor, one.ID, alarm.Real, ""))
		c.must(alarm.Resolve(t.Context(), s, who, c.help(1, "").ID, alarm.False, "")) // never acknowledged
		c.must(alarm.Acknowledge(t.Context(), s, who, c.help(1, "").ID, ""))          // still open
		graver := c.raise(2, alarm.MissedCheckIn)
		c.must(alarm.Acknowledge(t.Context(), s, who, graver.ID, ""))
		c.help(2, "it became worse") // takes the answer off the alarm; the first one counts
		c.must(alarm.Acknowledge(t.Context(), s, c.salla.Actor, graver.ID, ""))
		c.must(alarm.Resolve(t.Context(), s, who, graver.ID, alarm.Precautionary, ""))
		c.help(0, "nobody answers")
		got, err := incident.Count(t.Context(), s, c.org.Admin.Actor, incident.Range{From: one.Raised.Add(-time.Hour), Until: s.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		cases := c.fromBook()
		zone, err := time.LoadLocation("Europe/Helsinki")
		if err != nil {
			t.Fatal(err)
		}
		want := incident.Tally(cases, zone)
		if got.All.Alarms != 5 || len(cases) != 5 {
			t.Fatalf("%d alarms counted, %d in the book, want 5", got.All.Alarms, len(cases))
		}
		same := func(what string, a, b incident.Figures) {
			t.Helper()
			if a.Alarms != b.Alarms || !maps.Equal(a.Kinds, b.Kinds) || !maps.Equal(a.Outcomes, b.Outcomes) || a.Answered != b.Answered || a.Resolved != b.Resolved {
				t.Errorf("%s: counted %+v, in the book %+v", what, a, b)
			}
		}
		same("all", got.All, want.All)
		for i, g := range got.Workers {
			same(g.Name, g.Figures, want.Workers[i].Figures)
		}
		for i, g := range got.Workspaces {
			same(g.Key, g.Figures, want.Workspaces[i].Figures)
		}
		if got.All.Kinds[alarm.Help] != 5 || got.All.Answered.Count != 4 || got.All.Outcomes[""] != 2 {
			t.Errorf("%+v", got.All)
		}
	})
}

func (c *scene) raise(worker int, kind alarm.Kind) (a alarm.Alarm) {
	c.t.Helper()
	err := c.Store.Do(c.t.Context(), c.org.ID, func(tx *store.Tx) (err error) {
		a, err = alarm.Raise(tx, actor.Engine(), alarm.Cause{
			Shift: c.shifts[worker].ID, Worker: c.workers[worker].Person.Person, Workspace: c.org.Workspace, Kind: kind, Due: tx.Now(),
		})
		return err
	})
	c.must(a, err)
	return a
}

// fromBook reads cases out of an export, and asks no table.
func (c *scene) fromBook() []incident.Case {
	c.t.Helper()
	book, err := ledger.Open(c.t.Context(), c.Store, c.Keys)
	if err != nil {
		c.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Export(c.t.Context(), c.org.Admin.Actor, c.org.ID, "", &b); err != nil {
		c.t.Fatal(err)
	}
	spaces, at := map[string]id.Workspace{}, map[string]int{}
	var cases []incident.Case
	lines := bufio.NewScanner(&b)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			Entry struct {
				At                   int64
				Kind, Subject, About string
				Facts                map[string]any
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			c.t.Fatal(err)
		}
		e := l.Entry
		text := func(name string) string { s, _ := e.Facts[name].(string); return s }
		when := time.UnixMicro(e.At).UTC()
		switch e.Kind {
		case "shift.started":
			spaces[e.Subject] = id.Workspace(text("Workspace"))
		case "alarm.raised":
			at[e.Subject] = len(cases)
			cases = append(cases, incident.Case{ID: id.Alarm(e.Subject), Worker: id.Person(e.About), Workspace: spaces[text("Shift")], Kind: alarm.Kind(text("Kind")), Raised: when})
		case "alarm.graver":
			cases[at[e.Subject]].Kind = alarm.Kind(text("Kind"))
		case "alarm.acknowledged", "alarm.resolved":
			one := &cases[at[e.Subject]]
			if one.Answered.IsZero() {
				one.Answered = when
			}
			if e.Kind == "alarm.resolved" {
				one.Resolved, one.Outcome = when, alarm.Outcome(text("Outcome"))
			}
		}
	}
	return cases
}

func TestOA10StatisticsAndListsHideASilentAlarmFromWhoeverItIsAbout(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newScene(t, s)
		a := c.raise(0, alarm.Duress)
		c.must(alarm.Resolve(t.Context(), s, c.mikko.Actor, a.ID, alarm.Real, ""))
		self := c.workers[0].Actor
		self.Roles = append(self.Roles, actor.Membership{Role: actor.Administrator})
		for _, look := range []struct {
			who  actor.Actor
			want int
		}{{self, 0}, {c.mikko.Actor, 1}, {c.org.Admin.Actor, 1}} {
			got, err := incident.Count(t.Context(), s, look.who, incident.Range{Until: s.Now().Add(time.Minute)})
			if err != nil || got.All.Alarms != look.want {
				t.Errorf("%s counts %d, %v; want %d", look.who.Name, got.All.Alarms, err, look.want)
			}
			list, err := incident.Export(t.Context(), s, look.who, incident.Filter{})
			if err != nil || len(list) != look.want {
				t.Errorf("%s takes %d along, %v; want %d", look.who.Name, len(list), err, look.want)
			}
		}
		if _, err := incident.Note(t.Context(), s, self, a.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a silent alarm was printed for whom it is about: %v", err)
		}
		worker := c.workers[1].Actor
		if _, err := incident.Count(t.Context(), s, worker, incident.Range{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a worker counts: %v", err)
		}
		if _, err := incident.Export(t.Context(), s, worker, incident.Filter{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a worker takes the list along: %v", err)
		}
	})
}

func TestOA3IncidentsAreFoundByWhenAndByName(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newScene(t, s)
		var all []alarm.Alarm
		for i := range c.workers {
			a := c.help(i, "")
			c.must(alarm.Resolve(t.Context(), s, c.mikko.Actor, a.ID, alarm.Drill, ""))
			all = append(all, a)
		}
		for what, f := range map[string]struct {
			incident.Filter
			want string
		}{
			"name":       {incident.Filter{Name: " virta"}, "Aino Virtanen"},
			"from":       {incident.Filter{From: all[2].Raised}, "Ida Koski"},
			"until":      {incident.Filter{Until: all[1].Raised}, "Aino Virtanen"},
			"both":       {incident.Filter{From: all[1].Raised, Until: all[2].Raised}, "Eero Salo"},
			"worker":     {incident.Filter{Worker: all[1].Worker}, "Eero Salo"},
			"nobody":     {incident.Filter{Name: "xyz"}, ""},
			"everything": {incident.Filter{}, "Ida Koski, Eero Salo, Aino Virtanen"},
		} {
			list, err := incident.List(t.Context(), s, c.salla.Actor, f.Filter)
			var names []string
			for _, a := range list {
				names = append(names, a.WorkerName)
			}
			if got := strings.Join(names, ", "); err != nil || got != f.want {
				t.Errorf("by %s: %q, %v; want %q", what, got, err, f.want)
			}
		}
	})
}
