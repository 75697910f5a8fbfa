package look

import (
	"time"

	"muster/actor"
	"muster/id"
)

// Why is what somebody looked for.
type Why string

// The reasons.
const (
	Alarm   Why = "alarm"   // an alarm about the worker, open or over
	Profile Why = "profile" // the worker's own page, shift or way
)

// Look is one look at one worker's position.
type Look struct {
	Worker    id.Person
	Workspace id.Workspace
	Why       Why
	Alarm     id.Alarm // with Why Alarm
	At        time.Time
	Name      string // who looked
	Role      string // monitor, administrator, operator, program, support or other
	Door      actor.Door
}

// again is how long a second look by the same person is part of the first:
// pages are read anew whenever something changes on them.
const again = 10 * time.Minute

// held is how long after a silent alarm has ended its looks stay unseen. The
// phone may still be in other hands then.
const held = 24 * time.Hour

// mostShown bounds the list.
const mostShown = 200

// role is what the looker is to the worker.
func role(who actor.Actor, ws id.Workspace) string {
	switch {
	case who.Guest():
		return "support"
	case who.Kind == actor.Program:
		return "program"
	case who.Has(actor.Monitor, ws):
		return string(actor.Monitor)
	case who.Has(actor.Administrator, ws):
		return string(actor.Administrator)
	case who.Has(actor.Operator, ""):
		return string(actor.Operator)
	}
	return "other"
}

// counts tells whether the actor's look is somebody else's.
func counts(who actor.Actor, worker id.Person) bool {
	return who.Kind != actor.System && (who.Person != worker || who.Guest()) && worker != ""
}
