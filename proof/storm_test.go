package proof

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/id"
	"muster/identity"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

const (
	alarms  = 1000
	patient = 4 * time.Minute // longest that anything may take, on a machine that has other work

	monitorsPhone = "+358401234567"
)

// storm is an installation with many people on shift who press help at once.
type storm struct {
	t      *testing.T
	dsn    string
	key    string
	keys   *seal.Keys
	binary string
	texts  *mustertest.Twilio
	admin  actor.Actor
	token  string
	shifts []id.Shift
	due    []time.Time // when the shift's check-in is missed; zero for those who press help

	mu       sync.Mutex
	nodes    []*node
	answered atomic.Int64
	unheard  atomic.Int64 // answers that were lost
}

func TestKilledAgainAndAgainInAStormOfAThousandAlarms(t *testing.T) {
	binary := build(t)
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": mustertest.SQLite, "postgres": mustertest.Postgres} {
		t.Run(name, func(t *testing.T) {
			s := prepare(t, binary, dsn(t), 0)
			s.serve(free(t))
			done := s.press()
			for _, share := range []float64{0.1, 0.4, 0.7} {
				s.wait("calls", int((share+0.2*rand.Float64())*alarms), func() int { return int(s.answered.Load()) })
				n := s.nodes[0]
				n.kill()
				again := time.Now()
				s.serve(n.listen)
				t.Logf("killed after %d answers; the next process is ready %v after its start", s.answered.Load(), time.Since(again).Round(time.Millisecond))
			}
			<-done
			s.settled()
			s.judge()
		})
	}
}

// prepare makes an organisation whose people are all on shift; of those,
// silent ones will miss a check-in half a minute from now.
func prepare(t *testing.T, binary, dsn string, silent int) *storm {
	s := &storm{t: t, dsn: dsn, key: seal.Generate(1), binary: binary, texts: mustertest.NewTwilio()}
	t.Cleanup(s.texts.Close)
	var err error
	s.keys, err = seal.Parse(s.key)
	must(t, err)
	db, err := store.Open(t.Context(), dsn, store.Options{NoSync: true})
	must(t, err)
	defer db.Close()
	tw := town.New(t, db)
	tw.Stop()
	org := tw.Organisation("Harbour Works")
	s.admin = org.Admin.Actor
	workers := s.hire(db, org)
	gate := identity.New(db, identity.Config{URL: "http://localhost", Name: "Muster", Keys: s.keys, Log: quiet})
	defer gate.Close()
	s.token, _, err = gate.MakeToken(t.Context(), s.admin, org.ID, identity.TokenSpec{Name: "phones", Roles: []actor.Membership{{Role: actor.Administrator}}})
	must(t, err)
	s.shifts, s.due = make([]id.Shift, alarms), make([]time.Time, alarms)
	crowd(alarms, func(i int) {
		terms := shift.Terms{Every: 24 * time.Hour}
		if i < silent {
			terms = shift.Terms{Every: 40*time.Second + time.Duration(i*10)*time.Millisecond, Grace: time.Second}
		}
		who := actor.Actor{
			Kind: actor.Person, Org: org.ID, Person: workers[i].Person, Name: workers[i].Name, Roles: workers[i].Roles, Door: actor.App,
		}
		began, err := (shift.Desk{Store: db, Keys: s.keys}).Start(t.Context(), who, who.Person, org.Workspace, terms)
		if err != nil {
			t.Errorf("worker %d: %v", i, err)
		}
		if s.shifts[i] = began.ID; i < silent {
			s.due[i] = began.Deadline.Add(terms.Grace)
		}
	})
	return s
}

// hire makes a monitor with one telephone, and the workers. An alarm goes out
// once: the organisation repeats it after a day.
func (s *storm) hire(db *store.Store, org *town.Organisation) (workers []roster.Person) {
	s.t.Helper()
	must(s.t, db.Do(s.t.Context(), org.ID, func(tx *store.Tx) error {
		workers = workers[:0]
		e, err := roster.Begin(tx, s.admin, s.keys)
		if err != nil {
			return err
		}
		_, err = e.Add(roster.NewPerson{Name: "Mikko Laine", Mobile: monitorsPhone, Roles: []actor.Membership{{Workspace: org.Workspace, Role: actor.Monitor}}}, "test")
		for i := 0; i < alarms && err == nil; i++ {
			var p roster.Person
			p, err = e.Add(roster.NewPerson{
				Name: fmt.Sprintf("Worker %04d", i), Email: fmt.Sprintf("w%d@good.test", i), Mobile: fmt.Sprintf("+35850%07d", i),
				Roles: []actor.Membership{{Workspace: org.Workspace, Role: actor.Worker}},
			}, "test")
			workers = append(workers, p)
		}
		return err
	}))
	must(s.t, roster.UpdateOrganisation(s.t.Context(), db, s.admin, roster.Organisation{
		Name: "Harbour Works", Country: "FI", TimeZone: "Europe/Helsinki", Language: "en", Repeat: 24 * time.Hour,
	}))
	return workers
}

// crowd does n things, 32 at a time.
func crowd(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	all.Wait()
}

// press lets everybody press help who is not silent: each under one key, on
// one node or another, until there is an answer.
func (s *storm) press() (done <-chan struct{}) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		crowd(alarms, func(i int) {
			if s.due[i].IsZero() {
				s.help(i)
			}
		})
	}()
	return over
}

func (s *storm) help(i int) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	for try := 0; ; try++ {
		s.mu.Lock()
		n := s.nodes[(i+try)%len(s.nodes)]
		s.mu.Unlock()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url+"/api/v1/shifts/"+string(s.shifts[i])+"/help", http.NoBody)
		if err != nil {
			s.t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+s.token)
		req.Header.Set("Idempotency-Key", fmt.Sprintf("help-%d", i))
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
			// Conflict: it took effect, and only the answer was lost.
			if res.StatusCode < 300 || res.StatusCode == http.StatusConflict {
				s.answered.Add(1)
				return
			}
			s.t.Errorf("call %d was answered %s", i, res.Status)
			return
		}
		s.unheard.Add(1)
		select {
		case <-ctx.Done():
			s.t.Errorf("call %d was not answered within %v", i, patient)
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// wait waits until as many are reached.
func (s *storm) wait(what string, enough int, count func() int) {
	s.t.Helper()
	tick, end := time.NewTicker(50*time.Millisecond), time.After(patient)
	defer tick.Stop()
	for count() < enough {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("%d of %d %s within %v", count(), enough, what, patient)
		}
	}
}

// settled waits until the carrier has had a message for every alarm and none
// waits any more, and stops what still runs. What a killed process had sent
// and not written down waits until its claim ends, and goes out again.
func (s *storm) settled() {
	s.t.Helper()
	began := time.Now()
	s.wait("messages reached the carrier", alarms, func() int { return len(s.handed()) })
	s.wait("lane is empty", 1, s.empty)
	s.t.Logf("nothing waits any more %v after the last call was answered", time.Since(began).Round(time.Millisecond))
	s.texts.Settle()
	for _, n := range s.nodes {
		n.stop()
	}
}

// empty is 1 when no message of an alarm waits to leave.
func (s *storm) empty() int {
	for _, n := range s.nodes {
		res, err := http.Get(n.url + "/metrics")
		if err != nil {
			continue // killed
		}
		said, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil && nothingQueued.Match(said) {
			return 1
		}
	}
	return 0
}

var nothingQueued = regexp.MustCompile(`(?m)^muster_messages_queued\{lane="sos"\} 0$`)

// handed counts what the carrier was given, by attempt.
func (s *storm) handed() map[id.Attempt]int {
	all := map[id.Attempt]int{}
	for _, m := range s.texts.Messages() {
		if m.To != monitorsPhone {
			continue // reminders
		}
		back, err := url.Parse(m.Callback)
		if err != nil {
			s.t.Error(err)
			continue
		}
		all[id.Attempt(back.Query().Get("attempt"))]++
	}
	return all
}

// judge holds the database and the carrier to each other.
func (s *storm) judge() (open []alarm.Alarm) {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.dsn, store.Options{NoMigrate: true, NoListen: true})
	must(s.t, err)
	defer db.Close()
	var messages []deliver.Message
	tries := map[id.Attempt]bool{}
	must(s.t, db.View(s.t.Context(), s.admin.Org, func(tx *store.Tx) (err error) {
		if open, err = alarm.Open(tx, s.admin); err != nil {
			return err
		}
		if messages, err = deliver.Latest(tx, plenty); err != nil {
			return err
		}
		for _, a := range open {
			list, err := deliver.AttemptsAbout(tx, string(a.ID), 100)
			if err != nil {
				return err
			}
			for _, t := range list {
				tries[t.ID] = true
			}
		}
		return nil
	}))
	of := map[id.Shift]int{}
	for _, a := range open {
		of[a.Shift]++
	}
	lost, doubled := 0, 0
	for _, sh := range s.shifts {
		lost += max(0, 1-of[sh])
		doubled += max(0, of[sh]-1)
	}
	if lost+doubled > 0 || len(open) != alarms {
		s.t.Errorf("%d alarms: %d lost, %d doubled", len(open), lost, doubled)
	}
	s.messages(messages, tries, len(open))
	return open
}

func (s *storm) messages(messages []deliver.Message, tries map[id.Attempt]bool, open int) {
	s.t.Helper()
	handed := s.handed()
	states := map[deliver.State]int{}
	for _, m := range messages {
		if m.Lane != deliver.SOS {
			continue // reminders to those who were silent
		}
		states[m.State]++
		if m.State == deliver.Queued || m.State == deliver.Failed || m.State == deliver.Expired || m.State == deliver.Cancelled {
			s.t.Errorf("message %s is %s", m.ID, m.State)
		}
		if handed[m.AttemptID()] == 0 {
			s.t.Errorf("message %s is %s, and the carrier never had it", m.ID, m.State)
		}
	}
	again, most := 0, 0
	for attempt, n := range handed {
		if again, most = again+n-1, max(most, n); !tries[attempt] {
			s.t.Errorf("the carrier had attempt %s, which is not on record", attempt)
		}
	}
	if len(handed) != open {
		s.t.Errorf("%d attempts for %d alarms: a message went out twice under two ids", len(handed), open)
	}
	s.t.Logf("%d alarms, %d answers lost on the way; messages %v; %d given to the carrier again under the same attempt id, none more than %d times",
		open, s.unheard.Load(), states, again, most)
}
