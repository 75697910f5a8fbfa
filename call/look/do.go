package look

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// Note records that the actor is about to be shown where a worker is, at most
// once in ten minutes for each of both. People's own positions are theirs to
// look at.
func Note(ctx context.Context, s *store.Store, who actor.Actor, l Look) error {
	if !counts(who, l.Worker) {
		return nil
	}
	var known bool
	err := s.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		known, err = noted(tx, who, l.Worker)
		return err
	})
	if err != nil || known {
		return err
	}
	// Not under the request's key: the look is no part of what is asked for.
	return s.Do(store.WithOnce(ctx, nil), who.Org, func(tx *store.Tx) error {
		if known, err := noted(tx, who, l.Worker); err != nil || known {
			return err
		}
		worker, err := store.One(tx, workerName, store.Scalar[string], l.Worker)
		if err != nil {
			return err
		}
		subject := string(l.Worker)
		if l.Alarm != "" {
			subject = string(l.Alarm) // what hides a silent alarm from its worker hides this too
		}
		return errors.Join(
			tx.Write(add, l.Worker, tx.Now(), who.ID(), who.Name, role(who, l.Workspace), string(who.Door), string(l.Why), l.Alarm),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "position.looked", Subject: subject, About: l.Worker,
				Facts:    map[string]any{"Kind": string(l.Why), "Alarm": string(l.Alarm)},
				Personal: map[string]string{"Worker": worker},
			}),
		)
	})
}

func noted(tx *store.Tx, who actor.Actor, worker id.Person) (bool, error) {
	n, err := store.One(tx, lately, store.Scalar[int], worker, who.ID(), tx.Now().Add(-again))
	return n > 0, err
}

// Mine lists who looked at the actor, newest first. What happened since they
// signalled duress is left out until a day after that alarm was closed: whoever
// has the phone then must not read that people are looking (OA10).
func Mine(ctx context.Context, s *store.Store, who actor.Actor) (all []Look, err error) {
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		_, err := policy.Check(who, "seePosition", policy.Resource{Type: "Position", Org: tx.Org(), Person: who.Person})
		if err != nil {
			return err
		}
		until, err := silentSince(tx, who.Person)
		if err != nil {
			return err
		}
		all, err = store.All(tx, list, func(r store.Row) (l Look, err error) {
			return l, r.Scan(&l.Worker, store.Time(&l.At), &l.Name, &l.Role, &l.Door, &l.Why, &l.Alarm)
		}, who.Person, until, mostShown)
		return err
	})
	return all, err
}

// silentSince is up to when looks may be seen: up to the moment of a duress
// that is still to be kept quiet, which may be later than its alarm, or all.
func silentSince(tx *store.Tx, worker id.Person) (time.Time, error) {
	type quiet struct {
		alarm id.Alarm
		since time.Time
	}
	q, err := store.One(tx, silent, func(r store.Row) (q quiet, err error) {
		return q, r.Scan(&q.alarm, store.Time(&q.since))
	}, worker, tx.Now().Add(-held))
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return tx.Now().Add(time.Second), nil
	}
	if err != nil {
		return time.Time{}, err
	}
	graver, err := ledger.List(tx, ledger.Filter{Subject: string(q.alarm), Kind: "alarm.graver"})
	for _, e := range graver {
		if e.Facts["Kind"] == "duress" {
			q.since = e.At
		}
	}
	return q.since, err
}
