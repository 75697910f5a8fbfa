package deliver

import (
	"context"
	"time"

	"muster/deliver/wording"
	"muster/id"
	"muster/lang"
)

// State is how far a message or an attempt has come. States are honest: each
// says only what is known, and a state never goes down when reports arrive
// out of order.
type State string

// The states, from weakest to strongest; the last three are ends without
// success.
const (
	Queued     State = "queued"      // waiting for its turn
	HandedOver State = "handed_over" // a carrier took it; nothing more is known
	Relayed    State = "relayed"     // passed on to a hop that will not report back
	Delivered  State = "delivered"   // the carrier says it reached the device or mailbox
	Answered   State = "answered"    // a human did something because of it
	Failed     State = "failed"      // no way was left
	Expired    State = "expired"     // its validity passed first
	Cancelled  State = "cancelled"   // what it was about is over
)

// Outgoing is one attempt, rendered and ready for a channel.
type Outgoing struct {
	Org     id.Org
	Message id.Message
	Attempt id.Attempt // carried to the carrier, so that a possible double shows the same id
	To      string     // address in the channel's own form: mail address, E.164 number
	Lang    lang.Tag
	Subject string        // empty on channels without one
	Text    string        // plain text; on short channels the whole message
	HTML    string        // empty on channels without it
	Link    string        // where the text leads; channels that have no room for it in the text need it
	Thread  string        // messages with the same thread are one conversation
	Urgent  bool          // the sos lane
	Asks    bool          // whoever gets it is asked to take charge, and may answer on the channel
	Valid   time.Duration // how long it makes sense to keep trying; always > 0
	News    *News         // what it says, to programs; nil to people
	// Template is the text as WhatsApp wants it; nil on other channels.
	Template *Template
}

// Template is a text that Meta has approved, with its values.
type Template = wording.Template

// Receipt is what the carrier said at hand-over.
type Receipt struct {
	State      State  // HandedOver or stronger
	ProviderID string // the carrier's own id, for reports that come later
	Detail     string // the carrier's words, for the person who looks into it

	// Parts are the carrier's ids of the parts, if it numbers each of several:
	// reports then come for each, and the attempt has arrived when all have.
	Parts []string
}

// Channel is one way to reach a person. Send gives one attempt to a carrier
// and returns when the carrier has taken or refused it. An error made by
// Refused is final for this address; any other error is worth another try.
type Channel interface {
	Name() string
	Send(ctx context.Context, out Outgoing) (Receipt, error)
}

// Report is what a carrier says about an attempt after hand-over.
type Report struct {
	ProviderID string
	Or         string // another way in which the carrier may have written the id; empty if there is one only
	State      State  // empty: only words, which change nothing else
	Detail     string
	Code       string // the carrier's own error code, empty if none
}

// refusal is a final no of a carrier.
type refusal struct {
	code   string
	detail string
}

func (r *refusal) Error() string { return "refused by carrier: " + r.code + " " + r.detail }

// Final tells whoever has only the error.
func (r *refusal) Final() bool { return true }

// Refused makes the error of a final no: this address will not work, however
// often it is tried.
func Refused(code, detail string) error { return &refusal{code: code, detail: detail} }
