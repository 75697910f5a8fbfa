package enrol

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Follow does by itself what follows from what others do, over all
// organisations: it makes changes of what the roster and the rotas have changed
// under the enrolments (SS7, SS10), and reminds and escalates where a partner leaves changes
// unconfirmed (SS11).
func Follow(ctx context.Context, s *store.Store) error {
	return errors.Join(followRoster(ctx, s), followLag(ctx, s))
}

// followRoster looks for names, addresses and roles that have changed, for those
// who have left, and for rotas by which others are on duty than before.
func followRoster(ctx context.Context, s *store.Store) error {
	var orgs []id.Org
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		orgs, err = store.All(tx, behind, store.Scalar[id.Org], sweep)
		return err
	})
	for _, org := range orgs {
		err = errors.Join(err, s.Do(ctx, org, drift))
	}
	return err
}

// sweep bounds how many organisations one look takes; the next one finds the
// rest.
const sweep = 200

func drift(tx *store.Tx) error {
	b := &Batch{tx: tx, who: actor.Engine()}
	now, err := store.One(tx, pulse, store.Scalar[int64]) // first: what changes meanwhile is for the next look
	if err != nil {
		return err
	}
	if b.org, err = roster.Get(tx); err != nil {
		return err
	}
	here, err := store.All(tx, all, scanEnrolment)
	if err != nil {
		return err
	}
	for _, e := range here {
		if err := b.follow(e); err != nil {
			return err
		}
	}
	return tx.Write(seen, now)
}

// follow makes a change of what has changed under one enrolment.
func (b *Batch) follow(e Enrolment) error {
	p, err := roster.Find(b.tx, e.Worker)
	if err != nil {
		return err
	}
	if !p.Active {
		return b.Part(e.Worker)
	}
	now, from := e, time.Time{}
	now.Facts.Name, now.Facts.Email, now.Facts.Mobile, now.Facts.Roles = p.Name, p.First(roster.Email), p.Phone(), rolesOf(p)
	if now.Facts.Duty, from, err = dutyOf(b.tx, e.Facts.Rota); err != nil {
		return err
	}
	changed := differences(e.Facts, now.Facts)
	if len(changed) == 0 {
		return nil
	}
	if !slices.Contains(changed, "rota") {
		from = time.Time{}
	}
	return b.save(now, p.Name, Alter, changed, from)
}

// When a partner leaves changes unconfirmed: first the partner is reminded,
// then the administrators of both sides hear of it, again and again.
const (
	remindAfter   = 4 * time.Hour
	escalateAfter = 24 * time.Hour
)

// level is whom to remind now of changes of which the oldest was made at an
// instant, 0 for nobody: 1 the partner, 2 the administrators of both sides.
// What was said, and when last, counts only if it was said once the oldest had
// waited for so long: a partner who confirms one change must still be reminded
// of the next.
func level(now, oldest time.Time, said int64, last time.Time) int64 {
	remind, escalate := oldest.Add(remindAfter), oldest.Add(escalateAfter)
	switch {
	case !now.Before(escalate) && (said < 2 || last.Before(escalate) || now.Sub(last) >= escalateAfter):
		return 2
	case !now.Before(remind) && (said < 1 || last.Before(remind)):
		return 1
	}
	return 0
}

// laggard is a connection on which changes wait for longer than they should.
type laggard struct {
	customer, partner id.Org
	link              id.Link
	oldest            time.Time
	count             int
}

func followLag(ctx context.Context, s *store.Store) error {
	var late []laggard
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		late, err = store.All(tx, lagging, func(r store.Row) (l laggard, err error) {
			return l, r.Scan(&l.customer, &l.link, &l.partner, store.Time(&l.oldest), &l.count)
		}, tx.Now().Add(-remindAfter), sweep)
		return err
	})
	for _, l := range late {
		err = errors.Join(err, l.follow(ctx, s))
	}
	return err
}

func (l laggard) follow(ctx context.Context, s *store.Store) error {
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var to int64
		err := tx.For(l.customer, func(tx *store.Tx) error {
			links, err := connection.Hold(tx)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(links, func(c connection.Connection) bool { return c.ID == l.link })
			if i < 0 {
				return nil
			}
			c := links[i]
			if to = level(tx.Now(), l.oldest, c.Reminded, c.RemindedAt); to == 0 {
				return nil
			}
			if err := connection.Remind(tx, l.link, to); err != nil || to < 2 {
				return err
			}
			return l.warn(tx, "enrolment_late", c.OtherName, "/enrolment", actor.Administrator)
		})
		if err != nil || to == 0 {
			return err
		}
		return tx.For(l.partner, func(tx *store.Tx) error {
			c, err := connection.Get(tx, l.link)
			if err != nil {
				return err
			}
			if to == 1 {
				return l.warn(tx, "enrolment_waiting", c.OtherName, "/desk/changes", actor.Operator, actor.Administrator)
			}
			return l.warn(tx, "enrolment_late", c.OtherName, "/desk/changes", actor.Administrator)
		})
	})
}

// warnValid is how long it makes sense to deliver a reminder.
const warnValid = 24 * time.Hour

// warn tells everybody with one of the roles, in the unit's own organisation.
func (l laggard) warn(tx *store.Tx, purpose, other, link string, roles ...actor.Role) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	told := map[id.Person]bool{}
	for _, role := range roles {
		people, err := roster.List(tx, roster.Filter{Role: role})
		if err != nil {
			return err
		}
		for _, p := range people {
			if told[p.Person] {
				continue
			}
			told[p.Person], err = p.Tell(tx, deliver.Message{
				Purpose: purpose, Lane: deliver.Notice, About: string(l.link), Valid: warnValid,
				Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "By": other, "Since": l.oldest, "Link": link},
			})
			if err != nil {
				return err
			}
		}
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind:    map[string]string{"enrolment_late": "enrolment.escalated", "enrolment_waiting": "enrolment.reminded"}[purpose],
		Subject: string(l.link),
		Facts:   map[string]any{"Other": other, "Count": l.count, "Told": len(told), "LagMilliseconds": tx.Now().Sub(l.oldest).Milliseconds()},
	})
}
