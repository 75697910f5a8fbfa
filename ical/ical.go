// Package ical writes calendars as calendar programs read them (RFC 5545).
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event is one entry of a calendar.
type Event struct {
	UID       string    // the same for as long as it is about the same thing
	Revision  int64     // SEQUENCE: counts up with every change
	Changed   time.Time // of what it says; zero: when the calendar was read
	From, To  time.Time
	Summary   string
	Note      string
	Link      string // where there is more; empty: nowhere
	Cancelled bool   // it does not take place
}

// Calendar is what stands at one address.
type Calendar struct {
	Name     string
	Of       string // what kind it is, in one English word
	Language string
	At       time.Time // when what it says was true
	Events   []Event
}

// lines gathers content lines, folded as RFC 5545, 3.1, wants them: at most 75
// octets each, and no character cut in two.
type lines struct{ strings.Builder }

const lineOctets = 75

func (l *lines) add(name, value string) {
	rest := name + ":" + value
	for limit := lineOctets; len(rest) > limit; limit = lineOctets - 1 {
		cut := limit
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		l.WriteString(rest[:cut] + "\r\n ")
		rest = rest[cut:]
	}
	l.WriteString(rest + "\r\n")
}

// text writes a value of type TEXT (RFC 5545, 3.3.11).
func text(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// instant writes a DATE-TIME in UTC, which needs no description of a zone.
func instant(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// refresh is how often programs are asked to look again.
const refresh = "PT1H"

// Bytes is the calendar as it is sent.
func (c Calendar) Bytes() []byte {
	var l lines
	l.add("BEGIN", "VCALENDAR")
	l.add("VERSION", "2.0")
	l.add("PRODID", "-//Muster//"+c.Of+"//"+strings.ToUpper(c.Language))
	l.add("CALSCALE", "GREGORIAN")
	l.add("METHOD", "PUBLISH")
	l.add("NAME", text(c.Name)) // RFC 7986
	l.add("X-WR-CALNAME", text(c.Name))
	l.add("REFRESH-INTERVAL;VALUE=DURATION", refresh)
	l.add("X-PUBLISHED-TTL", refresh)
	for _, e := range c.Events {
		l.event(e, c.At)
	}
	l.add("END", "VCALENDAR")
	return []byte(l.String())
}

func (l *lines) event(e Event, at time.Time) {
	stamp := e.Changed
	if stamp.IsZero() {
		stamp = at
	}
	l.add("BEGIN", "VEVENT")
	l.add("UID", text(e.UID))
	l.add("DTSTAMP", instant(stamp))
	if !e.Changed.IsZero() {
		l.add("LAST-MODIFIED", instant(e.Changed))
	}
	l.add("SEQUENCE", strconv.FormatInt(e.Revision, 10))
	l.add("DTSTART", instant(e.From))
	l.add("DTEND", instant(e.To))
	l.add("SUMMARY", text(e.Summary))
	if e.Note != "" {
		l.add("DESCRIPTION", text(e.Note))
	}
	if e.Link != "" {
		l.add("URL", e.Link)
	}
	if e.Cancelled {
		l.add("STATUS", "CANCELLED")
	} else {
		l.add("STATUS", "CONFIRMED")
	}
	l.add("TRANSP", "TRANSPARENT") // it leaves time for other things
	l.add("END", "VEVENT")
}
