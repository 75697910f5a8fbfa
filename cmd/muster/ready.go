package main

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"muster/store"
	"muster/timer"
)

// How long a health check may take, and how often at most it writes.
const (
	readyTime  = 3 * time.Second
	readyWrite = 5 * time.Second
)

// readiness tries whether the database can still be written: one that can only
// be read, because its disk is full, answers every question and keeps nothing.
type readiness struct {
	mu    sync.Mutex
	tried time.Time
	err   error
}

// writes writes the time of the try itself, and waits for it no longer than
// ctx. Between two tries the last one counts.
func (r *readiness) writes(ctx context.Context, s *store.Store) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.tried) < readyWrite {
		return r.err
	}
	done := make(chan error, 1)
	go func() { done <- s.SetInstallation(ctx, "ready", []byte(now.UTC().Format(time.RFC3339))) }()
	select {
	case r.err = <-done:
	case <-ctx.Done():
		r.err = ctx.Err()
	}
	r.tried = now
	return r.err
}

// ready answers whether this node does its work: the database answers and can
// be written, and no timer waits that should have fired.
func (n *node) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	overdue, _, err := timer.Audit(ctx, n.store, auditGrace)
	if err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	if err := n.readiness.writes(ctx, n.store); err != nil {
		n.log.Error("the database cannot be written", "err", err)
		http.Error(w, "the database cannot be written", http.StatusServiceUnavailable)
		return
	}
	if overdue > 0 {
		http.Error(w, strconv.Itoa(overdue)+" timers should have fired and did not", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}
