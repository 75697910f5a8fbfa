package web

import (
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/fault"
)

// unhidden leaves out of a list what must not be shown.
func unhidden(who actor.Actor, all []alarm.Alarm) []alarm.Alarm {
	return slices.DeleteFunc(all, func(a alarm.Alarm) bool { return a.Hidden(who) })
}

// unhide makes a board show nothing of a hidden alarm.
func unhide(who actor.Actor, v *shift.View) {
	for i := range v.Lines {
		if l := &v.Lines[i]; l.Alarm != nil && l.Alarm.Hidden(who) {
			l.Alarm = nil
			l.Status = l.Shift.Status(v.At, false)
		}
	}
	v.Alarms = unhidden(who, v.Alarms)
}

// shown refuses a hidden alarm as if it did not exist.
func shown(who actor.Actor, a alarm.Alarm) error {
	if a.Hidden(who) {
		return fault.New(fault.NotFound, "not_found")
	}
	return nil
}
