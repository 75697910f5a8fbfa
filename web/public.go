package web

import "time"

// actView is the tiny page behind a link in a message.
type actView struct {
	Frame
	State      string // open, over
	Act        string // acknowledge, resolve
	Action     string
	Cause      string
	Name       string
	Place      string
	Activity   string
	Raised     time.Time
	Position   *position
	Phone      string
	Problem    string
	Done, Over string
	Challenge  *challenge
	Outcomes   []choice
	Sentence   string
	OtherHref  string
	BoardHref  string
}

// confirmView confirms that an address belongs to somebody.
type confirmView struct {
	Frame
	Action, Address, Name string
	Problem               string
	Done                  bool
}

// outsideView says to somebody who is not signed in why there is nothing.
type outsideView struct {
	Frame
	Text, Reference string
	BoardHref       string
}
