package switchboard_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/carrier"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/setting"
	"muster/deliver/standby"
	"muster/id"
	"muster/mustertest"
	"muster/seal"
)

var staff = actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga Operator", Door: actor.Board}

// lab is a board over carriers that do what the test wants.
type lab struct {
	t      *testing.T
	office carrier.Office
	board  *switchboard.Board
	stop   func()

	mu      sync.Mutex
	sims    map[string]*sim // by server
	closed  []string
	refuses map[string]error // to open, by server
	reports []deliver.Report
}

// sim is one carrier.
type sim struct {
	lab    *lab
	server string
	report switchboard.Reports

	mu     sync.Mutex
	down   error
	silent bool
	slow   time.Duration
	sent   []deliver.Outgoing
}

func (s *sim) Name() string { return "sms" }

func (s *sim) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	s.mu.Lock()
	down, silent, slow := s.down, s.silent, s.slow
	s.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return deliver.Receipt{}, ctx.Err()
		}
	}
	if down != nil {
		return deliver.Receipt{}, down
	}
	s.mu.Lock()
	s.sent = append(s.sent, out)
	id := fmt.Sprintf("SM%d", len(s.sent)) // every carrier counts alike
	s.mu.Unlock()
	if !silent {
		go func() {
			time.Sleep(2 * time.Second)
			_ = s.report(context.WithoutCancel(ctx), "sms", deliver.Report{ProviderID: id, State: deliver.Delivered})
		}()
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: id}, nil
}

func (s *sim) set(down error, silent bool, slow time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.silent, s.slow = down, silent, slow
}

func (s *sim) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

func newLab(t *testing.T, environment ...switchboard.Source) *lab {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, office: carrier.Office{Store: mustertest.Store(t), Keys: keys}, sims: map[string]*sim{}, refuses: map[string]error{}}
	l.board = switchboard.New(switchboard.Config{
		Office: l.office, Environment: environment, Channels: []string{"sms"}, Open: l.open, Log: slog.New(slog.DiscardHandler),
		Reports: func(_ context.Context, _ string, r deliver.Report) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.reports = append(l.reports, r)
			return nil
		},
	})
	if err := l.board.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.board.Run(ctx); close(done) }()
	l.stop = func() {
		time.Sleep(3 * time.Second) // the last reports
		cancel()
		<-done
		l.board.Close()
	}
	return l
}

func (l *lab) open(_ context.Context, s switchboard.Source, report switchboard.Reports) (*switchboard.Opened, error) {
	_, rest, _ := strings.Cut(s.Setting, "@")
	server, _, _ := strings.Cut(rest, "?")
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refuses[server]; err != nil {
		return nil, err
	}
	one := &sim{lab: l, server: server, report: report}
	l.sims[server] = one
	return &switchboard.Opened{
		Channels: []deliver.Channel{one},
		Doors: map[string]http.Handler{"status": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, server)
		})},
		Close: func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.closed = append(l.closed, server)
		},
	}, nil
}

func (l *lab) sim(server string) *sim {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sims[server]
}

// centre is a carrier as staff type it.
func centre(name, server string) carrier.Draft {
	return carrier.Draft{Kind: carrier.SMPP, Name: name, Active: true, Values: map[string]string{
		setting.Server: server, setting.User: "muster", setting.Password: "pass", "from": "+358457000000",
	}}
}

func (l *lab) add(name, server string) id.Carrier {
	l.t.Helper()
	c, err := l.office.Add(l.t.Context(), staff, centre(name, server))
	if err != nil {
		l.t.Fatal(err)
	}
	l.settle()
	return c.ID
}

func (l *lab) settle() { synctest.Wait() }

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	l.settle()
}

// send sends one message, and gives its receipt.
func (l *lab) send() (deliver.Receipt, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	return l.board.Lines()["sms"].Send(ctx, deliver.Outgoing{Attempt: id.New[id.Attempt](), To: "+358401234567"})
}

// run sends a message each second, all of which must be taken.
func (l *lab) run(d time.Duration) {
	l.t.Helper()
	for range int(d / time.Second) {
		if _, err := l.send(); err != nil {
			l.t.Fatalf("a message was not sent: %v", err)
		}
		time.Sleep(time.Second)
	}
}

func (l *lab) uses() string {
	var out []string
	for _, s := range l.board.States("sms") {
		out = append(out, s.Name+" "+s.Use)
	}
	return strings.Join(out, ", ")
}

func TestACarrierIsUsedAsSoonAsItIsEntered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer l.stop()
		l.settle()
		if _, err := l.send(); err == nil {
			t.Fatal("a message left without a carrier")
		}
		a := l.add("a", "a.example.org")
		if _, err := l.send(); err != nil || l.sim("a.example.org").count() != 1 {
			t.Fatalf("%v", err)
		}
		l.must(l.office.Change(t.Context(), staff, a, centre("a", "b.example.org")))
		if _, err := l.send(); err != nil || l.sim("b.example.org").count() != 1 {
			t.Fatalf("after a change: %v", err)
		}
		l.must(l.office.Switch(t.Context(), staff, a, false))
		if _, err := l.send(); err == nil {
			t.Fatal("a message left over a carrier that is switched off")
		}
	})
}

// What was handed to a carrier when it was taken away is not lost, and what it
// says of it later is still taken.
func TestACarrierThatIsTakenAwayFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer l.stop()
		a := l.add("a", "a.example.org")
		l.add("b", "b.example.org")
		old := l.sim("a.example.org")
		old.set(nil, false, 5*time.Second)
		var receipt deliver.Receipt
		var err error
		sent := make(chan struct{})
		go func() { receipt, err = l.send(); close(sent) }()
		time.Sleep(time.Second)
		l.must(l.office.Remove(t.Context(), staff, a))
		if l.uses() != "b in_use" {
			t.Errorf("%s", l.uses())
		}
		<-sent
		if err != nil || old.count() != 1 {
			t.Fatalf("%+v, %v, %d", receipt, err, old.count())
		}
		time.Sleep(3 * time.Second)
		l.mu.Lock()
		if len(l.reports) != 1 || l.reports[0].ProviderID != receipt.ProviderID {
			t.Errorf("%+v, want one about %s", l.reports, receipt.ProviderID)
		}
		l.mu.Unlock()
		door := func() string {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/carrier/x/status", nil)
			r.SetPathValue("carrier", string(a))
			r.SetPathValue("door", "status")
			l.board.ServeHTTP(w, r)
			return w.Body.String()
		}
		if got := door(); got != "a.example.org" {
			t.Errorf("its door says %q", got)
		}
		time.Sleep(11 * time.Minute)
		l.settle()
		if got := door(); strings.Contains(got, "example") || fmt.Sprint(l.closed) != "[a.example.org]" {
			t.Errorf("%q, closed %v", got, l.closed)
		}
	})
}

func TestOA4TheSecondTakesOverAndTheFirstComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		down   error
		silent bool
		why    string
	}{
		"errors":          {errors.New("connection refused"), false, standby.Errors},
		"no more reports": {nil, true, standby.Slow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				defer l.stop()
				l.add("a", "a.example.org")
				l.add("b", "b.example.org")
				first, second := l.sim("a.example.org"), l.sim("b.example.org")
				l.run(time.Minute)
				if first.count() != 60 || second.count() != 0 {
					t.Fatalf("%d and %d in a good world", first.count(), second.count())
				}
				first.set(c.down, c.silent, 0)
				l.run(2 * time.Minute)
				if s, ok := l.board.Standing("sms"); !ok || !s.Second || s.Why != c.why || l.uses() != "a stands_by, b in_use" {
					t.Fatalf("%+v, %s", s, l.uses())
				}
				first.set(nil, false, 0)
				l.run(10 * time.Minute)
				before := second.count()
				l.run(time.Minute)
				if s, _ := l.board.Standing("sms"); s.Second || second.count() != before || l.uses() != "a in_use, b stands_by" {
					t.Errorf("it does not come back: %+v, %s", s, l.uses())
				}
				if all := first.count() + second.count(); all != 14*60 {
					t.Errorf("%d messages went out, %d were sent", all, 14*60)
				}
			})
		})
	}
}

// Every carrier counts its messages alike; and which of two is first changes.
func TestAReportIsAboutWhatItsOwnCarrierTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, switchboard.Source{ID: "smpp", Kind: carrier.SMPP, Name: "env", Fixed: true, Setting: "smpp://x:y@env.example.org?from=1234"})
		defer l.stop()
		a, b := l.add("a", "a.example.org"), l.add("b", "b.example.org")
		var ids []string
		for _, lead := range []id.Carrier{a, b} {
			l.must(l.office.Lead(t.Context(), staff, lead))
			r, err := l.send()
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ProviderID)
		}
		for _, c := range []id.Carrier{a, b} {
			l.must(l.office.Switch(t.Context(), staff, c, false))
		}
		if r, err := l.send(); err != nil || r.ProviderID != "SM1" {
			t.Errorf("of the environment: %+v, %v", r, err)
		}
		time.Sleep(3 * time.Second)
		l.settle()
		l.mu.Lock()
		defer l.mu.Unlock()
		about := map[string]int{}
		for _, r := range l.reports {
			about[r.ProviderID]++
		}
		if len(about) != 3 || about[ids[0]] != 1 || about[ids[1]] != 1 || about["SM1"] != 1 {
			t.Errorf("%v, reports %+v", ids, l.reports)
		}
	})
}

func TestThePageGoesBeforeTheEnvironmentAndTwoAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, switchboard.Source{ID: "smpp", Kind: carrier.SMPP, Name: "env", Fixed: true, Setting: "smpp://x:y@env.example.org?from=1234"})
		defer l.stop()
		l.settle()
		if l.uses() != "env in_use" {
			t.Error(l.uses())
		}
		a := l.add("a", "a.example.org")
		if l.uses() != "a in_use, env stands_by" {
			t.Error(l.uses())
		}
		l.mu.Lock()
		l.refuses["b.example.org"] = errors.New("smpp: no such host")
		l.mu.Unlock()
		b := l.add("b", "b.example.org")
		if l.uses() != "a in_use, b broken, env stands_by" {
			t.Error(l.uses())
		}
		l.mu.Lock()
		delete(l.refuses, "b.example.org")
		l.mu.Unlock()
		time.Sleep(time.Minute)
		l.settle()
		if l.uses() != "a in_use, b stands_by, env spare" {
			t.Error(l.uses())
		}
		l.must(l.office.Lead(t.Context(), staff, b))
		l.must(l.office.Switch(t.Context(), staff, a, false))
		if l.uses() != "b in_use, env stands_by" {
			t.Error(l.uses())
		}
	})
}

func TestHowCarriersFareIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		a := l.add("a", "a.example.org")
		l.run(10 * time.Second)
		l.sim("a.example.org").set(deliver.Refused("30005", "+358401234567 is unknown"), true, 0)
		if _, err := l.send(); err == nil {
			t.Fatal("taken")
		}
		l.sim("a.example.org").set(errors.New("smpp: connection refused by +358401234567"), true, 0)
		if _, err := l.send(); err == nil {
			t.Fatal("taken")
		}
		time.Sleep(5 * time.Second)
		l.stop()
		sums, err := l.office.Sums(t.Context(), staff)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, s := range sums {
			if s.Carrier != string(a) || s.Channel != "sms" || strings.Contains(fmt.Sprint(s), "+358") {
				t.Errorf("%+v", s)
			}
			got[s.What+" "+s.Sort+s.Code] += s.Day
		}
		for what, n := range map[string]int{"taken ": 10, "delivered ": 10, "after 2s": 10, "refused 30005": 1, "lost unreachable": 1} {
			if got[what] != n {
				t.Errorf("%s: %d, want %d (%v)", what, got[what], n, got)
			}
		}
	})
}
