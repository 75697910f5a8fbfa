package alarm

import (
	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// EndDrill ends a drill by itself, in the caller's unit, whatever has come of
// it. One that is over already, or that became something else, stays as it is.
func EndDrill(tx *store.Tx, drill id.Alarm) (Alarm, error) {
	a, err := take(tx, drill)
	if err != nil || !a.Open() || !a.Drill {
		return a, err
	}
	who := actor.Engine()
	return end(tx, who, a, "", Drill, "")
}

// breakOff ends a drill because its worker needs help in earnest.
func breakOff(tx *store.Tx, a Alarm) error {
	_, err := end(tx, actor.Engine(), a, "", Drill, "")
	return err
}

// underWay is what a drill hears that would disturb an alarm.
func underWay(a Alarm) error {
	if a.Drill {
		return fault.New(fault.Conflict, "drill_under_way")
	}
	return fault.New(fault.Conflict, "alarm_open").At("worker_id")
}

// marked says in an entry's facts that nobody needed help.
func (a Alarm) marked(facts map[string]any) map[string]any {
	if a.Drill {
		facts["Drill"] = true
	}
	return facts
}
