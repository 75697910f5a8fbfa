package web

import "time"

// profileView is what a monitor needs to know about one worker.
type profileView struct {
	Frame
	Name, PIN string
	State     string // as on the board; off when not on shift
	Workspace string
	Phone     string
	AlarmHref string
	EditHref  string
	Tab       string // shift, procedure, position, history
	Tabs      []choice
	Shift     *shiftFacts
	Position  *position
	Monitors  []contactCard
	Points    []pointRow
	Steps     []step
	History   []pastShift
}

// shiftFacts are the facts of a running shift.
type shiftFacts struct {
	Activity, Note  string
	Started         time.Time
	NextAt          time.Time
	Interval, Grace time.Duration
	LastCheckIn     time.Time
	EndsAt          time.Time
	RiskUntil       time.Time
}

// pastShift is one line of a worker's history.
type pastShift struct {
	Activity string
	Started  time.Time
	Length   time.Duration
	CheckIns int
	Ended    string
}
