package deliver

import (
	"context"
	"strings"
	"time"

	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/seal"
	"muster/store"
)

// Act is what somebody does about an alarm, or about another question, over the
// channel by which they were told of it.
type Act string

// What can be answered, and what comes of it.
const (
	Acknowledge Act = "acknowledge"
	Resolve     Act = "resolve"
	Consent     Act = "consent" // to what the message asks for, in writing

	Done       = "done"        // as it was asked, or it was so already by the same person
	Taken      = "taken"       // somebody else is in charge; By says who
	Over       = "over"        // it is closed; By says by whom
	NotAllowed = "not_allowed" // one's own alarm, or no business of theirs
	Unknown    = "unknown"     // no open message is meant: a wrong code, an address it was not sent to
	Limited    = "limited"     // too many wrong codes lately
)

// Answer is what a person did in reply to a message over its own channel: a
// key pressed in a call, a button, a code in a text. It names the message by
// Message or Attempt, or by Code where the channel loses the thread.
type Answer struct {
	Message id.Message // the message that is answered, where the channel knows it
	Attempt id.Attempt // or the attempt
	Code    string     // or what was typed from its text; capitals and digits
	Channel string     // by which it came: "voice", "sms", …
	From    string     // address it came from, in the channel's own form: must be one that the message goes to
	Act     Act
	Outcome string    // with Resolve, what the alarm turned out to be; empty where nobody was asked
	Note    string    // with Resolve, the sentence it is closed with
	Digest  string    // with Consent, the SHA-256 of the mail, hexadecimal
	At      time.Time // when the person did it, as far as known
}

// Said is what to say back to whoever answered.
type Said struct {
	What   string // Done, Taken, …
	By     string // name, with Taken and Over
	Org    id.Org // empty with Unknown, as are Person and Lang where nobody is known by the address
	Person id.Person
	Lang   lang.Tag
	Text   string // a sentence in that language, short enough for a text message
}

// Meant finds the message that an answer names by Message or Attempt. One
// that was never on its way to the address the answer came from is NotFound.
func (a Answer) Meant(ctx context.Context, s *store.Store) (m Message, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		if a.Message != "" {
			m, err = store.One(tx, followMessage, scanMessage, a.Message)
			return err
		}
		if _, err := id.Parse[id.Attempt](string(a.Attempt)); err != nil {
			return err
		}
		from := "msg_" + string(a.Attempt[len("att_"):sharedID])
		m, err = store.One(tx, tryingMessage, scanMessage, from, from+"g")
		return err
	})
	if err == nil && !m.GoesTo(Stop{a.Channel, a.From}) {
		err = fault.New(fault.NotFound, "not_found")
	}
	return m, err
}

// Consents tells whether the message asks for a written yes, which an answer
// over its own channel can be.
func (m Message) Consents() bool { return wording.Consents(m.Purpose) }

// GoesTo tells whether an address is on the message's route.
func (m Message) GoesTo(s Stop) bool {
	for _, stop := range m.Route {
		if stop.Channel == s.Channel && strings.EqualFold(stop.Address, s.Address) {
			return true
		}
	}
	return false
}

// The letters and digits of codes: none that looks like another, or is read
// out like one. The second place is a digit, so that no code is a word.
const (
	codeSigns   = "ACDEFHJKMNPQRTUWXY346789"
	codeLetters = "ACDEFHJKMNPQRTUWXY"
	codeDigits  = "346789"
	codePurpose = "deliver.code"
)

// ReplyCode is what the reader of a message at this address sends back to
// answer it: four capitals and digits. It is the same in every message about
// one thing to one address, so that a repeated call does not make an answer to
// the first one wrong; there are some 62,000.
func (m Message) ReplyCode(keys *seal.Keys, address string) string {
	mac := keys.MAC(codePurpose, m.About, strings.ToLower(address))
	mac = mac[len(mac)-4:] // the first byte says which key
	pick := func(i int, from string) byte { return from[int(mac[i])%len(from)] }
	return string([]byte{pick(0, codeLetters), pick(1, codeDigits), pick(2, codeSigns), pick(3, codeSigns)})
}

// CodeLike finds in a text the one word that may be such a code, written in
// whatever case; ok is false where there is none or more than one.
func CodeLike(words []string) (code string, ok bool) {
	for _, w := range words {
		w = strings.ToUpper(w)
		if len(w) != 4 || !strings.Contains(codeLetters, w[:1]) || !strings.Contains(codeDigits, w[1:2]) ||
			!strings.Contains(codeSigns, w[2:3]) || !strings.Contains(codeSigns, w[3:]) {
			continue
		}
		if ok {
			return "", false
		}
		code, ok = w, true
	}
	return code, ok
}
