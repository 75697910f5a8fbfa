package wire_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/wire"
	"muster/deliver"
	"muster/deliver/webhook"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// program is somebody else's, reached without a network, so that days pass in
// seconds: all but the request itself is as package webhook does it.
type program struct {
	office wire.Office
	mu     sync.Mutex
	status int
	tries  []webhook.Try
}

func (*program) Name() string { return "webhook" }

func (p *program) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	test := out.News.Type == deliver.LinkTested
	if _, err := p.office.Endpoint(ctx, out.Org, out.To, test); err != nil {
		return deliver.Receipt{}, err
	}
	p.mu.Lock()
	t := webhook.Try{Message: out.Message, Kind: out.News.Type, Test: test, At: p.office.Store.Now(), Status: p.status, Answer: "as it is"}
	p.tries = append(p.tries, t)
	p.mu.Unlock()
	if err := p.office.Tried(context.WithoutCancel(ctx), out.Org, out.To, t); err != nil {
		return deliver.Receipt{}, err
	}
	switch {
	case t.Taken():
		return deliver.Receipt{State: deliver.Delivered}, nil
	case t.Gone():
		return deliver.Receipt{}, deliver.Refused("gone", "")
	}
	return deliver.Receipt{}, errors.New("not taken")
}

func (p *program) answers(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *program) seen() []webhook.Try {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tries)
}

// line is a town with a webhook to a program, and engines that can die.
type line struct {
	*node
	program *program
	wire    wire.Wire
	stop    []func()
}

func lineTo(t *testing.T, s *store.Store) *line {
	t.Helper()
	l := &line{node: &node{Town: town.New(t, s), t: t}}
	l.Stop() // its engines know of no wires
	l.org = l.Organisation("North")
	l.aino, l.mikko = l.org.Worker("Aino"), l.org.Monitor("Mikko")
	l.office = wire.Office{Store: s, Keys: l.Keys, Allowed: loopback}
	l.program = &program{office: l.office, status: 500}
	made, secret, err := l.office.Add(t.Context(), l.org.Admin.Actor, wire.Wire{
		Name: "Program", Kind: wire.Webhook, Active: true, Settings: wire.Settings{URL: "https://partner.example/hook"},
	}, wire.Secret{})
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		t.Fatal(secret, err)
	}
	l.wire = made
	t.Cleanup(l.die)
	return l
}

// run starts another engine, as another node would.
func (l *line) run() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.t.Context()))
	e := &deliver.Engine{
		Store: l.Store, Keys: l.Keys, Log: quiet, URL: &url.URL{Scheme: "https", Host: "muster.test"},
		Channels: map[string]deliver.Channel{"email": l.Mail, "sms": l.SMS, "webhook": l.program},
		Aftermath: deliver.Aftermath{Failed: func(tx *store.Tx, m deliver.Message) error {
			return errors.Join(wire.Unheard(tx, m), alarm.Unheard(tx, m))
		}},
	}
	var wg sync.WaitGroup
	wg.Go(func() { e.Run(ctx) })
	l.stop = append(l.stop, func() { cancel(); wg.Wait() })
}

func (l *line) die() {
	for _, stop := range l.stop {
		stop()
	}
	l.stop = nil
}

// announce says an alarm of a customer on the partner's wires.
func (l *line) announce(a id.Alarm, kind string) {
	l.t.Helper()
	l.do(func(tx *store.Tx) error {
		n, err := wire.Announce(tx, string(a), deliver.News{Type: kind, At: tx.Now(), Alarm: a, Worker: "Aino"})
		if err == nil && n != 1 {
			err = errors.New("it is on no wire")
		}
		return errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "case.opened", Subject: string(a)}))
	})
}

func (l *line) health() wire.Health {
	l.t.Helper()
	w, err := l.office.Get(l.t.Context(), l.org.Admin.Actor, l.wire.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	return w.Health
}

func (l *line) posts() (waiting, missed []wire.Post) {
	l.t.Helper()
	waiting, missed, err := l.office.Posts(l.t.Context(), l.org.Admin.Actor, l.wire.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	return waiting, missed
}

// told counts what administrators were told, by the beginning of its subject.
func (l *line) told(subject string) (n int) {
	for _, m := range l.Mail.Sent() {
		if strings.HasPrefix(m.Subject, subject) {
			n++
		}
	}
	return n
}

func (l *line) booked(kind string) int { return strings.Count(l.kinds(), kind+" ") }

// A dead program is tried for three days, whatever dies here meanwhile; then it
// is switched off, which is told once though two nodes work; and what was
// missed leaves again when somebody wants it, under its old id.
func TestADeadProgramIsSwitchedOffWithNoticeAndNothingIsLost(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			l := lineTo(t, mustertest.Store(t))
			rnd := rand.New(rand.NewPCG(seed, 33))
			begin := l.Store.Now()
			first, second := id.New[id.Alarm](), id.New[id.Alarm]()
			l.announce(first, deliver.AlarmRaised)
			for l.health().Off.IsZero() && l.Store.Now().Sub(begin) < 10*24*time.Hour {
				l.run()
				l.run()
				time.Sleep(time.Duration(rnd.Int64N(int64(4 * time.Hour))))
				l.die()
				time.Sleep(time.Duration(rnd.Int64N(int64(2 * time.Minute))))
			}
			l.run()
			l.run()
			h := l.health()
			if lasted := h.Off.Sub(begin); h.Why != wire.RanOut || lasted < 75*time.Hour || lasted > 90*time.Hour {
				t.Errorf("switched off after %s: %+v", lasted, h)
			}
			if n := len(l.program.seen()); n < 21 || n > 24 {
				t.Errorf("%d tries", n)
			}
			l.announce(second, deliver.AlarmRaised)
			time.Sleep(10 * time.Second)
			tries := len(l.program.seen())
			waiting, missed := l.posts()
			if len(waiting) != 0 || len(missed) != 2 || missed[0].Alarm != second || missed[1].Alarm != first {
				t.Fatalf("waiting %+v, missed %+v", waiting, missed)
			}
			for subject, want := range map[string]int{"No answer": 1, "Nothing gets through": 1, "Switched off": 1, "Answers again": 0} {
				if got := l.told(subject); got != want {
					t.Errorf("%q was told %d times, want %d", subject, got, want)
				}
			}
			for kind, want := range map[string]int{"wire.lost": 1, "wire.warned": 1, "wire.off": 1, "alarm.line_silent": 1} {
				if got := l.booked(kind); got != want {
					t.Errorf("%s is in the book %d times, want %d", kind, got, want)
				}
			}

			l.program.answers(200)
			if _, err := l.office.Test(t.Context(), l.org.Admin.Actor, l.wire.ID); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if all := l.program.seen(); len(all) != tries+1 || !all[tries].Test || l.health().Off.IsZero() || l.health().Heard.IsZero() {
				t.Errorf("a test: %+v, %+v", all[tries:], l.health())
			}
			if sent, err := l.office.Resume(t.Context(), l.org.Admin.Actor, l.wire.ID, true); err != nil || sent != 2 {
				t.Fatalf("%d are sent again: %v", sent, err)
			}
			time.Sleep(10 * time.Second)
			all := l.program.seen()[tries+1:]
			if len(all) != 2 || all[0].Message != missed[1].Message || all[1].Message != missed[0].Message || !l.health().Off.IsZero() {
				t.Errorf("sent again: %+v", all)
			}
			if waiting, missed = l.posts(); len(waiting)+len(missed) != 0 {
				t.Errorf("waiting %+v, missed %+v", waiting, missed)
			}
			if _, err := l.office.Resume(t.Context(), l.org.Admin.Actor, l.wire.ID, false); fault.KindOf(err) != fault.Conflict {
				t.Errorf("switched on twice: %v", err)
			}
			l.die()
		})
	}
}

// What waits for a program that answers again is not left to its schedule.
func TestWhatWaitsLeavesWhenTheProgramAnswersAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lineTo(t, mustertest.Store(t))
		l.run()
		var alarms []id.Alarm
		for range 5 {
			alarms = append(alarms, id.New[id.Alarm]())
			l.announce(alarms[len(alarms)-1], deliver.AlarmRaised)
			time.Sleep(time.Second)
		}
		time.Sleep(50 * time.Minute) // the next tries of all are half an hour apart
		if got := l.told("No answer"); got != 1 || l.booked("alarm.line_silent") != 5 {
			t.Errorf("told %d times, %d alarms know of it", got, l.booked("alarm.line_silent"))
		}
		before := len(l.program.seen())
		l.program.answers(204)
		l.announce(alarms[0], deliver.AlarmResolved)
		time.Sleep(5 * time.Second)
		waiting, missed := l.posts()
		if got := len(l.program.seen()) - before; got != 6 || len(waiting)+len(missed) != 0 || l.told("Answers again") != 1 {
			t.Errorf("%d left, %d wait, %d missed, told %d times", got, len(waiting), len(missed), l.told("Answers again"))
		}
		l.die()
	})
}

func TestAProgramThatIsGoneIsAskedNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lineTo(t, mustertest.Store(t))
		l.run()
		l.program.answers(410)
		l.announce(id.New[id.Alarm](), deliver.AlarmRaised)
		time.Sleep(time.Minute)
		if h := l.health(); h.Why != wire.Gone || l.told("Switched off") != 1 || len(l.program.seen()) != 1 {
			t.Errorf("%+v, told %d times, %d tries", h, l.told("Switched off"), len(l.program.seen()))
		}
		// Somebody is reminded once a day while something is missed.
		for range 50 {
			l.announce(id.New[id.Alarm](), deliver.AlarmRaised)
			time.Sleep(time.Hour)
		}
		if _, missed := l.posts(); len(missed) != 51 || l.told("Switched off") != 3 || len(l.program.seen()) != 1 {
			t.Errorf("%d missed, told %d times, %d tries", len(missed), l.told("Switched off"), len(l.program.seen()))
		}
		changed := l.wire
		changed.URL = "https://partner.example/other"
		if _, _, err := l.office.Change(t.Context(), l.org.Admin.Actor, changed, wire.Secret{}); err != nil || !l.health().Off.IsZero() {
			t.Errorf("nothing is known of another address: %+v, %v", l.health(), err)
		}
		l.die()
	})
}

func TestTheOldSecretSignsForAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lineTo(t, mustertest.Store(t))
		for _, day := range []int{0, 6, 8} {
			if day == 0 {
				if _, _, err := l.office.Change(t.Context(), l.org.Admin.Actor, l.wire, wire.Secret{Rotate: true}); err != nil {
					t.Fatal(err)
				}
			}
			end, err := l.office.Endpoint(t.Context(), l.org.ID, string(l.wire.ID), false)
			if want := map[int]int{0: 2, 6: 2, 8: 1}[day]; err != nil || len(end.Secrets) != want {
				t.Errorf("day %d: %d secrets sign, %v", day, len(end.Secrets), err)
			}
			time.Sleep(map[int]time.Duration{0: 6, 6: 2, 8: 0}[day] * 24 * time.Hour)
		}
	})
}

func TestNobodyElseSeesOrSwitchesAWebhook(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		l := lineTo(t, s)
		l.announce(id.New[id.Alarm](), deliver.AlarmRaised)
		other := l.Organisation("South")
		for _, who := range []town.Member{l.mikko, l.aino, other.Admin} {
			want := fault.Forbidden
			if who.Actor.Org != l.org.ID {
				want = fault.NotFound
			}
			_, err1 := l.office.Resume(t.Context(), who.Actor, l.wire.ID, true)
			waiting, missed, err2 := l.office.Posts(t.Context(), who.Actor, l.wire.ID)
			if fault.KindOf(err1) != want || fault.KindOf(err2) != want || len(waiting)+len(missed) != 0 {
				t.Errorf("%s: %v, %v", who.Name, err1, err2)
			}
		}
		try := webhook.Try{Message: id.New[id.Message](), Kind: deliver.AlarmRaised, At: s.Now(), Status: 410}
		if err := l.office.Tried(t.Context(), other.ID, string(l.wire.ID), try); err != nil || !l.health().Off.IsZero() {
			t.Errorf("another organisation's try: %v, %+v", err, l.health())
		}
		if _, err := l.office.Endpoint(t.Context(), other.ID, string(l.wire.ID), false); err == nil {
			t.Error("another organisation sends with this one's secret")
		}
		if err := l.office.Tried(t.Context(), l.org.ID, string(l.wire.ID), try); err != nil || l.health().Off.IsZero() {
			t.Errorf("%v, %+v", err, l.health())
		}
	})
}
