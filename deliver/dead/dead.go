// Package dead knows which of the many ways in which carriers say no mean that
// the address itself is dead: whoever writes to it, whatever they write, and
// however often, nobody will read it there.
//
// What is about us, about one message, or only about today is in none of the
// tables: a full mailbox, a phone that is off, a text that looks like spam. A
// code that carriers use for both is left out too, for an address that is taken
// for dead leaves somebody out there unprotected until it is looked after.
package dead

import "net/http"

// Why says why an address is dead, so far as the carrier's code tells. It is a
// word that is stored, and that texts are found by.
type Why string

// The reasons. Alive is none: nothing is said against the address.
const (
	Alive        Why = ""
	Unknown      Why = "unknown"      // there is no such mailbox or number
	Gone         Why = "gone"         // there was one: closed, moved, or somebody else's now
	Unsubscribed Why = "unsubscribed" // its owner told the carrier to take nothing more from us
	Incapable    Why = "incapable"    // the number is there, but not on this channel: a landline, nobody on WhatsApp
	Unlinked     Why = "unlinked"     // a device that shows nothing of ours any more
)

// Reasons lists them.
func Reasons() []Why { return []Why{Unknown, Gone, Unsubscribed, Incapable, Unlinked} }

// mail is by enhanced status code (RFC 3463 §3.2, §3.3, §3.5). 5.1.0, 5.4.1 and
// 5.4.4 are not among them: relays say them of senders, of their own name
// servers and of what their administrators set up, too.
var mail = map[string]Why{
	"5.1.1": Unknown, "5.1.2": Unknown, "5.1.3": Unknown, "5.1.4": Unknown,
	"5.1.6":  Gone,                 // moved, and nobody says where to
	"5.1.10": Unknown,              // its domain takes no mail (RFC 7505)
	"5.2.1":  Gone,                 // switched off
	"5.6.7":  Incapable,            // no system on the way takes letters beyond ASCII (RFC 6531)
	"5.7.17": Gone, "5.7.18": Gone, // it belongs to somebody else now (RFC 7293)
}

// Mail judges an enhanced status code of SMTP, as "5.1.1".
func Mail(code string) Why { return mail[code] }

// twilio is by Twilio's error codes, of texts and of calls (Twilio, "Error and
// Warning Dictionary").
var twilio = map[int]Why{
	13224: Unknown,      // calls: the number is not valid
	21211: Unknown,      // the number is not valid
	21217: Unknown,      // calls: the number does not appear to be valid
	21265: Incapable,    // a short code
	21610: Unsubscribed, // STOP was sent from there
	21614: Incapable,    // not a mobile number
	21635: Incapable,    // a landline
	30005: Unknown,      // the handset is unknown: the number is not in use
	30006: Incapable,    // a landline, or a carrier that takes no texts
}

// Twilio judges an error code of Twilio's, in an answer or in a callback.
func Twilio(code int) Why { return twilio[code] }

// sip is by final answers to a call (RFC 3261 §21.4.5, §21.4.10, §21.4.21,
// §21.6.3), which trunks give for numbers that are not allocated, have been
// changed, or have too few digits (RFC 3398 §7.2.4.1).
var sip = map[int]Why{
	http.StatusNotFound: Unknown, http.StatusGone: Gone, 484: Unknown, 604: Unknown,
}

// SIP judges a final answer to a call.
func SIP(status int) Why { return sip[status] }

// SMPP judges a message centre's status: the recipient's address is wrong
// (ESME_RINVDSTADR, SMPP 3.4 §5.1.3). All others are about us, or about now.
func SMPP(status uint32) Why {
	if status == 0x0b {
		return Unknown
	}
	return Alive
}

// GSM judges the error of a mobile network that a receipt carries beside the
// network's type (network_error_code, SMPP 3.4 §5.3.2.31): an unknown
// subscriber (3GPP TS 29.002, unknownSubscriber). The numbers in a receipt's
// text are each centre's own, and prove nothing.
func GSM(network byte, code uint16) Why {
	const gsm, unknownSubscriber = 3, 1
	if network == gsm && code == unknownSubscriber {
		return Unknown
	}
	return Alive
}

// whatsApp is by Meta's error codes (WhatsApp Cloud API, "Error codes").
var whatsApp = map[int]Why{
	131021: Incapable, // our own number
	131026: Incapable, // nobody on WhatsApp, or with terms or an app too old for it
	131030: Incapable, // not among those whom this account may write to
}

// WhatsApp judges an error code of Meta's, in an answer or in a status.
func WhatsApp(code int) Why { return whatsApp[code] }

// Push judges the answer of a push service: the subscription has ended
// (RFC 8030 §7.3).
func Push(status int) Why {
	if status == http.StatusNotFound || status == http.StatusGone {
		return Unlinked
	}
	return Alive
}
