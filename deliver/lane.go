package deliver

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/id"
	"muster/store"
)

// How long a lane leaves the database alone when it hears of nothing. Other
// nodes say what they queue; what one of them held that died comes up when its
// claim ends, which a look in time foresees.
const (
	laneRest = leaseTime / 2
	soloRest = 10 * time.Second // one node only: nobody else queues
)

// bulkPause is how often lanes that can wait may claim while somebody's call
// for help is under way.
const bulkPause = 100 * time.Millisecond

// lane is one lane's dispatcher: it alone claims and records, in one
// transaction a turn, while its hands do the sending.
type lane struct {
	e       *Engine
	name    Lane
	rest    time.Duration
	wake    chan struct{}
	work    chan Message
	results chan outcome
	under   map[id.Message]id.Org // claimed here, and not recorded yet
	line    line                  // of those, who has no hand yet
	sending int                   // of those, how many are with a hand
	renewed time.Time             // when their claims were last renewed
	last    id.Org                // served last
	atOnce  int                   // organisations from which one statement claims
	lookAt  time.Time             // when something in the database is due, as far as is known
	claimed time.Time             // when something was last claimed
	silence *silence

	mu     sync.Mutex
	flying map[id.Message]flight
	held   map[*held]bool
	recall []recall  // lately heard, newest last
	inbox  []Message // claimed by the units that queued them
	load   int       // how many are under way, or in the inbox
	open   bool      // nothing waits in the database
	ended  bool      // nothing more is taken
	unseen bool      // something may, that was not looked at yet
}

func newLane(e *Engine, name Lane, quiet *silence) *lane {
	room := 2 * hands[name] // a second helping waits while the first is sent
	l := &lane{
		e: e, name: name, rest: laneRest, atOnce: room, unseen: true, silence: quiet,
		flying: map[id.Message]flight{}, held: map[*held]bool{},
		under: make(map[id.Message]id.Org, room),
		wake:  make(chan struct{}, 1), work: make(chan Message, room), results: make(chan outcome, room),
	}
	if e.Store.Kind() == "sqlite" {
		l.rest, l.atOnce = soloRest, 1
	}
	return l
}

func (l *lane) run(ctx context.Context) {
	stop := l.e.Store.Watch(l.hear)
	defer stop()
	var wg sync.WaitGroup
	for range hands[l.name] {
		wg.Go(func() {
			for m := range l.work {
				l.results <- l.carry(m)
			}
		})
	}
	l.dispatch(ctx)
	close(l.work)
	wg.Wait()
}

func (l *lane) hear(c store.Change) {
	looks := false
	for _, t := range c.Topics {
		looks = looks || t == string(l.name) || t == "*"
		if r, ok := recalled(t); ok {
			l.takeBack(r)
		}
	}
	if looks {
		l.look()
	}
}

// dispatch takes turns until ctx ends and nothing is under way.
func (l *lane) dispatch(ctx context.Context) {
	var done []outcome
	wait := time.Duration(0)
	for ctx.Err() == nil || len(l.under) > 0 || len(done) > 0 {
		done = l.listen(ctx, wait, done)
		l.sort(ctx)
		claimed, next, err := l.turn(ctx, done)
		if err != nil {
			l.e.Log.Error("messages wait: the lane cannot work", "lane", l.name, "err", err)
			wait = time.Second
			if ctx.Err() != nil {
				return // what is under way comes up again when its lease ends
			}
			continue
		}
		done = done[:0]
		for _, m := range claimed {
			l.admit(m)
		}
		l.feed()
		wait = next
		if len(l.under) > 0 {
			wait = min(wait, renewal)
		}
	}
}

// admit puts a claimed message in line. One that is under way already is there
// because its claim ran out while the database was away; it is being sent.
func (l *lane) admit(m Message) {
	if _, here := l.under[m.ID]; here {
		return
	}
	l.under[m.ID] = m.Org
	m.known = l.e.Store.Now()
	l.line.add(m)
}

// sort takes what units handed over. Once ctx has ended, whatever has no hand
// yet is left to whoever finds it when its claim ends.
func (l *lane) sort(ctx context.Context) {
	l.mu.Lock()
	inbox := l.inbox
	l.inbox = nil
	l.mu.Unlock()
	for _, m := range inbox {
		l.admit(m)
	}
	if ctx.Err() != nil {
		l.shut()
		for m, ok := l.line.next(); ok; m, ok = l.line.next() {
			delete(l.under, m.ID)
		}
	}
	l.feed()
}

// feed gives the hands what there is room for, which never blocks.
func (l *lane) feed() {
	for l.sending < cap(l.work) {
		m, ok := l.line.next()
		if !ok {
			break
		}
		l.sending++
		l.work <- m
	}
	l.mu.Lock()
	l.load = len(l.under) + len(l.inbox)
	l.mu.Unlock()
}

// listen waits for work, a result, or the time given, and gathers every result
// that is there.
func (l *lane) listen(ctx context.Context, wait time.Duration, done []outcome) []outcome {
	var over <-chan struct{}
	if len(l.under) == 0 || ctx.Err() == nil {
		over = ctx.Done()
	}
	t := time.NewTimer(max(0, wait))
	defer t.Stop()
	select {
	case <-l.wake:
	case <-t.C:
	case <-over:
	case o := <-l.results:
		done = l.returned(o, done)
	}
	for {
		select {
		case o := <-l.results:
			done = l.returned(o, done)
		default:
			return done
		}
	}
}

func (l *lane) returned(o outcome, done []outcome) []outcome {
	delete(l.under, o.message.ID)
	l.sending--
	return append(done, o)
}

// turn records what came of sends and claims what is due, in one transaction.
// next is how long nothing more will be due.
func (l *lane) turn(ctx context.Context, done []outcome) (claimed []Message, next time.Duration, err error) {
	at := l.e.Store.Now()
	room, pause := l.room(ctx, at)
	ready, next, err := l.due(context.WithoutCancel(ctx), at)
	if err != nil {
		return nil, 0, err
	}
	if pause > 0 && len(ready) > 0 {
		next = pause
	}
	share, order := turns(ready, l.last, room)
	renew := len(l.under) > 0 && at.Sub(l.renewed) >= renewal
	if len(done) == 0 && len(order) == 0 && !renew {
		return nil, next, nil
	}
	err = l.e.Store.Across().Do(context.WithoutCancel(ctx), func(tx *store.AcrossTx) error {
		claimed = claimed[:0]
		for _, o := range done {
			if err := l.record(tx, o); err != nil {
				return err
			}
		}
		if renew {
			if err := l.hold(tx); err != nil {
				return err
			}
		}
		for orgs := range slices.Chunk(order, l.atOnce) {
			list, err := store.All(tx, claim, scanMessage, string(l.name), spaced(orgs), tx.Now(), tx.Now().Add(leaseTime), share)
			if err != nil {
				return err
			}
			claimed = append(claimed, list...)
		}
		return nil
	})
	if err != nil {
		l.doubt()
		return nil, 0, err
	}
	if renew || len(l.under) == 0 {
		l.renewed = at
	}
	if len(order) > 0 {
		l.last = order[len(order)-1]
		next = l.after(len(claimed), at)
	}
	return claimed, next, nil
}

// after is when to look again after n messages were claimed.
func (l *lane) after(n int, at time.Time) time.Duration {
	switch {
	case len(l.under)+n >= cap(l.work):
		return l.rest // full: the next result wakes us
	case n == 0:
		return 5 * time.Millisecond // another node was faster
	}
	l.claimed = at
	return 0 // there may be more
}

// room is how many messages may be claimed now. Lanes that can wait give way
// to calls for help, and are told how long.
func (l *lane) room(ctx context.Context, at time.Time) (n int, pause time.Duration) {
	if ctx.Err() != nil {
		return 0, 0
	}
	if l.name == Notice || l.name == Bulk {
		if sos := doorsOf(l.e.Store).lane(SOS); sos != nil && sos.busy() {
			if pause = bulkPause - at.Sub(l.claimed); pause > 0 {
				return 0, pause
			}
		}
	}
	return cap(l.work) - len(l.under), 0
}

// due finds which organisations have something due, and how long nothing more
// will be. While nothing was said and nothing can be due it asks nobody.
func (l *lane) due(ctx context.Context, at time.Time) (ready []id.Org, next time.Duration, err error) {
	l.mu.Lock()
	asks := l.unseen || !at.Before(l.lookAt)
	l.unseen = false
	l.mu.Unlock()
	if !asks {
		return nil, l.lookAt.Sub(at), nil
	}
	queue, err := l.waiting(ctx)
	if err != nil {
		l.doubt()
		return nil, 0, err
	}
	ready, next = queue.ready(at, l.rest)
	l.lookAt = at.Add(next)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unseen = l.unseen || len(ready) > 0
	l.open = !l.unseen
	return ready, next, nil
}

// spaced writes organisations as claim wants them.
func spaced(orgs []id.Org) string {
	var b strings.Builder
	for _, o := range orgs {
		b.WriteString(string(o) + " ")
	}
	return strings.TrimSpace(b.String())
}

// queueing is which organisations have something queued, and when the first of
// it is due.
type queueing []struct {
	org id.Org
	due time.Time
}

func (l *lane) waiting(ctx context.Context) (q queueing, err error) {
	err = l.e.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		q, err = store.All(tx, waiting, func(r store.Row) (w struct {
			org id.Org
			due time.Time
		}, err error,
		) {
			err = r.Scan(&w.org, store.Time(&w.due))
			return w, err
		}, string(l.name))
		return err
	})
	return q, err
}

func (q queueing) ready(at time.Time, rest time.Duration) (orgs []id.Org, next time.Duration) {
	next = rest
	for _, w := range q {
		if wait := w.due.Sub(at); wait <= 0 {
			orgs = append(orgs, w.org)
		} else {
			next = min(next, wait)
		}
	}
	return orgs, next
}
