package staff

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/store"
	"muster/timer"
)

// TimerKind is the timer of a member's review.
const TimerKind = "staff.review"

// begin starts the time until a member's next review. The caller writes the
// book.
func begin(tx *store.Tx, which id.Staff) error {
	due := Member{Confirmed: tx.Now()}.ReviewDue()
	return errors.Join(
		tx.Write(confirm, which, tx.Now()),
		timer.Set(tx, TimerKind, string(which), noticeDue(due, time.Time{})),
	)
}

// begins is begin in the unit of whoever changes a member.
func begins(which id.Staff) func(*store.Tx) error {
	return func(tx *store.Tx) error { return begin(tx, which) }
}

// Watch gives a review to every member who has none, which those have who were
// there before there were reviews, and the first one of all; and the notices
// before their end to proofs that were recorded when there were none.
func Watch(ctx context.Context, s *store.Store) error {
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		all, err := List(tx)
		if err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error {
			for _, m := range all {
				if err := watchProofs(tx, m); err != nil {
					return err
				}
				_, err := store.One(tx, reviewOf, scanReview, m.ID)
				if err == nil || !m.Active {
					continue
				}
				if fault.KindOf(err) != fault.NotFound {
					return err
				}
				if err := errors.Join(begin(tx, m.ID), ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "staff.review_set", Subject: string(m.ID)})); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// review is when somebody was confirmed, and told about the next time.
type review struct{ confirmed, noticed time.Time }

func scanReview(r store.Row) (v review, err error) {
	return v, r.Scan(store.Time(&v.confirmed), store.Time(&v.noticed))
}

// Fire sends the notices about a member's review: to themselves, to the heads
// of their department and to the directors.
func Fire(tx *store.Tx, t timer.Timer) error {
	which := id.Staff(t.Subject)
	v, err := store.One(tx, reviewOf, scanReview, which)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	m, all, err := active(tx, which)
	if err != nil || m.ID == "" {
		return err
	}
	if at := noticeDue(m.ReviewDue(), v.noticed); tx.Now().Before(at) {
		return timer.Set(tx, TimerKind, t.Subject, at)
	}
	purpose := "staff_review"
	if m.Overdue(tx.Now()) {
		purpose = "staff_overdue"
	}
	return errors.Join(
		tell(tx, m.concerns(all, tx.Now()), m, purpose, map[string]any{"Till": m.ReviewDue()}),
		tx.Write(noted, which, tx.Now()),
		timer.Set(tx, TimerKind, t.Subject, noticeDue(m.ReviewDue(), tx.Now())),
		ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "staff.review_noticed", Subject: t.Subject, Facts: map[string]any{"due": m.ReviewDue().UnixMicro(), "overdue": m.Overdue(tx.Now())},
			Personal: map[string]string{"name": m.Name},
		}),
	)
}

// active is a member and all who are on the staff; an empty one has left
// meanwhile.
func active(tx *store.Tx, which id.Staff) (m Member, all []Member, err error) {
	all, err = store.All(tx, colleague, scanMember)
	if i := slices.IndexFunc(all, func(m Member) bool { return m.ID == which }); i >= 0 {
		m = all[i]
	}
	return m, all, err
}

// concerns are those of the staff who keep a member, and the member.
func (m Member) concerns(all []Member, now time.Time) (told []Member) {
	for _, other := range all {
		other = other.at(now)
		if other.ID == m.ID || other.Is(actor.Director, actor.Delegate) || other.Is(actor.Head) && other.Department == m.Department {
			told = append(told, other)
		}
	}
	return told
}

// tell sends a notice about a member to others of the staff, to each in their
// own language.
func tell(tx *store.Tx, to []Member, about Member, purpose string, facts map[string]any) error {
	for _, m := range to {
		said := map[string]any{"Org": "Muster", "Staff": about.Name, "Link": "/provider/staff/" + string(about.ID)}
		maps.Copy(said, facts)
		_, err := deliver.Queue(tx, deliver.Message{
			Purpose: purpose, Lane: deliver.Notice, Lang: m.Lang, Route: []deliver.Stop{{Channel: "email", Address: m.Email}}, Facts: said,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
