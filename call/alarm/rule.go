package alarm

import (
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/fault"
	"muster/id"
)

// Kind is what raised the alarm.
type Kind string

// The kinds, least grave first.
const (
	Silence       Kind = "silence" // a phone that used to send is not heard, nor its worker
	MissedCheckIn Kind = "missed_check_in"
	HighRisk      Kind = "high_risk" // the countdown of a dangerous task ran out
	Panel         Kind = "panel"     // another alarm system reported it; there may be no shift
	Help          Kind = "help"      // help was pressed
	Duress        Kind = "duress"    // silent: an attacker may be watching (OA10)
)

var gravity = map[Kind]int{Silence: 1, MissedCheckIn: 2, HighRisk: 3, Panel: 4, Help: 4, Duress: 5}

// State is how far the humans have come.
type State string

// The states.
const (
	Raised       State = "raised"
	Acknowledged State = "acknowledged"
	Resolved     State = "resolved"
)

// Outcome is what the alarm turned out to be.
type Outcome string

// The outcomes an incident is filed with.
const (
	Real          Outcome = "real"
	Precautionary Outcome = "precautionary"
	False         Outcome = "false"
	Drill         Outcome = "drill"
)

// Outcomes lists them in the order in which forms offer them.
func Outcomes() []Outcome { return []Outcome{Real, Precautionary, False, Drill} }

// Place is where and how the worker was when last heard of.
type Place struct {
	Lat, Lon float64
	Accuracy int       // metres
	Battery  int       // percent, -1 when not known
	At       time.Time // zero: never heard
}

// Act is who did something to an alarm, when, and through which door.
type Act struct {
	By   id.Person // empty for a program without a person
	Name string
	Door actor.Door
	At   time.Time // zero: not done
}

// Alarm is one person who needs help.
type Alarm struct {
	Org         id.Org
	ID          id.Alarm
	Shift       id.Shift
	Worker      id.Person
	Workspace   id.Workspace
	WorkerName  string
	WorkerPhone string
	Kind        Kind
	Drill       bool // nobody needs help: the ladder is tried
	State       State
	Note        string
	Raised      time.Time
	Due         time.Time     // when it should have been raised; for help, when it was pressed
	Late        time.Duration // Raised after Due, stated whenever a crash made it late
	Round       int           // how often people were told
	Told        int           // how many people were told in the last round
	Wide        bool          // everybody was told, not only those whom a step means
	Procedure   id.Procedure  // empty: the built-in ladder
	Version     int           // of the procedure, as it was when the alarm began
	Step        int           // how many of its steps have begun
	StepDue     time.Time     // when the next one does, or after the last everybody is called; zero: that is done
	AgainDue    time.Time     // when everybody who is meant so far is called again
	called      string        // whom steps have called: identifiers of people and partners
	Back        time.Time     // when the worker was to be back in coverage; zero: that is not what was missed
	Again       int           // how often help was called for once more while it was open
	Place       Place
	Ack         Act
	Closed      Act
	Outcome     Outcome
	Closing     string // the sentence it was closed with
}

// Open tells whether the alarm still waits for an end.
func (a Alarm) Open() bool { return a.State != Resolved }

// Hidden tells whether an alarm must not be shown to somebody for what it is:
// one raised under duress, to the person whom it is about or to one who does no
// more than workers do. Whoever stands beside the worker may be looking at the
// same screen (OA10). Policy lets both see the worker's alarms.
func (a Alarm) Hidden(who actor.Actor) bool {
	watches := who.Has(actor.Monitor, a.Workspace) || who.Has(actor.Administrator, a.Workspace) || a.Called(who.Person)
	return a.Kind == Duress && (who.Person == a.Worker || !watches)
}

// acknowledge records that somebody takes charge.
func (a Alarm) acknowledge(by Act) (Alarm, error) {
	switch {
	case by.Name == "":
		return a, nobody()
	case a.State == Resolved:
		return a, alreadyClosed(a)
	case a.State == Acknowledged && (a.Ack.By != by.By || by.By == ""):
		return a, fault.New(fault.Conflict, "already_acknowledged").With("By", a.Ack.Name).With("At", a.Ack.At)
	case a.State == Acknowledged:
		return a, nil // said again; the first time counts
	}
	a.State, a.Ack = Acknowledged, by
	return a, nil
}

// resolve ends the alarm. Every ending has a human's name, an outcome, and
// room for a sentence. A drill was one, whatever is said of it.
func (a Alarm) resolve(by Act, outcome Outcome, closing string) (Alarm, error) {
	if by.Name == "" {
		return a, nobody()
	}
	if a.State == Resolved {
		return a, alreadyClosed(a)
	}
	if a.Drill {
		outcome = Drill
	}
	if err := checkOutcome(outcome); err != nil {
		return a, err
	}
	if len(closing) > maxNote {
		return a, fault.New(fault.Invalid, "too_long").At("note").With("Max", maxNote)
	}
	a.State, a.Closed, a.Outcome, a.Closing = Resolved, by, outcome, closing
	return a, nil
}

func checkOutcome(o Outcome) error {
	for _, known := range Outcomes() {
		if o == known {
			return nil
		}
	}
	return fault.New(fault.Invalid, "unknown_outcome").At("outcome")
}

// nobody is the last wall before an alarm that nobody answers for: whatever
// let a nameless actor come this far is our own mistake.
func nobody() error {
	return fault.New(fault.Internal, "internal").Wrap(errors.New("somebody without a name would answer an alarm"))
}

func alreadyClosed(a Alarm) error {
	return fault.New(fault.Conflict, "already_resolved").With("By", a.Closed.Name).With("At", a.Closed.At)
}

// maxNote bounds what people write on an alarm, in bytes.
const maxNote = 2000

// worsen takes in what happened while the alarm was open. graver means that
// everybody must hear of it anew, whoever is in charge.
func (a Alarm) worsen(kind Kind, note string, place Place) (b Alarm, graver bool) {
	if place.At.After(a.Place.At) {
		a.Place = place
	}
	if gravity[kind] <= gravity[a.Kind] {
		return a, false
	}
	a.Kind, a.State = kind, Raised
	a.Ack, a.Round, a.Step = Act{}, 0, 0
	if note != "" {
		a.Note = note
	}
	return a, true
}

// forgotten reopens an alarm that somebody took charge of and never closed:
// from now on it is everybody's.
func (a Alarm) forgotten() Alarm {
	a.State = Raised
	return a.exhausted()
}

// exhausted is an alarm whose steps have all begun: it is everybody's, for as
// long as nobody answers, and they are called no later than the next step would
// have been.
func (a Alarm) exhausted() Alarm {
	if !a.StepDue.IsZero() && a.AgainDue.After(a.StepDue) {
		a.AgainDue = a.StepDue
	}
	a.StepDue, a.Wide = time.Time{}, true
	return a
}

// start puts the alarm before the first step of its ladder, with a round to be
// called, at an instant.
func (a Alarm) start(now time.Time) Alarm {
	a.Step, a.StepDue, a.AgainDue = 0, now, now
	return a
}

// begin is the alarm once the step has begun: the next one is reckoned from
// when this one was due.
func (a Alarm) begin(r procedure.Rung) Alarm {
	a.Step, a.StepDue = r.Number, r.Next()
	if r.Whom == procedure.Everyone {
		a.Wide = true // whoever is called may answer
		return a
	}
	for _, p := range r.People {
		a = a.calls(string(p.Person))
	}
	if r.Whom == procedure.Partner && r.Why == procedure.Called {
		a = a.calls(r.ID)
	}
	return a
}

func (a Alarm) calls(whom string) Alarm {
	if !slices.Contains(strings.Fields(a.called), whom) {
		a.called = strings.TrimSpace(a.called + " " + whom)
	}
	return a
}

// nextRound is the alarm once everybody was called. Only rounds that were
// missed altogether are let go.
func (a Alarm) nextRound(r rhythm, now time.Time) Alarm {
	a.Round++
	if a.AgainDue = a.AgainDue.Add(r.pause(a.Round)); a.AgainDue.Before(now) {
		a.AgainDue = now.Add(r.pause(a.Round))
	}
	return a
}

// rhythm is how an organisation wants unanswered alarms to be repeated.
type rhythm struct {
	Repeat time.Duration // pause between rounds, at first
	Reopen time.Duration // how long an acknowledged alarm may stay open unasked
}

// patience is how many rounds keep the first pause; then pauses double up to
// maxPause, and never end.
const (
	patience = 5
	maxPause = 15 * time.Minute
)

// pause is how long after round n the next one follows.
func (r rhythm) pause(round int) time.Duration {
	p := r.Repeat
	for n := patience; n < round && p < maxPause; n++ {
		p *= 2
	}
	return min(p, max(maxPause, r.Repeat))
}
