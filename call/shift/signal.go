package shift

import (
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// open is a shift that somebody acts on in a unit.
type open struct {
	Shift
	worker wearing // known for help and for the clock
	who    actor.Actor
	rule   string
	sig    Signal
	behalf bool // a monitor acts for the worker
	newer  bool // the signal brought a position that is newer than the last
	broken bool // it ends a silence that the worker was asked about
	muted  bool // and that an alarm was raised for
}

// wearing is what an alarm says of a shift's worker.
type wearing struct{ name, pin, phone string }

// held reads a shift and its worker, to change the shift and perhaps to call
// for help.
func held(tx *store.Tx, shift id.Shift) (s Shift, w wearing, err error) {
	var version int64
	var calm bool
	ledger.Expect(tx)
	s, err = store.One(tx, call, func(r store.Row) (Shift, error) {
		err := r.Scan(append(s.fields(), &version, &calm)...)
		return s, err
	}, shift)
	if err != nil {
		return s, w, err
	}
	roster.AsOf(tx, version)
	if calm {
		alarm.NoneOpen(tx, s.Worker)
	}
	w, err = roster.Remember(tx, "wearing/"+string(s.Worker), func() (wearing, error) {
		return store.One(tx, worker, func(r store.Row) (w wearing, err error) {
			err = r.Scan(&w.name, &w.pin, &w.phone)
			return w, err
		}, s.Worker)
	})
	return s, w, err
}

// signal is what all signals have in common: the shift is held, policy asked,
// the PIN looked at and the position taken in, before do does the rest.
//
// A signal that is refused, say because the shift has just been ended, leaves
// nothing behind but the silent alarm of a duress PIN: whoever typed it had
// this one chance, and gets the same refusal as with the normal PIN (OA10).
func (d Desk) signal(ctx context.Context, who actor.Actor, action string, shift id.Shift, sig Signal, do func(*store.Tx, open) error) error {
	var silent *alarm.Cause
	err := d.Store.Do(ctx, who.Org, func(tx *store.Tx) (err error) {
		silent = nil
		o, err := d.take(tx, who, action, shift, sig)
		if err != nil {
			return err
		}
		placed := o.place(tx)
		duress, err := d.pin(tx, o)
		if duress {
			c := o.cause(alarm.Duress, o.at(tx), o.sig.Note)
			silent = &c
			_, err = alarm.Raise(tx, o.who, c)
		}
		for _, wrong := range []error{err, placed} {
			if wrong != nil && !pardoned(action, wrong) {
				return wrong
			}
		}
		if action != "help" { // which makes that alarm graver
			if err := o.heardAgain(tx); err != nil {
				return err
			}
		}
		return do(tx, o)
	})
	if err == nil || silent == nil {
		return err
	}
	// The request's key stays free, as after any other refusal.
	lost := d.Store.Do(store.WithOnce(ctx, nil), who.Org, func(tx *store.Tx) error {
		_, err := alarm.Raise(tx, who, *silent)
		return err
	})
	if lost != nil {
		return lost // the sender will try again
	}
	return err
}

// take holds the shift and asks policy. Signals that set the shift's timer hold
// that first, as the engine does.
func (d Desk) take(tx *store.Tx, who actor.Actor, action string, shift id.Shift, sig Signal) (open, error) {
	var s Shift
	var w wearing
	var err error
	switch action {
	case "help":
		s, w, err = held(tx, shift)
	case "sendPosition":
		s, err = store.One(tx, hold, scan, shift)
	default:
		if err := timer.Hold(tx, TimerKind, string(shift)); err != nil {
			return open{}, err
		}
		s, err = store.One(tx, hold, scan, shift)
	}
	if err != nil {
		return open{}, err
	}
	kind := "Shift"
	if action == "sendPosition" {
		kind = "Position"
	}
	rule, err := policy.Check(who, action, policy.Resource{Type: kind, ID: string(s.ID), Org: s.Org, Workspace: s.Workspace, Person: s.Worker})
	o := open{
		Shift: s, worker: w, who: who, rule: rule, sig: sig, muted: s.Muted,
		behalf: who.Person != s.Worker && (who.Kind == actor.Person || sig.Behalf),
	}
	if s.State == Active {
		o.Shift, o.broken = s.hears(tx.Now())
	}
	return o, err
}

// pardoned tells whether what came with a signal may be wrong: a call for help
// is never refused for a mistyped PIN or an impossible position.
func pardoned(action string, err error) bool {
	return action == "help" && fault.KindOf(err) == fault.Invalid
}

// place takes in the position that came with a signal.
func (o *open) place(tx *store.Tx) error {
	if o.sig.Place == nil {
		return nil
	}
	p := *o.sig.Place
	if err := p.check(); err != nil {
		return err
	}
	if p.At.IsZero() {
		p.At = o.at(tx)
	}
	next, ok := o.moved(p, tx.Now())
	if !ok {
		return nil
	}
	o.newer = next.Place != o.Place
	o.Shift = next
	return tx.Write(addPosition, o.ID, p.At, tx.Now(), p.Lat, p.Lon, p.Accuracy, p.Battery, p.Source)
}

func (p Place) check() error {
	if p.Lat < -90 || p.Lat > 90 || p.Lon < -180 || p.Lon > 180 || p.Lat != p.Lat || p.Lon != p.Lon {
		return fault.New(fault.Invalid, "not_on_earth").At("position")
	}
	if p.Accuracy < 0 || p.Accuracy > 1_000_000 {
		return fault.New(fault.Invalid, "out_of_range").At("position.accuracy").With("Min", 0).With("Max", 1_000_000)
	}
	if p.Battery < -1 || p.Battery > 100 {
		return fault.New(fault.Invalid, "out_of_range").At("position.battery").With("Min", 0).With("Max", 100)
	}
	return short("position.source", p.Source)
}

// pin looks at the PIN that came with a signal. The duress PIN is otherwise
// taken as the normal one, so that nobody who watches the screen can tell them
// apart (OA10).
func (d Desk) pin(tx *store.Tx, o open) (duress bool, err error) {
	if o.sig.PIN == "" {
		return false, nil
	}
	worker, err := roster.Find(tx, o.Worker)
	if err != nil {
		return false, err
	}
	duress, err = roster.IsDuress(tx, d.Keys, o.Worker, o.sig.PIN)
	if err != nil || duress {
		return duress, err
	}
	if subtle.ConstantTimeCompare([]byte(worker.PIN), []byte(o.sig.PIN)) != 1 {
		return false, fault.New(fault.Invalid, "wrong_pin").At("pin")
	}
	return false, nil
}

// at is when the signal was made: never in the future, and on somebody's
// behalf always now, since the monitor has only just reached them.
func (o open) at(tx *store.Tx) time.Time {
	if o.behalf || o.sig.At.IsZero() || o.sig.At.After(tx.Now()) {
		return tx.Now()
	}
	return o.sig.At
}

func (o open) cause(kind alarm.Kind, due time.Time, note string) alarm.Cause {
	return alarm.Cause{
		Shift: o.ID, Worker: o.Worker, Name: o.worker.name, Phone: o.worker.phone, Workspace: o.Workspace,
		Kind: kind, Due: due, Note: note, Place: o.Place.Place,
	}
}

// reached is what follows when a monitor reached the worker: the book has it,
// the worker is told, and an open alarm is over for everybody.
func (o open) reached(tx *store.Tx, entry, purpose string) error {
	a, isOpen, err := alarm.Of(tx, o.Worker)
	if err != nil {
		return err
	}
	if isOpen {
		outcome := o.sig.Outcome
		if outcome == "" && (a.Kind == alarm.MissedCheckIn || a.Kind == alarm.Silence) {
			outcome = alarm.False // reached and well: the check-in, or the phone, had been forgotten
		}
		if _, err := alarm.ResolveIn(tx, o.who, a.ID, outcome, o.sig.Note); err != nil {
			return err
		}
	}
	return errors.Join(o.book(tx, entry, nil), o.message(tx, purpose, false, time.Hour, map[string]any{"At": tx.Now(), "By": o.who.Name}))
}

func (o open) book(tx *store.Tx, kind string, facts map[string]any) error {
	worker, err := roster.Find(tx, o.Worker)
	if err != nil {
		return err
	}
	return ledger.Append(tx, o.who, ledger.Entry{
		Kind: kind, Subject: string(o.ID), About: o.Worker, Rule: o.rule, Facts: facts,
		Personal: map[string]string{"Worker": worker.Name},
	})
}

// ask reminds the worker, or asks whether all is well, before monitors are
// troubled.
func (o open) ask(tx *store.Tx, e Event) error {
	due := map[string]any{"At": o.Deadline}
	switch e {
	case Remind:
		return o.message(tx, "shift_reminder", false, o.Warn+o.Grace, due)
	case Quiet:
		return o.message(tx, "shift_quiet", true, o.Grace, map[string]any{"At": o.lastHeard()})
	}
	return o.message(tx, "shift_overdue", true, o.Grace, due)
}

// message tells the worker something: everywhere at once when it presses,
// otherwise where they would rather have it, with the rest to fall back on.
func (o open) message(tx *store.Tx, purpose string, everywhere bool, valid time.Duration, more map[string]any) error {
	worker, err := roster.Reach(tx, o.Worker)
	if err != nil {
		return err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts := map[string]any{"Org": org.Name, "Zone": org.TimeZone, "Who": worker.Name, "Link": "/me"}
	maps.Copy(facts, more)
	for _, route := range ways(worker, everywhere) {
		if len(route) == 0 {
			continue // nobody can be told; the deadline itself still counts
		}
		_, err := deliver.Queue(tx, deliver.Message{
			Purpose: purpose, Lane: deliver.Duty, Person: o.Worker, Lang: worker.Language, About: string(o.ID),
			Facts: facts, Route: route, Valid: max(valid, time.Minute),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ways are the routes by which a worker is told something: over all addresses
// at once, or over one after the other and, since it disturbs nobody, beside
// that on each of their devices.
func ways(worker roster.Recipient, everywhere bool) (routes [][]deliver.Stop) {
	wanted, rest := worker.Routes()
	if everywhere {
		for _, stop := range wanted {
			routes = append(routes, append([]deliver.Stop{stop}, rest...))
		}
		return routes
	}
	device := func(s deliver.Stop) bool { return s.Channel == roster.WebPush }
	for _, stop := range wanted {
		if device(stop) {
			routes = append(routes, []deliver.Stop{stop})
		}
	}
	return append(routes, slices.DeleteFunc(slices.Concat(wanted, rest), device))
}

// digest stands for every sign of life and position of the shift, so that the
// book proves them too.
func digest(tx *store.Tx, shift id.Shift) (string, error) {
	var d ledger.Digest
	signs, err := store.All(tx, checkIns, scanSign, shift, historyLimit)
	if err != nil {
		return "", err
	}
	for _, c := range signs {
		d.Add(c.Kind, c.At, c.Received, c.Counted)
	}
	trail, err := store.All(tx, positions, scanPlace, shift, historyLimit)
	if err != nil {
		return "", err
	}
	for _, p := range trail {
		d.Add("position", p.At, p.Lat, p.Lon, p.Accuracy)
	}
	return d.String(), nil
}

// historyLimit bounds what is read of one shift; a week at one position every
// ten seconds stays below it.
const historyLimit = 100_000
