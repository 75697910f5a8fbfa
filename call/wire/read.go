package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/store"
)

// List gives the organisation's wires, oldest first.
func (o Office) List(ctx context.Context, who actor.Actor) (all []Wire, err error) {
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		all, err = list(tx)
		return err
	})
	return all, err
}

// Get reads one wire.
func (o Office) Get(ctx context.Context, who actor.Actor, which id.Wire) (w Wire, err error) {
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		all, err := list(tx)
		if err != nil {
			return err
		}
		for _, w = range all {
			if w.ID == which {
				return nil
			}
		}
		w, err = find(tx, which)
		return err
	})
	return w, err
}

func find(tx *store.Tx, which id.Wire) (Wire, error) { return store.One(tx, getWire, scanWire, which) }

func list(tx *store.Tx) ([]Wire, error) {
	all, err := store.All(tx, listWires, scanWire)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	index := map[id.Wire]int{}
	for i, w := range all {
		index[w.ID] = i
	}
	_, err = store.All(tx, receivers, func(r store.Row) (struct{}, error) {
		which, one, err := scanReceiver(r)
		if i, ok := index[which]; ok {
			all[i].Receivers = append(all[i].Receivers, one)
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	_, err = store.All(tx, healths, func(r store.Row) (struct{}, error) {
		which, h, err := scanHealth(r)
		if i, ok := index[which]; ok {
			all[i].Health = h
		}
		return struct{}{}, err
	})
	return all, err
}

// Frame is one frame of a wire, or of a panel.
type Frame struct {
	ID      id.Frame
	Message id.Message // empty: a poll, or a frame that came
	Peer    string     // receiver, or host of the sender
	At      time.Time
	Took    time.Duration
	Sent    string // a panel's: as it came
	Got     string // the answer
	Verdict string // a panel's: why it was refused, empty if it was taken
	Problem string
	Count   int // equal ones, of refused frames within a minute
	Alarm   id.Alarm
}

// Frames lists what went over a wire before the frame named, newest first.
func (o Office) Frames(ctx context.Context, who actor.Actor, which id.Wire, before id.Frame, limit int) (all []Frame, err error) {
	if before == "" {
		before = "frm_~"
	}
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		if _, err := find(tx, which); err != nil {
			return err
		}
		all, err = store.All(tx, listFrames, func(r store.Row) (f Frame, err error) {
			f.Count = 1
			return f, r.Scan(&f.ID, &f.Message, &f.Peer, store.Time(&f.At), store.Span(&f.Took), &f.Sent, &f.Got, &f.Verdict, &f.Problem)
		}, which, before, limit)
		return err
	})
	return all, err
}

// Panels lists the organisation's panels, oldest first.
func (o Office) Panels(ctx context.Context, who actor.Actor) (all []Panel, err error) {
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		all, err = store.All(tx, listPanels, scanPanel)
		return err
	})
	return all, err
}

// Panel reads one panel, and the last frames that came from it.
func (o Office) Panel(ctx context.Context, who actor.Actor, which id.Panel, limit int) (p Panel, frames []Frame, err error) {
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		if p, err = store.One(tx, getPanel, scanPanel, which); err != nil {
			return err
		}
		frames, err = store.All(tx, listArrivals, func(r store.Row) (f Frame, err error) {
			return f, r.Scan(&f.ID, store.Time(&f.At), &f.Peer, &f.Sent, &f.Verdict, &f.Count, &f.Alarm)
		}, which, limit)
		return err
	})
	return p, frames, err
}

func scanWire(r store.Row) (w Wire, err error) {
	var settings string
	if err = r.Scan(&w.Org, &w.ID, &w.Name, &w.Kind, &settings, &w.Keyed, &w.Active, &w.Own, store.Time(&w.Made)); err != nil {
		return w, err
	}
	if err = json.Unmarshal([]byte(settings), &w.Settings); err != nil {
		return w, fmt.Errorf("settings of %s: %w", w.ID, err)
	}
	return w, nil
}

func scanReceiver(r store.Row) (which id.Wire, one Receiver, err error) {
	err = r.Scan(&which, &one.Address, &one.Up, store.Time(&one.Since), store.Time(&one.Heard))
	return which, one, err
}

func scanPanel(r store.Row) (p Panel, err error) {
	return p, r.Scan(&p.Org, &p.ID, &p.Name, &p.Line, &p.Account, &p.Keyed, &p.Person, &p.Workspace, store.Span(&p.Poll), &p.Active,
		store.Time(&p.Made), store.Time(&p.Heard), &p.Lost)
}
