package canary

import (
	"context"
	"errors"
	"net/http"
	"time"

	"muster/deliver"
	"muster/fault"
	"muster/store"
)

// Loop puts the canary's end before a channel: what is meant for its addresses
// comes back in, everything else goes on.
func (k *Keeper) Loop(next deliver.Channel) deliver.Channel { return &loop{k, next} }

type loop struct {
	k    *Keeper
	next deliver.Channel
}

func (l *loop) Name() string { return l.next.Name() }

func (l *loop) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	switch {
	case out.Org != l.k.cage.Org || out.To != monitorMail && out.To != workerMail && out.To != workerPhone:
		return l.next.Send(ctx, out)
	case out.To == monitorMail && out.Urgent:
		if err := l.k.arrived(ctx); err != nil {
			return deliver.Receipt{}, err
		}
	}
	return deliver.Receipt{State: deliver.Delivered, Detail: "the canary's own"}, nil
}

// Health reads how the canary is.
func (k *Keeper) Health(ctx context.Context) (Health, error) {
	h := Health{Every: k.Every, Since: k.since}
	err := k.Store.View(ctx, k.cage.Org, func(tx *store.Tx) (err error) {
		h.Last, err = store.One(tx, good, scan)
		if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			return nil
		}
		return err
	})
	return h, err
}

// Flights lists the latest, newest first.
func (k *Keeper) Flights(ctx context.Context, limit int) (all []Flight, err error) {
	err = k.Store.View(ctx, k.cage.Org, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, last, scan, limit)
		return err
	})
	return all, err
}

const (
	lookEvery = time.Minute
	beatTime  = 10 * time.Second
)

// Watch learns who is to be told, and sends a heartbeat for as long as the
// canary is well. heartbeat may be empty.
func (k *Keeper) Watch(ctx context.Context, heartbeat string) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := k.look(ctx, heartbeat); err != nil && ctx.Err() == nil {
			k.Log.Error("CANARY: nobody looks after it", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (k *Keeper) look(ctx context.Context, heartbeat string) error {
	staff, err := k.Staff(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.staff = staff
	k.mu.Unlock()
	h, err := k.Health(ctx)
	if err != nil {
		return err
	}
	if !h.Well(k.Store.Now()) {
		return errors.New("no flight has come home for too long")
	}
	if heartbeat == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, beatTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, heartbeat, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
