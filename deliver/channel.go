package deliver

import (
	"context"
	"time"

	"muster/deliver/dead"
	"muster/deliver/wording"
	"muster/id"
	"muster/lang"
	"muster/store"
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
	// Files, which may be nil, is what a mail takes along, by name; other channels
	// have no room for it. It is a pointer so that what leaves can be compared.
	Files *map[string][]byte
	// Recalled, which may be nil, calls stop once if what the message says is
	// over before forget is called: for a channel whose carrier has taken it and
	// can still be told to let it be, as a call that rings.
	Recalled interface {
		Watch(stop func()) (forget func())
	}
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
	State      State  // empty: only words, which change nothing else; Cancelled: it was taken back, as Recalled asked
	Detail     string
	Code       string // the carrier's own error code, empty if none

	Dead dead.Why // of a failure: the address itself is dead, and why
}

// refusal is a final no of a carrier.
type refusal struct {
	code   string
	detail string
	dead   dead.Why
}

func (r *refusal) Error() string { return "refused by carrier: " + r.code + " " + r.detail }

// Final and Dead tell whoever has only the error.
func (r *refusal) Final() bool    { return true }
func (r *refusal) Dead() dead.Why { return r.dead }

// Code is the carrier's own, or ours where it has none.
func (r *refusal) Code() string { return r.code }

// Refused makes the error of a final no: this will not reach this address,
// however often it is tried. With a reason that is not dead.Alive it is the
// address that is at fault, whatever was to be said.
func Refused(code, detail string, why ...dead.Why) error {
	r := &refusal{code: code, detail: detail}
	for _, w := range why {
		r.dead = w
	}
	return r
}

// Aftermath is what the rooms above do about what happens here, in the unit
// that records it. What is nil is not told.
type Aftermath struct {
	// Failed is told of a message that no way is left for; its State is Failed,
	// or what is known of a try that nobody has confirmed.
	Failed func(*store.Tx, Message) error
	// Dead is told of a try whose carrier says that the address is dead: when
	// it was made, and the carrier's words. It may be told so more than once.
	Dead func(*store.Tx, Attempt, dead.Why) error
}
