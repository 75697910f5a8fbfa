package dc09

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"muster/fault"
)

// Code is what an event is called in the two formats. An empty one is not
// said in that format.
type Code struct {
	CID     string `json:"cid,omitempty"`     // three digits
	SIA     string `json:"sia,omitempty"`     // two letters
	Restore string `json:"restore,omitempty"` // two letters: SIA's code for its end; CID has a qualifier for that
}

// Dialect is what one centre wants to hear: codes by the name of Muster's
// event, and forms that the standard leaves open.
type Dialect struct {
	Codes   map[string]Code `json:"codes,omitempty"`
	Decimal bool            `json:"decimal,omitempty"` // coordinates as decimal degrees, not degrees and minutes
	Without string          `json:"without,omitempty"` // letters of extra data that it cannot bear
}

// standard is the table that a centre's own codes are laid over. "else" is
// for every kind of alarm that has no line of its own: help, in any case.
//
// Sources: SIA DC-05 and DC-03 code lists. 102 (fail to report in) has no
// counterpart in SIA.
func standard() map[string]Code {
	return map[string]Code{
		"help":            {CID: "120", SIA: "PA", Restore: "PH"},
		"duress":          {CID: "121", SIA: "HA", Restore: "HH"},
		"missed_check_in": {CID: "102", SIA: "QA", Restore: "QH"},
		"silence":         {CID: "350", SIA: "YC", Restore: "YK"},
		"high_risk":       {CID: "102", SIA: "QA", Restore: "QH"},
		"fall":            {CID: "100", SIA: "MA", Restore: "MH"},
		"no_motion":       {CID: "654", SIA: "NA", Restore: "NS"},
		"battery":         {CID: "302", SIA: "YT", Restore: "YR"},
		"contact_lost":    {CID: "350", SIA: "YC", Restore: "YK"},
		"cancelled":       {CID: "406", SIA: "OC"},
		"test":            {CID: "602", SIA: "RP"},
		"test_manual":     {CID: "601", SIA: "RX"},
		"else":            {CID: "120", SIA: "PA", Restore: "PH"},
	}
}

var (
	cidCode = regexp.MustCompile(`^[0-9B-F]{3}$`)
	siaCode = regexp.MustCompile(`^[A-Z]{2}$`)
	without = regexp.MustCompile(`^[HIVXY]{0,5}$`)
	link    = regexp.MustCompile(`^https?://[!-Z^-~]{1,240}$`) // the standard allows 256 characters, and no bracket
)

// maxCodes bounds a centre's own table.
const maxCodes = 100

// Check refuses a table with codes that no frame can carry.
func (d Dialect) Check() error {
	if len(d.Codes) > maxCodes {
		return fault.New(fault.Invalid, "dc09_codes").At("codes").With("Name", strconv.Itoa(len(d.Codes)))
	}
	if !without.MatchString(d.Without) {
		return fault.New(fault.Invalid, "dc09_without").At("without")
	}
	for name, c := range d.Codes {
		good := (c.CID == "" || cidCode.MatchString(c.CID)) && (c.SIA == "" || siaCode.MatchString(c.SIA)) &&
			(c.Restore == "" || siaCode.MatchString(c.Restore)) && (c.CID != "" || c.SIA != "")
		if !good || name == "" || len(name) > 40 {
			return fault.New(fault.Invalid, "dc09_codes").At("codes").With("Name", name)
		}
	}
	return nil
}

// code is what the centre calls an event.
func (d Dialect) code(name string) Code {
	all := standard()
	maps.Copy(all, d.Codes)
	if c, ok := all[name]; ok {
		return c
	}
	return all["else"]
}

// occurrence is one thing to hand over.
type occurrence struct {
	Kind   string // name of the event in the dialect's table
	Over   bool   // it has ended
	Zone   int    // 0 to 999
	Text   string // in words
	Link   string // where there is more to see; left out where empty or too long
	At     time.Time
	Lat    float64
	Lon    float64
	Placed bool
}

// say writes an occurrence in one of the formats. ok is false when the centre
// has no code for it in this format.
func (d Dialect) say(o occurrence, format, account string) (f Frame, ok bool) {
	c := d.code(o.Kind)
	f = Frame{ID: format, Account: account}
	zone := min(max(o.Zone, 0), 999)
	switch format {
	case CID:
		qualifier := 1
		if o.Over {
			qualifier = 3
		}
		f.Data = fmt.Sprintf("#%s|%d%s 00 %03d", account, qualifier, c.CID, zone)
		ok = c.CID != ""
	case SIA:
		code := c.SIA
		if o.Over {
			code = c.Restore
		}
		f.Data = fmt.Sprintf("#%s|Nri0/%s%03d", account, code, zone)
		ok = code != ""
	}
	add := func(letter byte, value string) {
		if value != "" && strings.IndexByte(d.Without, letter) < 0 {
			f.Extra = append(f.Extra, Extra{letter, value})
		}
	}
	if !o.At.IsZero() {
		add(Occurred, o.At.UTC().Format(stamp))
	}
	add(Text, clean(o.Text, maxText))
	if link.MatchString(o.Link) {
		add(Verify, o.Link)
	}
	if o.Placed {
		if d.Decimal {
			add(Longitude, strconv.FormatFloat(o.Lon, 'f', 5, 64))
			add(Latitude, strconv.FormatFloat(o.Lat, 'f', 5, 64))
		} else {
			add(Longitude, inMinutes(o.Lon, 3, 'E', 'W'))
			add(Latitude, inMinutes(o.Lat, 2, 'N', 'S'))
		}
	}
	return f, ok
}
