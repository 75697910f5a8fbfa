package roster

import "muster/deliver"

// Routes splits the ways to reach a person: wanted are the addresses where
// alarms should go, all of them at once; rest are the others, to be tried when
// one of these fails. Somebody who wants alarms nowhere is still reached by
// whatever there is: an alarm is never silenced.
func (r Recipient) Routes() (wanted, rest []deliver.Stop) {
	for _, p := range r.Points {
		stop := deliver.Stop{Channel: p.Channel, Address: p.Address}
		if p.Alarms {
			wanted = append(wanted, stop)
		} else {
			rest = append(rest, stop)
		}
	}
	if len(wanted) == 0 {
		return rest, nil
	}
	return wanted, rest
}

// Phone is the first number the person can be called at, empty if there is
// none.
func (r Recipient) Phone() string {
	for _, p := range r.Points {
		if p.Channel == "sms" {
			return p.Address
		}
	}
	return ""
}
