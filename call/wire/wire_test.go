package wire_test

import (
	"bufio"
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
	"muster/fault"
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
	mu    sync.Mutex
	taken []dc09.Arrival
	got   chan dc09.Arrival
}

func (c *centre) Sender(context.Context, string, string, string) (dc09.Sender, error) {
	k, err := dc09.ParseKey(key)
	return dc09.Sender{Key: k}, err
}

func (c *centre) Take(_ context.Context, a dc09.Arrival) error {
	if a.Refused != "" {
		return errors.New(string(a.Refused))
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
		first := <-c.got
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
			return acks == 2 && silent == 4
		})
		if book := n.kinds(); strings.Count(book, "wire.lost ") != 1 || !strings.Contains(book, "wire.added ") {
			t.Errorf("the book has %s", book)
		}
		n.Mail.Phone(t, n.org.Admin.First("email")).Expect("No answer: Centre")
		for _, kind := range []string{string(deliver.Delivered)} {
			n.until("the end of each message", func() bool { return n.states(string(a.ID))["dc09"][deliver.State(kind)] == 2 })
		}
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

// panel sends frames as one would.
type panel struct {
	t    *testing.T
	addr string
	key  []byte
	acc  string
}

// ask sends a frame and gives the answer's ID, and its whole text.
func (p panel) ask(raw []byte) (answer string) {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := c.Write(raw); err != nil {
		p.t.Fatal(err)
	}
	s := bufio.NewScanner(c)
	s.Split(dc09.Split)
	if !s.Scan() {
		return ""
	}
	f, err := dc09.Parse(s.Bytes())
	if err != nil {
		p.t.Fatal(err)
	}
	return f.ID
}

func (p panel) frame(format, data string, seq int, at time.Time, extra ...dc09.Extra) []byte {
	p.t.Helper()
	raw, err := dc09.Frame{
		ID: format, Encrypted: len(p.key) > 0, Seq: seq, Receiver: "0", Line: "0", Account: p.acc, Data: data, Extra: extra, At: at.UTC().Truncate(time.Second),
	}.Bytes(p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

func (n *node) panel(account, hexKey string, poll time.Duration) (wire.Panel, panel) {
	n.t.Helper()
	made, err := n.office.AddPanel(n.t.Context(), n.org.Admin.Actor, wire.Panel{
		Name: "Depot", Account: account, Person: n.aino.Person.Person, Poll: poll, Active: true,
	}, wire.Secret{Key: &hexKey})
	if err != nil {
		n.t.Fatal(err)
	}
	k, err := dc09.ParseKey(hexKey)
	if err != nil {
		n.t.Fatal(err)
	}
	return made, panel{t: n.t, addr: n.addr, key: k, acc: made.Account}
}

func TestAPanelRaisesAnAlarmOnceHoweverOftenItsFrameComes(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		made, p := n.panel("5a5a", key, 0)
		now := s.Now()
		raw := p.frame(dc09.CID, "#5A5A|1120 01 007", 4711, now, dc09.Extra{ID: 'I', Value: "Hall 3"}, dc09.Extra{ID: 'X', Value: "024E56.1270"}, dc09.Extra{ID: 'Y', Value: "60N10.1712"})
		for i := range 3 {
			if got := p.ask(raw); got != dc09.Ack {
				t.Fatalf("time %d: %q", i, got)
			}
		}
		if got := p.ask(p.frame(dc09.CID, "#5A5A|1120 01 007", 4711, now.Add(5*time.Second))); got != dc09.Ack {
			t.Errorf("with a new time: %q", got)
		}
		all := n.open()
		if len(all) != 1 || all[0].Kind != alarm.Panel || all[0].Worker != n.aino.Person.Person || all[0].Shift != "" || !strings.Contains(all[0].Note, "Depot: 120 1/7 Hall 3") {
			t.Fatalf("%+v", all)
		}
		if pl := all[0].Place; pl.Lat < 60.1695 || pl.Lat > 60.1696 || pl.Lon < 24.9354 || pl.Lon > 24.9356 {
			t.Errorf("%+v", pl)
		}
		if book := n.kinds(); strings.Count(book, "alarm.raised ") != 1 || strings.Contains(book, "alarm.again") {
			t.Errorf("the book has %s", book)
		}
		n.SMS.Phone(t, n.mikko.First("sms")).Expect("ALARM!")

		for name, row := range map[string]struct {
			raw    []byte
			answer string
		}{
			"other content": {p.frame(dc09.SIA, "#5A5A|Nri1/PA008", 4712, s.Now()), dc09.Ack},
			"test":          {p.frame(dc09.CID, "#5A5A|1602 00 000", 4713, s.Now()), dc09.Ack},
			"restore":       {p.frame(dc09.CID, "#5A5A|3120 01 007", 4714, s.Now()), dc09.Ack},
			"poll":          {p.frame(dc09.Null, "", 0, s.Now()), dc09.Ack},
			"old":           {p.frame(dc09.CID, "#5A5A|1120 01 007", 4715, s.Now().Add(-time.Hour)), dc09.Nak},
			"plain":         {panel{t: t, acc: p.acc}.frame(dc09.CID, "#5A5A|1120 01 007", 4716, s.Now()), ""},
			"no sense":      {p.frame(dc09.CID, "#5A5A|what", 4717, s.Now()), dc09.Duh},
		} {
			if got := p.ask(row.raw); got != row.answer {
				t.Errorf("%s: %q, want %q", name, got, row.answer)
			}
		}
		book := n.kinds()
		for kind, want := range map[string]int{"alarm.raised ": 1, "alarm.again ": 1, "panel.tested ": 1, "panel.reported ": 1} {
			if got := strings.Count(book, kind); got != want {
				t.Errorf("%d of %s in %s", got, kind, book)
			}
		}
		got, frames, err := n.office.Panel(t.Context(), n.org.Admin.Actor, made.ID, 50)
		if err != nil || got.Heard.IsZero() {
			t.Fatal(got, err)
		}
		refused := map[string]int{}
		for _, f := range frames {
			refused[f.Verdict] += f.Count
		}
		if refused[""] != 4 || refused["time"] != 1 || refused["plain"] != 1 || refused["content"] != 1 {
			t.Errorf("the records have %v", refused)
		}
	})
}

func TestAPanelThatFallsSilentIsMissed(t *testing.T) {
	n := open(t, mustertest.Store(t))
	_, p := n.panel("77AB", "", 10*time.Second)
	if got := p.ask(p.frame(dc09.Null, "", 0, n.Store.Now())); got != dc09.Ack {
		t.Fatal(got)
	}
	var which wire.Panel
	all, err := n.office.Panels(t.Context(), n.org.Admin.Actor)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	which = all[0]
	n.do(func(tx *store.Tx) error { return timer.Set(tx, wire.WatchKind, string(which.ID), tx.Now()) })
	n.until("the panel to be missed", func() bool { return strings.Contains(n.kinds(), "panel.lost ") })
	n.Mail.Phone(t, n.org.Admin.First("email")).Expect("No answer: Depot")
	if got := p.ask(p.frame(dc09.Null, "", 0, n.Store.Now())); got != dc09.Ack {
		t.Fatal(got)
	}
	n.until("the panel to be back", func() bool { return strings.Contains(n.kinds(), "panel.back ") })
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

func TestWiresAndPanelsAreTheAdministratorsAlone(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		w := n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{Hosts: []string{"arc.example:7000"}, Account: "1234"}}, key)
		p, _ := n.panel("1234", "", 0)
		other := n.Organisation("South")
		ctx := t.Context()
		for _, who := range []town.Member{n.mikko, n.aino, other.Admin} {
			want := fault.Forbidden
			if who.Actor.Org != n.org.ID {
				want = fault.NotFound
			}
			_, _, err1 := n.office.Change(ctx, who.Actor, w, wire.Secret{})
			_, err2 := n.office.Test(ctx, who.Actor, w.ID)
			_, err3 := n.office.Frames(ctx, who.Actor, w.ID, "", 10)
			_, err4 := n.office.ChangePanel(ctx, who.Actor, p, wire.Secret{})
			_, _, err5 := n.office.Panel(ctx, who.Actor, p.ID, 10)
			for i, err := range []error{err1, err2, err3, err4, err5, n.office.Remove(ctx, who.Actor, w.ID), n.office.RemovePanel(ctx, who.Actor, p.ID)} {
				if fault.KindOf(err) != want {
					t.Errorf("%s, %d: %v, want %s", who.Name, i, err, want)
				}
			}
		}
		if _, err := n.office.AddPanel(ctx, other.Admin.Actor, wire.Panel{Name: "x", Account: "1234", Person: other.Admin.Person.Person}, wire.Secret{}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the same account twice: %v", err)
		}
		if err := errors.Join(n.office.Remove(ctx, n.org.Admin.Actor, w.ID), n.office.RemovePanel(ctx, n.org.Admin.Actor, p.ID)); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatCannotBeAWireIsRefusedByItsField(t *testing.T) {
	n := open(t, mustertest.Store(t))
	good := wire.Settings{Hosts: []string{"arc.example:7000"}, Account: "1234"}
	change := func(fn func(*wire.Settings)) wire.Settings {
		s := good
		fn(&s)
		return s
	}
	bad := "0011"
	for field, row := range map[string]struct {
		w wire.Wire
		s wire.Secret
	}{
		"name":     {w: wire.Wire{Kind: wire.DC09, Settings: good}},
		"kind":     {w: wire.Wire{Name: "x", Kind: "fax", Settings: good}},
		"hosts":    {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Hosts = []string{"arc.example"} })}},
		"account":  {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Account = "12" })}},
		"line":     {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Line = "G" })}},
		"receiver": {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Receiver = "1234567" })}},
		"format":   {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Format = "XYZ" })}},
		"poll":     {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Poll = time.Second })}},
		"codes":    {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Dialect.Codes = map[string]dc09.Code{"help": {CID: "12"}} })}},
		"without":  {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Dialect.Without = "Q" })}},
		"key":      {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: good}, s: wire.Secret{Key: &bad}},
		"url":      {w: wire.Wire{Name: "x", Kind: wire.Webhook, Settings: wire.Settings{URL: "http://partner.example/"}}},
	} {
		_, _, err := n.office.Add(t.Context(), n.org.Admin.Actor, row.w, row.s)
		if f := fault.From(err); f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
