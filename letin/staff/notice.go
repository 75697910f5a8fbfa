package staff

import (
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
	"muster/timer"
)

// ProofTimer is the timer of the notices that a proof ends.
const ProofTimer = "staff.proof"

// ahead is how long before its end a proof's notices go out.
func ahead() []time.Duration { return []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour, 0} }

// noticesDue is how many of the notices are due by an instant, and when the next one
// is; zero: none.
func noticesDue(until, now time.Time) (sent int, next time.Time) {
	for _, before := range ahead() {
		if at := until.Add(-before); now.Before(at) {
			return sent, at
		}
		sent++
	}
	return sent, time.Time{}
}

// ending is the end of a proof, and how many notices of it went out.
type ending struct {
	proof Proof
	until time.Time
	sent  int
}

func scanEnding(r store.Row) (e ending, err error) {
	return e, r.Scan(&e.proof, store.Time(&e.until), &e.sent)
}

func ofProof(which id.Staff, p Proof) string { return string(which) + " " + string(p) }

// expects has notices go out before a proof ends; those whose time has passed by
// now are not sent any more. A proof without an end has none.
func expects(tx *store.Tx, which id.Staff, p Proof, until time.Time) error {
	if until.IsZero() {
		return forgets(tx, which, p)
	}
	sent, next := noticesDue(until, tx.Now())
	err := tx.Write(expect, which, string(p), until, sent)
	if next.IsZero() {
		return errors.Join(err, timer.Cancel(tx, ProofTimer, ofProof(which, p)))
	}
	return errors.Join(err, timer.Set(tx, ProofTimer, ofProof(which, p), next))
}

func forgets(tx *store.Tx, which id.Staff, p Proof) error {
	return errors.Join(tx.Write(unexpect, which, string(p)), timer.Cancel(tx, ProofTimer, ofProof(which, p)))
}

// expectsAll has the notices of all of a member's proofs go out.
func expectsAll(tx *store.Tx, m Member) error {
	for _, p := range recorded() {
		if err := expects(tx, m.ID, p, m.Standing[p].Until); err != nil {
			return err
		}
	}
	return nil
}

// ceases cancels whatever time would do about a member.
func ceases(which id.Staff) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		err := timer.Cancel(tx, TimerKind, string(which))
		for _, p := range recorded() {
			err = errors.Join(err, forgets(tx, which, p))
		}
		return err
	}
}

// FireProof tells a member, and those who keep them, that a proof ends or has
// ended, each time once.
func FireProof(tx *store.Tx, t timer.Timer) error {
	who, proof, _ := strings.Cut(t.Subject, " ")
	e, err := store.One(tx, expected, scanEnding, who, proof)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	due, next := noticesDue(e.until, tx.Now())
	switch {
	case due == e.sent && next.IsZero():
		return nil
	case due == e.sent:
		return timer.Set(tx, ProofTimer, t.Subject, next)
	}
	m, all, err := active(tx, id.Staff(who))
	if err != nil || m.ID == "" {
		return err
	}
	purpose := "staff_proof"
	if next.IsZero() {
		purpose = "staff_proof_over"
	}
	err = errors.Join(
		tx.Write(expect, who, proof, e.until, due),
		tell(tx, m.concerns(all, tx.Now()), m, purpose, map[string]any{"Proof": proof, "Till": e.until}),
		ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "staff.proof_noticed", Subject: who, Facts: map[string]any{"proof": proof, "until": e.until.UnixMicro(), "over": next.IsZero()},
			Personal: map[string]string{"name": m.Name},
		}),
	)
	if next.IsZero() {
		return err
	}
	return errors.Join(err, timer.Set(tx, ProofTimer, t.Subject, next))
}

// watchProofs sets the notices of those proofs of a member that have none.
func watchProofs(tx *store.Tx, m Member) error {
	if !m.Active {
		return nil
	}
	known, err := store.All(tx, expectedOf, scanEnding, m.ID)
	if err != nil {
		return err
	}
	for _, p := range recorded() {
		until := m.Standing[p].Until
		if !until.After(tx.Now()) || slices.ContainsFunc(known, func(e ending) bool { return e.proof == p }) {
			continue
		}
		err := errors.Join(expects(tx, m.ID, p, until), ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "staff.proof_watched", Subject: string(m.ID), Facts: map[string]any{"proof": string(p), "until": until.UnixMicro()},
		}))
		if err != nil {
			return err
		}
	}
	return nil
}
