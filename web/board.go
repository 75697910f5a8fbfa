package web

import "time"

// boardView is the monitors' page: who needs help, who is out, and where.
type boardView struct {
	Frame
	Counts     boardCounts
	Alarms     []alarmCard
	LastAlarm  *choice // the newest closed one, when none is open
	Rows       []boardRow
	Total      int    // workers that match, of whom Rows shows the most urgent
	MoreHref   string // empty when all are shown
	Filtered   bool
	Workspaces []choice
	States     []choice
	Query      string
	Tab        string // alarms, list or map: what a phone shows
	Tabs       []choice
	CanRoster  bool
}

// boardCounts are the figures that must be readable across a room.
type boardCounts struct{ Alarm, Unacknowledged, Due, Well, OnShift int }

// alarmCard is one open alarm on the board.
type alarmCard struct {
	ID, Href       string
	Cause          string // help, missed, duress, risk
	Raised         time.Time
	Late           time.Duration // how late it was raised after an outage
	Name, PIN      string
	Workspace      string
	Activity       string
	Phone          string
	Position       *position
	Told, Failed   int // messages handed over, and those that found no way
	AcknowledgedBy string
	AcknowledgedAt time.Time
	CanAcknowledge bool
}

// boardRow is one worker on shift.
type boardRow struct {
	ID, Href            string
	State               string // alarm, acknowledged, overdue, due, well
	Name, PIN           string
	Activity, Workspace string
	NextAt              time.Time
	Position            *position
	Monitors            int
	AlarmHref           string
}

// position is where somebody was last known to be, and how sure that is.
type position struct {
	Lat, Lon float64
	Accuracy float64 // metres
	At       time.Time
	Source   string
	Battery  int    // percent; -1 when unknown
	Trail    string // "lat,lon;lat,lon", oldest first
}
