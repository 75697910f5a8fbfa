package dc09

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// Event is what a frame reports, apart from how it is written.
type Event struct {
	Format  string // CID or SIA
	Account string
	Code    string // three digits in CID, two letters in SIA
	Restore bool   // it is over again; CID only, SIA has own codes for that
	Area    int    // CID group, SIA area
	Zone    int
	Text    string // what happened, in words; may be empty
	At      time.Time
	Lat     float64
	Lon     float64
	Placed  bool // Lat and Lon are known
}

// maxText is the standard's limit on what happened, in words.
const maxText = 256

// Events reads what a frame reports. A SIA frame may report several things
// that happened at once.
func (f Frame) Events() ([]Event, error) {
	account, rest, ok := strings.Cut(f.Data, "|")
	if !ok || !strings.HasPrefix(account, "#") {
		return nil, broken("the data have no account")
	}
	base := Event{Format: f.ID, Account: account[1:], Text: fromWire(f.Extras(Text)), At: f.At}
	if base.Account != f.Account {
		return nil, broken("the data are of another account than the frame")
	}
	if at, ok := moment(f.Extras(Occurred)); ok {
		base.At = at
	}
	base.Lat, base.Lon, base.Placed = f.place()
	switch f.ID {
	case CID:
		e, err := contactID(base, rest)
		return []Event{e}, err
	case SIA:
		return siaCodes(base, rest)
	}
	return nil, broken("%s reports nothing", f.ID)
}

// contactID reads "QEEE GG ZZZ".
func contactID(e Event, s string) (Event, error) {
	if len(s) != len("QEEE GG ZZZ") || s[4] != ' ' || s[7] != ' ' {
		return e, broken("this is not Contact ID")
	}
	switch s[0] {
	case '1', '6': // new, and still there
	case '3':
		e.Restore = true
	default:
		return e, broken("the qualifier is none")
	}
	e.Code = s[1:4]
	for _, n := range []struct {
		text string
		to   *int
	}{{s[5:7], &e.Area}, {s[8:], &e.Zone}} {
		if strings.Trim(n.text, "0123456789") != "" {
			return e, broken("a number is none")
		}
		*n.to, _ = strconv.Atoi(n.text)
	}
	if strings.Trim(e.Code, "0123456789BCDEF") != "" {
		return e, broken("the code is none")
	}
	return e, nil
}

// siaCodes reads "N", then modifiers and codes between slashes, each code
// with the text that may follow it: Nri1/PA001^Entrance^.
func siaCodes(base Event, s string) ([]Event, error) {
	rest, ok := strings.CutPrefix(s, "N")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "O"); !ok { // an old event, sent late
			return nil, broken("this is not SIA")
		}
	}
	var events []Event
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if text, after, found := strings.Cut(part, "^"); found {
			part = text
			if len(events) == 0 || part != "" {
				base.Text = fromWire(strings.TrimSuffix(after, "^"))
			}
		}
		if modifier, value := modified(part); modifier != "" {
			if modifier == "ri" {
				base.Area = value
			}
			continue
		}
		if len(part) < 2 || strings.Trim(part[:2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || strings.Trim(part[2:], "0123456789") != "" || len(part) > 8 {
			return nil, broken("a code is none")
		}
		e := base
		e.Code = part[:2]
		e.Zone, _ = strconv.Atoi(part[2:])
		events = append(events, e)
		if len(events) > maxEvents {
			return nil, broken("too much happened at once")
		}
	}
	if len(events) == 0 {
		return nil, broken("there is no code")
	}
	return events, nil
}

// maxEvents bounds what one frame may report.
const maxEvents = 16

// modified reads a modifier of SIA such as ri12 or ti10:30: two small letters
// and a value, a number where it is one.
func modified(part string) (name string, value int) {
	if len(part) < 2 || part[0] < 'a' || part[0] > 'z' || part[1] < 'a' || part[1] > 'z' {
		return "", 0
	}
	value, _ = strconv.Atoi(part[2:])
	return part[:2], value
}

// place reads the coordinates, in whichever form they are.
func (f Frame) place() (lat, lon float64, ok bool) {
	lat, ok = coordinate(f.Extras(Latitude), 'N', 'S', 90)
	if !ok {
		return 0, 0, false
	}
	lon, ok = coordinate(f.Extras(Longitude), 'E', 'W', 180)
	return lat, lon, ok
}

// coordinate reads degrees, hemisphere and minutes (52N22.2000), or decimal
// degrees (52.37).
func coordinate(s string, plus, minus byte, most float64) (float64, bool) {
	if s == "" || len(s) > maxCoordinate {
		return 0, false
	}
	at := strings.IndexAny(s, string([]byte{plus, minus}))
	if at < 0 {
		v, err := strconv.ParseFloat(s, 64)
		return v, err == nil && math.Abs(v) <= most
	}
	degrees, err := strconv.ParseUint(s[:at], 10, 8)
	minutes, err2 := strconv.ParseFloat(s[at+1:], 64)
	if err != nil || err2 != nil || !(minutes >= 0 && minutes < 60) {
		return 0, false
	}
	v := float64(degrees) + minutes/60
	if s[at] == minus {
		v = -v
	}
	return v, math.Abs(v) <= most
}

// maxCoordinate is the standard's.
const maxCoordinate = 12

// inMinutes writes a coordinate as degrees, hemisphere and minutes.
func inMinutes(v float64, width int, plus, minus byte) string {
	half := plus
	if v < 0 {
		half, v = minus, -v
	}
	tenths := int64(math.Round(v * 60 * 10_000)) // of a thousandth of a minute
	degrees, rest := tenths/600_000, tenths%600_000
	return fmt.Sprintf("%0*d%c%02d.%04d", width, degrees, half, rest/10_000, rest%10_000)
}

// clean makes of words what may stand in a frame: no character that has a
// meaning there, no control, in the character set of the standard
// (Windows-1252), at most max bytes.
func clean(words string, limit int) string {
	b := make([]byte, 0, min(len(words), limit))
	for _, r := range words {
		if len(b) == limit {
			break
		}
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case !ok || c < 0x20 || c == 0x7f:
			c = ' '
		case strings.IndexByte("[]|^/", c) >= 0:
			c = '-'
		}
		b = append(b, c)
	}
	return strings.TrimSpace(string(b))
}

// fromWire is the other way.
func fromWire(s string) string {
	var b strings.Builder
	for i := range min(len(s), maxText) {
		b.WriteRune(charmap.Windows1252.DecodeByte(s[i]))
	}
	return strings.TrimSpace(strings.ReplaceAll(b.String(), "\uFFFD", ""))
}
