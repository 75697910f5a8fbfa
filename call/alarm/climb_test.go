package alarm_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/course"
	"muster/call/incident"
	"muster/call/procedure"
	"muster/call/shift"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// crew is an organisation with people whom steps can call.
type crew struct {
	*town.Organisation
	w      *town.Town
	aino   town.Member
	people []town.Member // monitors
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	c := &crew{w: town.New(t, mustertest.Store(t))}
	c.Organisation = c.w.Organisation("Harbour Works")
	c.aino = c.Worker("Aino")
	for _, name := range []string{"Bo", "Cai", "Dora"} {
		c.people = append(c.people, c.Monitor(name))
	}
	return c
}

var force = store.Query("test.switch_on", `update procedure set active = true where org = $1`).Telemetry()

// follow switches a procedure on, whomever it reaches: the gate has a test of
// its own.
func (c *crew) follow(t *testing.T, steps ...procedure.Step) procedure.Procedure {
	t.Helper()
	p, err := procedure.Create(t.Context(), c.w.Store, c.Admin.Actor, procedure.Subject{}, procedure.Draft{
		Name: "Nights", Instructions: "Call Aino.\n\nLook at the camera.", Steps: steps,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.w.Store.Do(t.Context(), c.ID, func(tx *store.Tx) error { return tx.Write(force) }); err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *crew) help(t *testing.T) alarm.Alarm {
	t.Helper()
	return c.press(t, c.start(t))
}

func (c *crew) start(t *testing.T) id.Shift {
	t.Helper()
	s, err := c.w.Desk.Start(t.Context(), c.aino.Actor, c.aino.Person.Person, c.Workspace, shift.Terms{Every: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

func (c *crew) press(t *testing.T, on id.Shift) alarm.Alarm {
	t.Helper()
	line, err := c.w.Desk.Help(t.Context(), c.aino.Actor, on, shift.Signal{})
	if err != nil {
		t.Fatal(err)
	}
	return *line.Alarm
}

// told is to whom messages were made at each instant, counted from the alarm.
func (c *crew) told(t *testing.T, a alarm.Alarm) map[time.Duration][]id.Person {
	t.Helper()
	story, err := incident.Story(t.Context(), c.w.Store, c.Admin.Actor, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	sets := map[time.Duration]map[id.Person]bool{}
	for _, m := range story.Messages {
		at := m.Made.Sub(a.Raised).Round(time.Second)
		if sets[at] == nil {
			sets[at] = map[id.Person]bool{}
		}
		sets[at][m.Person] = true
	}
	all := map[time.Duration][]id.Person{}
	for at, set := range sets {
		all[at] = slices.Sorted(maps.Keys(set))
	}
	return all
}

// model is an independent small model of a ladder: which people are called at
// which second, while nobody answers and everything runs.
func model(steps [][]id.Person, waits []time.Duration, everybody []id.Person, repeat, until time.Duration) map[time.Duration][]id.Person {
	begins, end := make([]time.Duration, len(steps)), time.Duration(0)
	for i := range steps {
		begins[i] = end
		if len(steps[i]) > 0 {
			end += waits[i]
		}
	}
	out := map[time.Duration]map[id.Person]bool{}
	call := func(at time.Duration, people []id.Person) {
		if out[at] == nil {
			out[at] = map[id.Person]bool{}
		}
		for _, p := range people {
			out[at][p] = true
		}
	}
	for i := range steps {
		if begins[i] <= until {
			call(begins[i], steps[i])
		}
	}
	rounds, at, wide := 0, time.Duration(0), false
	for {
		if !wide && at >= end { // the call to everybody comes first, and is a round
			at, wide = end, true
		}
		if at > until {
			break
		}
		rounds++
		for i := range steps {
			if begins[i] <= at {
				call(at, steps[i])
			}
		}
		if wide {
			call(at, everybody)
		}
		pause := repeat
		for range max(0, rounds-5) {
			pause = min(2*pause, 15*time.Minute)
		}
		at += pause
	}
	all := map[time.Duration][]id.Person{}
	for at, set := range out {
		if len(set) > 0 {
			all[at] = slices.Sorted(maps.Keys(set))
		}
	}
	return all
}

// Random ladders, with people who have left and steps that begin together,
// against the model, over virtual hours.
func TestLaddersEqualTheModel(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			c := newCrew(t)
			gone := c.Monitor("Gone")
			var steps []procedure.Step
			var who [][]id.Person
			var waits []time.Duration
			near := []id.Person{c.people[0].Person.Person, c.people[1].Person.Person, c.people[2].Person.Person}
			for range 1 + rnd.IntN(4) {
				wait := []time.Duration{0, 30 * time.Second, time.Minute, 150 * time.Second, 10 * time.Minute}[rnd.IntN(5)]
				st := procedure.Step{Whom: procedure.Somebody, Wait: wait, When: procedure.Always}
				switch n := rnd.IntN(5); n {
				case 0:
					st.Whom, who = procedure.Monitors, append(who, near)
				case 1:
					st.ID, who = string(gone.Person.Person), append(who, nil)
				default:
					st.ID, who = string(near[n-2]), append(who, []id.Person{near[n-2]})
				}
				steps, waits = append(steps, st), append(waits, wait)
			}
			c.follow(t, steps...)
			err := c.w.Store.Do(t.Context(), c.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, c.Admin.Actor, gone.Person.Person) })
			if err != nil {
				t.Fatal(err)
			}
			a := c.help(t)
			until := 40 * time.Minute
			time.Sleep(until + 500*time.Millisecond)
			synctest.Wait()
			everybody := append(slices.Clone(near), c.Admin.Person.Person)
			want := model(who, waits, everybody, 2*time.Minute, until)
			got := c.told(t, a)
			for at := range maps.Keys(want) {
				if !slices.Equal(got[at], want[at]) {
					t.Errorf("seed %d, %v: at %v called %v, want %v", seed, steps, at, got[at], want[at])
				}
			}
			for at := range maps.Keys(got) {
				if want[at] == nil {
					t.Errorf("seed %d, %v: at %v called %v, want nobody", seed, steps, at, got[at])
				}
			}
		})
	}
}

// Whatever dies in between, no step begins early, none is lost, and none after
// somebody has answered.
func TestALadderGoesOnAfterACrashAndStopsForAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		var steps []procedure.Step
		for _, p := range c.people {
			steps = append(steps, procedure.Step{Whom: procedure.Somebody, ID: string(p.Person.Person), Wait: 5 * time.Minute, When: procedure.Always})
		}
		c.follow(t, steps...)
		a := c.help(t)
		time.Sleep(4 * time.Minute)
		c.w.Stop()
		time.Sleep(2 * time.Minute) // the second step falls due while nothing runs
		c.w.Start()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := c.told(t, a)[6*time.Minute]; !slices.Contains(got, c.people[1].Person.Person) {
			t.Errorf("after the crash %v were called, want the second step's person among them", got)
		}
		if _, err := alarm.Acknowledge(t.Context(), c.w.Store, c.people[1].Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for at, people := range c.told(t, a) {
			if slices.Contains(people, c.people[2].Person.Person) {
				t.Errorf("the third step began at %v although somebody had answered", at)
			}
		}
	})
}

// OA1: whom a step names is called, on the channels that it names, and may
// answer without being a monitor of the workspace.
func TestOA1AStepCallsWhomItNamesOnTheChannelsItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		neighbour := c.Worker("Neighbour")
		c.follow(t, procedure.Step{Whom: procedure.Somebody, ID: string(neighbour.Person.Person), Channels: []string{roster.SMS}, Wait: time.Minute, When: procedure.Always})
		a := c.help(t)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		c.w.SMS.Phone(t, neighbour.First(roster.SMS)).Expect("Aino")
		c.w.Mail.Phone(t, neighbour.First(roster.Email)).ExpectNothing()
		if _, err := alarm.Get(t.Context(), c.w.Store, neighbour.Actor, a.ID); err != nil {
			t.Errorf("who was called cannot see the alarm: %v", err)
		}
		other := c.Worker("Other")
		if _, err := alarm.Acknowledge(t.Context(), c.w.Store, other.Actor, a.ID, ""); err == nil {
			t.Error("somebody whom nobody called has answered")
		}
		if _, err := alarm.Acknowledge(t.Context(), c.w.Store, neighbour.Actor, a.ID, ""); err != nil {
			t.Errorf("who was called cannot answer: %v", err)
		}
	})
}

// OA8: instructions are ticked off with name and time, taken back, and stand
// in the incident.
func TestOA8InstructionsAreTickedOffWithNameAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.follow(t, procedure.Step{Whom: procedure.Monitors, Wait: time.Minute, Do: "Open the gate", When: procedure.Always})
		a := c.help(t)
		bo, s := c.people[0], c.w.Store
		for _, err := range []error{
			course.Set(t.Context(), s, bo.Actor, a.ID, 0, 2, true),
			course.Set(t.Context(), s, bo.Actor, a.ID, 1, 1, true),
			course.Set(t.Context(), s, bo.Actor, a.ID, 1, 1, true), // said again
			course.Set(t.Context(), s, c.people[1].Actor, a.ID, 1, 1, false),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, wrong := range [][2]int{{0, 3}, {0, 0}, {2, 1}, {-1, 1}} {
			if err := course.Set(t.Context(), s, bo.Actor, a.ID, wrong[0], wrong[1], true); err == nil {
				t.Errorf("instruction %v is not there, and was ticked off", wrong)
			}
		}
		done, err := course.Of(t.Context(), s, bo.Actor, a.ID)
		if err != nil || len(done.Ticks) != 2 {
			t.Fatalf("%+v, %v", done.Ticks, err)
		}
		general, own := done.Ticks[0], done.Ticks[1]
		if general.Text != "Look at the camera." || !general.Done || general.By.Name != "Bo" || !general.By.At.Equal(a.Raised) {
			t.Errorf("the general instruction: %+v", general)
		}
		if own.Text != "Open the gate" || own.Done || own.By.Name != "Cai" {
			t.Errorf("the step's instruction: %+v", own)
		}
		story, err := incident.Story(t.Context(), s, bo.Actor, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, e := range story.Entries {
			if e.Personal["Instruction"] != "" {
				kinds = append(kinds, e.Kind+" "+e.Personal["Instruction"]+" "+e.Actor.Name)
			}
		}
		want := []string{"alarm.ticked Look at the camera. Bo", "alarm.ticked Open the gate Bo", "alarm.unticked Open the gate Cai"}
		if !slices.Equal(kinds, want) {
			t.Errorf("the incident says %v, want %v", kinds, want)
		}
	})
}
