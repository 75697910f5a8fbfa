// Package report reads what the location apps that people have already send:
// OwnTracks, Traccar Client, GPSLogger, Overland, and the query form of OsmAnd
// that many others speak. It is pure: bytes in, positions and deliberate acts
// out, in one unit of measure.
//
// What a sender does not say stays unknown, and what says nothing about a
// position (regions, settings, steps) is read and left alone: an app takes any
// other answer for a reason to send the same again.
package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"muster/call/word"
	"muster/fault"
)

// Fix is one report of a device.
type Fix struct {
	Placed   bool // it says where; else Lat and Lon are zero
	Lat, Lon float64
	At       time.Time // by the device's clock; zero when it does not say
	Accuracy int       // metres, 0 when not known
	Battery  int       // percent, -1 when not known
	Mock     bool      // the device itself says that the position is made up
	Said     word.Verb // a deliberate act of the person who carries it: word.OK, word.Help or none
	Note     string
}

// Most is how many reports one request may carry: what a phone keeps in a
// night without a network.
const Most = 2000

// fresh is a report that says nothing yet.
func fresh() Fix { return Fix{Battery: -1} }

// place takes in a position; one that cannot be leaves the report without.
// Nobody works at zero degrees of both: it is what apps send that know none.
func (f *Fix) place(lat, lon float64) {
	if lat != lat || lon != lon || math.Abs(lat) > 90 || math.Abs(lon) > 180 || lat == 0 && lon == 0 {
		return
	}
	f.Lat, f.Lon, f.Placed = lat, lon, true
}

// accuracy takes in a radius in metres; apps say -1 for not known.
func (f *Fix) accuracy(m float64) {
	if m > 0 && m <= 1_000_000 {
		f.Accuracy = max(1, int(math.Round(m)))
	}
}

// percent takes in a battery from 0 to 100.
func (f *Fix) percent(p float64) {
	if p >= 0 && p <= 100 {
		f.Battery = int(math.Round(p))
	}
}

// share takes in a battery from 0 to 1, of which apps say -1 for not known.
func (f *Fix) share(p float64) {
	if p <= 1 {
		f.percent(p * 100)
	}
}

// note takes in what the person wrote; a single word may be an act.
func (f *Fix) note(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote], "")
	}
	if f.Note == "" {
		f.Note = text
	}
	switch v, _ := word.Of(text); v {
	case word.Help:
		f.Said = word.Help
	case word.OK:
		f.ok()
	}
}

const maxNote = 200

// ok is a deliberate sign of life; a call for help outweighs it.
func (f *Fix) ok() {
	if f.Said != word.Help {
		f.Said = word.OK
	}
}

// alarm takes in a tracker's alarm. Those that a person raises, or a fall,
// call for help; those about the tracker (overspeed, low battery) do not.
func (f *Fix) alarm(kind string) {
	for one := range strings.SplitSeq(kind, ",") {
		switch word.Fold(one) {
		case "sos", "panic", "help", "falldown", "fall", "mandown", "emergency", "true", "1":
			f.Said = word.Help
		}
	}
}

// since1970 reads an instant from a number of seconds, milliseconds or
// microseconds. Which it is can be told by its size for the years 1973 to 5138.
func since1970(n float64) time.Time {
	switch {
	case !(n > 0) || n > 1e17:
		return time.Time{}
	case n >= 1e14:
		return time.UnixMicro(int64(n)).UTC()
	case n >= 1e11:
		return time.UnixMicro(int64(math.Round(n * 1e3))).UTC()
	}
	return time.UnixMicro(int64(math.Round(n * 1e6))).UTC()
}

// layouts are how apps write instants; those without a zone mean UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04Z07:00", "2006/01/02 15:04:05",
}

// instant reads an instant as text, zero when it cannot be read.
func instant(text string) time.Time {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return since1970(n)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1970 && t.Year() < 3000 {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// loose is a value that apps send as a number, a text or a list of texts.
type loose struct {
	number float64
	text   string
	given  bool
}

// UnmarshalJSON implements json.Unmarshaler. It takes what it can and never
// fails: one odd member must not cost the position beside it.
func (l *loose) UnmarshalJSON(b []byte) error {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return nil
	}
	switch v := v.(type) {
	case float64:
		l.number, l.given, l.text = v, true, strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		l.text, l.number, l.given = v, n, err == nil && !math.IsNaN(n)
	case bool:
		l.text = strconv.FormatBool(v)
	}
	return nil
}

// at is the value as an instant.
func (l loose) at() time.Time {
	if l.given {
		return since1970(l.number)
	}
	return instant(l.text)
}

func (l loose) yes() bool { return l.text == "true" || l.text == "1" }

// objects reads one JSON object or a list of them.
func objects[T any](body []byte) ([]T, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil // apps try a connection with nothing at all
	}
	var all []T
	if body[0] != '[' {
		all = make([]T, 1)
		if json.Unmarshal(body, &all[0]) != nil {
			return nil, unreadable()
		}
		return all, nil
	}
	if json.Unmarshal(body, &all) != nil || len(all) > Most {
		return nil, unreadable()
	}
	return all, nil
}

func unreadable() error { return fault.New(fault.Invalid, "device_report") }
