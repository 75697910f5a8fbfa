// Package bounce reads what mail systems say about a mail that they took: the
// status codes of RFC 3463 and the delivery reports of RFC 3464. It goes by
// structure alone. Words in a body are for people: what a system means by them
// would be guessed, and a wrong guess would tell that a message arrived, or
// that an address is dead.
package bounce

import (
	"bufio"
	"bytes"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"muster/deliver"
	"muster/deliver/email/part"
)

// Report is what one mail about one of ours says. A mail that has one
// recipient gets several when the address stands for many.
type Report struct {
	Envelope   string // the envelope id that we gave, empty if none came back
	Recipients []Recipient
}

// Recipient is how the mail fared with one recipient.
type Recipient struct {
	Action Action
	Status Status
	Detail string // the reporting system's words
}

// Action is what became of the mail (RFC 3464 §2.3.3).
type Action string

// The actions.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
	Relayed   Action = "relayed"  // passed on to a system that does not report
	Expanded  Action = "expanded" // delivered to a list or an alias, which passed it on
)

// Limits of one report; the address of a large list may say much.
const (
	maxRecipients = 100
	maxDetail     = 500
)

// Read finds the report in a mail; ok is false if there is none.
func Read(m *part.Part) (r Report, ok bool) {
	if p, ok := m.Find("message/delivery-status", "message/global-delivery-status"); ok && m.Type == "multipart/report" {
		return fields(p.Body)
	}
	if r, ok := qmail(m); ok {
		return r, true
	}
	return exim(m)
}

// fields reads a delivery status: groups of fields, the first about the mail,
// each further one about a recipient (RFC 3464 §2.1).
func fields(body []byte) (Report, bool) {
	groups := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(bytes.TrimSpace(body), "\r\n\r\n"...))))
	about, err := groups.ReadMIMEHeader()
	if err != nil {
		return Report{}, false
	}
	r := Report{Envelope: strings.TrimSpace(about.Get("Original-Envelope-Id"))}
	for len(r.Recipients) < maxRecipients {
		one, err := groups.ReadMIMEHeader()
		if one.Get("Action") != "" {
			if said, ok := recipient(one, typed(about.Get("Reporting-MTA"))); ok {
				r.Recipients = append(r.Recipients, said)
			}
		}
		if err != nil {
			break
		}
	}
	return r, len(r.Recipients) > 0
}

func recipient(f textproto.MIMEHeader, reporter string) (Recipient, bool) {
	// A comment may stand behind either (RFC 822 §3.4.3).
	action, _, _ := strings.Cut(strings.ToLower(f.Get("Action")), "(")
	one := Recipient{Action: Action(strings.TrimSpace(action))}
	if !slices.Contains([]Action{Failed, Delayed, Delivered, Relayed, Expanded}, one.Action) {
		return one, false
	}
	var ok bool
	if one.Status, ok = ParseStatus(f.Get("Status")); !ok {
		one.Status = unknown[one.Action]
	}
	// Some say 5.0.0 where the reply they quote has more.
	diagnostic := typed(f.Get("Diagnostic-Code"))
	if one.Status.Subject == 0 && one.Status.Detail == 0 {
		if _, rest, ok := strings.Cut(diagnostic, " "); ok {
			if s, ok := ParseStatus(rest); ok && s.Class == one.Status.Class {
				one.Status = s
			}
		}
	}
	at := typed(f.Get("Remote-MTA"))
	if at == "" {
		at = reporter
	}
	detail := []string{string(one.Action)}
	if diagnostic != "" {
		detail = append(detail, diagnostic)
	}
	if at != "" {
		detail = append(detail, "("+at+")")
	}
	if until := f.Get("Will-Retry-Until"); until != "" && one.Action == Delayed {
		detail = append(detail, "until "+until)
	}
	one.Detail = clip(strings.Join(detail, " "))
	return one, true
}

// unknown is the status of an action that comes without one that can be read.
var unknown = map[Action]Status{Failed: {5, 0, 0}, Delayed: {4, 0, 0}, Delivered: {2, 0, 0}, Relayed: {2, 0, 0}, Expanded: {2, 0, 0}}

// typed drops the type in front of a value: "smtp; 550 …", "dns; mx.example".
func typed(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " \t") {
		value = rest
	}
	return strings.TrimSpace(value)
}

func clip(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail]
	}
	return strings.ToValidUTF8(s, "")
}

var (
	qmailSays = "Hi. This is the "
	qmailOne  = regexp.MustCompile(`(?m)^<[^<>\s]+@[^<>\s]+>:\n((?:.+\n?)+)`)
)

// qmail reads the bounce message format of qmail (QSBMF): a fixed first line,
// then a paragraph for each recipient that begins with the address, then the
// mail itself behind a line. Every recipient named there has failed for good.
func qmail(m *part.Part) (r Report, ok bool) {
	if m.Type != "text/plain" {
		return r, false
	}
	text := strings.ReplaceAll(m.Text(), "\r\n", "\n")
	text, _, own := strings.Cut(text, "\n--- ")
	if !own || !strings.HasPrefix(text, qmailSays) {
		return r, false
	}
	for _, said := range qmailOne.FindAllStringSubmatch(text, maxRecipients) {
		words := strings.Join(strings.Fields(said[1]), " ")
		one := Recipient{Failed, unknown[Failed], clip(words)}
		if i := strings.LastIndex(words, "(#"); i >= 0 { // its own form of an enhanced code: (#5.1.1)
			if s, ok := ParseStatus(strings.TrimRight(words[i+2:], ")")); ok {
				one.Status = s
			}
		}
		r.Recipients = append(r.Recipients, one)
	}
	return r, len(r.Recipients) > 0
}

// exim reads the header by which old Exims say who did not get a mail.
func exim(m *part.Part) (r Report, ok bool) {
	for _, list := range m.Header.Values("X-Failed-Recipients") {
		for address := range strings.SplitSeq(list, ",") {
			if address = strings.TrimSpace(address); address != "" && len(r.Recipients) < maxRecipients {
				r.Recipients = append(r.Recipients, Recipient{Failed, unknown[Failed], "failed"})
			}
		}
	}
	return r, len(r.Recipients) > 0
}

// Verdict is what the report means for the mail, which had one recipient. An
// address that stands for many has worked as soon as one of them was reached:
// somebody has the message. Code says why it failed, and is one that Dead
// knows only if all of them are dead. Delayed is no new state: the system that
// said so will go on trying.
func (r Report) Verdict() (state deliver.State, code, detail string) {
	best := slices.MaxFunc(r.Recipients, func(a, b Recipient) int { return worth[a.Action] - worth[b.Action] })
	for _, one := range r.Recipients {
		if best.Action == Failed && best.Status.Dead() && !one.Status.Dead() {
			best = one
		}
	}
	switch best.Action {
	case Failed:
		return deliver.Failed, best.Status.String(), best.Detail
	case Delivered:
		return deliver.Delivered, "", best.Detail
	case Relayed, Expanded:
		return deliver.Relayed, "", best.Detail
	}
	return deliver.HandedOver, best.Status.String(), best.Detail
}

// worth orders actions by how much good they say.
var worth = map[Action]int{Failed: 0, Delayed: 1, Expanded: 2, Relayed: 2, Delivered: 3}
