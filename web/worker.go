package web

import "time"

// startView is the worker's page before a shift.
type startView struct {
	Frame
	Form       struct{ Activity, Note string }
	Intervals  []choice
	Durations  []choice
	Workspaces []choice
	Watchers   []contactCard
}

// runningView is the worker's page during a shift.
type runningView struct {
	Frame
	ID             string
	State          string // well, due, overdue, alarm
	Activity       string
	LastCheckIn    time.Time // where the ring begins
	NextAt         time.Time
	EndsAt         time.Time
	PercentLeft    int
	RiskUntil      time.Time
	InAlarm        bool
	AcknowledgedBy string
	Extensions     []choice
	Risks          []choice
	Watchers       []contactCard
}

// myShiftsView lists the worker's own shifts.
type myShiftsView struct {
	Frame
	Shifts []pastShift
}
