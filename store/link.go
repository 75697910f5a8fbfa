package store

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"muster/id"
)

// PostgreSQL serializes notifying commits, so a node says what changed at most
// once per linkPause, outside any unit.
const (
	linkPause = 25 * time.Millisecond
	linkBytes = 7000 // a notification carries at most 8000
	linkRetry = time.Second
)

// link carries changes between nodes on one database. What it loses while a
// connection is down it replaces by one change that means "anything".
type link struct {
	pool   *pgxpool.Pool
	hub    *hub
	log    *slog.Logger
	node   string
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	pending map[id.Org]map[string]bool
	wake    chan struct{}
}

// notice is one notification on the wire.
type notice struct {
	Node    string              `json:"n"`
	Changes map[id.Org][]string `json:"c"`
}

func newLink(pool *pgxpool.Pool, h *hub, log *slog.Logger) *link {
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{
		pool: pool, hub: h, log: log, node: uuid.NewString(), cancel: cancel,
		pending: map[id.Org]map[string]bool{}, wake: make(chan struct{}, 1),
	}
	h.mu.Lock()
	h.link = l.carry
	h.mu.Unlock()
	l.wg.Go(func() { l.speak(ctx) })
	l.wg.Go(func() { l.listen(ctx) })
	return l
}

func (l *link) close() {
	l.cancel()
	l.wg.Wait()
}

func (l *link) carry(c Change) {
	l.mu.Lock()
	set := l.pending[c.Org]
	if set == nil {
		set = map[string]bool{}
		l.pending[c.Org] = set
	}
	for _, t := range c.Topics {
		set[t] = true
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *link) speak(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		for _, text := range l.notices() {
			if _, err := l.pool.Exec(ctx, notifyText, text); err != nil && ctx.Err() == nil {
				l.log.Warn("other nodes were not told of a change", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(linkPause):
		}
	}
}

// notices takes what is pending, in pieces that fit the wire.
func (l *link) notices() []string {
	l.mu.Lock()
	pending := l.pending
	l.pending = map[id.Org]map[string]bool{}
	l.mu.Unlock()
	var out []string
	n := notice{Node: l.node, Changes: map[id.Org][]string{}}
	size := 0
	put := func() {
		if text, err := json.Marshal(n); err == nil && len(n.Changes) > 0 {
			out = append(out, string(text))
		}
		n.Changes, size = map[id.Org][]string{}, 0
	}
	for org, topics := range pending {
		for t := range topics {
			if size += len(org) + len(t) + 8; size > linkBytes {
				put()
				size = len(org) + len(t) + 8
			}
			n.Changes[org] = append(n.Changes[org], t)
		}
	}
	put()
	return out
}

func (l *link) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("changes of other nodes are not heard; trying again", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(linkRetry):
		}
	}
}

// hear listens on one connection until it breaks.
func (l *link) hear(ctx context.Context) error {
	pc, err := l.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pc.Hijack()
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, listenText); err != nil {
		return err
	}
	l.hub.local(Change{Topics: []string{"*"}})
	for {
		msg, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var n notice
		if json.Unmarshal([]byte(msg.Payload), &n) != nil || n.Node == l.node {
			continue
		}
		for org, topics := range n.Changes {
			slices.Sort(topics)
			l.hub.local(Change{Org: org, Topics: topics})
		}
	}
}
