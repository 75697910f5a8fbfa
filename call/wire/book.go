package wire

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dc09"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

var _ dc09.Book = Office{}

// pollsKept is for how long frames of polls are kept. Those of alarms stay.
const pollsKept = 7 * 24 * time.Hour

// gone is the refusal of a stop whose wire is no more.
func gone(err error) error {
	if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return deliver.Refused("no_wire", "the wire is no more")
	}
	return err
}

// Begin is what package dc09 asks before it hands over. The number is written
// down first, so that a try after a crash has the same one.
func (o Office) Begin(ctx context.Context, org id.Org, address string, m id.Message, part int) (l dc09.Link, seq int, err error) {
	err = o.Store.Do(ctx, org, func(tx *store.Tx) error {
		w, err := find(tx, id.Wire(address))
		if err != nil {
			return gone(err)
		}
		if !w.Active {
			return deliver.Refused("no_wire", "the wire is switched off")
		}
		key, err := o.secret(tx, w.ID)
		if err != nil {
			return err
		}
		skew, err := store.One(tx, getSkew, func(r store.Row) (d time.Duration, err error) { return d, r.Scan(store.Span(&d)) }, w.ID)
		if err != nil {
			return err
		}
		l = w.link(key, skew)
		if m == "" {
			return nil // polls are all number 0
		}
		seq, err = store.One(tx, getSeq, store.Scalar[int], w.ID, m, part)
		if err == nil || !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			return err
		}
		if seq, err = store.One(tx, nextSeq, firstOfTwo, w.ID); err != nil {
			return err
		}
		return tx.Write(addSeq, w.ID, m, part, seq)
	})
	return l, seq, err
}

func firstOfTwo(r store.Row) (seq int, err error) {
	var skew int64
	return seq, r.Scan(&seq, &skew)
}

// Keep writes down every frame with its answer, what the centre's clock says,
// and which receivers answer. A receiver that no longer does, or does again, is
// told to administrators.
func (o Office) Keep(ctx context.Context, org id.Org, address string, m id.Message, out dc09.Outcome) error {
	return o.Store.Do(ctx, org, func(tx *store.Tx) error {
		w, err := find(tx, id.Wire(address))
		if err != nil {
			if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
				return nil // taken away meanwhile; the attempt says what came of it
			}
			return err
		}
		for _, x := range out.Exchanges {
			err := tx.Write(addFrame, id.New[id.Frame](), w.ID, string(m), x.Receiver, x.At, x.Took, words(x.Sent), words(x.Got), string(x.Verdict), words(x.Problem))
			if err != nil {
				return err
			}
		}
		if m == "" {
			if err := tx.Write(sweepPolls, w.ID, tx.Now().Add(-pollsKept)); err != nil {
				return err
			}
		}
		tx.Touch("wire")
		return errors.Join(tx.Write(setSkew, w.ID, out.Skew), w.heard(tx, out))
	})
}

// words keeps of what came over a wire what both databases take.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0 {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// heard takes note of how the receivers stand. The last word of each counts.
func (w Wire) heard(tx *store.Tx, out dc09.Outcome) error {
	last := map[string]dc09.Exchange{}
	var order []string
	for _, x := range out.Exchanges {
		if x.Verdict == dc09.BrokenOff {
			continue
		}
		if _, ok := last[x.Receiver]; !ok {
			order = append(order, x.Receiver)
		}
		last[x.Receiver] = x
	}
	for _, address := range order {
		up := last[address].Verdict != dc09.Silent && last[address].Verdict != dc09.Unreachable
		old, err := store.One(tx, getReceiver, func(r store.Row) (Receiver, error) { _, one, err := scanReceiver(r); return one, err }, w.ID, address)
		known := err == nil
		if err != nil && !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			return err
		}
		now := Receiver{Address: address, Up: up, Since: old.Since}
		if !known || old.Up != up {
			now.Since = tx.Now()
		}
		if up {
			now.Heard = tx.Now()
		}
		if err := tx.Write(setReceiver, w.ID, address, now.Up, now.Since, now.Heard); err != nil {
			return err
		}
		if !known && up || known && old.Up == up {
			continue
		}
		if err := told(tx, change{id: string(w.ID), name: w.Name + ", " + address, back: up, kind: "wire"}); err != nil {
			return err
		}
	}
	return nil
}

// change is that something went silent, or is back.
type change struct {
	id, name string
	kind     string // wire or panel
	back     bool
}

// told puts a change into the book, and tells every administrator of it.
func told(tx *store.Tx, c change) error {
	state := "lost"
	if c.back {
		state = "back"
	}
	n, err := tellAdministrators(tx, deliver.Message{
		Purpose: "wire_" + state, About: c.id, Valid: lostValid, Facts: map[string]any{"Wire": c.name, "At": tx.Now(), "Link": wiresPage},
	})
	if err != nil {
		return err
	}
	tx.Touch("wire")
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: c.kind + "." + state, Subject: c.id, Facts: map[string]any{"Name": c.name, "Told": n},
	})
}

// tellAdministrators sends each of them a message, and gives their number.
func tellAdministrators(tx *store.Tx, m deliver.Message) (int, error) {
	org, err := roster.Get(tx)
	if err != nil {
		return 0, err
	}
	people, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	if err != nil {
		return 0, err
	}
	m.Lane, m.Facts["Org"], m.Facts["Zone"] = deliver.Duty, org.Name, org.TimeZone
	for _, p := range people {
		if _, err := p.Tell(tx, m); err != nil {
			return 0, err
		}
	}
	return len(people), nil
}

// wiresPage is where administrators see to wires.
const wiresPage = "/settings/wires"

// lostValid is how long it makes sense to say that a wire is silent.
const lostValid = 6 * time.Hour
