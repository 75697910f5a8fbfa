package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/deliver/wording"
	"muster/id"
	"muster/seal"
	"muster/store"
)

// How many sends a lane has under way at once on one node.
var hands = map[Lane]int{SOS: 32, Duty: 8, Notice: 8, Bulk: 4}

// A claim hides a message for a short while and is renewed for as long as the
// send is under way: what a slow carrier keeps is not sent twice, and what a
// node held that died comes up again within seconds.
const (
	sendTime  = 20 * time.Second // longest that one send may take
	leaseTime = 4 * time.Second
	renewal   = 1500 * time.Millisecond
)

const (
	laneRest = 400 * time.Millisecond
	soloRest = 10 * time.Second // one node only: nobody else queues
)

// Engine sends what is queued. Any number of engines may run on one database.
type Engine struct {
	Store    *store.Store
	Channels map[string]Channel
	Keys     *seal.Keys
	URL      *url.URL                       // where people reach this installation
	Failed   func(*store.Tx, Message) error // told, in the unit that records it, of a message that no way was left for
	Log      *slog.Logger
}

// Run sends until ctx ends, and returns when the last send under way is
// recorded.
func (e *Engine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range lanes() {
		wg.Go(func() { newLane(e, l).run(ctx) })
	}
	wg.Wait()
}

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
	renewed time.Time             // when their claims were last renewed
	last    id.Org                // served last
	atOnce  int                   // organisations from which one statement claims
}

func newLane(e *Engine, name Lane) *lane {
	room := 2 * hands[name] // a second helping waits while the first is sent
	l := &lane{
		e: e, name: name, rest: laneRest, atOnce: room,
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
				l.results <- l.e.send(m)
			}
		})
	}
	l.dispatch(ctx)
	close(l.work)
	wg.Wait()
}

func (l *lane) hear(c store.Change) {
	for _, t := range c.Topics {
		if t == string(l.name) || t == "*" {
			select {
			case l.wake <- struct{}{}:
			default:
			}
			return
		}
	}
}

// dispatch takes turns until ctx ends and nothing is under way.
func (l *lane) dispatch(ctx context.Context) {
	var done []outcome
	wait := time.Duration(0)
	for ctx.Err() == nil || len(l.under) > 0 || len(done) > 0 {
		done = l.listen(ctx, wait, done)
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
			if _, here := l.under[m.ID]; here {
				continue // its claim ran out while the database was away; it is being sent
			}
			l.under[m.ID] = m.Org
			l.work <- m // never blocks: turn claims no more than there is room
		}
		wait = next
		if len(l.under) > 0 {
			wait = min(wait, renewal)
		}
	}
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
		done = append(done, o)
		delete(l.under, o.message.ID)
	}
	for {
		select {
		case o := <-l.results:
			done = append(done, o)
			delete(l.under, o.message.ID)
		default:
			return done
		}
	}
}

// turn records what came of sends and claims what is due, in one transaction.
// next is how long nothing more will be due.
func (l *lane) turn(ctx context.Context, done []outcome) (claimed []Message, next time.Duration, err error) {
	room := cap(l.work) - len(l.under)
	if ctx.Err() != nil {
		room = 0
	}
	queue, err := l.waiting(context.WithoutCancel(ctx))
	if err != nil {
		return nil, 0, err
	}
	at := l.e.Store.Now()
	ready, next := queue.ready(at, l.rest)
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
		return nil, 0, err
	}
	if renew || len(l.under) == 0 {
		l.renewed = at
	}
	if len(order) > 0 {
		l.last = order[len(order)-1]
	}
	if len(claimed) > 0 && len(claimed) < cap(l.work) {
		next = 0 // there may be more; look again as soon as a result comes
	}
	if len(claimed) == 0 && len(order) > 0 {
		next = min(next, 5*time.Millisecond) // another node was faster
	}
	if len(l.under)+len(claimed) >= cap(l.work) {
		next = l.rest // full: the next result wakes us
	}
	return claimed, next, nil
}

// hold renews the claims on what is under way, in the order in which every
// node takes rows.
func (l *lane) hold(tx *store.AcrossTx) error {
	for _, m := range slices.Sorted(maps.Keys(l.under)) {
		if err := tx.Write(hold, l.under[m], m, tx.Now().Add(leaseTime)); err != nil {
			return err
		}
	}
	return nil
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

// record writes down one try and what follows from it.
func (l *lane) record(tx *store.AcrossTx, o outcome) error {
	m := o.message
	state, detail, code := o.receipt.State, o.receipt.Detail, ""
	if o.err != nil {
		state, detail = Failed, o.err.Error()
		if r, ok := refusedBy(o.err); ok {
			code, detail = r.code, r.detail
		}
	}
	var provider any
	if o.receipt.ProviderID != "" {
		provider = storable(o.receipt.ProviderID)
	}
	err := tx.Write(addAttempt, m.Org, m.AttemptID(), m.ID, m.number(), o.stop.Channel, o.stop.Address,
		string(state), provider, storable(detail), storable(code), tx.Now())
	if err != nil {
		return err
	}
	next := o.next(tx.Now())
	err = tx.Write(settle, m.Org, m.ID, string(next.state), next.stop, next.tries, next.due.UnixMicro())
	if err != nil {
		return err
	}
	l.tell(tx, m, next)
	if next.state != Failed && next.state != Expired {
		return nil
	}
	l.e.Log.Error("message reached nobody", "org", m.Org, "message", m.ID, "purpose", m.Purpose, "state", next.state, "why", detail)
	if l.e.Failed == nil {
		return nil
	}
	// What follows from one message may fail; the others of this turn are
	// recorded all the same, or the lane would stand still for good. Trouble
	// with the transaction itself comes up again at its commit.
	if err := tx.For(m.Org, func(tx *store.Tx) error { return l.e.Failed(tx, m) }); err != nil {
		l.e.Log.Error("nobody was told that a message reached nobody", "org", m.Org, "message", m.ID, "err", err)
	}
	return nil
}

// tell lets whoever watches the thing see how its message fares.
func (l *lane) tell(tx *store.AcrossTx, m Message, next step) {
	topics := []string{"outbox"}
	if m.About != "" {
		topics = append(topics, m.About)
	}
	if next.state == Queued {
		topics = append(topics, string(l.name))
	}
	tx.AfterCommit(func() { l.e.Store.Tell(store.Change{Org: m.Org, Topics: topics}) })
}

// send makes one try. It touches no database.
func (e *Engine) send(m Message) outcome {
	o := outcome{message: m, stop: m.Route[min(m.Stop, len(m.Route)-1)]}
	left := m.Expires.Sub(e.Store.Now())
	if left <= 0 {
		o.err = errors.New("its validity passed before it could leave")
		return o
	}
	ch, ok := e.Channels[o.stop.Channel]
	if !ok {
		o.err = fmt.Errorf("no %s channel is set up", o.stop.Channel)
		return o
	}
	out, err := e.render(m, o.stop)
	if err != nil {
		o.err = err
		return o
	}
	out.Valid = left
	ctx, cancel := context.WithTimeout(context.Background(), min(sendTime, left))
	defer cancel()
	o.receipt, o.err = ch.Send(ctx, out)
	return o
}

func (e *Engine) render(m Message, stop Stop) (Outgoing, error) {
	facts := maps.Clone(m.Facts)
	if facts == nil {
		facts = map[string]any{}
	}
	if len(m.Sealed) > 0 {
		plain, err := e.Keys.Open(sealPurpose, m.Sealed)
		if err != nil {
			return Outgoing{}, err
		}
		if err := json.Unmarshal(plain, &facts); err != nil {
			return Outgoing{}, err
		}
	}
	for name, value := range facts {
		if text, ok := value.(string); ok && (name == "Link" || name == "Resolve") && text != "" {
			facts[name] = e.link(m.ID, text)
		}
	}
	out := Outgoing{
		Org: m.Org, Message: m.ID, Attempt: m.AttemptID(), To: stop.Address, Lang: m.Lang,
		Thread: m.Thread, Urgent: m.Lane == SOS,
	}
	var err error
	if m.Purpose == Handover {
		out.News, err = newsIn(facts)
		return out, err
	}
	out.Subject, out.Text, out.HTML, err = wording.Render(m.Lang, m.Purpose, facts, stop.Channel)
	return out, err
}

// link is what the facts Link and Resolve stand for: the message's own action
// link, or a page of this installation.
func (e *Engine) link(m id.Message, path string) string {
	if rest, ok := strings.CutPrefix(path, wording.Act); ok {
		path = "/a/" + token(e.Keys, m) + rest
	}
	if u, err := e.URL.Parse(path); err == nil {
		return u.String()
	}
	return e.URL.String()
}

// refusedBy finds a carrier's final no in err.
func refusedBy(err error) (*refusal, bool) { return errors.AsType[*refusal](err) }
