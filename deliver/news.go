package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/id"
)

// Handover is the purpose of messages to programs: the partner's, a centre's
// receiver. They have no wording; what they say is News.
const Handover = "handover"

// What News can be about.
const (
	AlarmRaised       = "alarm.raised"
	AlarmAcknowledged = "alarm.acknowledged"
	AlarmResolved     = "alarm.resolved"
	LinkTested        = "link.tested" // nobody needs help; somebody tries the way
)

// News is what happened to an alarm, as programs are told. What is not known
// is empty. It is JSON that others rely on: names stay.
type News struct {
	Type         string        `json:"type"`
	At           time.Time     `json:"at"` // when it happened
	Drill        bool          `json:"drill,omitempty"`
	Organisation string        `json:"organisation"` // name
	Alarm        id.Alarm      `json:"alarm_id,omitempty"`
	Kind         string        `json:"kind,omitempty"` // of the alarm: help, missed_check_in, …
	Raised       time.Time     `json:"raised_at,omitzero"`
	Worker       string        `json:"worker,omitempty"` // name
	Phone        string        `json:"phone,omitempty"`
	Reference    string        `json:"reference,omitempty"` // what the partner calls the worker
	Account      string        `json:"account,omitempty"`   // DC-09 account; empty: the path's own
	Zone         int           `json:"zone,omitempty"`      // DC-09 zone, 0 to 999
	Workspace    string        `json:"workspace,omitempty"`
	Note         string        `json:"note,omitempty"`
	Warning      string        `json:"warning,omitempty"` // what the reader must know about these data
	Position     *NewsPosition `json:"position,omitempty"`
	Contacts     []NewsContact `json:"contacts,omitempty"` // in the order in which to call them
	By           string        `json:"by,omitempty"`       // who took charge, or closed it
	Outcome      string        `json:"outcome,omitempty"`
	Link         string        `json:"link,omitempty"` // page of this installation where there is more, for who may sign in there
}

// NewsPosition is where the worker was when last heard of.
type NewsPosition struct {
	Latitude  float64   `json:"latitude"`
	Longitude float64   `json:"longitude"`
	Accuracy  int       `json:"accuracy_metres"`
	At        time.Time `json:"at"`
}

// NewsContact is somebody to call about the worker.
type NewsContact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// Facts are the news as a Message carries them.
func (n News) Facts() map[string]any { return map[string]any{"News": n, "Link": n.Link} }

// newsIn reads the news in a message's facts.
func newsIn(facts map[string]any) (*News, error) {
	told, ok := facts["News"]
	if !ok {
		return nil, errors.New("the message has no news")
	}
	raw, err := json.Marshal(told)
	if err != nil {
		return nil, fmt.Errorf("news: %w", err)
	}
	n := &News{}
	if err := json.Unmarshal(raw, n); err != nil {
		return nil, fmt.Errorf("news: %w", err)
	}
	n.Link, _ = facts["Link"].(string) // the whole address by now
	return n, nil
}
