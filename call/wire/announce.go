package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"muster/call/alarm"
	errands "muster/call/errand"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// How long it makes sense to hand an alarm over: a centre that comes back after
// an outage still wants to know, and a program's schedule ends before its news
// does (deliver/pause.go).
const (
	newsValid = 6 * time.Hour
	hookValid = 4 * 24 * time.Hour
)

// Announce hands news over on every active wire of the organisation, as part
// of the caller's unit; about is what the messages belong to. It gives the
// number of wires.
func Announce(tx *store.Tx, about string, news deliver.News) (wires int, err error) {
	all, err := store.All(tx, listWires, scanWire)
	if err != nil {
		return 0, err
	}
	for _, w := range all {
		if !w.Active || !w.says(news.Type) {
			continue
		}
		if err := w.queue(tx, about, news); err != nil {
			return wires, err
		}
		wires++
	}
	return wires, nil
}

func (w Wire) queue(tx *store.Tx, about string, news deliver.News) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	valid := newsValid
	if w.Kind == Webhook {
		valid = hookValid
	}
	m, err := deliver.Queue(tx, deliver.Message{
		Purpose: deliver.Handover, Lane: deliver.SOS, Lang: org.Tag(), About: about, Thread: about,
		Facts: news.Facts(), Route: []deliver.Stop{w.stop()}, Valid: valid,
	})
	if err != nil {
		return err
	}
	return w.post(tx, m, news)
}

// Carrier hands an organisation's own alarms over on its wires: when they are
// raised, get graver, are taken in charge and end. It looks when something
// changes and, in case it missed that, every few seconds; any number of
// carriers may run on one database.
type Carrier struct {
	Store *store.Store
	Log   *slog.Logger

	wired  atomic.Pointer[map[id.Org]bool] // who has a wire; nil: not known
	wake   chan struct{}
	failed errands.Pauses[errand]
}

// How often a carrier looks without being woken, and how much it takes at once.
const (
	rest  = 3 * time.Second
	batch = 500
)

// errand is one alarm that has to be said on one wire.
type errand struct {
	org   id.Org
	wire  id.Wire
	alarm id.Alarm
}

// Run works until ctx ends.
func (c *Carrier) Run(ctx context.Context) {
	c.wake = make(chan struct{}, 1)
	stop := c.Store.Watch(c.hear)
	defer stop()
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for ctx.Err() == nil {
		more, err := c.Look(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.Error("alarms do not get onto their wires", "err", err)
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-c.wake:
		}
	}
}

// hear wakes the carrier for a change that concerns somebody with a wire.
func (c *Carrier) hear(change store.Change) {
	wired := c.wired.Load()
	theirs := wired == nil || (*wired)[change.Org] || change.Org == ""
	if !slices.ContainsFunc(change.Topics, func(t string) bool { return t == "wire" || t == "*" || t == "board" && theirs }) {
		return
	}
	select {
	case c.wake <- struct{}{}:
	default: // it looks again as it is
	}
}

// Look looks once for what has to be said, and queues it. more tells that
// there may be more.
func (c *Carrier) Look(ctx context.Context) (more bool, err error) {
	var todo []errand
	var now time.Time
	err = c.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		orgs, err := store.All(tx, wired, store.Scalar[id.Org])
		if err != nil {
			return err
		}
		known := make(map[id.Org]bool, len(orgs))
		for _, o := range orgs {
			known[o] = true
		}
		c.wired.Store(&known)
		now = tx.Now()
		open, err := store.All(tx, unsaid, scanErrand, c.failed.Room(batch))
		over, err2 := store.All(tx, unended, scanErrand, c.failed.Room(batch))
		todo = append(open, over...)
		return errors.Join(err, err2)
	})
	todo = c.failed.Ready(todo, 2*batch, now)
	for _, e := range todo {
		came := c.Store.Do(ctx, e.org, func(tx *store.Tx) error { return bring(tx, e) })
		c.failed.Done(e, came, now)
		err = errors.Join(err, came)
	}
	return len(todo) >= batch && err == nil, err
}

func scanErrand(r store.Row) (e errand, err error) { return e, r.Scan(&e.org, &e.wire, &e.alarm) }

// bring says an alarm on a wire as it is now, unless somebody has. Two who try
// at the same time write the same row, and one of them begins again and finds
// it written.
func bring(tx *store.Tx, e errand) error {
	w, err := find(tx, e.wire)
	if err != nil {
		return ignoreMissing(err)
	}
	a, err := alarm.Read(tx, e.alarm)
	if err != nil {
		return ignoreMissing(err)
	}
	type was struct{ kind, state string }
	said, err := store.One(tx, saidOf, func(r store.Row) (s was, err error) { return s, r.Scan(&s.kind, &s.state) }, w.ID, a.ID)
	if err = ignoreMissing(err); err != nil {
		return err
	}
	kind := ""
	switch {
	case !a.Open():
		kind = deliver.AlarmResolved
	case said.state == "" || said.kind != string(a.Kind) || a.State == alarm.Raised && said.state != string(alarm.Raised):
		kind = deliver.AlarmRaised
	case said.state != string(a.State):
		kind = deliver.AlarmAcknowledged
	default:
		return nil
	}
	if said.state == string(a.State) && said.kind == string(a.Kind) {
		return nil
	}
	known := a.State
	if kind == deliver.AlarmRaised {
		known = alarm.Raised // that somebody has it comes next
	}
	if w.Active && w.says(kind) {
		news, err := newsOf(tx, a, kind)
		if err != nil {
			return err
		}
		if err := w.queue(tx, string(a.ID), news); err != nil {
			return err
		}
	}
	return tx.Write(say, w.ID, a.ID, string(a.Kind), string(known), tx.Now())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return nil
	}
	return err
}

// newsOf is what is told of an alarm.
func newsOf(tx *store.Tx, a alarm.Alarm, kind string) (deliver.News, error) {
	org, err := roster.Get(tx)
	if err != nil {
		return deliver.News{}, err
	}
	n := deliver.News{
		Type: kind, Drill: a.Drill, At: a.Due, Organisation: org.Name, Alarm: a.ID, Kind: string(a.Kind), Raised: a.Raised,
		Worker: a.WorkerName, Phone: a.WorkerPhone, Note: a.Note, Link: fmt.Sprintf("/alarms/%s", a.ID),
	}
	if a.Kind == alarm.Duress {
		n.Phone = "" // somebody else may answer it
	}
	switch kind {
	case deliver.AlarmAcknowledged:
		n.At, n.By = a.Ack.At, a.Ack.Name
	case deliver.AlarmResolved:
		n.At, n.By, n.Outcome, n.Note = a.Closed.At, a.Closed.Name, string(a.Outcome), a.Closing
	}
	if p := a.Place; !p.At.IsZero() {
		n.Position = &deliver.NewsPosition{Latitude: p.Lat, Longitude: p.Lon, Accuracy: p.Accuracy, At: p.At}
	}
	return n, nil
}
