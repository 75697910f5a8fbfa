package web

import (
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
)

// hidden tells whether an alarm must not be shown: one raised under duress, to
// the person whom it is about or to one who does no more than workers do.
// Whoever stands beside the worker may be looking at the same screen (OA10).
func hidden(who actor.Actor, a alarm.Alarm) bool {
	if a.Kind != alarm.Duress {
		return false
	}
	watching := who.Has(actor.Monitor, a.Workspace) || who.Has(actor.Administrator, a.Workspace)
	return who.Person == a.Worker || !watching
}

// unhidden leaves out of a list what must not be shown.
func unhidden(who actor.Actor, all []alarm.Alarm) []alarm.Alarm {
	return slices.DeleteFunc(all, func(a alarm.Alarm) bool { return hidden(who, a) })
}

// unhide makes a board show nothing of a hidden alarm.
func unhide(who actor.Actor, v *shift.View) {
	for i := range v.Lines {
		if l := &v.Lines[i]; l.Alarm != nil && hidden(who, *l.Alarm) {
			l.Alarm = nil
			l.Status = l.Shift.Status(v.At, false)
		}
	}
	v.Alarms = unhidden(who, v.Alarms)
}

// shown refuses a hidden alarm as if it did not exist.
func shown(who actor.Actor, a alarm.Alarm) error {
	if hidden(who, a) {
		return fault.New(fault.NotFound, "not_found")
	}
	return nil
}
