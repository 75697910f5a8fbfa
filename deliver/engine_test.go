package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
	"muster/mustertest/world"
	"muster/seal"
	"muster/store"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func keys(t testing.TB) *seal.Keys {
	t.Helper()
	k, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// office is a store with an engine on it and two carriers.
type office struct {
	t           testing.TB
	s           *store.Store
	mail, phone *world.Carrier
	keys        *seal.Keys
	org         id.Org
	failed      []deliver.Message
	after       func(deliver.Message) error // what else a failure brings
	stop        func()
}

func open(t testing.TB, s *store.Store) *office {
	t.Helper()
	o := &office{t: t, s: s, mail: world.NewCarrier("email"), phone: world.NewCarrier("sms"), keys: keys(t), org: id.New[id.Org]()}
	o.start()
	return o
}

func (o *office) start() { o.run(map[string]deliver.Channel{"email": o.mail, "sms": o.phone}) }

// run starts an engine on carriers of its own.
func (o *office) run(channels map[string]deliver.Channel) {
	u, _ := url.Parse("https://muster.example")
	e := &deliver.Engine{
		Store: o.s, Keys: o.keys, URL: u, Log: quiet,
		Channels: channels,
		Aftermath: deliver.Aftermath{Failed: func(tx *store.Tx, m deliver.Message) error {
			tx.AfterCommit(func() { o.failed = append(o.failed, m) })
			if o.after != nil {
				return o.after(m)
			}
			return nil
		}},
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { e.Run(ctx) })
	o.stop = func() { cancel(); wg.Wait() }
}

func (o *office) queue(org id.Org, m deliver.Message) id.Message {
	o.t.Helper()
	if m.Lane == "" {
		m.Lane = deliver.SOS
	}
	if m.Purpose == "" {
		m.Purpose = "test"
	}
	if m.Valid == 0 {
		m.Valid = time.Hour
	}
	m.Lang = lang.English
	m.Facts = map[string]any{"Org": "Test", "Who": "Aino", "Link": wording.Act}
	var got id.Message
	err := o.s.Do(context.Background(), org, func(tx *store.Tx) (err error) {
		got, err = deliver.Queue(tx, m)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return got
}

func (o *office) state(m id.Message) deliver.Message {
	o.t.Helper()
	var got deliver.Message
	err := o.s.View(context.Background(), o.org, func(tx *store.Tx) (err error) {
		got, err = deliver.Get(tx, m)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return got
}

func inVirtualTime(t *testing.T, fn func(t *testing.T, o *office)) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		o := open(t, s)
		fn(t, o)
		o.stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

var (
	aino = deliver.Stop{Channel: "email", Address: "aino@example.test"}
	ring = deliver.Stop{Channel: "sms", Address: "+358401234567"}
)

func TestMessageIsHandedOverAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		synctest.Wait()
		out := o.mail.Phone(t, aino.Address).Expect("test")
		if !strings.Contains(out.Text, "https://muster.example/a/") {
			t.Errorf("no action link in %q", out.Text)
		}
		if got := o.state(m); got.State != deliver.HandedOver {
			t.Errorf("state %s, want handed_over", got.State)
		}
	})
}

func TestMessageTriesAgainUntilTheCarrierIsBack(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Fail(8, errors.New("connection refused"))
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := o.state(m); got.State != deliver.HandedOver || o.mail.Tries() != 9 {
			t.Fatalf("state %s after %d tries, want handed over at the ninth", got.State, o.mail.Tries())
		}
	})
}

func TestRefusedAddressGoesToTheNextOnTheRouteAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Fail(1, deliver.Refused("550", "no such mailbox"))
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino, ring}})
		synctest.Wait()
		o.phone.Phone(t, ring.Address).Expect()
		if got := o.state(m); got.State != deliver.HandedOver || got.Stop != 1 {
			t.Fatalf("state %s at stop %d", got.State, got.Stop)
		}
	})
}

func TestMessageThatReachesNobodyIsTold(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Fail(1, deliver.Refused("550", "no such mailbox"))
		gone := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		o.phone.Fail(1000, errors.New("down"))
		late := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}, Valid: 5 * time.Minute})
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := o.state(gone).State; got != deliver.Failed {
			t.Errorf("refused message is %s, want failed", got)
		}
		if got := o.state(late).State; got != deliver.Expired {
			t.Errorf("message past its validity is %s, want expired", got)
		}
		if len(o.failed) != 2 {
			t.Errorf("told of %d failures, want 2", len(o.failed))
		}
	})
}

func TestCancelledMessageNeverLeaves(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Fail(2, errors.New("down"))
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}, About: "alm_1"})
		time.Sleep(1500 * time.Millisecond)
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") })
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(o.mail.Sent()) != 0 || o.state(m).State != deliver.Cancelled {
			t.Fatalf("%d sent, state %s", len(o.mail.Sent()), o.state(m).State)
		}
	})
}

func TestCrashBetweenSendAndRecordRepeatsUnderTheSameAttempt(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Lose(1, errors.New("connection broke after the last byte"))
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		synctest.Wait()
		first := o.mail.Sent()[0].Attempt
		if first == "" || o.state(m).State != deliver.Queued {
			t.Fatalf("state %s after a lost answer, want queued again", o.state(m).State)
		}
	})
	// A node that dies with a claim: the message comes up when the lease ends.
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Stall(1, 10*time.Second)
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		synctest.Wait() // claimed, under way
		if got := o.state(m); got.State != deliver.Queued {
			t.Fatalf("state %s while under way, want queued", got.State)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(o.mail.Sent()); n != 1 {
			t.Fatalf("sent %d times, want once: the lease outlasts the send", n)
		}
	})
}

func TestStormOfOneOrganisationDoesNotDelayAnother(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Stall(1_000_000, 20*time.Millisecond)
		for range 2000 {
			o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		}
		other := id.New[id.Org]()
		began := time.Now()
		o.queue(other, deliver.Message{Route: []deliver.Stop{{Channel: "email", Address: "other@example.test"}}})
		for {
			synctest.Wait()
			done := false
			for _, out := range o.mail.Sent() {
				done = done || out.Org == other
			}
			if done {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(began); took > 250*time.Millisecond {
			t.Errorf("the other organisation's call waited %v", took)
		}
	})
}

func TestBulkDoesNotDelaySOS(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Stall(1_000_000, time.Second)
		for range 500 {
			o.queue(o.org, deliver.Message{Lane: deliver.Bulk, Route: []deliver.Stop{aino}})
		}
		began := time.Now()
		o.queue(o.org, deliver.Message{Lane: deliver.SOS, Route: []deliver.Stop{ring}})
		synctest.Wait()
		o.phone.Phone(t, ring.Address).Expect()
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("the call for help waited %v behind bulk", took)
		}
	})
}

func TestLaneGoesOnWhateverOneMessageBrings(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := open(t, s)
		o.stop()
		o.after = func(deliver.Message) error { return errors.New("the alarm is gone") }
		o.start()
		defer func() { o.stop() }()
		o.mail.Fail(1, deliver.Refused("5\x00", "550 no such \xff mailbox\x00"))
		lost := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		o.until(func() bool { return o.state(lost).State == deliver.Failed })
		next := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		o.until(func() bool { return o.state(next).State == deliver.HandedOver })
	})
}

// A database that takes nothing for a while, being full, does not cost a core:
// a lane waits before it tries again, and then goes on.
func TestADatabaseThatTakesNothingIsTriedNowAndThen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		const spinning = 10_000
		var full atomic.Bool
		var tries atomic.Int64
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true, Trip: func(string) error {
			if !full.Load() || tries.Add(1) > spinning {
				return nil
			}
			return errors.New("disk full")
		}})
		if err != nil {
			t.Fatal(err)
		}
		o := open(t, s)
		o.mail.Stall(1, time.Second)
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		full.Store(true)
		time.Sleep(30 * time.Second)
		if n := tries.Load(); n == 0 || n > 200 {
			t.Errorf("%d tries in half a minute", n)
		}
		full.Store(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := o.state(m).State; got != deliver.HandedOver {
			t.Errorf("state %s once there is room again", got)
		}
		o.stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestASlowCarrierGetsNothingTwice(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		const n = 64 // as many as lane sos takes at once: the second half waits for the first
		o.mail.Stall(n, 12*time.Second)
		for range n {
			o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}})
		}
		time.Sleep(5 * time.Minute)
		if got := len(o.mail.Sent()); got != n {
			t.Errorf("%d messages left for %d that were queued", got, n)
		}
	})
}

func TestReportsComeLateTwiceAndOutOfOrder(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := open(t, s)
		defer o.stop()
		o.phone.Patience = 10 * time.Second
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}})
		o.phone.Phone(t, ring.Address).Expect()
		o.until(func() bool { return o.state(m).State == deliver.HandedOver })
		apply := func(st deliver.State) {
			t.Helper()
			r := deliver.Report{ProviderID: "sms-000001", State: st}
			if err := (deliver.Aftermath{}).Apply(t.Context(), s, "sms", r); err != nil {
				t.Fatal(err)
			}
		}
		for _, st := range []deliver.State{deliver.Delivered, deliver.HandedOver, deliver.Failed, deliver.Delivered} {
			apply(st)
			if got := o.state(m).State; got != deliver.Delivered {
				t.Fatalf("after %s the message is %s, want it to stay delivered", st, got)
			}
		}
		err := deliver.Aftermath{}.Apply(t.Context(), s, "sms", deliver.Report{ProviderID: "unknown", State: deliver.Delivered})
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("report about an unknown attempt: %v, want not found", err)
		}
	})
}

func TestAReportThatOvertakesItsAttemptIsKept(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		done := make(chan error, 1)
		go func() {
			done <- deliver.Aftermath{}.Apply(t.Context(), o.s, "sms", deliver.Report{ProviderID: "sms-000001", State: deliver.Delivered})
		}()
		synctest.Wait() // it has been looked for, and does not exist
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}})
		if err := <-done; err != nil || o.state(m).State != deliver.Delivered {
			t.Errorf("%v, and the message is %s", err, o.state(m).State)
		}
	})
}

// until waits for something that another goroutine brings about.
func (o *office) until(ok func() bool) {
	o.t.Helper()
	end := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end:
			o.t.Fatal("it did not come about")
		case <-tick.C:
		}
	}
}

func TestTwoEnginesShareTheWorkWithoutDoubles(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := open(t, s)
		first := o.stop
		o.start()
		second := o.stop
		const n = 300
		for i := range n {
			o.queue(o.org, deliver.Message{Route: []deliver.Stop{{Channel: "email", Address: fmt.Sprintf("p%d@example.test", i)}}})
		}
		o.until(func() bool { return len(o.mail.Sent()) >= n })
		first()
		second()
		seen := map[string]int{}
		for _, out := range o.mail.Sent() {
			seen[out.To]++
		}
		for to, times := range seen {
			if times != 1 {
				t.Errorf("%s got %d messages", to, times)
			}
		}
	})
}
