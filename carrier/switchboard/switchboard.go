// Package switchboard has the carriers at work. It opens those that staff
// entered and those that the environment names, makes one channel of those
// that serve the same one, and changes over while messages are on their way:
// a carrier that is taken away first finishes what it has begun.
//
// Of a channel's carriers at most two are used: the first, and one that stands
// by (package standby). A carrier that cannot be opened is passed over, and
// tried again.
package switchboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/carrier"
	"muster/deliver"
	"muster/deliver/standby"
	"muster/identity"
	"muster/store"
)

// Source is a carrier to be opened.
type Source struct {
	ID      string // of the carrier, or what the environment calls it
	Kind    string
	Name    string
	Setting string
	Fixed   bool // the environment names it
}

// Reports takes what a carrier says of a message that it was handed.
type Reports func(ctx context.Context, channel string, r deliver.Report) error

// Opened is a carrier at work.
type Opened struct {
	Channels []deliver.Channel
	Doors    map[string]http.Handler // where the carrier comes to us, by what follows the carrier's own path
	Health   func() error            // nil: only messages tell
	Busy     func() bool             // something that it took is still under way; nil: never
	Close    func()
}

// Config is what a board stands on.
type Config struct {
	Office      carrier.Office
	Environment []Source // in the order in which they are used
	Channels    []string // those that there may be carriers for
	Open        func(ctx context.Context, s Source, report Reports) (*Opened, error)
	Reports     Reports
	Log         *slog.Logger
}

// Board connects channels with carriers. Safe for use from many sides.
type Board struct {
	Config
	lines map[string]*line
	meter *meter
	wake  chan struct{}
	gone  sync.WaitGroup // carriers that are on their way out
	end   chan struct{}  // closed when nothing is waited for any more

	mu       sync.Mutex
	order    []Source
	stations map[string]*station
	leaving  map[*station]bool
	broken   map[string]trouble
}

// trouble is why a carrier could not be opened.
type trouble struct {
	setting string
	err     error
	since   time.Time
}

// again is how long a board rests before it tries once more to open what could
// not be opened, and looks whether it missed a change.
const again = 15 * time.Second

// New makes a board whose channels lead nowhere yet.
func New(c Config) *Board {
	b := &Board{
		Config: c, lines: map[string]*line{}, meter: newMeter(c.Office.Store.Now),
		wake: make(chan struct{}, 1), end: make(chan struct{}),
		stations: map[string]*station{}, leaving: map[*station]bool{}, broken: map[string]trouble{},
	}
	for _, name := range c.Channels {
		b.lines[name] = &line{name: name}
	}
	return b
}

// Lines are the channels, which lead to whichever carrier it is at the time.
func (b *Board) Lines() map[string]deliver.Channel {
	all := map[string]deliver.Channel{}
	for name, l := range b.lines {
		all[name] = l
	}
	return all
}

// Start opens all carriers. One of the environment that cannot be opened is an
// error, for whoever starts the server can mend it.
func (b *Board) Start(ctx context.Context) error {
	if err := b.arrange(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.Environment {
		if t, ok := b.broken[s.ID]; ok {
			return t.err
		}
	}
	return nil
}

// Run follows changes, and writes down how carriers fare, until ctx ends.
func (b *Board) Run(ctx context.Context) {
	stop := b.Office.Store.Watch(func(c store.Change) {
		if c.Org == identity.Provider && slices.Contains(c.Topics, carrier.Topic) || slices.Contains(c.Topics, "*") {
			b.look()
		}
	})
	defer stop()
	b.look()
	tick := time.NewTicker(flush)
	defer tick.Stop()
	for last := b.Office.Store.Now(); ; {
		select {
		case <-ctx.Done():
			b.write(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			b.write(ctx)
			if b.Office.Store.Now().Sub(last) < again {
				continue
			}
		case <-b.wake:
		}
		last = b.Office.Store.Now()
		if err := b.arrange(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("carriers cannot be read; those at work go on", "err", err)
		}
	}
}

func (b *Board) look() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// flush is how often it is written down how carriers fare.
const flush = 5 * time.Second

func (b *Board) write(ctx context.Context) {
	all := b.meter.drain()
	if len(all) == 0 {
		return
	}
	if err := b.Office.Count(ctx, all); err != nil {
		b.meter.back(all)
		if ctx.Err() == nil {
			b.Log.Error("how carriers fare cannot be written down", "err", err)
		}
	}
}

// Close ends all carriers; what is under way may take a moment to finish.
func (b *Board) Close() {
	close(b.end)
	b.mu.Lock()
	all := slices.Collect(maps.Values(b.stations))
	clear(b.stations)
	b.mu.Unlock()
	for _, s := range all {
		b.retire(s)
	}
	b.gone.Wait()
}

// arrange opens and closes carriers until they are those that should be there.
func (b *Board) arrange(ctx context.Context) error {
	order, unread, err := b.wanted(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	old := b.depart(order)
	fresh := slices.DeleteFunc(slices.Clone(order), func(s Source) bool { return b.stations[s.ID] != nil })
	b.mu.Unlock()
	now := b.Office.Store.Now()
	found := map[string]trouble{}
	opened := map[string]*station{}
	for _, s := range fresh {
		st, err := b.open(ctx, s, unread[s.ID])
		if err != nil {
			found[s.ID] = trouble{s.Setting, err, now}
			continue
		}
		opened[s.ID] = st
	}
	b.mu.Lock()
	for id, t := range found {
		before, was := b.broken[id]
		if was && before.setting == t.setting {
			t.since = before.since
		}
		if !was || before.err.Error() != t.err.Error() {
			b.Log.Error("a carrier cannot be used", "carrier", id, "err", t.err)
		}
		found[id] = t
	}
	b.broken, b.order = found, order
	maps.Copy(b.stations, opened)
	b.connect()
	b.mu.Unlock()
	for _, s := range old {
		b.retire(s)
	}
	return nil
}

// wanted are the carriers that should be at work, in their order: those of the
// page, then those of the environment.
func (b *Board) wanted(ctx context.Context) (order []Source, unread map[string]error, err error) {
	all, err := b.Office.Settings(ctx)
	if err != nil {
		return nil, nil, err
	}
	unread = map[string]error{}
	for _, s := range all {
		if s.Active {
			order = append(order, Source{ID: string(s.ID), Kind: s.Kind, Name: s.Name, Setting: s.Text})
			unread[string(s.ID)] = s.Err
		}
	}
	return append(order, b.Environment...), unread, nil
}

// depart takes what should no longer be there off the board.
func (b *Board) depart(order []Source) (old []*station) {
	for id, s := range b.stations {
		stays := slices.ContainsFunc(order, func(w Source) bool { return w.ID == id && w.Setting == s.source.Setting && w.Kind == s.source.Kind })
		if !stays {
			old = append(old, s)
			delete(b.stations, id)
		}
	}
	return old
}

// connect gives every channel its first two carriers.
func (b *Board) connect() {
	for name, l := range b.lines {
		var posts []*post
		for _, s := range b.order {
			if st := b.stations[s.ID]; st != nil && st.posts[name] != nil && len(posts) < 2 {
				posts = append(posts, st.posts[name])
			}
		}
		l.set(posts, b.Office.Store.Now)
	}
}

func (b *Board) open(ctx context.Context, s Source, unread error) (*station, error) {
	if unread != nil {
		return nil, unread
	}
	st := &station{board: b, source: s, posts: map[string]*post{}, idle: make(chan struct{}, 1)}
	opened, err := b.Open(ctx, s, st.report)
	if err != nil {
		return nil, err
	}
	st.opened = opened
	for _, ch := range opened.Channels {
		st.posts[ch.Name()] = &post{station: st, next: ch}
	}
	return st, nil
}

// How long a carrier that is taken away is given.
const (
	finishing = 3 * time.Minute        // to finish what it has begun
	looking   = 200 * time.Millisecond // between two looks whether it has
	lingering = 10 * time.Minute       // to report on it, where it comes to us
)

// retire ends a carrier when it is no longer needed. Its doors stay open for a
// while: what it has taken it reports on later.
func (b *Board) retire(s *station) {
	b.mu.Lock()
	b.leaving[s] = true
	b.mu.Unlock()
	s.leave()
	b.gone.Go(func() {
		s.finish(b.end)
		if len(s.opened.Doors) > 0 {
			select {
			case <-time.After(lingering):
			case <-b.end:
			}
		}
		b.mu.Lock()
		delete(b.leaving, s)
		b.mu.Unlock()
		if s.opened.Close != nil {
			s.opened.Close()
		}
		b.look() // what it held may be what another waits for
	})
}

// ServeHTTP is where carriers come to us, each at its own path:
// /carrier/ID/DOOR.
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := b.door(r.PathValue("carrier"), strings.Trim(r.PathValue("door"), "/"))
	if h == nil {
		http.NotFound(w, r)
		return
	}
	h.ServeHTTP(w, r)
}

func (b *Board) door(id, door string) http.Handler {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.stations[id]; s != nil {
		return s.opened.Doors[door]
	}
	for s := range b.leaving {
		if s.source.ID == id {
			return s.opened.Doors[door]
		}
	}
	return nil
}

// errNone is of a channel without a carrier.
func errNone(channel string) error { return fmt.Errorf("no %s channel is set up", channel) }

// errLeaves is of a carrier that takes no more.
var errLeaves = errors.New("the carrier was taken away in this very moment")

// Standing tells how a channel's two carriers stand to each other; ok is false
// where there are not two.
func (b *Board) Standing(channel string) (s standby.Standing, ok bool) {
	if r := b.lines[channel].now.Load(); r != nil && r.pair != nil {
		return r.pair.Standing(), true
	}
	return s, false
}
