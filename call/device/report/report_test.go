package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/call/word"
	"muster/fault"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func at(lat, lon float64, when string, acc, batt int) Fix {
	return Fix{Placed: true, Lat: lat, Lon: lon, At: utc(when), Accuracy: acc, Battery: batt}
}

// The samples are what each app sends, member by member, as its makers
// describe it.
func TestSamplesOfEachApp(t *testing.T) {
	owntracks := func(s string) ([]Fix, error) { return OwnTracks([]byte(s)) }
	traccar := func(s string) ([]Fix, error) { return Traccar([]byte(s)) }
	overland := func(s string) ([]Fix, error) { return Overland([]byte(s)) }
	query := func(s string) ([]Fix, error) {
		q, err := url.ParseQuery(s)
		if err != nil {
			return nil, err
		}
		return Query(q)
	}
	said := func(f Fix, v word.Verb, note string) Fix { f.Said, f.Note = v, note; return f }
	mock := func(f Fix) Fix { f.Mock = true; return f }
	for _, c := range []struct {
		name string
		read func(string) ([]Fix, error)
		body string
		want []Fix
	}{
		{
			"OwnTracks on Android", owntracks,
			`{"_type":"location","_id":"4f2a","BSSID":"aa:bb","SSID":"Depot","acc":13,"alt":41,"batt":67,"bs":1,"cog":210,"conn":"w","created_at":1795348805,"inregions":["Depot"],"lat":60.16952,"lon":24.93545,"m":1,"t":"p","tid":"ai","topic":"owntracks/aino/phone","tst":1795348800,"vac":3,"vel":14}`,
			[]Fix{at(60.16952, 24.93545, "2026-11-22T12:00:00Z", 13, 67)},
		},
		{
			"OwnTracks on iOS by hand", owntracks,
			`{"_type":"location","t":"u","lat":60.1,"lon":24.9,"acc":5,"batt":-1,"tst":1795348800,"poi":"ok","tag":"help"}`,
			[]Fix{said(at(60.1, 24.9, "2026-11-22T12:00:00Z", 5, -1), word.OK, "ok")},
		},
		{"OwnTracks without a position", owntracks, `{"_type":"location","tst":1795348800,"t":"u"}`, []Fix{{At: utc("2026-11-22T12:00:00Z"), Battery: -1, Said: word.OK}}},
		{"OwnTracks transition", owntracks, `{"_type":"transition","event":"leave","desc":"Depot","lat":1,"lon":2,"tst":1,"wtst":1}`, nil},
		{"OwnTracks last will", owntracks, `{"_type":"lwt","tst":1795348800}`, nil},
		{"OwnTracks waypoints", owntracks, `{"_type":"waypoints","waypoints":[{"_type":"waypoint","desc":"a","lat":1,"lon":2,"rad":50,"tst":1}]}`, nil},
		{"OwnTracks status", owntracks, `{"_type":"status","android":{"ps":0}}`, nil},
		{"OwnTracks with nothing", owntracks, ` `, nil},
		{
			"Traccar Client 9", traccar,
			`{"location":{"timestamp":"2026-11-22T12:00:00.123Z","coords":{"latitude":60.2,"longitude":24.7,"accuracy":4.6,"speed":1.2,"heading":90,"altitude":8},"is_moving":true,"odometer":123,"event":"motionchange","battery":{"level":0.83,"is_charging":false},"activity":{"type":"walking"},"extras":{},"_":"&id=1&lat=60.2&lon=24.7&"},"device_id":"mdv_x"}`,
			[]Fix{at(60.2, 24.7, "2026-11-22T12:00:00.123Z", 5, 83)},
		},
		{
			"Traccar Client, Send SOS", traccar,
			`{"location":{"timestamp":"2026-11-22T12:00:00.000Z","coords":{"latitude":60.2,"longitude":24.7,"accuracy":-1},"battery":{"level":-1},"alarm":"sos"},"device_id":"1"}`,
			[]Fix{said(at(60.2, 24.7, "2026-11-22T12:00:00Z", 0, -1), word.Help, "")},
		},
		{
			"Traccar Client, SOS in extras and no position", traccar, `{"location":{"timestamp":"2026-11-22T12:00:00Z","extras":{"alarm":"sos"}},"device_id":1}`,
			[]Fix{{At: utc("2026-11-22T12:00:00Z"), Battery: -1, Said: word.Help}},
		},
		{
			"Traccar Client, a batch, one of it mocked", traccar,
			`{"location":[{"timestamp":"2026-11-22T12:00:00Z","coords":{"latitude":1,"longitude":2}},{"timestamp":"2026-11-22T12:00:05Z","coords":{"latitude":1,"longitude":3},"mock":true}]}`,
			[]Fix{at(1, 2, "2026-11-22T12:00:00Z", 0, -1), mock(at(1, 3, "2026-11-22T12:00:05Z", 0, -1))},
		},
		{
			"Overland", overland,
			`{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.030581,37.3318]},"properties":{"timestamp":"2026-11-22T04:00:00-0800","altitude":0,"speed":4,"horizontal_accuracy":30,"vertical_accuracy":-1,"motion":["driving"],"battery_state":"charging","battery_level":0.8,"wifi":"","device_id":"dev_1"}},{"type":"Feature","geometry":null,"properties":{"timestamp":"2026-11-22T12:01:00Z","battery_level":-1}}],"current":{},"trip":{}}`,
			[]Fix{at(37.3318, -122.030581, "2026-11-22T12:00:00Z", 30, 80), {At: utc("2026-11-22T12:01:00Z"), Battery: -1}},
		},
		{"OsmAnd", query, `id=mdv_x&lat=60.5&lon=25&timestamp=1795348800123&hdop=4.0&altitude=10&speed=5.5&bearing=20`, []Fix{at(60.5, 25, "2026-11-22T12:00:00.123Z", 0, -1)}},
		{
			"Traccar Client 8", query, `id=1&timestamp=1795348800&lat=60.5&lon=25&speed=2.7&bearing=0.0&altitude=0.0&accuracy=12.5&batt=87.0&charge=true&alarm=sos`,
			[]Fix{said(at(60.5, 25, "2026-11-22T12:00:00Z", 13, 87), word.Help, "")},
		},
		{"one parameter for both", query, `location=60.5,25&timestamp=2026-11-22+12:00:00&valid=true`, []Fix{at(60.5, 25, "2026-11-22T12:00:00Z", 0, -1)}},
		{"GPSLogger with a note", query, `lat=60.5&lon=25&timestamp=1795348800&acc=7.0&batt=55.0&desc=OK`, []Fix{said(at(60.5, 25, "2026-11-22T12:00:00Z", 7, 55), word.OK, "OK")}},
		{"GPSLogger with a cry", query, `lat=60.5&lon=25&timestamp=1795348800&acc=7.0&batt=55.0&desc=apua`, []Fix{said(at(60.5, 25, "2026-11-22T12:00:00Z", 7, 55), word.Help, "apua")}},
		{"GPSLogger with a sentence", query, `lat=60.5&lon=25&timestamp=1795348800&desc=At+the+gate`, []Fix{said(at(60.5, 25, "2026-11-22T12:00:00Z", 0, -1), "", "At the gate")}},
		{"a button without a position", query, `checkin=1&timestamp=1795348800`, []Fix{{At: utc("2026-11-22T12:00:00Z"), Battery: -1, Said: word.OK}}},
		{"a page fetched ahead", query, `id=mdv_x&accuracy=high&interval=60`, nil},
		{"the address as it is set up", query, `id=mdv_x&lat={0}&lon={1}&timestamp={2}`, nil},
		{"alarms of the tracker itself", query, `lat=1&lon=2&timestamp=1795348800&alarm=lowBattery,overspeed`, []Fix{at(1, 2, "2026-11-22T12:00:00Z", 0, -1)}},
		{"not on earth", query, `lat=91&lon=2&checkin=1&timestamp=1795348800`, []Fix{{At: utc("2026-11-22T12:00:00Z"), Battery: -1, Said: word.OK}}},
		{"no fix yet", query, `lat=0.0&lon=0.0&timestamp=1795348800`, nil},
	} {
		got, err := c.read(c.body)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (want -, got +):\n%s", c.name, d)
		}
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	for body, code := range map[string]string{
		`{`: "device_report", `"x"`: "device_report", `{"_type":7}`: "device_report", `{"_type":"encrypted","data":"x"}`: "device_encrypted",
		"[" + strings.Repeat(`{},`, Most) + `{}]`: "device_report",
	} {
		if _, err := OwnTracks([]byte(body)); !errors.Is(err, fault.New(fault.Invalid, code)) {
			t.Errorf("%.40s: %v, want %s", body, err, code)
		}
	}
	many := `{"locations":[` + strings.Repeat(`{"geometry":null},`, Most) + `{"geometry":null}]}`
	if _, err := Overland([]byte(many)); err == nil {
		t.Error("more reports than are allowed were read")
	}
}

func TestInstantsInEveryUnit(t *testing.T) {
	want := utc("2026-11-22T12:00:00Z")
	for _, s := range []string{
		"1795348800", "1795348800.0", "1795348800000", "1795348800000000", "1.7953488e9", "2026-11-22T12:00:00Z", "2026-11-22T14:00:00+02:00",
		"2026-11-22T14:00:00+0200", "2026-11-22 12:00:00", "2026/11/22 12:00:00", "2026-11-22T12:00:00", "2026-11-22T12:00Z", " 1795348800 ",
	} {
		if got := instant(s); !got.Equal(want) {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"", "0", "-5", "NaN", "1e300", "yesterday", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"} {
		if got := instant(s); !got.IsZero() {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// Whatever an app sends, what comes out can be kept.
func sound(t interface {
	Helper()
	Errorf(string, ...any)
}, all []Fix,
) {
	t.Helper()
	if len(all) > Most {
		t.Errorf("%d reports", len(all))
	}
	for _, f := range all {
		if f.Placed != (f.Lat != 0 || f.Lon != 0) || math.Abs(f.Lat) > 90 || math.Abs(f.Lon) > 180 || f.Lat != f.Lat || f.Lon != f.Lon {
			t.Errorf("placed %v at %v, %v", f.Placed, f.Lat, f.Lon)
		}
		if f.Accuracy < 0 || f.Accuracy > 1_000_000 || f.Battery < -1 || f.Battery > 100 || len(f.Note) > maxNote {
			t.Errorf("%+v", f)
		}
		if f.Said != "" && f.Said != word.OK && f.Said != word.Help {
			t.Errorf("said %q", f.Said)
		}
	}
}

func TestNumbersBeyondAllBoundsAreLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64()
		body, err := json.Marshal(map[string]any{
			"_type": "location", "lat": n.Draw(t, "lat"), "lon": n.Draw(t, "lon"), "acc": n.Draw(t, "acc"), "batt": n.Draw(t, "batt"), "tst": n.Draw(t, "tst"),
		})
		if err != nil {
			return // JSON has no infinity
		}
		all, err := OwnTracks(body)
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v", body, err)
		}
		sound(t, all)
		q := url.Values{}
		for _, name := range []string{"lat", "lon", "accuracy", "batt", "timestamp"} {
			q.Set(name, fmt.Sprint(n.Draw(t, name)))
		}
		all, err = Query(q)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, all)
	})
}

func FuzzReports(f *testing.F) {
	for _, s := range []string{
		`{"_type":"location","lat":60.1,"lon":24.9,"tst":1795348800}`, `[{"_type":"location","lat":"60","lon":24}]`,
		`{"location":{"timestamp":"2026-11-22T12:00:00Z","coords":{"latitude":60,"longitude":24},"battery":{"level":0.5}}}`,
		`{"locations":[{"geometry":{"coordinates":[24.9,60.1]},"properties":{"timestamp":"2026-11-22T12:00:00Z"}}]}`,
		`lat=60&lon=24&timestamp=1795348800&desc=ok`, `null`, `[null]`, `{"location":null}`, `{"locations":[null]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func([]byte) ([]Fix, error){OwnTracks, Traccar, Overland, func(b []byte) ([]Fix, error) {
			q, err := url.ParseQuery(string(b))
			if err != nil {
				return nil, err
			}
			return Query(q)
		}} {
			if all, err := read(body); err == nil {
				sound(t, all)
			}
		}
	})
}
