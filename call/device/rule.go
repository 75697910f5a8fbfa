package device

import (
	"crypto/rand"
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/call/device/report"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/roster/address"
)

// App is what a device runs, which decides how its reports are read.
type App string

// The apps. Other is whatever speaks OsmAnd's query form.
const (
	OwnTracks App = "owntracks"
	Traccar   App = "traccar"
	GPSLogger App = "gpslogger"
	Overland  App = "overland"
	Other     App = "osmand"
)

// Apps lists them in the order in which forms offer them.
func Apps() []App { return []App{OwnTracks, Traccar, GPSLogger, Overland, Other} }

// shown is the app's own name, which stands beside its positions.
var shown = map[App]string{
	OwnTracks: "OwnTracks", Traccar: "Traccar Client", GPSLogger: "GPSLogger", Overland: "Overland", Other: "OsmAnd",
}

// Name is what the app's makers call it.
func (a App) Name() string { return shown[a] }

// Device is one connection of a worker's phone or tracker.
type Device struct {
	ID      id.Device
	Person  id.Person
	App     App
	Name    string
	CheckIn bool // a deliberate report counts as a sign of life
	Created time.Time
	Revoked time.Time // zero while connected
	Heard   time.Time // to half a minute; zero: never
	Battery int       // percent when last heard, -1 when not known
}

// Spec is what a device is connected with.
type Spec struct {
	App     App
	Name    string // empty: the app's
	CheckIn bool
}

// Bounds.
const (
	most     = 10 // devices a person
	maxName  = 80 // characters
	prefix   = "mdv_"
	secret   = 26 // characters of base32: 128 bits and more
	notedGap = 30 * time.Second
)

func (s Spec) settled() (Spec, error) {
	if !slices.Contains(Apps(), s.App) {
		return s, fault.New(fault.Invalid, "device_app_unknown").At("app")
	}
	s.Name = address.Line(s.Name)
	if s.Name == "" {
		s.Name = s.App.Name()
	}
	if utf8.RuneCountInString(s.Name) > maxName {
		return s, fault.New(fault.Invalid, "device_name").At("name").With("Max", maxName)
	}
	return s, nil
}

// newToken makes what a device proves itself with, and what is kept of it.
// It is long enough that nobody guesses one, and short enough to be typed.
func newToken() (token string, hash []byte) {
	token = prefix + strings.ToLower(rand.Text())
	return token, hashed(token)
}

func hashed(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// readToken forgives what typing on a telephone does to a token.
func readToken(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if !strings.HasPrefix(s, prefix) || len(s) != len(prefix)+secret {
		return "", refused()
	}
	return s, nil
}

func refused() error { return fault.New(fault.Unauthenticated, "device_refused") }

// read takes a request's reports apart: positions as a shift keeps them, oldest
// first; deliberate acts; and the battery that was told last.
func read(app App, all []report.Fix, now time.Time) (places []shift.Place, acts []report.Fix, battery int) {
	all = slices.Clone(all)
	for i := range all {
		// A clock that runs fast gains nothing, and loses no position.
		if all[i].At.IsZero() || all[i].At.After(now) {
			all[i].At = now
		}
	}
	slices.SortStableFunc(all, func(a, b report.Fix) int { return a.At.Compare(b.At) })
	battery = -1
	for _, f := range all {
		if f.Battery >= 0 {
			battery = f.Battery
		}
		if f.Placed {
			places = append(places, placeOf(app, f))
		}
		if f.Said != "" {
			acts = append(acts, f)
		}
	}
	return places, acts, battery
}

func placeOf(app App, f report.Fix) shift.Place {
	p := shift.Place{Source: app.Name()}
	if f.Mock {
		p.Source += " (mock)"
	}
	p.Lat, p.Lon, p.At, p.Accuracy, p.Battery = f.Lat, f.Lon, f.At, f.Accuracy, f.Battery
	return p
}

// form is how an app's reports are read: what came in the address, and the
// body when there is one.
func form(app App, query url.Values, body []byte) ([]report.Fix, error) {
	switch app {
	case OwnTracks:
		return report.OwnTracks(body)
	case Overland:
		return report.Overland(body)
	case Traccar:
		if len(body) > 0 {
			return report.Traccar(body)
		}
	}
	return report.Query(query)
}
