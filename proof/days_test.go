package proof

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"muster/id"
	"muster/roster"
	"muster/seal"
)

// plan is how much is lived through.
type plan struct {
	workers int // in each of two organisations
	days    int
	hiccups bool
	crashes int64 // once within so many steps, on average twice
}

// The seed of a run; MUSTER_SEED chooses another.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(cmp.Or(os.Getenv("MUSTER_SEED"), strconv.FormatInt(time.Now().UnixNano()%1_000_000, 10)), 10, 64)
	must(t, err)
	t.Logf("seed %d (MUSTER_SEED=%d runs it again)", n, n)
	return n
}

func TestDaysOfShiftsWithCrashesBetweenAnyTwoSteps(t *testing.T) {
	live(t, plan{workers: 70, days: 2, crashes: 30_000})
}

func TestDaysOfShiftsWithADatabaseThatFailsNowAndThen(t *testing.T) {
	live(t, plan{workers: 40, days: 2, hiccups: true, crashes: 60_000})
}

// The long one takes as long as it takes.
func TestWeeksOfShifts(t *testing.T) {
	days, err := strconv.Atoi(cmp.Or(os.Getenv("MUSTER_SOAK_DAYS"), "0"))
	must(t, err)
	if days == 0 {
		t.Skip("NOT RUN: the soak; MUSTER_SOAK_DAYS=30 runs a month of it")
	}
	live(t, plan{workers: 120, days: days, hiccups: true, crashes: 50_000})
}

// live runs a world through its days and holds its record to the model.
func live(t *testing.T, p plan) {
	t.Parallel()
	chance := seed(t)
	path := filepath.Join(t.TempDir(), "muster.db")
	synctest.Test(t, func(t *testing.T) {
		keys, err := seal.Parse(seal.Generate(1))
		must(t, err)
		w := &world{
			machine: &machine{t: t, dsn: "sqlite:" + path, keys: keys, rnd: newDice(chance), up: make(chan struct{})},
			people:  map[id.Person]*member{}, address: map[string]*member{},
		}
		w.mail = &carrier{name: "email", rnd: newDice(chance + 1), news: w.hear}
		w.texts = &carrier{name: "sms", rnd: newDice(chance + 2), news: w.hear}
		w.until = clock().Add(time.Duration(p.days) * 24 * time.Hour)
		w.start(true)
		t.Cleanup(func() {
			last := w.running()
			w.kill(last)
			w.bury(last)
		})
		s := w.running().store
		w.settleCompany(s, "Northern", p.workers, roster.Organisation{CheckIn: 30 * time.Minute, Grace: 5 * time.Minute, Repeat: 2 * time.Minute, Reopen: 15 * time.Minute}, false)
		w.settleCompany(s, "Southern", p.workers, roster.Organisation{CheckIn: time.Hour, Grace: time.Minute, Repeat: 45 * time.Second, Reopen: 10 * time.Minute}, true)

		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		w.hiccups = p.hiccups
		go func() { w.disasters(ctx, p.crashes); close(ended) }()
		for _, c := range w.orgs {
			for _, m := range c.workers {
				w.out.Go(func() { w.work(m) })
			}
		}
		w.out.Wait()
		w.silent.Store(true)
		time.Sleep(40 * time.Minute) // who has begun to react comes to an end
		stop()
		<-ended
		w.mail.heal()
		w.texts.heal()
		w.hiccups = false
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		w.judge()
	})
}

func (w *world) judge() {
	last := w.running()
	r := w.read(last)
	shifts, deeds := 0, 0
	for _, m := range w.people {
		deeds += len(m.inputs)
		for _, in := range m.inputs {
			if in.kind == starts {
				shifts++
			}
		}
	}
	wanted := r.alarms()
	most := r.callees()
	r.news()
	r.clockwork(last)
	sent, doubled, after := r.sent()
	w.t.Logf("%d shifts, %d deeds, %d crashes, %d failures of the database: %d alarms, %d wanted, up to %d people called; "+
		"%d messages on file, %d reached a carrier, %d of them again, %d after all was over",
		shifts, deeds, len(w.past), len(w.trips), len(r.stories), wanted, most, len(r.messages), sent, doubled, after)
	if r.blames > 20 {
		w.t.Errorf("%d things are wrong; twenty are shown", r.blames)
	}
}

// lives are the runs of the process so far, the last one without an end.
func (m *machine) lives() []span {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append(append([]span(nil), m.past...), m.now.span)
}
