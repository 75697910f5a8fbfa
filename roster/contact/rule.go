// Package contact keeps the addresses at which people are reached: their
// order, which of them get alarms, and whether their owner has confirmed them.
//
// An address is confirmed by a six-digit code typed in by somebody who is
// signed in, or by the link in the same message followed by a deliberate act
// on its page; fetching the link alone changes nothing. Both end when the
// address changes.
package contact

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/address"
)

// How long a code and a link can be used, how soon another may be asked for,
// and how often a code may be mistyped. A million codes over five tries a
// code leave a guesser one chance in 200,000 (OWASP ASVS 5.0, 6.5.5).
const (
	codeValid = 10 * time.Minute
	linkValid = 24 * time.Hour
	pause     = time.Minute
	tries     = 5
)

// most is how many addresses one person may have.
const most = 10

const codePurpose = "contact.code"

// Setting is the place of one contact point in the order and whether alarms
// go there.
type Setting struct {
	ID     id.Contact
	Alarms bool
}

// Kinds are the channels of addresses that can be typed in, in the order in
// which forms offer them.
func Kinds() []string { return []string{roster.Email, roster.SMS, roster.Voice, roster.WhatsApp} }

// clean checks an address of a channel.
func clean(channel, to, country string) (string, error) {
	var err error
	switch channel {
	case roster.Email:
		to, err = address.Email(to)
	case roster.SMS, roster.Voice, roster.WhatsApp:
		to, err = address.Mobile(to, country)
	default:
		return "", fault.New(fault.Invalid, "channel_unknown").At("channel")
	}
	if err != nil {
		return "", fault.From(err).At("address")
	}
	return to, nil
}

// matches tells whether settings name every one of the points once.
func matches(settings []Setting, points []roster.Point) bool {
	if len(settings) != len(points) {
		return false
	}
	for _, p := range points {
		if n := slices.IndexFunc(settings, func(s Setting) bool { return s.ID == p.ID }); n < 0 {
			return false
		}
	}
	return true
}

func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("contact: " + err.Error()) // the system's source of chance is gone
	}
	return fmt.Sprintf("%06d", n)
}

// looksAfter tells whether a person is in the care of an administrator, of the
// whole organisation or of a workspace.
func looksAfter(admin, r roster.Person) bool {
	by := actor.Actor{Roles: admin.Roles}
	return by.Has(actor.Administrator, "") || slices.ContainsFunc(r.Roles, func(m actor.Membership) bool {
		return by.Has(actor.Administrator, m.Workspace)
	})
}

// shortened is an address as others read it of whom it is not: enough to know
// it again.
func shortened(channel, to string) string {
	switch channel {
	case roster.Email:
		name, domain, _ := strings.Cut(to, "@")
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "…@" + domain
	case roster.SMS, roster.Voice, roster.WhatsApp:
		return to[:min(len(to), 3)] + "…" + to[max(0, len(to)-3):]
	}
	return to
}

// When so many addresses die together, it is their carrier that is wrong: a
// relay that calls every mailbox unknown must leave nobody unprotected.
const (
	together = 10 * time.Minute
	few      = 5 // so many may die together
	share    = 4 // and one in so many of those on the channel
)

// doubtful tells whether a carrier is believed when it calls one more address
// dead: of all on its channel, so many were called so lately.
func doubtful(recent, all int) bool { return recent >= few && recent*share >= all }
