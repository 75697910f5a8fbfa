package wire

import (
	"context"
	"log/slog"
	"time"

	"muster/deliver/dc09"
	"muster/id"
	"muster/store"
	"muster/timer"
)

// Polls says when the time for a supervision poll has come.
type Polls struct {
	Channel *dc09.Channel
	Log     *slog.Logger

	room chan struct{}
}

// pollsAtOnce bounds how many wires one node polls at the same time.
const pollsAtOnce = 32

// pollTime bounds one poll of both receivers.
const pollTime = 20 * time.Second

// NewPolls makes the handler of PollKind.
func NewPolls(c *dc09.Channel, log *slog.Logger) *Polls {
	return &Polls{Channel: c, Log: log, room: make(chan struct{}, pollsAtOnce)}
}

// Fire sets the time of the next poll and, once that is committed, polls. A
// node that dies between leaves out one poll.
func (p *Polls) Fire(tx *store.Tx, t timer.Timer) error {
	w, err := find(tx, id.Wire(t.Subject))
	if err != nil {
		return ignoreMissing(err)
	}
	if !w.Active || w.Poll == 0 {
		return nil
	}
	next := t.Due.Add(w.Poll)
	if next.Before(tx.Now()) {
		next = tx.Now().Add(w.Poll)
	}
	if err := timer.Set(tx, PollKind, t.Subject, next); err != nil {
		return err
	}
	tx.AfterCommit(func() { go p.poll(w.Org, w.ID) })
	return nil
}

func (p *Polls) poll(org id.Org, which id.Wire) {
	select {
	case p.room <- struct{}{}:
	default:
		p.Log.Warn("a wire is not polled: too many are at once", "wire", which)
		return
	}
	defer func() { <-p.room }()
	ctx, cancel := context.WithTimeout(context.Background(), pollTime)
	defer cancel()
	if err := p.Channel.Supervise(ctx, org, string(which)); err != nil {
		p.Log.Warn("a wire could not be polled", "wire", which, "err", err)
	}
}

// Missed is what a panel's timer does: it has not been heard of for as long as
// it promised, three times over.
func Missed(tx *store.Tx, t timer.Timer) error {
	p, err := store.One(tx, getPanel, scanPanel, id.Panel(t.Subject))
	if err != nil {
		return ignoreMissing(err)
	}
	if !p.Active || p.Poll == 0 || p.Lost {
		return nil
	}
	if err := tx.Write(setHeard, p.ID, p.Heard, true); err != nil {
		return err
	}
	return told(tx, change{id: string(p.ID), name: p.Name, kind: "panel"})
}
