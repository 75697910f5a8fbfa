package partner_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/call/rota"
	"muster/call/rota/plan"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// lagDeed is one thing that happens; what n means depends on it.
type lagDeed struct {
	what string
	who  int
	n    int
}

func (d lagDeed) String() string { return fmt.Sprintf("%s %d %d", d.what, d.who, d.n) }

// lagWorld is a place whose deeds are done to Muster and to the model.
type lagWorld struct {
	*place
	*lag
	workers []town.Member
	rota    rota.Rota
	began   time.Time
	serial  int
}

// grain is what all times are a multiple of: with it nothing is done within a
// minute of a reminder.
const grain = 7 * time.Minute

// errLag marks what Muster did otherwise than the model says.
var errLag = errors.New("not as the model says")

func differ(what string, got, want any) error {
	return fmt.Errorf("%w: %s: got %v, want %v", errLag, what, got, want)
}

// A partner confirms slowly, out of turn, or not at all, while people join,
// change and leave (SS1–SS12): whatever happens, what is numbered, what waits,
// what is said of each worker, and who is reminded when, is as a small model
// says.
func TestSS11APartnersLagEqualsTheModel(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	before := checks.String()
	defer func() { _ = checks.Set(before) }()
	if before == "100" {
		_ = checks.Set("12") // each is days of a customer and its partner
	}
	deeds := []string{"put", "put", "put", "part", "phone", "role", "cover", "confirm", "confirm", "reject", "pass", "pass", "pass", "help", "connection", "leave"}
	one := rapid.Custom(func(t *rapid.T) lagDeed {
		return lagDeed{rapid.SampledFrom(deeds).Draw(t, "what"), rapid.IntRange(0, 2).Draw(t, "who"), rapid.IntRange(0, 5).Draw(t, "n")}
	})
	rapid.Check(t, func(r *rapid.T) {
		script := rapid.SliceOfN(one, 10, 40).Draw(r, "script")
		var wrong error
		synctest.Test(t, func(t *testing.T) {
			w := newLagWorld(t)
			wrong = w.live(script)
			w.Stop()
		})
		if wrong != nil {
			r.Fatalf("%v", wrong)
		}
	})
}

func newLagWorld(t *testing.T) *lagWorld {
	t.Helper()
	p := build(t, mustertest.Store(t))
	w := &lagWorld{place: p, lag: &lag{tied: true, workers: map[string]*lagWorker{}}}
	w.workers = []town.Member{p.aino, p.customer.Worker("Bea"), p.customer.Worker("Cara")}
	for _, m := range w.workers {
		w.lag.workers[m.Name] = &lagWorker{works: true}
	}
	w.rota = p.nightly(p.customer.Monitor("One"), p.customer.Monitor("Two"))
	p.settle()
	w.began = time.Now()
	return w
}

// live does everything, and compares after each deed and once at the end.
func (w *lagWorld) live(script []lagDeed) error {
	for i, d := range script {
		if err := w.do(d); err != nil {
			return fmt.Errorf("deed %d, %s: %w", i, d, err)
		}
		w.settle()
		if err := w.compare(); err != nil {
			return fmt.Errorf("after deed %d, %s: %w", i, d, err)
		}
		w.wait(grain)
	}
	w.wait(5 * time.Hour)
	return w.reminders()
}

// wait goes on to the next multiple of grain after d.
func (w *lagWorld) wait(d time.Duration) {
	until := w.began.Add((time.Since(w.began) + d).Truncate(grain))
	w.pass(until)
	time.Sleep(time.Until(until))
	synctest.Wait()
}

func (w *lagWorld) do(d lagDeed) error {
	m, now, admin, ctx := w.workers[d.who], time.Now(), w.customer.Admin.Actor, w.t.Context()
	state := w.lag.workers[m.Name]
	switch d.what {
	case "put":
		_, err := w.place.put(m, w.draft(d.n%3))
		if ok := w.lag.put(m.Name, d.n%3, now); ok != (err == nil) {
			return differ("enrolment", err, ok)
		}
	case "part":
		err := w.clerk.Part(ctx, admin, m.Person.Person)
		if ok := w.lag.part(m.Name, now); ok != (err == nil) {
			return differ("end of an enrolment", err, ok)
		}
	case "phone", "role", "leave":
		if !w.tied || state.left {
			return nil // the partner is told of it when there is one, as of any other
		}
		return w.onRoster(d.what, m, state, now)
	case "cover":
		return w.cover(d.n%2 == 0, now)
	case "confirm", "reject":
		return w.settleOne(d)
	case "pass":
		w.wait([]time.Duration{grain, time.Hour, 3 * time.Hour, 5 * time.Hour, 9 * time.Hour, 25 * time.Hour}[d.n])
	case "help":
		return w.alarmed(m, state)
	case "connection":
		return w.connection()
	}
	return nil
}

func (w *lagWorld) draft(variant int) enrol.Draft {
	switch variant {
	case byRota:
		return enrol.Draft{Rota: w.rota.ID}
	case 1:
		return enrol.Draft{Contacts: []enrol.Contact{{Name: "Veikko Salo", Phone: "+358401110001"}, {Name: "Jorma Salo", Phone: "+358401110003"}}}
	}
	return enrol.Draft{Contacts: two()}
}

func (w *lagWorld) onRoster(what string, m town.Member, state *lagWorker, now time.Time) error {
	ctx, admin := w.t.Context(), w.customer.Admin.Actor
	switch what {
	case "phone":
		w.serial++
		phone := fmt.Sprintf("+35845%07d", w.serial)
		w.altered(m.Name, now)
		return roster.UpdatePerson(ctx, w.Store, w.Keys, admin, m.Person.Person, roster.Change{Mobile: &phone})
	case "role":
		role := actor.Worker
		if state.works = !state.works; !state.works {
			role = actor.Monitor
		}
		w.altered(m.Name, now)
		roles := []actor.Membership{{Workspace: w.customer.Workspace, Role: role}}
		return roster.UpdatePerson(ctx, w.Store, w.Keys, admin, m.Person.Person, roster.Change{Roles: &roles})
	}
	w.lag.part(m.Name, now)
	state.left = true
	return w.Store.Do(ctx, w.customer.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, admin, m.Person.Person) })
}

// cover puts the administrator on duty for half an hour, late or not.
func (w *lagWorld) cover(late bool, now time.Time) error {
	if !w.tied {
		return nil
	}
	ahead := 80 * time.Hour
	if late {
		ahead = 10 * time.Hour
	}
	w.serial++
	from := now.Add(ahead + time.Duration(w.serial)*time.Minute)
	_, err := rota.AddCover(w.t.Context(), w.Store, w.customer.Admin.Actor, w.rota.ID, plan.Cover{
		From: from, To: from.Add(time.Minute / 2), Out: plan.Everyone, In: w.customer.Admin.Person.Person,
	})
	w.turned(late, now)
	return err
}

func (w *lagWorld) settleOne(d lagDeed) error {
	waiting := w.waiting()
	if len(waiting) == 0 {
		return nil
	}
	n, to, why := waiting[(d.who*6+d.n)%len(waiting)], enrol.Confirmed, ""
	if d.what == "reject" {
		to, why = enrol.Rejected, "Number does not answer"
	}
	w.answer(n, string(to))
	return w.clerk.Settle(w.t.Context(), w.olga.Actor, w.link, n, to, why)
}

// alarmed has a worker call for help: the case must come with a warning unless
// all is confirmed.
func (w *lagWorld) alarmed(m town.Member, state *lagWorker) error {
	if !state.works || state.left {
		return nil
	}
	_, err := w.Desk.Call(w.t.Context(), m.Actor, m.Person.Person, shift.Signal{})
	if err != nil {
		return err
	}
	w.settle()
	if !w.tied {
		var a alarm.Alarm
		err := w.Store.View(w.t.Context(), w.customer.ID, func(tx *store.Tx) (err error) {
			a, _, err = alarm.Of(tx, m.Person.Person)
			return err
		})
		if err == nil {
			_, err = alarm.Resolve(w.t.Context(), w.Store, w.customer.Admin.Actor, a.ID, alarm.False, "")
		}
		return err
	}
	want := w.lag.word(m.Name)
	if want == "confirmed" {
		want = ""
	}
	open := w.open(w.olga)
	if len(open) != 1 || open[0].Warning != want {
		return differ("cases and their warning", open, want)
	}
	_, err = w.desk.Close(w.t.Context(), w.olga.Actor, open[0].ID, alarm.False, "")
	return err
}

func (w *lagWorld) connection() error {
	ctx := w.t.Context()
	if w.tied {
		w.cut()
		_, err := connection.End(ctx, w.Store, w.customer.Admin.Actor, w.link, "", partner.Ended)
		return err
	}
	w.tie(time.Now())
	w.link = w.customer.Connect(w.house)
	return nil
}

// compare holds what can be seen now to the model.
func (w *lagWorld) compare() error {
	o, err := w.clerk.Look(w.t.Context(), w.customer.Admin.Actor)
	if err != nil {
		return err
	}
	for _, m := range w.workers {
		gap, shown := w.gap(m.Name)
		i := slices.IndexFunc(o.Rows, func(r enrol.Row) bool { return r.Worker == m.Person.Person })
		if shown != (i >= 0) || shown && o.Rows[i].Gap != gap {
			return differ("gap of "+m.Name, o.Rows, gap)
		}
		if got := string(w.place.word(m)); w.tied && got != w.lag.word(m.Name) {
			return differ(m.Name, got, w.lag.word(m.Name))
		}
	}
	var numbers []int64
	for _, c := range w.inbox() {
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	if !slices.Equal(numbers, w.waiting()) {
		return differ("what waits", numbers, w.waiting())
	}
	if n := o.Waiting[w.link]; w.tied && n != len(numbers) {
		return differ("how much is shown to wait", n, len(numbers))
	}
	if len(o.Changes) != len(w.changes) {
		return differ("changes", o.Changes, w.changes)
	}
	for _, c := range o.Changes {
		got := lagChange{c.WorkerName, string(c.Kind), string(c.State), c.Late, c.Made}
		want := w.changes[c.Number-1]
		if lag := got.made.Sub(want.made); lag < 0 || lag > time.Second {
			return differ("when it was made", got, want)
		}
		if want.made = got.made; got != want {
			return differ(fmt.Sprint("change ", c.Number), got, want)
		}
	}
	return nil
}

// reminders holds everything that was said about the lag to the model.
func (w *lagWorld) reminders() error {
	var got []lagWord
	people := map[lagWord][]id.Person{}
	for org, purposes := range map[id.Org]map[string]int{
		w.house.ID: {"enrolment_waiting": 1, "enrolment_late": 2}, w.customer.ID: {"enrolment_late": 2},
	} {
		err := w.Store.View(w.t.Context(), org, func(tx *store.Tx) error {
			all, err := deliver.Latest(tx, 10_000)
			for _, m := range all {
				if level := purposes[m.Purpose]; level > 0 {
					said := lagWord{m.Made, level}
					if people[said] == nil {
						got = append(got, said)
					}
					people[said] = append(people[said], m.Person)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(got, func(a, b lagWord) int { return a.at.Compare(b.at) })
	if len(got) != len(w.said) {
		return differ("reminders", got, w.said)
	}
	for i, want := range w.said {
		if late := got[i].at.Sub(want.at); got[i].level != want.level || late < 0 || late > 45*time.Second {
			return differ("reminder", got[i], want)
		}
		whom := []id.Person{w.house.Admin.Person.Person, w.customer.Admin.Person.Person}
		if want.level == 1 {
			whom = []id.Person{w.house.Admin.Person.Person, w.olga.Person.Person, w.otto.Person.Person}
		}
		slices.Sort(whom)
		if told := slices.Sorted(slices.Values(people[got[i]])); !slices.Equal(told, whom) {
			return differ(fmt.Sprint("whom ", want, " was told"), told, whom)
		}
	}
	return nil
}
