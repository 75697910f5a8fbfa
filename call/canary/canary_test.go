package canary_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/canary"
	"muster/call/shift"
	"muster/deliver"
	"muster/mustertest"
	"muster/mustertest/world"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

const pause = 5 * time.Minute

// node is one process with a canary.
type node struct {
	*canary.Keeper
	mail *world.Carrier
	text *world.Carrier
	keys *seal.Keys
}

func open(t *testing.T, s *store.Store) *node {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	n := &node{mail: world.NewCarrier("email"), text: world.NewCarrier("sms"), keys: keys}
	n.Keeper = &canary.Keeper{
		Store: s, Desk: shift.Desk{Store: s, Keys: keys}, Every: pause, Log: slog.New(slog.DiscardHandler),
		Staff: func(context.Context) ([]string, error) { return []string{"night@provider.test"}, nil },
	}
	if err := n.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// run runs the timers, and with send the messages too, until it is stopped.
func (n *node) run(t *testing.T, send bool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	timers := timer.NewEngine(n.Store, n.Log, map[string]timer.Handler{
		shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire, canary.BeginTimer: n.Begin, canary.JudgeTimer: n.Judge,
	})
	running.Go(func() { timers.Run(ctx) })
	if send {
		messages := &deliver.Engine{
			Store: n.Store, Keys: n.keys, Log: n.Log, Aftermath: deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced}, URL: &url.URL{Scheme: "https", Host: "muster.test"},
			Channels: map[string]deliver.Channel{"email": n.Loop(n.mail), "sms": n.Loop(n.text)},
		}
		running.Go(func() { messages.Run(ctx) })
	}
	running.Go(func() { n.Watch(ctx, "") })
	return func() {
		cancel()
		running.Wait()
	}
}

func (n *node) flights(t *testing.T) []canary.Flight {
	t.Helper()
	all, err := n.Flights(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestTheCanaryFliesAndTroublesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, mustertest.Store(t))
		defer n.run(t, true)()
		wait(time.Hour + time.Minute)
		all := n.flights(t)
		if len(all) != 12 {
			t.Fatalf("%d flights in an hour, want 12", len(all))
		}
		for _, f := range all {
			if !f.Home() || f.Failed || f.Alarm() < 0 || f.Alarm() > time.Second || f.Message() < 0 || f.Message() > time.Second {
				t.Errorf("%+v: alarm after %v, message after %v", f, f.Alarm(), f.Message())
			}
		}
		if sent := append(n.mail.Sent(), n.text.Sent()...); len(sent) != 0 {
			t.Errorf("%d messages left: %+v", len(sent), sent[0])
		}
		h, err := n.Health(t.Context())
		if err != nil || !h.Well(time.Now()) || h.Last.ID != all[0].ID {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

func TestAFlightThatDoesNotComeHomeIsToldOnceAndSoIsTheNextThatDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, mustertest.Store(t))
		stop := n.run(t, false) // nothing leaves
		wait(3*pause + time.Minute)
		if h, err := n.Health(t.Context()); err != nil || h.Well(time.Now()) {
			t.Errorf("healthy without a flight in three pauses: %+v, %v", h, err)
		}
		stop()
		defer n.run(t, true)()
		wait(time.Minute)
		phone := n.mail.Phone(t, "night@provider.test")
		phone.Expect("canary failed")
		wait(2 * pause)
		phone.Expect("canary is well again")
		phone.ExpectNothing()
		if h, err := n.Health(t.Context()); err != nil || !h.Well(time.Now()) {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

// A process that starts anew finds its canary, and does not fly at once: a
// server that falls over again and again would say all is well.
func TestTheCanaryIsInstalledOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		first, second := open(t, s), open(t, s)
		if a, b := first.flights(t), second.flights(t); len(a) != 0 || len(b) != 0 {
			t.Errorf("%d and %d flights before the first pause was over", len(a), len(b))
		}
		if first.Cage() != second.Cage() {
			t.Error("there are two canaries")
		}
	})
}

func TestTheHeartStopsWithTheCanary(t *testing.T) {
	var beats atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/beat") {
			beats.Add(1)
		}
	}))
	defer other.Close()
	n := open(t, mustertest.Store(t))
	if err := n.Look(t.Context(), other.URL+"/beat"); err != nil || beats.Load() != 1 {
		t.Fatalf("%d beats, %v", beats.Load(), err)
	}
	n.Every = -time.Hour // so that whatever came home is too long ago
	if err := n.Look(t.Context(), other.URL+"/beat"); err == nil || beats.Load() != 1 {
		t.Errorf("%d beats, %v; want silence and an error", beats.Load(), err)
	}
}
