package web

import "time"

// alarmView is everything about one alarm, and what can be done about it.
type alarmView struct {
	Frame
	ID, Href, Topic   string
	State             string // open, acknowledged, closed
	Cause             string
	Silent            bool
	Outcome           string
	Name, PIN         string
	Workspace         string
	Activity, Note    string
	Phone             string
	Raised            time.Time
	Late              time.Duration
	AcknowledgedBy    string
	AcknowledgedAt    time.Time
	OpenBy            []string // who else has it open
	Position          *position
	Contacts          []contactCard
	Steps             []step
	Timeline          []moment
	CanAcknowledge    bool
	WhyNotAcknowledge string // the rule's sentence
	CanResolve        bool
	WhyNotResolve     string
	CanAssist         bool // check in for, end the shift for
	Outcomes          []choice
	Sentence          string // what was typed, when it has to be asked again
	ProfileHref       string
	IncidentHref      string
}

// Closed tells whether a human has ended it.
func (v *alarmView) Closed() bool { return v.State == "closed" }

// contactCard is somebody to call.
type contactCard struct {
	Name, Role, Phone string
	Verified          bool
}

// step is one step of the escalation procedure.
type step struct {
	Text, Detail string
	State        string // done, next, later
	Done         bool
	DoneAt       time.Time
	By           string
	DueAt        time.Time
}

// moment is one line of a timeline.
type moment struct {
	At           time.Time
	Icon         string
	Kind         string // raise, answer, message, fail, note, position
	Text, Detail string
}
