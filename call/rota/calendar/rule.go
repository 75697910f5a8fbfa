// Package calendar hands rotas on to calendar programs: under an address with
// a secret in it, as iCalendar (RFC 5545).
//
// An address is made by a person, for a rota or for all of the person's own
// duties, and is good for as long as that person may see what it shows, or
// until it is closed. Only a hash of the secret is kept.
package calendar

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// event is one entry of a calendar.
type event struct {
	uid      string
	revision int64 // SEQUENCE: counts up with every change
	from, to time.Time
	summary  string
	note     string
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

// write makes the calendar. at is when what it says was true.
func write(name, lang string, at time.Time, events []event) []byte {
	var l lines
	l.add("BEGIN", "VCALENDAR")
	l.add("VERSION", "2.0")
	l.add("PRODID", "-//Muster//Rota//"+strings.ToUpper(lang))
	l.add("CALSCALE", "GREGORIAN")
	l.add("METHOD", "PUBLISH")
	l.add("NAME", text(name)) // RFC 7986
	l.add("X-WR-CALNAME", text(name))
	l.add("REFRESH-INTERVAL;VALUE=DURATION", refresh)
	l.add("X-PUBLISHED-TTL", refresh)
	for _, e := range events {
		l.add("BEGIN", "VEVENT")
		l.add("UID", text(e.uid))
		l.add("DTSTAMP", instant(at))
		l.add("SEQUENCE", strconv.FormatInt(e.revision, 10))
		l.add("DTSTART", instant(e.from))
		l.add("DTEND", instant(e.to))
		l.add("SUMMARY", text(e.summary))
		if e.note != "" {
			l.add("DESCRIPTION", text(e.note))
		}
		l.add("TRANSP", "TRANSPARENT") // to be on duty leaves time for other things
		l.add("END", "VEVENT")
	}
	l.add("END", "VCALENDAR")
	return []byte(l.String())
}
