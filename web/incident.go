package web

import "time"

// incidentsView lists alarms, newest first.
type incidentsView struct {
	Frame
	Rows     []incidentRow
	Filtered bool
	Outcomes []choice
	Query    string
	Pager    pager
}

type incidentRow struct {
	Href      string
	Raised    time.Time
	Name, PIN string
	Cause     string
	Open      bool
	Outcome   string
	Answered  time.Duration // from raised to acknowledged
	By        string
}

// incidentView is the record of one alarm that is over.
type incidentView struct {
	Frame
	Name, PIN      string
	Workspace      string
	Cause, Outcome string
	Raised         time.Time
	AcknowledgedBy string
	AcknowledgedAt time.Time
	ResolvedBy     string
	ResolvedAt     time.Time
	Length         time.Duration
	Sentence       string
	Position       *position
	Timeline       []moment
	BookHref       string
}

// pager leads through a long list.
type pager struct{ Previous, Next, Text string }
