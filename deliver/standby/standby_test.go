package standby

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/deliver/dead"
)

// carrier does what the test wants, at the test's own time.
type carrier struct {
	name    string
	down    bool
	silent  bool
	refuses bool
	parts   int // into which it cuts a message
	sent    []string
}

func (*carrier) Name() string { return "sms" }

func (c *carrier) Send(context.Context, deliver.Outgoing) (deliver.Receipt, error) {
	switch {
	case c.down:
		return deliver.Receipt{}, errors.New("no connection")
	case c.refuses:
		return deliver.Receipt{}, deliver.Refused("30005", "unknown number", dead.Unknown)
	}
	c.sent = append(c.sent, fmt.Sprintf("%d", len(c.sent)+1))
	r := deliver.Receipt{State: deliver.HandedOver, ProviderID: c.sent[len(c.sent)-1]}
	for n := range c.parts {
		r.Parts = append(r.Parts, fmt.Sprintf("%s.%d", r.ProviderID, n+1))
	}
	return r, nil
}

// lab is a pair over time.
type lab struct {
	at      time.Time
	a, b    *carrier
	pair    *Pair
	pending []due
}

type due struct {
	at   time.Time
	from *carrier
	id   string
}

func newLab() *lab {
	l := &lab{at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), a: &carrier{name: "a"}, b: &carrier{name: "b"}}
	l.pair = New(l.a, l.b, func() time.Time { return l.at })
	return l
}

// run sends one message a second; who is not silent reports after two. It
// gives how many either took.
func (l *lab) run(t interface{ Fatalf(string, ...any) }, d time.Duration) (a, b int) {
	a, b = len(l.a.sent), len(l.b.sent)
	for end := l.at.Add(d); l.at.Before(end); l.at = l.at.Add(time.Second) {
		var rest []due
		for _, p := range l.pending {
			if p.at.After(l.at) {
				rest = append(rest, p)
			} else if !p.from.silent {
				l.pair.Heard(p.from, deliver.Report{ProviderID: p.id, State: deliver.Delivered})
			}
		}
		l.pending = rest
		na, nb := len(l.a.sent), len(l.b.sent)
		if _, err := l.pair.Send(context.Background(), deliver.Outgoing{}); err != nil && !(l.a.down && l.b.down) {
			t.Fatalf("a message was not sent: %v", err)
		}
		for _, c := range []struct {
			c *carrier
			n int
		}{{l.a, na}, {l.b, nb}} {
			if len(c.c.sent) > c.n {
				l.pending = append(l.pending, due{l.at.Add(2 * time.Second), c.c, c.c.sent[c.n]})
			}
		}
	}
	return len(l.a.sent) - a, len(l.b.sent) - b
}

func TestTheSecondTakesOverWithinAMinuteWhenReportsStopAndTheFirstComesBack(t *testing.T) {
	l := newLab()
	if _, b := l.run(t, 5*time.Minute); b != 0 {
		t.Errorf("%d went to the second in a good world", b)
	}
	l.a.silent = true
	l.run(t, time.Minute)
	if s := l.pair.Standing(); !s.Second || s.Why != Slow {
		t.Fatalf("after a minute of silence: %+v", s)
	}
	if a, b := l.run(t, 20*time.Minute); a > 30 || b < 1100 {
		t.Errorf("while it is silent the first still gets %d of %d", a, a+b)
	}
	l.a.silent = false
	l.run(t, longest+time.Minute)
	if s := l.pair.Standing(); s.Second {
		t.Fatalf("it does not return: %+v", s)
	}
	if a, b := l.run(t, 5*time.Minute); b != 0 || a != 300 {
		t.Errorf("after its return %d and %d", a, b)
	}
}

func TestErrorsAreHandedToTheOtherAtOnce(t *testing.T) {
	l := newLab()
	l.a.down = true
	if a, b := l.run(t, time.Minute); a != 0 || b != 60 {
		t.Errorf("%d and %d", a, b)
	}
	if s := l.pair.Standing(); !s.Second || s.Why != Errors || s.Carriers[0].Failed > 10 {
		t.Errorf("%+v", s)
	}
	l.a.down = false
	l.run(t, 10*time.Minute)
	if s := l.pair.Standing(); s.Second {
		t.Errorf("%+v", s)
	}
}

func TestAFinalNoIsNotOfferedToTheOther(t *testing.T) {
	l := newLab()
	l.a.refuses = true
	for range 20 {
		if _, err := l.pair.Send(t.Context(), deliver.Outgoing{}); !final(err) {
			t.Fatal(err)
		}
	}
	if len(l.b.sent) != 0 || l.pair.Standing().Second {
		t.Errorf("%d at the second", len(l.b.sent))
	}
}

func TestACarrierThatNeverReportsIsNotSlow(t *testing.T) {
	l := newLab()
	l.a.silent, l.b.silent = true, true
	if a, b := l.run(t, time.Hour); b != 0 || a != 3600 {
		t.Errorf("%d and %d", a, b)
	}
}

func TestAReportCountsInWhateverSpelling(t *testing.T) {
	l := newLab()
	for range fewest {
		receipt, err := l.pair.Send(t.Context(), deliver.Outgoing{})
		if err != nil {
			t.Fatal(err)
		}
		l.at = l.at.Add(time.Second)
		l.pair.Heard(l.a, deliver.Report{ProviderID: "hex-" + receipt.ProviderID, Or: receipt.ProviderID, State: deliver.Delivered})
	}
	l.at = l.at.Add(2 * slow)
	if s := l.pair.Standing(); s.Carriers[0].Typical != time.Second || s.Carriers[0].Trouble != "" {
		t.Errorf("%+v", s)
	}
}

func TestOfSeveralPartsOneSpeaksForAll(t *testing.T) {
	l := newLab()
	l.a.parts = 3
	if _, err := l.pair.Send(t.Context(), deliver.Outgoing{}); err != nil {
		t.Fatal(err)
	}
	l.at = l.at.Add(time.Second)
	l.pair.Heard(l.a, deliver.Report{ProviderID: "1.1", State: deliver.Delivered})
	if s := l.pair.Standing(); s.Carriers[0].Typical != time.Second {
		t.Errorf("%+v", s)
	}
}

// Whatever the two do, a message is sent while one of them takes it, and in the
// end the first is used if it is well.
func TestAMessageIsSentWhileOneCarrierTakesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLab()
		for range rapid.IntRange(1, 8).Draw(t, "spells") {
			l.a.down, l.b.down = rapid.Bool().Draw(t, "a down"), rapid.Bool().Draw(t, "b down")
			l.a.silent, l.b.silent = rapid.Bool().Draw(t, "a silent"), rapid.Bool().Draw(t, "b silent")
			l.run(t, time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds"))*time.Second)
		}
		*l.a, *l.b = carrier{name: "a", sent: l.a.sent}, carrier{name: "b", sent: l.b.sent}
		l.run(t, longest+outdated)
		if s := l.pair.Standing(); s.Second {
			t.Fatalf("the first is well, and not used: %+v", s)
		}
	})
}

// counter is a carrier for the suite: the second of two that lie behind each
// other, of which the first takes nothing.
type counter struct {
	mu      sync.Mutex
	closed  bool
	refused string
	taken   []conformance.Taken
}

func (*counter) Name() string { return "sms" }

func (c *counter) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return deliver.Receipt{}, errors.New("closed")
	case out.To == c.refused:
		return deliver.Receipt{}, deliver.Refused("30005", "unknown number", dead.Unknown)
	}
	one := conformance.Taken{To: out.To, Attempt: out.Attempt, ID: fmt.Sprintf("SM%d", len(c.taken)+1)}
	c.taken = append(c.taken, one)
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: one.ID}, nil
}

func (c *counter) close(closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = closed
}

func TestAPairKeepsThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(_ *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		first, second := &counter{closed: true}, &counter{refused: "+358409999999"}
		pair := New(first, second, time.Now)
		return conformance.Rig{
			Channel: pair, Refused: second.refused,
			Address: func(n int) string { return fmt.Sprintf("+35840%07d", n) },
			Stop:    func() { second.close(true) },
			Start:   func() { second.close(false) },
			Taken: func() []conformance.Taken {
				second.mu.Lock()
				defer second.mu.Unlock()
				return slices.Clone(second.taken)
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				r := deliver.Report{ProviderID: of.ID, State: s}
				pair.Heard(second, r)
				if err := take(t.Context(), r); err != nil {
					t.Error(err)
				}
			},
		}
	})
}
