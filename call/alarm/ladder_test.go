package alarm_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/procedure"
	"muster/call/rota"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

var errGone = errors.New("the process is gone")

// fuse kills the process at one of its steps: whatever writes after it fails,
// until there is a new one.
type fuse struct {
	mu   sync.Mutex
	left int // steps until then; 0: it does not burn
	died time.Time
	out  chan struct{} // closed when it dies
}

func (f *fuse) trip(string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left > 0 {
		if f.left--; f.left == 0 {
			f.died = time.Now()
			close(f.out)
		}
	}
	if !f.died.IsZero() {
		return errGone
	}
	return nil
}

func (f *fuse) burn(steps int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.died, f.out = steps, time.Time{}, make(chan struct{})
}

func (f *fuse) dead() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.died
}

// climb is one alarm in a world in which processes die and people answer.
type climb struct {
	*crew
	t     *testing.T
	rnd   *rand.Rand
	dsn   string
	fuse  fuse
	model ladder
	shift id.Shift
	due   time.Time
}

func (c *climb) open() {
	s, err := store.Open(c.t.Context(), c.dsn, store.Options{NoSync: true, Trip: c.fuse.trip})
	if err != nil {
		c.t.Fatal(err)
	}
	if c.crew == nil {
		c.crew = &crew{w: town.New(c.t, s)}
	}
	c.w.Store, c.w.Desk = s, shift.Desk{Store: s, Keys: c.w.Keys}
}

// twice are the days on which clocks move in Helsinki, and when a rota that
// hands over at half past three does so around them: in spring, when that time
// is left out, as the clock jumps over it; in autumn, when it comes twice, at
// the first.
var twice = []struct{ first, day, next time.Time }{
	{time.Date(2000, 3, 25, 1, 30, 0, 0, time.UTC), time.Date(2000, 3, 26, 1, 0, 0, 0, time.UTC), time.Date(2000, 3, 27, 0, 30, 0, 0, time.UTC)},
	{time.Date(2000, 10, 28, 0, 30, 0, 0, time.UTC), time.Date(2000, 10, 29, 0, 30, 0, 0, time.UTC), time.Date(2000, 10, 30, 1, 30, 0, 0, time.UTC)},
}

// OA8, OA9: random ladders, with rotas that hand over on the days on which
// clocks move, while the process dies at any of its steps and somebody answers
// at any time: who is called when is as the model says, to the second; nothing
// is lost or doubled; and an alarm says how late it was.
func TestLaddersWithCrashesAndAnswersEqualTheModel(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			c := &climb{t: t, rnd: rand.New(rand.NewPCG(seed, 11)), dsn: mustertest.SQLite(t)}
			c.open()
			c.w.Stop()
			defer func() { _ = c.w.Store.Close() }()
			defer func() { c.w.Stop() }()
			clocks := twice[seed%2]
			time.Sleep(time.Until(clocks.day.Add(-time.Duration(30+c.rnd.IntN(60)) * time.Minute)))
			steps := c.prepare(clocks.first, clocks.day, clocks.next)
			c.live()
			c.judge(fmt.Sprintf("seed %d, %v", seed, steps))
		})
	}
}

// prepare sets up people, a rota and a random ladder, in Muster and the model.
func (c *climb) prepare(handovers ...time.Time) (steps []procedure.Step) {
	c.Organisation = c.w.Organisation("Harbour Works")
	c.aino = c.Worker("Aino")
	for _, name := range []string{"Bo", "Cai", "Dora"} {
		c.people = append(c.people, c.Monitor(name))
	}
	near := []id.Person{c.people[0].Person.Person, c.people[1].Person.Person, c.people[2].Person.Person}
	c.model = ladder{everybody: append(slices.Clone(near), c.Admin.Person.Person), repeat: 2 * time.Minute, reopen: 15 * time.Minute, happened: c.happened}
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		c.t.Fatal(err)
	}
	nights, err := rota.Create(c.t.Context(), c.w.Store, c.Admin.Actor, rota.Rota{Name: "Nights", Pattern: plan.Pattern{
		Kind: plan.Rotating, Start: civil.Of(handovers[0], helsinki), Handover: 3*60 + 30, Days: 1, Order: []plan.Team{{near[0]}, {near[1], near[2]}},
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	onDuty := func(at time.Time) []id.Person {
		n := slices.IndexFunc(handovers, func(h time.Time) bool { return at.Before(h) })
		if n == 2 {
			return near[1:]
		}
		return near[:1]
	}
	for range 1 + c.rnd.IntN(5) {
		st := procedure.Step{Wait: []time.Duration{0, 30 * time.Second, time.Minute, 5 * time.Minute, 12 * time.Minute}[c.rnd.IntN(5)], When: procedure.Always}
		r := rung{wait: st.Wait}
		switch n := c.rnd.IntN(6); n {
		case 0:
			st.Whom, r.who = procedure.Monitors, func(time.Time) []id.Person { return near }
		case 1, 2, 3:
			st.Whom, st.ID, r.who = procedure.OnDuty, string(nights.ID), onDuty
		default:
			one := near[n-4 : n-3]
			st.Whom, st.ID, r.who = procedure.Somebody, string(one[0]), func(time.Time) []id.Person { return one }
		}
		steps, c.model.rungs = append(steps, st), append(c.model.rungs, r)
	}
	c.follow(c.t, steps...)
	s, err := c.w.Desk.Start(c.t.Context(), c.aino.Actor, c.aino.Person.Person, c.Workspace, shift.Terms{Every: 15 * time.Minute, Grace: time.Minute})
	if err != nil {
		c.t.Fatal(err)
	}
	c.shift, c.due = s.ID, s.Deadline.Add(time.Minute)
	return steps
}

// live lets the worker be silent, the process die, and people answer, until an
// hour after the alarm was due.
func (c *climb) live() {
	c.w.Start()
	end := c.due.Add(time.Hour)
	act := c.due.Add(time.Duration(c.rnd.IntN(3000)) * time.Second)
	time.Sleep(10 * time.Second) // of peace
	c.fuse.burn(1 + c.rnd.IntN(150))
	for time.Now().Before(end) {
		select {
		case <-c.fuse.out:
		case <-time.After(time.Second):
		}
		if died := c.fuse.dead(); !died.IsZero() {
			c.restart(died)
			continue // nobody answers before it has caught up
		}
		if !time.Now().Before(act) {
			c.answer()
			act = time.Now().Add(time.Duration(1+c.rnd.IntN(1800)) * time.Second)
		}
	}
	died := c.fuse.dead()
	c.fuse.burn(0)
	if !died.IsZero() {
		c.restart(died)
		c.fuse.burn(0)
	}
	time.Sleep(20 * time.Second) // what is on its way arrives
	synctest.Wait()
}

// restart begins a new process on the database, a while after the old one died.
func (c *climb) restart(died time.Time) {
	c.w.Stop()
	_ = c.w.Store.Close()
	time.Sleep(time.Duration(1+c.rnd.IntN(600)) * time.Second)
	steps := 0
	if len(c.model.outages) < 4 {
		steps = 1 + c.rnd.IntN(300)
	}
	c.fuse.burn(0)
	c.open()
	c.fuse.burn(steps)
	c.model.outages = append(c.model.outages, outage{died, time.Now()})
	c.w.Start()
}

// answer is somebody who takes charge, or says that it is over.
func (c *climb) answer() {
	var a alarm.Alarm
	var open bool
	err := c.w.Store.View(c.t.Context(), c.ID, func(tx *store.Tx) (err error) {
		a, open, err = alarm.Of(tx, c.aino.Person.Person)
		return err
	})
	if err != nil || !open {
		return
	}
	who, now := c.people[c.rnd.IntN(len(c.people))], time.Now()
	ends := a.State == alarm.Acknowledged || c.rnd.IntN(4) == 0
	if ends {
		_, err = alarm.Resolve(c.t.Context(), c.w.Store, who.Actor, a.ID, alarm.False, "")
	} else {
		_, err = alarm.Acknowledge(c.t.Context(), c.w.Store, who.Actor, a.ID, "")
	}
	if err != nil && c.fuse.dead().IsZero() {
		c.t.Errorf("answer: %v", err)
	}
	if err != nil { // the process died of it; what counts is what was committed
		c.restart(c.fuse.dead())
		if a, err = alarm.Get(c.t.Context(), c.w.Store, c.Admin.Actor, a.ID); err != nil {
			c.t.Fatal(err)
		}
		if ends && a.Open() || !ends && a.Ack.At.Before(now) {
			return
		}
	}
	c.model.answers = append(c.model.answers, answer{now, ends})
}

// story is the record of the shift's first alarm.
func (c *climb) story() incident.Record {
	var which id.Alarm
	err := c.w.Store.View(c.t.Context(), c.ID, func(tx *store.Tx) error {
		open, err := alarm.Open(tx, c.Admin.Actor)
		over, err2 := alarm.Closed(tx, c.Admin.Actor, alarm.Filter{Limit: 10})
		for _, a := range append(open, over...) {
			if which == "" || a.ID < which {
				which = a.ID
			}
		}
		return errors.Join(err, err2)
	})
	if err != nil || which == "" {
		c.t.Fatalf("no alarm: %v", err)
	}
	r, err := incident.Story(c.t.Context(), c.w.Store, c.Admin.Actor, which)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// calls are the messages that call somebody, by when they were made.
func calls(r incident.Record) map[time.Time][]deliver.Message {
	all := map[time.Time][]deliver.Message{}
	for _, m := range r.Messages {
		if m.Purpose != "alarm_acknowledged" && m.Purpose != "alarm_resolved" {
			at := m.Made.UTC().Round(time.Second)
			all[at] = append(all[at], m)
		}
	}
	return all
}

// happened tells whether the record has a turn at an instant.
func (c *climb) happened(at time.Time) bool {
	return len(calls(c.story())[at.UTC().Round(time.Second)]) > 0
}

func (c *climb) judge(world string) {
	r := c.story()
	raised := c.model.runs(c.due)
	if late := r.Alarm.Late; !near(r.Alarm.Due, c.due) || !near(r.Alarm.Raised, raised) || !near(r.Alarm.Due.Add(late), raised) {
		c.t.Errorf("%s: due %v, raised %v, said to be %v late; want %v and %v", world, r.Alarm.Due, r.Alarm.Raised, late, c.due, raised)
	}
	want := map[time.Time][]id.Person{}
	for at, people := range c.model.calls(c.due, c.due.Add(time.Hour)) {
		want[at.UTC().Round(time.Second)] = people
	}
	got := calls(r)
	for at, people := range want {
		c.heard(world, at, got[at], people)
	}
	for at, messages := range got {
		if want[at] == nil && !at.After(c.due.Add(time.Hour)) {
			c.t.Errorf("%s: at %v (%v after it was due) %d messages, want none", world, at, at.Sub(c.due), len(messages))
		}
	}
	c.quick(world, r)
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() < tick }

// heard holds one turn to the model: each person once on each of their
// addresses.
func (c *climb) heard(world string, at time.Time, messages []deliver.Message, people []id.Person) {
	var got, want []string
	for _, m := range messages {
		got = append(got, string(m.Person)+" "+m.Route[0].Address)
	}
	for _, m := range append(slices.Clone(c.people), c.Admin) {
		if !slices.Contains(people, m.Person.Person) {
			continue
		}
		wanted, _ := m.Routes()
		for _, stop := range wanted {
			want = append(want, string(m.Person.Person)+" "+stop.Address)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: at %v (%v after it was due) called\n  %s\nwant\n  %s\n(outages %v, answers %v)", world, at, at.Sub(c.due),
			strings.Join(got, "\n  "), strings.Join(want, "\n  "), c.model.outages, c.model.answers)
	}
}

// quick holds deliveries to what must become of them: a call leaves, and not
// twice as two; none leaves two seconds after somebody has answered.
func (c *climb) quick(world string, r incident.Record) {
	tries := map[id.Message]int{}
	of := map[id.Message]time.Time{}
	for _, m := range r.Messages {
		of[m.ID] = m.Made
	}
	for _, a := range r.Attempts {
		tries[a.Message]++
		for _, n := range c.model.answers {
			if made := of[a.Message]; made.Before(n.at) && a.At.After(n.at.Add(2*time.Second)) {
				c.t.Errorf("%s: a call of %v left at %v, after the answer at %v", world, made, a.At, n.at)
			}
		}
	}
	sent := map[id.Attempt]bool{}
	for _, out := range append(c.w.Mail.Sent(), c.w.SMS.Sent()...) {
		sent[out.Attempt] = true
	}
	for _, m := range r.Messages {
		if n := tries[m.ID]; n > 1 || n == 0 && m.State != deliver.Cancelled {
			c.t.Errorf("%s: %s of %v is %s after %d attempts", world, m.Purpose, m.Made, m.State, n)
		}
		if tries[m.ID] == 1 && !sent[m.AttemptID()] && m.State != deliver.Cancelled {
			c.t.Errorf("%s: %s of %v is %s, and the carrier never had it", world, m.Purpose, m.Made, m.State)
		}
	}
}
