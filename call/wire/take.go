package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver/dc09"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

var _ dc09.Desk = Office{}

// repeatTime is for how long a frame under the same number, with the same
// content, is the same frame: one whose answer was lost on the way. Its time
// may be another, for some senders set it anew.
const repeatTime = time.Minute

// Sender finds the panel of an account. The receiver's number plays no part:
// it says which of a centre's receivers is meant.
func (o Office) Sender(ctx context.Context, _, line, account string) (s dc09.Sender, err error) {
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		s, err = store.One(tx, findPanel, func(r store.Row) (dc09.Sender, error) {
			var org id.Org
			var panel id.Panel
			var sealed []byte
			if err := r.Scan(&org, &panel, &sealed); err != nil {
				return s, err
			}
			s.Ref = string(org) + " " + string(panel)
			if len(sealed) == 0 {
				return s, nil
			}
			s.Key, err = o.Keys.Open(panelPurpose, sealed)
			return s, err
		}, orZero(line), account)
		return err
	})
	return s, err
}

// Take takes in what a panel sent. An emergency is an alarm when it returns.
func (o Office) Take(ctx context.Context, a dc09.Arrival) error {
	org, panel, _ := strings.Cut(a.Sender.Ref, " ")
	replayed := false
	err := o.Store.Do(ctx, id.Org(org), func(tx *store.Tx) error {
		if _, err := store.One(tx, holdPanel, store.Scalar[string], id.Panel(panel)); err != nil {
			return err
		}
		p, err := store.One(tx, getPanel, scanPanel, id.Panel(panel))
		if err != nil {
			return err
		}
		if a.Refused != "" {
			return refuse(tx, p, a)
		}
		if replayed, err = p.heardBefore(tx, a); err != nil {
			return err
		}
		if replayed {
			a.Refused = dc09.Replayed
			return refuse(tx, p, a)
		}
		if err := p.alive(tx); err != nil {
			return err
		}
		if a.Frame.ID == dc09.Null {
			return nil
		}
		sum := sha256.Sum256([]byte(a.Frame.ID + "|" + a.Frame.Data))
		digest := hex.EncodeToString(sum[:])
		same, err := store.All(tx, sameFrame, store.Scalar[string], p.ID, tx.Now().Add(-repeatTime), a.Frame.Seq)
		if err != nil {
			return err
		}
		for _, d := range same {
			if d == digest {
				return nil // it is safe already
			}
		}
		raised, err := p.report(tx, a)
		if err != nil {
			return err
		}
		return tx.Write(addArrival, id.New[id.Frame](), p.ID, tx.Now(), a.From.String(), words(a.Raw), a.Frame.Seq, digest, "", string(raised))
	})
	if err == nil && replayed {
		return dc09.ErrReplayed
	}
	return err
}

// sealedFor is for how long what was encrypted is known: longer than a frame's
// time lets it pass.
const sealedFor = 2 * time.Minute

// heardBefore tells whether what is encrypted in a frame came before under
// another number or name. DC-09 does not sign a frame's head, so that a poll
// that somebody has recorded could be given the number of an alarm on its way,
// and the panel would take the answer for the alarm's. The same frame once more
// is one whose answer was lost.
func (p Panel) heardBefore(tx *store.Tx, a dc09.Arrival) (bool, error) {
	if a.Sealed == "" {
		return false, nil
	}
	head := fmt.Sprintf("%s %04d", a.Frame.ID, a.Frame.Seq)
	if err := tx.Write(forgetSealed, p.ID, tx.Now().Add(-sealedFor)); err != nil {
		return false, err
	}
	fresh, err := tx.Exec(addSealed, p.ID, a.Sealed, head, tx.Now())
	if err != nil || fresh > 0 {
		return false, err
	}
	before, err := store.One(tx, sealedHead, store.Scalar[string], p.ID, a.Sealed)
	return before != head, err
}

// refuse counts a frame that is not taken, once a minute for each reason, so
// that nobody can fill the book with them.
func refuse(tx *store.Tx, p Panel, a dc09.Arrival) error {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d", p.ID, a.Refused, tx.Now().Unix()/60))
	which := id.Frame("frm_" + hex.EncodeToString(sum[:16]))
	return tx.Write(addArrival, which, p.ID, tx.Now(), a.From.String(), words(a.Raw), a.Frame.Seq, "", a.Refused, "")
}

// alive takes note that a panel was heard of.
func (p Panel) alive(tx *store.Tx) error {
	if err := errors.Join(tx.Write(setHeard, p.ID, tx.Now(), false), p.expect(tx)); err != nil {
		return err
	}
	if p.Lost {
		return told(tx, change{id: string(p.ID), name: p.Name, kind: "panel", back: true})
	}
	return nil
}

// report does what the events of a frame call for, and gives the alarm that
// they raised, if any.
func (p Panel) report(tx *store.Tx, a dc09.Arrival) (raised id.Alarm, err error) {
	for _, e := range a.Events {
		what, kind := means(e)
		if what == emergency {
			got, err := alarm.Raise(tx, p.actor(a), p.cause(tx.Now(), e, kind))
			if err != nil {
				if fault.KindOf(err) == fault.NotFound {
					return "", fmt.Errorf("the panel's person is no more: %w", dc09.ErrNotHandled)
				}
				return "", err
			}
			raised = got.ID
			continue
		}
		entry := "panel.reported"
		if what == trial {
			entry = "panel.tested"
		}
		err := ledger.Append(tx, p.actor(a), ledger.Entry{
			Kind: entry, Subject: string(p.ID), About: p.Person,
			Facts: map[string]any{"Name": p.Name, "Format": e.Format, "Code": e.Code, "Restore": e.Restore, "Zone": e.Zone},
		})
		if err != nil {
			return "", err
		}
	}
	return raised, nil
}

// actor is the panel as the book names it.
func (p Panel) actor(a dc09.Arrival) actor.Actor {
	who := actor.Engine()
	who.Name, who.Door, who.IP = p.Name, actor.Wire, a.From
	return who
}

// believable is how old an event may be by its sender's clock; what is older,
// or not yet, is said to have happened now.
const believable = 24 * time.Hour

func (p Panel) cause(now time.Time, e dc09.Event, kind alarm.Kind) alarm.Cause {
	c := alarm.Cause{Worker: p.Person, Workspace: p.Workspace, Kind: kind, Due: e.At, Note: p.words(e)}
	if e.At.After(now) || e.At.Before(now.Add(-believable)) {
		c.Due = now
	}
	if e.Placed {
		c.Place = alarm.Place{Lat: e.Lat, Lon: e.Lon, Battery: -1, At: c.Due}
	}
	return c
}
