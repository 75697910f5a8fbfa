package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"muster/deliver"
	"muster/deliver/dead"
)

// letter builds the message as it goes over the wire, without the dots.
func letter(c *config, out deliver.Outgoing) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&c.from)
	m.ToMailAddress(&mail.Address{Address: out.To})
	if c.back != nil {
		m.ReplyToMailAddress(&mail.Address{Name: c.from.Name, Address: c.back.For(out.Attempt)})
	}
	m.Subject(oneLine(out.Subject))
	m.SetDate()
	m.SetMessageIDWithValue(string(out.Attempt) + "@" + c.domain)
	if out.Thread != "" {
		// No mail has this id: it is the common parent that programs put a
		// conversation together by, even when its first mail got lost.
		root := "<" + threadID(out.Thread, out.To) + "@" + c.domain + ">"
		m.SetGenHeader(gomail.HeaderReferences, root)
		m.SetGenHeader(gomail.HeaderInReplyTo, root)
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated")      // RFC 3834: no holiday replies, please
	m.SetGenHeader("X-Auto-Response-Suppress", "All")       // the same for Exchange
	m.SetGenHeader("Content-Language", string(out.Lang))    // for screen readers, and for translation offers
	m.SetGenHeader("X-Muster-Message", string(out.Message)) // the same on a possible double
	class := "duty"
	if out.Urgent {
		class = "sos"
		m.SetImportance(gomail.ImportanceHigh)
	}
	// Large providers report complaints by these four: two of ours, the
	// channel, and the sender, which must stay the same.
	m.SetGenHeader("Feedback-ID", fmt.Sprintf("%s:%s:email:muster", class, out.Org))
	m.SetBodyString(gomail.TypeTextPlain, out.Text)
	if out.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, out.HTML)
	}
	if out.Files != nil {
		for _, name := range slices.Sorted(maps.Keys(*out.Files)) {
			if err := m.AttachReader(name, bytes.NewReader((*out.Files)[name])); err != nil {
				return nil, fmt.Errorf("email: attach %s to message %s: %w", name, out.Message, err)
			}
		}
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("email: build message %s: %w", out.Message, err)
	}
	if c.sign == nil {
		return b.Bytes(), nil
	}
	return c.sign(b.Bytes())
}

// threadID is one per conversation and reader, and tells a stranger nothing.
func threadID(thread, to string) string {
	sum := sha256.Sum256([]byte(thread + "\n" + strings.ToLower(to)))
	return "thread-" + hex.EncodeToString(sum[:12])
}

// oneLine keeps a subject a subject.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// mailbox checks an address and gives it in the form that the envelope needs:
// domain in ASCII, and whether the part before the @ needs SMTPUTF8.
func mailbox(to string) (address string, utf8 bool, err error) {
	bad := deliver.Refused("bad_address", "this is not a mail address", dead.Unknown)
	parsed, err := mail.ParseAddress(to)
	if err != nil || parsed.Name != "" || parsed.Address != to || len(to) > 254 ||
		strings.ContainsAny(to, "<> ") || hasControl(to) {
		return "", false, bad
	}
	at := strings.LastIndexByte(to, '@')
	domain, err := idna.Lookup.ToASCII(to[at+1:])
	if err != nil {
		return "", false, bad
	}
	local := to[:at]
	utf8 = strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII })
	return local + "@" + domain, utf8, nil
}
