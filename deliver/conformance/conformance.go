// Package conformance holds every channel to the same promises, whatever is on
// the other side: a message always comes to an end; what is known of it never
// becomes less; reports may come twice and in any order; what is taken back or
// too old does not leave; and what is sent again after a crash is known by its
// attempt.
//
// A channel's own tests call Hold with a peer that the channel talks to as it
// would to its carrier. Not every promise can be put to every channel:
//
//   - SMPP has no field for an id of ours, so that a text which is sent again
//     after a crash is not known by its attempt at the centre. Whoever gets it
//     twice knows it by its link and code, which are the message's; the parts
//     of a long one have the same reference, and the telephone shows them once.
//   - Over SIP nobody reports: we are in the call ourselves, and its end, seen
//     once, is the report. It can neither come twice nor in another order; what
//     calls come to is for that channel's own tests.
//   - Web push has one report, that the device has shown the message, which
//     comes twice or before the record, but with no other to be out of order.
//   - A relay that takes a mail says no more about it on the line: reports come
//     as mails of their own to the inbound door, and that is where mail is held
//     to the promises, signed.
package conformance

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/id"
	"muster/lang"
	"muster/seal"
	"muster/store"
)

// Rig is a channel with the peer that it talks to.
type Rig struct {
	Channel deliver.Channel
	Address func(n int) string // the peer takes what goes there; another one for each n
	Refused string             // address that the peer refuses for good as soon as it is asked; empty if it never does
	Taken   func() []Taken     // what the peer has taken so far, oldest first

	// Stop makes the peer take nothing until Start: it refuses for now, or
	// cannot be reached.
	Stop, Start func()

	// Died makes the peer report of a message it has taken that there is no such
	// address; nil where reports never say so.
	Died func(t *testing.T, of Taken)

	// Report makes the peer report on what it has taken, in its own way, and
	// returns when the report has been given to the channel; nil where no
	// reports come after hand-over. A state that the peer has no report for is
	// left out: it is not in Reports, which is all three that the suite asks for
	// if it is nil.
	Report  func(t *testing.T, of Taken, s deliver.State)
	Reports []deliver.State

	// Nameless is a protocol that has no room for the attempt's id.
	Nameless bool
}

// Taken is one message as the peer has it.
type Taken struct {
	To      string
	Attempt id.Attempt // as far as it was sent to the peer
	ID      string     // the peer's own
}

// Set makes a rig for one test. The channel's later reports go to take.
type Set func(t *testing.T, take func(context.Context, deliver.Report) error) Rig

// Hold holds a channel to all promises.
func Hold(t *testing.T, set Set) {
	for _, promise := range []struct {
		name string
		held func(*trial)
	}{
		{"AMessageComesToAnEnd", comesToAnEnd},
		{"WhatIsRefusedGoesTheNextWay", goesTheNextWay},
		{"WhatIsRefusedForItsAddressIsSaidToBeDead", deadIsSaid},
		{"WhatIsTooOldDoesNotLeave", doesNotLeaveLate},
		{"WhatIsTakenBackDoesNotLeave", doesNotLeaveCancelled},
		{"ACarrierThatComesBackIsUsed", comesBack},
		{"AfterACrashTheAttemptIsTheSame", keepsTheAttempt},
		{"ReportsComeTwiceAndInAnyOrder", reports},
		{"AReportMayOvertakeTheRecord", overtakes},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.held(begin(t, set)) })
	}
}

// trial is a rig at work under an engine.
type trial struct {
	*testing.T
	Rig
	file  string
	store *store.Store
	keys  *seal.Keys
	org   id.Org
	about id.Alarm
	spare *spare
	stop  func()

	mu   sync.Mutex
	died []deliver.Attempt // tries whose carrier called the address dead, as the channel said
}

// after is what the rooms above would hear.
func (x *trial) after() deliver.Aftermath {
	return deliver.Aftermath{Dead: func(_ *store.Tx, a deliver.Attempt, _ dead.Why) error {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.died = append(x.died, a)
		return nil
	}}
}

// dead is how often an address was called dead.
func (x *trial) dead(address string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, a := range x.died {
		if a.Address == address && a.Channel == x.Channel.Name() && a.State == deliver.Failed {
			n++
		}
	}
	return n
}

func begin(t *testing.T, set Set) *trial {
	t.Helper()
	x := &trial{T: t, file: filepath.Join(t.TempDir(), "messages.db"), org: id.New[id.Org](), about: id.New[id.Alarm]()}
	var err error
	if x.keys, err = seal.Parse(seal.Generate(1)); err != nil {
		t.Fatal(err)
	}
	x.store = x.open(x.file)
	x.Rig = set(t, func(ctx context.Context, r deliver.Report) error {
		return x.after().Apply(ctx, x.store, x.Channel.Name(), r)
	})
	x.spare = &spare{name: "email"}
	if x.Channel.Name() == x.spare.name {
		x.spare.name = "sms"
	}
	x.start(x.store, x.Channel)
	return x
}

func (x *trial) open(file string) *store.Store {
	x.Helper()
	s, err := store.Open(x.Context(), "sqlite:"+file, store.Options{NoSync: true})
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { s.Close() })
	return s
}

// start runs an engine; stop, or the end of the test, ends it.
func (x *trial) start(s *store.Store, c deliver.Channel) {
	e := &deliver.Engine{
		Store: s, Keys: x.keys, URL: &url.URL{Scheme: "https", Host: "muster.example.org"}, Log: slog.New(slog.DiscardHandler),
		Channels: map[string]deliver.Channel{c.Name(): c, x.spare.name: x.spare}, Aftermath: x.after(),
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.Context()))
	var running sync.WaitGroup
	running.Go(func() { e.Run(ctx) })
	x.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	x.Cleanup(x.stop)
}

// send queues a call for help.
func (x *trial) send(valid time.Duration, route ...deliver.Stop) (m id.Message) {
	x.Helper()
	x.do(func(tx *store.Tx) (err error) {
		m, err = deliver.Queue(tx, deliver.Message{
			Purpose: "alarm_raised", Lane: deliver.SOS, Lang: lang.English, Person: id.New[id.Person](), About: string(x.about), Valid: valid, Route: route,
			Facts: map[string]any{
				"Org": "Harbour Works", "Zone": "Europe/Helsinki", "Who": "Aino Virtanen", "Phone": "+358401234567", "Kind": "help",
				"At": tx.Now(), "Since": tx.Now(), "Link": "act", "Resolve": "act?act=resolve",
			},
		})
		return err
	})
	return m
}

func (x *trial) do(fn func(tx *store.Tx) error) {
	x.Helper()
	if err := x.store.Do(x.Context(), x.org, fn); err != nil {
		x.Fatal(err)
	}
}

// here is the way over the channel to the nth address.
func (x *trial) here(n int) deliver.Stop {
	return deliver.Stop{Channel: x.Channel.Name(), Address: x.Address(n)}
}

func (x *trial) state(m id.Message) deliver.State { return x.read(x.store, m).State }

func (x *trial) read(s *store.Store, m id.Message) (got deliver.Message) {
	x.Helper()
	err := s.View(x.Context(), x.org, func(tx *store.Tx) (err error) {
		got, err = deliver.Get(tx, m)
		return err
	})
	if err != nil {
		x.Fatal(err)
	}
	return got
}

// at is what the peer has taken for an address.
func (x *trial) at(address string) (all []Taken) {
	for _, one := range x.Taken() {
		if one.To == address {
			all = append(all, one)
		}
	}
	return all
}

// patience is how long a promise may take to come true; a telephone call lasts.
const patience = 60 * time.Second

func (x *trial) until(what string, ok func() bool) {
	x.Helper()
	if !x.within(patience, ok) {
		x.Fatalf("within %v it did not come about that %s", patience, what)
	}
}

// within tells whether something comes about in time.
func (x *trial) within(limit time.Duration, ok func() bool) bool {
	end, tick := time.After(limit), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end:
			return false
		case <-tick.C:
		}
	}
	return true
}

// image copies the database as a crash at this moment would leave it.
func (x *trial) image(to string) error {
	var errs []error
	for _, part := range []string{"", "-wal"} {
		raw, err := os.ReadFile(x.file + part)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		errs = append(errs, err, os.WriteFile(to+part, raw, 0o600))
	}
	return errors.Join(errs...)
}

// spare is the channel that is there to fall back on: it keeps what it gets.
type spare struct {
	name string
	mu   sync.Mutex
	sent []deliver.Outgoing
}

func (c *spare) Name() string { return c.name }

func (c *spare) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, out)
	return deliver.Receipt{State: deliver.HandedOver}, nil
}

func (c *spare) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}
