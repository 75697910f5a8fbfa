package alarm

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// TimerKind is the kind of an alarm's timer; its subject is the alarm.
const TimerKind = "alarm"

// Cause is what makes an alarm, as the shift knows it.
type Cause struct {
	Shift     id.Shift
	Worker    id.Person
	Name      string // the worker's, read from the roster where it is empty
	Phone     string // with Name: the number to ring, if there is one
	Workspace id.Workspace
	Kind      Kind
	Drill     bool      // nobody needs help: the ladder is tried
	Due       time.Time // when it should be raised; for help, when it was pressed
	Note      string
	Place     Place
	Back      time.Time // when the worker was to be back in coverage
}

// Raise says that somebody needs help, and tells the monitors of the
// workspace, all in the caller's unit (OA1). If the worker has an open alarm
// it is that one that is returned, made graver where the cause is. A drill that
// is under way ends at once: what is in earnest is an alarm of its own.
//
// It is the row itself that tells whether there is one: whoever comes second,
// on this node or another, finds the place of the worker's open alarm taken.
func Raise(tx *store.Tx, who actor.Actor, c Cause) (Alarm, error) {
	if c.Name == "" {
		worker, err := roster.Reach(tx, c.Worker)
		if err != nil {
			return Alarm{}, err
		}
		c.Name, c.Phone = worker.Name, worker.Phone()
	}
	a := Alarm{
		Org: tx.Org(), ID: id.New[id.Alarm](), Shift: c.Shift, Worker: c.Worker, Workspace: c.Workspace,
		WorkerName: c.Name, WorkerPhone: c.Phone, Kind: c.Kind, Drill: c.Drill, State: Raised, Note: c.Note,
		Raised: tx.Now(), Due: c.Due, Late: tx.Now().Sub(c.Due), Place: c.Place, Back: c.Back,
	}
	l, wrong := procedure.For(tx, c.Worker, c.Workspace)
	a.Procedure, a.Version = l.Procedure, l.Version
	a, now, err := turnOf(tx, a.start(tx.Now()), l, wrong)
	if err != nil {
		return Alarm{}, err
	}
	isNew, err := a.insert(tx)
	if err != nil {
		return Alarm{}, err
	}
	if !isNew {
		return join(tx, who, c)
	}
	if err := now.ring(tx, a, firstWords); err != nil {
		return Alarm{}, err
	}
	touch(tx, a)
	return a, errors.Join(ledger.Append(tx, who, ledger.Entry{
		Kind: "alarm.raised", Subject: string(a.ID), About: a.Worker,
		Facts:    a.marked(map[string]any{"Kind": string(a.Kind), "Shift": string(a.Shift), "Told": a.Told, "LateMilliseconds": a.Late.Milliseconds()}),
		Personal: map[string]string{"Worker": a.WorkerName, "Note": a.Note},
	}), now.book(tx, a))
}

// insert makes the alarm's row, unless the worker has an open alarm already.
func (a Alarm) insert(tx *store.Tx) (isNew bool, err error) {
	lat, lon, accuracy, battery := a.Place.columns()
	row := []any{
		a.ID, a.Shift, a.Worker, a.Workspace, a.WorkerName, a.WorkerPhone, string(a.Kind), a.Note,
		a.Raised, a.Due, a.Late, a.Round, a.Told, a.Wide, lat, lon, accuracy, battery, a.Place.At,
		a.Procedure, a.Version, a.Step, a.StepDue, a.AgainDue, a.called, a.Drill, a.Back,
	}
	if calm := calmOf(tx); calm[a.Worker] {
		delete(calm, a.Worker)
		return true, tx.Write(addFirst, row...)
	}
	n, err := tx.Exec(add, row...)
	return n > 0, err
}

// NoneOpen tells the unit what it has read beside something else: that the
// worker has no open alarm. Nobody else raises one before the unit ends, so
// Raise need not wait to hear whether the row's place is taken.
func NoneOpen(tx *store.Tx, worker id.Person) { calmOf(tx)[worker] = true }

func calmOf(tx *store.Tx) map[id.Person]bool {
	return tx.Slot("calm", func() any { return map[id.Person]bool{} }).(map[id.Person]bool)
}

// join takes a cause in with the worker's open alarm.
func join(tx *store.Tx, who actor.Actor, c Cause) (Alarm, error) {
	a, open, err := Of(tx, c.Worker)
	if err == nil && open {
		a, err = take(tx, a.ID)
	}
	switch {
	case err != nil:
		return Alarm{}, err
	case !a.Open() || !open:
		return Raise(tx, who, c) // it was closed at this very moment
	case c.Drill:
		return Alarm{}, underWay(a)
	case a.Drill: // it is in earnest now
		if err := breakOff(tx, a); err != nil {
			return Alarm{}, err
		}
		return Raise(tx, who, c)
	}
	return a, again(tx, who, a, c)
}

// again is a cause that comes while the worker's alarm is open. Who calls for
// help once more while somebody is in charge is heard by that person, and at
// the desks that have the alarm too.
func again(tx *store.Tx, who actor.Actor, a Alarm, c Cause) error {
	a, graver := a.worsen(c.Kind, c.Note, c.Place)
	entry := ledger.Entry{
		Kind: "alarm.again", Subject: string(a.ID), About: a.Worker,
		Facts:    map[string]any{"Kind": string(c.Kind)},
		Personal: map[string]string{"Worker": a.WorkerName, "Note": c.Note},
	}
	if !graver {
		var err error
		if c.Kind == Help {
			a.Again++ // whoever the alarm was handed over to counts along
			if a.State == Acknowledged {
				err = insist(tx, a, c)
			}
		}
		return errors.Join(err, update(tx, a), ledger.Append(tx, who, entry))
	}
	entry.Kind, a.Back = "alarm.graver", c.Back
	l, wrong := procedure.Kept(tx, a.Workspace, a.Procedure, a.Version)
	a, now, err := turnOf(tx, a.start(tx.Now()), l, wrong)
	if err != nil {
		return err
	}
	return errors.Join(now.ring(tx, a, firstWords), update(tx, a), ledger.Append(tx, who, entry), now.book(tx, a))
}

// Acknowledge records that the actor takes charge: repeats stop, and the
// others who were told hear of it (OA2). That the same person says so again
// changes nothing; somebody else gets Conflict "already_acknowledged".
func Acknowledge(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm, note string) (a Alarm, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		a, err = acknowledge(tx, who, alarm, note)
		return err
	})
	return a, err
}

func acknowledge(tx *store.Tx, who actor.Actor, alarm id.Alarm, note string) (Alarm, error) {
	a, err := take(tx, alarm)
	if err != nil {
		return Alarm{}, err
	}
	rule, err := policy.Check(who, "acknowledge", a.Resource(who))
	if err != nil {
		return Alarm{}, err
	}
	if len(note) > maxNote {
		return Alarm{}, fault.New(fault.Invalid, "too_long").At("note").With("Max", maxNote)
	}
	was := a.State
	if a, err = a.acknowledge(act(tx, who)); err != nil || was == Acknowledged {
		return a, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return Alarm{}, err
	}
	if err := errors.Join(
		deliver.CancelCalls(tx, string(a.ID)),
		timer.Set(tx, TimerKind, string(a.ID), tx.Now().Add(rhythmOf(org).Reopen)),
		update(tx, a),
		tellOthers(tx, org, a, who, "alarm_acknowledged"),
	); err != nil {
		return Alarm{}, err
	}
	return a, ledger.Append(tx, who, ledger.Entry{
		Kind: "alarm.acknowledged", Subject: string(a.ID), About: a.Worker, Rule: rule,
		Facts:    map[string]any{"AfterMilliseconds": tx.Now().Sub(a.Raised).Milliseconds()},
		Personal: map[string]string{"Worker": a.WorkerName, "Note": note},
	})
}

// Resolve ends the alarm: everybody else who was told hears that it is over,
// calls that have not left yet never do, and the incident is on file (OA3).
func Resolve(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm, outcome Outcome, closing string) (a Alarm, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		a, err = ResolveIn(tx, who, alarm, outcome, closing)
		return err
	})
	return a, err
}

// ResolveIn is Resolve as part of the caller's unit.
func ResolveIn(tx *store.Tx, who actor.Actor, alarm id.Alarm, outcome Outcome, closing string) (Alarm, error) {
	a, err := take(tx, alarm)
	if err != nil {
		return Alarm{}, err
	}
	rule, err := policy.Check(who, "resolve", a.Resource(who))
	if err != nil {
		return Alarm{}, err
	}
	return end(tx, who, a, rule, outcome, closing)
}

// end closes the alarm for whoever may.
func end(tx *store.Tx, who actor.Actor, a Alarm, rule string, outcome Outcome, closing string) (Alarm, error) {
	a, err := a.resolve(act(tx, who), outcome, closing)
	if err != nil {
		return Alarm{}, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return Alarm{}, err
	}
	digest, err := digest(tx, a)
	if err != nil {
		return Alarm{}, err
	}
	if err := errors.Join(
		deliver.CancelAbout(tx, string(a.ID)),
		timer.Cancel(tx, TimerKind, string(a.ID)),
		update(tx, a),
		tellOthers(tx, org, a, who, "alarm_resolved"),
	); err != nil {
		return Alarm{}, err
	}
	return a, ledger.Append(tx, who, ledger.Entry{
		Kind: "alarm.resolved", Subject: string(a.ID), About: a.Worker, Rule: rule,
		Facts: a.marked(map[string]any{
			"Outcome": string(a.Outcome), "Kind": string(a.Kind),
			"AfterMilliseconds": tx.Now().Sub(a.Raised).Milliseconds(), "MessagesDigest": digest,
		}),
		Personal: map[string]string{"Worker": a.WorkerName, "Note": closing},
	})
}

// Note writes a sentence into the alarm's timeline.
func Note(ctx context.Context, s *store.Store, who actor.Actor, alarm id.Alarm, text string) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error { return Hand{tx, who}.Note(alarm, text) })
}

// Fire is what an alarm's timer does: while nobody answers, the next step of
// the procedure begins, and everybody who is meant so far is called again; one
// that was taken over and not closed comes back.
func Fire(tx *store.Tx, t timer.Timer) error {
	a, err := store.One(tx, hold, scan, id.Alarm(t.Subject))
	if err != nil || !a.Open() {
		return err
	}
	kind, say := "alarm.repeated", repeatWords
	switch {
	case a.State == Acknowledged:
		kind, say = "alarm.reopened", openWords
		a = a.forgotten()
		a.AgainDue = t.Due
	case a.next().After(tx.Now()) || a.AgainDue.IsZero():
		a.AgainDue = t.Due // whoever set the timer wants a round now
	}
	l, wrong := procedure.Kept(tx, a.Workspace, a.Procedure, a.Version)
	rounds := a.Round
	a, now, err := turnOf(tx, a, l, wrong)
	if err != nil {
		return err
	}
	if err := now.ring(tx, a, say); err != nil {
		return err
	}
	if a.Round != rounds {
		facts := map[string]any{"Round": a.Round, "Told": a.Told}
		if now.ended {
			facts["Kind"] = "everybody"
		}
		err = ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: kind, Subject: string(a.ID), About: a.Worker, Facts: facts,
			Personal: map[string]string{"Worker": a.WorkerName},
		})
	}
	return errors.Join(err, update(tx, a), now.book(tx, a))
}

// Unheard is what happens when no way is left for a message about an alarm, as
// far as is known: it is on the alarm's record at once, for whoever looks at
// it. Where nobody else who was called can have heard either, the next step
// begins now; otherwise it comes in its time, for one false address must not
// make everybody's telephone ring.
func Unheard(tx *store.Tx, m deliver.Message) error {
	alarm, err := id.Parse[id.Alarm](m.About)
	if err != nil {
		return nil // about something else
	}
	a, err := store.One(tx, get, scan, alarm)
	if m.Purpose == deliver.Handover && errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return nil // on a partner's line: the alarm is its customer's
	}
	if err != nil || a.State != Raised {
		return err
	}
	touch(tx, a)
	err = ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.unheard", Subject: string(a.ID), About: m.Person, Facts: map[string]any{"Message": string(m.ID)},
	})
	if err != nil || m.Lane != deliver.SOS {
		return err
	}
	last, err := m.Last(tx)
	if err != nil || !last {
		return err
	}
	a, err = take(tx, a.ID)
	if err != nil || a.State != Raised || a.Step == 0 || !a.StepDue.After(tx.Now()) {
		return err
	}
	return hasten(tx, a)
}

// take reads an alarm to change it. Its timer is taken first, as the engine
// takes them.
func take(tx *store.Tx, alarm id.Alarm) (Alarm, error) {
	if err := timer.Hold(tx, TimerKind, string(alarm)); err != nil {
		return Alarm{}, err
	}
	return store.One(tx, hold, scan, alarm)
}

func act(tx *store.Tx, who actor.Actor) Act {
	return Act{By: who.Person, Name: who.Name, Door: who.Door, At: tx.Now()}
}

// Resource is the alarm as policy sees it when somebody acts on it.
func (a Alarm) Resource(who actor.Actor) policy.Resource {
	return policy.Resource{
		Type: "Alarm", ID: string(a.ID), Org: a.Org, Workspace: a.Workspace, Person: a.Worker, Wide: a.Wide, Called: a.Called(who.Person),
	}
}

func touch(tx *store.Tx, a Alarm) {
	tx.Touch("board")
	tx.Touch(string(a.ID))
}

func update(tx *store.Tx, a Alarm) error {
	touch(tx, a)
	lat, lon, accuracy, battery := a.Place.columns()
	return tx.Write(save, a.ID, string(a.Kind), string(a.State), a.Note, a.Round, a.Told,
		lat, lon, accuracy, battery, a.Place.At,
		a.Ack.By, a.Ack.Name, string(a.Ack.Door), a.Ack.At,
		a.Closed.By, a.Closed.Name, string(a.Closed.Door), a.Closed.At, string(a.Outcome), a.Closing, a.Wide,
		a.Step, a.StepDue, a.AgainDue, a.called, a.Back, a.Again)
}

// columns are a place as its row keeps it: nothing where nothing is known.
func (p Place) columns() (lat, lon, accuracy, battery any) {
	if p.At.IsZero() {
		return nil, nil, nil, nil
	}
	if p.Battery >= 0 {
		battery = p.Battery
	}
	return p.Lat, p.Lon, p.Accuracy, battery
}

func scan(r store.Row) (a Alarm, err error) {
	err = r.Scan(&a.Org, &a.ID, &a.Shift, &a.Worker, &a.Workspace, &a.WorkerName, &a.WorkerPhone, &a.Kind, &a.State, &a.Note,
		store.Time(&a.Raised), store.Time(&a.Due), store.Span(&a.Late), &a.Round, &a.Told, &a.Wide,
		&a.Procedure, &a.Version, &a.Step, store.Time(&a.StepDue), store.Time(&a.AgainDue), &a.called, &a.Drill,
		&a.Place.Lat, &a.Place.Lon, &a.Place.Accuracy, &a.Place.Battery, store.Time(&a.Place.At),
		&a.Ack.By, &a.Ack.Name, &a.Ack.Door, store.Time(&a.Ack.At),
		&a.Closed.By, &a.Closed.Name, &a.Closed.Door, store.Time(&a.Closed.At), &a.Outcome, &a.Closing, store.Time(&a.Back), &a.Again)
	return a, err
}
