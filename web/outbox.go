package web

import "time"

// outboxView shows, in the demo, every message that would have gone out.
type outboxView struct {
	Frame
	Query    string
	Messages []outboxMessage
}

type outboxMessage struct {
	ID, Channel, To, Subject string
	At                       time.Time
	Parts                    []textPart
}

// textPart is a stretch of text, or a link when Href is set.
type textPart struct{ Text, Href string }
