package whatsapp

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
)

// Meta lets any text go to whoever has written within the last 24 hours. Ours
// ends a little earlier: a message that is on its way when the window closes
// is refused, and only after it was taken.
const window = 24*time.Hour - 10*time.Minute

// talking tells whether somebody who last wrote at opened may be sent any text.
func talking(opened, now time.Time) bool {
	return !opened.IsZero() && now.Sub(opened) < window
}

// rest is how long a template is left alone that Meta would not send. Whether
// it has been approved since is found out by trying, for a word about it may
// never have come.
const rest = 30 * time.Minute

// sort says what follows from one of Meta's error codes.
type sort int

const (
	again    sort = iota // a later try may do: too many, too busy, or unknown to us
	ours                 // our account, token or number: no fault of this message
	final                // this message will not reach this number, however often it is tried
	template             // this template, in this language, is not to be had
	closed               // the conversation is over: only a template may go
)

// sorts are the codes that are more than "again" (WhatsApp Cloud API, "Error
// codes"; those of 200 to 299 are ours, too).
var sorts = map[int]sort{
	0: ours, 3: ours, 10: ours, 190: ours, 368: ours, 131005: ours, 131031: ours, 131042: ours, 131045: ours, 133010: ours,

	100: final, 130472: final, 130497: final, 131008: final, 131009: final, 131021: final, 131026: final, 131030: final,
	131049: final, 131050: final, 131051: final, 131052: final, 131053: final,

	132000: template, 132001: template, 132005: template, 132007: template, 132012: template, 132015: template, 132016: template,

	131047: closed,
}

func sortOf(code int) sort {
	if code >= 200 && code <= 299 {
		return ours
	}
	return sorts[code]
}

// problem is what Meta says is wrong: in an answer, or in a status.
type problem struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// words is the problem as the person reads it who looks into it.
func (p problem) words() string {
	said := cmp.Or(p.Message, p.Title)
	if d := p.Data.Details; d != "" && d != said {
		said = strings.TrimSpace(said + " " + d)
	}
	return clip(said)
}

// Error makes a problem an error of its own until its sort has been looked at.
func (p problem) Error() string { return "whatsapp: " + strconv.Itoa(p.Code) + " " + p.words() }

// verdict is the problem as package deliver takes it.
func (p problem) verdict() error {
	switch sortOf(p.Code) {
	case final, template, closed:
		return deliver.Refused(strconv.Itoa(p.Code), p.words(), dead.WhatsApp(p.Code))
	case ours:
		return fmt.Errorf("whatsapp: Meta refuses our account or number: %d %s", p.Code, p.words())
	}
	return p
}

// stateOf says in our words what a status means. That a message was read is
// said by the phone and not by a person: it counts as delivered. Others mean
// nothing to us.
func stateOf(status string) deliver.State {
	switch status {
	case "sent":
		return deliver.HandedOver
	case "delivered", "read", "played":
		return deliver.Delivered
	case "failed":
		return deliver.Failed
	}
	return ""
}

// usable tells whether Meta sends a template of which it says this. What it
// has flagged it still sends.
func usable(event string) bool {
	switch strings.ToUpper(event) {
	case "APPROVED", "REINSTATED", "UNPAUSED", "FLAGGED":
		return true
	}
	return false
}

// clip keeps Meta's words to what fits a line of a table.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return strings.ToValidUTF8(s, "")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
