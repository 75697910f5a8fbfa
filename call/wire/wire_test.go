package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/wire"
	"muster/deliver"
	"muster/deliver/dc09"
	"muster/deliver/webhook"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
	"muster/timer"
)

// node is a town whose messages leave on wires too.
type node struct {
	*town.Town
	t      *testing.T
	org    *town.Organisation
	aino   town.Member
	mikko  town.Member
	office wire.Office
	addr   string // of its DC-09 receiver
}

var (
	quiet    = slog.New(slog.DiscardHandler)
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

const key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func open(t *testing.T, s *store.Store) *node {
	t.Helper()
	n := &node{Town: town.New(t, s), t: t}
	n.Stop() // its engines know of no wires
	n.Mail.Patience, n.SMS.Patience = 20*time.Second, 20*time.Second
	n.org = n.Organisation("North")
	n.aino, n.mikko = n.org.Worker("Aino"), n.org.Monitor("Mikko")
	n.office = wire.Office{Store: s, Keys: n.Keys, Allowed: loopback}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out := &dc09.Channel{Book: n.office, Transmitter: dc09.Transmitter{Now: s.Now, Wait: 500 * time.Millisecond}}
	web := webhook.New(n.office, s.Now, loopback)
	timers := timer.NewEngine(s, quiet, map[string]timer.Handler{
		alarm.TimerKind: alarm.Fire, wire.PollKind: wire.NewPolls(out, quiet).Fire, wire.WatchKind: wire.Missed,
	})
	send := &deliver.Engine{
		Store: s, Keys: n.Keys, Log: quiet, URL: &url.URL{Scheme: "https", Host: "muster.test"},
		Channels: map[string]deliver.Channel{"email": n.Mail, "sms": n.SMS, "dc09": out, "webhook": web},
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.addr = l.Addr().String()
	in := &dc09.Receiver{Desk: n.office, Now: s.Now, Log: quiet}
	var wg sync.WaitGroup
	for _, run := range []func(){
		func() { timers.Run(ctx) }, func() { send.Run(ctx) }, func() { in.Serve(ctx, l, nil) },
		func() { (&wire.Carrier{Store: s, Log: quiet}).Run(ctx) },
	} {
		wg.Go(run)
	}
	t.Cleanup(func() { cancel(); wg.Wait() })
	return n
}

// help raises an alarm for Aino.
func (n *node) help(kind alarm.Kind) (a alarm.Alarm) {
	n.t.Helper()
	n.do(func(tx *store.Tx) (err error) {
		a, err = alarm.Raise(tx, n.aino.Actor, alarm.Cause{Worker: n.aino.Person.Person, Workspace: n.org.Workspace, Kind: kind, Due: tx.Now(), Note: "Broken leg"})
		return err
	})
	return a
}

func (n *node) do(fn func(*store.Tx) error) {
	n.t.Helper()
	if err := n.Store.Do(n.t.Context(), n.org.ID, fn); err != nil {
		n.t.Fatal(err)
	}
}

// until waits for something that happens by itself.
func (n *node) until(what string, there func() bool) {
	n.t.Helper()
	changed := make(chan struct{}, 1)
	stop := n.Store.Watch(func(store.Change) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	limit := time.After(30 * time.Second)
	for !there() {
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		case <-limit:
			n.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (n *node) open() []alarm.Alarm {
	n.t.Helper()
	var all []alarm.Alarm
	err := n.Store.View(n.t.Context(), n.org.ID, func(tx *store.Tx) (err error) {
		all, err = alarm.Open(tx, n.mikko.Actor)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}

// kinds are the entries in the organisation's book.
func (n *node) kinds() string {
	n.t.Helper()
	var b strings.Builder
	err := n.Store.View(n.t.Context(), n.org.ID, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Limit: 200})
		for _, r := range all {
			b.WriteString(r.Kind + " ")
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return b.String()
}

func (n *node) wire(w wire.Wire, hexKey string) wire.Wire {
	n.t.Helper()
	w.Active, w.Own = true, true
	made, _, err := n.office.Add(n.t.Context(), n.org.Admin.Actor, w, wire.Secret{Key: &hexKey})
	if err != nil {
		n.t.Fatal(err)
	}
	return made
}

// centre is a receiver elsewhere, that takes whatever comes.
type centre struct {
	got chan dc09.Arrival
}

func (c *centre) Sender(context.Context, string, string, string) (dc09.Sender, error) {
	k, err := dc09.ParseKey(key)
	return dc09.Sender{Key: k}, err
}

func (c *centre) Take(_ context.Context, a dc09.Arrival) error {
	if a.Refused != "" {
		return errors.New(a.Refused)
	}
	c.got <- a
	return nil
}

func listen(t *testing.T) (*centre, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{got: make(chan dc09.Arrival, 100)}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&dc09.Receiver{Desk: c, Now: time.Now, Log: quiet}).Serve(ctx, l, nil)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c, l.Addr().String()
}

// dead is an address where nobody answers.
func dead(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestAnAlarmReachesTheSecondaryReceiverWithItsWholeStory(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		c, addr := listen(t)
		w := n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{
			Hosts: []string{dead(t), addr}, Account: "ab12", Fallback: true, Dialect: dc09.Dialect{Codes: map[string]dc09.Code{"help": {CID: "101"}}},
		}}, key)
		a := n.help(alarm.Help)
		taken := func(want int) { // an alarm that is over breaks off what is under way still
			n.until("the receiver's answers", func() bool { return n.states(string(a.ID))["dc09"][deliver.Delivered] >= want })
		}
		first := <-c.got
		taken(1)
		if e := first.Events[0]; e.Code != "101" || e.Account != "AB12" || e.Restore || !strings.Contains(e.Text, "Aino") || !strings.Contains(e.Text, "Broken leg") {
			t.Errorf("%+v", first)
		}
		if _, err := alarm.Acknowledge(t.Context(), s, n.mikko.Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := alarm.Resolve(t.Context(), s, n.mikko.Actor, a.ID, alarm.Real, "Found"); err != nil {
			t.Fatal(err)
		}
		second := <-c.got
		if e := second.Events[0]; e.Code != "101" || !e.Restore || second.Frame.Seq != first.Frame.Seq+1 {
			t.Errorf("%+v", second)
		}
		n.until("both frames in the records", func() bool {
			frames, err := n.office.Frames(t.Context(), n.org.Admin.Actor, w.ID, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			acks, silent := 0, 0
			for _, f := range frames {
				switch f.Verdict {
				case "ack":
					acks++
				case "silent":
					silent++
				}
				if f.Sent == "" || f.Message == "" || (f.Verdict == "ack") != (f.Got != "") {
					t.Fatalf("%+v", f)
				}
			}
			return acks >= 2 && silent >= 4 // on a busy machine one is said again
		})
		if book := n.kinds(); strings.Count(book, "wire.lost ") != 1 || !strings.Contains(book, "wire.added ") {
			t.Errorf("the book has %s", book)
		}
		n.Mail.Phone(t, n.org.Admin.First("email")).Expect("No answer: Centre")
		taken(2)
	})
}

// states counts messages about a thing by channel and state.
func (n *node) states(about string) map[string]map[deliver.State]int {
	n.t.Helper()
	out := map[string]map[deliver.State]int{}
	err := n.Store.View(n.t.Context(), n.org.ID, func(tx *store.Tx) error {
		all, err := deliver.About(tx, about, 100)
		for _, m := range all {
			ch := m.Route[0].Channel
			if out[ch] == nil {
				out[ch] = map[deliver.State]int{}
			}
			out[ch][m.State]++
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// Rounds and answers take back what was to be said to people. What waits for a
// receiver that does not answer is said by no later round, and must stay.
func TestAnAlarmWaitsForItsReceiverWhateverIsSaidToPeople(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{Hosts: []string{dead(t)}, Account: "ab12"}}, key)
		a := n.help(alarm.Help)
		n.until("the message to the receiver", func() bool { return n.states(string(a.ID))["dc09"][deliver.Queued] == 1 })
		n.do(func(tx *store.Tx) error { return timer.Set(tx, alarm.TimerKind, string(a.ID), tx.Now()) })
		n.until("a second round", func() bool { return n.open()[0].Round == 2 })
		if _, err := alarm.Acknowledge(t.Context(), s, n.mikko.Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if got := n.states(string(a.ID))["dc09"]; got[deliver.Queued] != 1 {
			t.Errorf("the receiver's message was taken back: %v", got)
		}
		if _, err := alarm.Resolve(t.Context(), s, n.mikko.Actor, a.ID, alarm.False, ""); err != nil {
			t.Fatal(err)
		}
		if got := n.states(string(a.ID))["dc09"]; got[deliver.Cancelled] != 1 {
			t.Errorf("a centre would be told of an alarm after its end: %v", got)
		}
	})
}

func TestADrillIsATestToAReceiver(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		c, addr := listen(t)
		n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{Hosts: []string{addr}, Account: "ab12"}}, key)
		var a alarm.Alarm
		n.do(func(tx *store.Tx) (err error) {
			a, err = alarm.Raise(tx, n.org.Admin.Actor, alarm.Cause{
				Worker: n.aino.Person.Person, Workspace: n.org.Workspace, Kind: alarm.Help, Drill: true, Due: tx.Now(),
			})
			return err
		})
		test := func() {
			t.Helper()
			if e := (<-c.got).Events[0]; e.Code != "RX" && e.Code != "601" || e.Restore || !strings.Contains(e.Text, "DRILL") {
				t.Errorf("%+v", e)
			}
		}
		test()
		if _, err := alarm.Resolve(t.Context(), s, n.mikko.Actor, a.ID, alarm.Drill, ""); err != nil {
			t.Fatal(err)
		}
		test()
	})
}

func TestAProgramIsToldOfEveryTurnOfAnAlarm(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		type hook struct {
			Type string
			Data deliver.News
		}
		got, signed := make(chan hook, 20), make(chan string, 20)
		var secrets []string
		var mu sync.Mutex
		peer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			var h hook
			_ = json.Unmarshal(raw, &h)
			mu.Lock()
			defer mu.Unlock()
			var unix int64
			_, _ = fmt.Sscan(r.Header.Get("Webhook-Timestamp"), &unix)
			want, err := webhook.Sign(secrets, r.Header.Get("Webhook-Id"), time.Unix(unix, 0), raw)
			if err != nil || want != r.Header.Get("Webhook-Signature") {
				h.Type = "badly signed"
			}
			got <- h
			signed <- r.Header.Get("Webhook-Signature")
		}))
		defer peer.Close()
		made, secret, err := n.office.Add(t.Context(), n.org.Admin.Actor, wire.Wire{
			Name: "Program", Kind: wire.Webhook, Active: true, Own: true, Settings: wire.Settings{URL: peer.URL + "/hook"},
		}, wire.Secret{})
		if err != nil || !strings.HasPrefix(secret, "whsec_") {
			t.Fatal(secret, err)
		}
		mu.Lock()
		secrets = []string{secret}
		mu.Unlock()
		a := n.help(alarm.MissedCheckIn)
		n.want(t, func() string { return (<-got).Type }, deliver.AlarmRaised)
		n.help(alarm.Help)
		h := <-got
		if h.Type != deliver.AlarmRaised || h.Data.Kind != "help" || h.Data.Worker != "Aino" || h.Data.Alarm != a.ID || h.Data.Link != "https://muster.test/alarms/"+string(a.ID) {
			t.Errorf("%+v", h)
		}
		_, fresh, err := n.office.Change(t.Context(), n.org.Admin.Actor, made, wire.Secret{Rotate: true})
		if err != nil || fresh == secret || fresh == "" {
			t.Fatal(fresh, err)
		}
		mu.Lock()
		secrets = []string{fresh, secret}
		mu.Unlock()
		if _, err := alarm.Acknowledge(t.Context(), s, n.mikko.Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if h = <-got; h.Type != deliver.AlarmAcknowledged || h.Data.By != "Mikko" {
			t.Errorf("%+v", h)
		}
		if _, err := alarm.Resolve(t.Context(), s, n.mikko.Actor, a.ID, alarm.False, "Phone lost"); err != nil {
			t.Fatal(err)
		}
		if h = <-got; h.Type != deliver.AlarmResolved || h.Data.Outcome != "false" || h.Data.Note != "Phone lost" {
			t.Errorf("%+v", h)
		}
		for range 4 {
			last := <-signed
			if len(signed) == 0 && strings.Count(last, "v1,") != 2 {
				t.Errorf("after the change: %s", last)
			}
		}
	})
}

func (n *node) want(t *testing.T, get func() string, want string) {
	t.Helper()
	if got := get(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestReceiversArePolledAndMissed(t *testing.T) {
	n := open(t, mustertest.Store(t))
	c, addr := listen(t)
	w := n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{
		Hosts: []string{addr, dead(t)}, Account: "1234", Poll: 10 * time.Second,
	}}, key)
	if a := <-c.got; a.Frame.ID != dc09.Null || a.Frame.Seq != 0 {
		t.Errorf("%+v", a)
	}
	n.until("both receivers to be known", func() bool {
		got, err := n.office.Get(t.Context(), n.org.Admin.Actor, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		up := 0
		for _, r := range got.Receivers {
			if r.Up {
				up++
			}
		}
		return len(got.Receivers) == 2 && up == 1
	})
	n.Mail.Phone(t, n.org.Admin.First("email")).Expect("No answer: Centre")
}
