package report

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"muster/fault"
)

// OwnTracks reads a publish of OwnTracks in its HTTP mode (OwnTracks booklet,
// "JSON"). Only locations say something; a report that the person sends by
// hand (t=u) is a deliberate sign of life.
func OwnTracks(body []byte) ([]Fix, error) {
	type message struct {
		Type  string `json:"_type"`
		Lat   *loose `json:"lat"`
		Lon   *loose `json:"lon"`
		Tst   loose  `json:"tst"`
		Acc   loose  `json:"acc"`
		Batt  loose  `json:"batt"`
		By    loose  `json:"t"`
		Place loose  `json:"poi"`
	}
	all, err := objects[message](body)
	if err != nil {
		return nil, err
	}
	var out []Fix
	for _, m := range all {
		switch m.Type {
		case "location":
		case "encrypted":
			return nil, fault.New(fault.Invalid, "device_encrypted")
		default:
			continue // transition, waypoint, lwt, status, card, cmd, …
		}
		f := fresh()
		f.At = m.Tst.at()
		if m.Lat != nil && m.Lon != nil && m.Lat.given && m.Lon.given {
			f.place(m.Lat.number, m.Lon.number)
		}
		if m.Acc.given {
			f.accuracy(m.Acc.number)
		}
		if m.Batt.given {
			f.percent(m.Batt.number)
		}
		if m.By.text == "u" {
			f.ok()
		}
		f.note(m.Place.text)
		out = append(out, f)
	}
	return out, nil
}

// traccarLocation is a location as Traccar Client's library makes it.
type traccarLocation struct {
	Timestamp loose `json:"timestamp"`
	Coords    *struct {
		Latitude  loose `json:"latitude"`
		Longitude loose `json:"longitude"`
		Accuracy  loose `json:"accuracy"`
	} `json:"coords"`
	Battery struct {
		Level loose `json:"level"`
	} `json:"battery"`
	Mock   loose `json:"mock"`
	Alarm  loose `json:"alarm"`
	Extras struct {
		Alarm   loose `json:"alarm"`
		CheckIn loose `json:"checkin"`
	} `json:"extras"`
}

func (l traccarLocation) fix() Fix {
	f := fresh()
	f.At, f.Mock = l.Timestamp.at(), l.Mock.yes()
	if c := l.Coords; c != nil {
		if c.Latitude.given && c.Longitude.given {
			f.place(c.Latitude.number, c.Longitude.number)
		}
		if c.Accuracy.given {
			f.accuracy(c.Accuracy.number)
		}
	}
	if l.Battery.Level.given {
		f.share(l.Battery.Level.number)
	}
	if l.Extras.CheckIn.yes() {
		f.ok()
	}
	f.alarm(l.Alarm.text)
	f.alarm(l.Extras.Alarm.text)
	return f
}

// Traccar reads what Traccar Client 9 and later posts: one location, or a list
// of them where it sends in batches. Its action "Send SOS" calls for help.
func Traccar(body []byte) ([]Fix, error) {
	type message struct {
		Location json.RawMessage `json:"location"`
	}
	all, err := objects[message](body)
	if err != nil {
		return nil, err
	}
	var out []Fix
	for _, m := range all {
		locations, err := objects[traccarLocation](m.Location)
		if err != nil {
			return nil, err
		}
		for _, l := range locations {
			out = append(out, l.fix())
		}
	}
	if len(out) > Most {
		return nil, unreadable()
	}
	return out, nil
}

// Overland reads a batch of Overland for iOS: GeoJSON features.
func Overland(body []byte) ([]Fix, error) {
	type feature struct {
		Geometry *struct {
			Coordinates []loose `json:"coordinates"`
		} `json:"geometry"`
		Properties struct {
			Timestamp loose `json:"timestamp"`
			Accuracy  loose `json:"horizontal_accuracy"`
			Battery   loose `json:"battery_level"`
		} `json:"properties"`
	}
	type batch struct {
		Locations []feature `json:"locations"`
	}
	all, err := objects[batch](body)
	if err != nil {
		return nil, err
	}
	var out []Fix
	for _, b := range all {
		for _, l := range b.Locations {
			f := fresh()
			f.At = l.Properties.Timestamp.at()
			if g := l.Geometry; g != nil && len(g.Coordinates) >= 2 && g.Coordinates[0].given && g.Coordinates[1].given {
				f.place(g.Coordinates[1].number, g.Coordinates[0].number) // GeoJSON says east first
			}
			if l.Properties.Accuracy.given {
				f.accuracy(l.Properties.Accuracy.number)
			}
			if l.Properties.Battery.given {
				f.share(l.Properties.Battery.number)
			}
			out = append(out, f)
		}
	}
	if len(out) > Most {
		return nil, unreadable()
	}
	return out, nil
}

// Query reads the parameters of OsmAnd's protocol, under the names that its
// many speakers use: OsmAnd itself, GPSLogger by the address that we tell it,
// Traccar Client before version 9, scripts and buttons. checkin=1 is a
// deliberate sign of life, alarm=sos a call for help. A query that says neither
// where nor what has no report in it.
func Query(q url.Values) ([]Fix, error) {
	first := func(names ...string) string {
		for _, n := range names {
			if v := strings.TrimSpace(q.Get(n)); v != "" {
				return v
			}
		}
		return ""
	}
	number := func(names ...string) (float64, bool) {
		n, err := strconv.ParseFloat(first(names...), 64)
		return n, err == nil && n == n
	}
	f := fresh()
	f.At = instant(first("timestamp", "time", "tst"))
	f.Mock = first("mock") == "true" || first("mock") == "1"
	lat, ok1 := number("lat", "latitude")
	lon, ok2 := number("lon", "lng", "longitude")
	if both := first("location"); both != "" && !(ok1 && ok2) {
		a, b, _ := strings.Cut(both, ",")
		var err1, err2 error
		lat, err1 = strconv.ParseFloat(strings.TrimSpace(a), 64)
		lon, err2 = strconv.ParseFloat(strings.TrimSpace(b), 64)
		ok1, ok2 = err1 == nil, err2 == nil
	}
	if ok1 && ok2 && first("valid") != "false" {
		f.place(lat, lon)
	}
	if m, ok := number("accuracy", "acc"); ok {
		f.accuracy(m)
	}
	if p, ok := number("batt", "battery", "bat"); ok {
		f.percent(p)
	}
	if said := first("checkin"); said == "1" || said == "true" {
		f.ok()
	}
	f.alarm(first("alarm"))
	f.note(first("desc", "annotation", "note"))
	if !f.Placed && f.Said == "" {
		return nil, nil
	}
	return []Fix{f}, nil
}
