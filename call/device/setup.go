package device

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
)

// Setup is what connects a device, shown once together with its token.
type Setup struct {
	Link   string  // opens the app on this very device with everything set; empty where it has none
	Code   string  // what a code for the app, or for the phone's camera, says
	Fields []Field // for typing, in the order of the app's own settings
}

// Field is one setting by hand; Key is what a page calls it.
type Field struct{ Key, Value string }

// Setup makes the settings for a device at this installation.
func (d Device) Setup(public, token string) Setup {
	at := strings.TrimSuffix(public, "/") + "/in/" + string(d.App)
	switch d.App {
	case OwnTracks:
		return d.ownTracks(at, token)
	case Traccar:
		q := url.Values{
			"id": {token}, "accuracy": {"high"}, "interval": {"60"}, "distance": {"50"}, "heartbeat": {"300"},
			"buffer": {"true"}, "service": {"true"},
		}
		code := at + "?" + q.Encode() // the app takes the address without its query for the server's
		q.Set("url", at)
		return Setup{
			Link: "org.traccar.client://config?" + q.Encode(), Code: code,
			Fields: []Field{{"url", at}, {"identifier", token}},
		}
	case Overland:
		q := url.Values{"url": {at}, "token": {token}, "device_id": {string(d.ID)}, "unique_id": {"yes"}}
		link := "overland://setup?" + q.Encode()
		return Setup{Link: link, Code: link, Fields: []Field{{"url", at}, {"token", token}}}
	case GPSLogger:
		address := at + "?id=" + token + "&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&batt=%BATT&desc=%DESC"
		return Setup{Code: address, Fields: []Field{{"url", address}, {"method", "POST"}}}
	}
	address := at + "?id=" + token + "&lat={0}&lon={1}&timestamp={2}"
	return Setup{Code: address, Fields: []Field{{"url", address}}}
}

// ownTracks makes its configuration (OwnTracks booklet, "Remote configuration"):
// HTTP mode, positions at significant changes and every ten minutes. It is kept
// short, for all of it stands in a code that a camera must read.
func (d Device) ownTracks(at, token string) Setup {
	user := d.userName()
	config, err := json.Marshal(map[string]any{
		"_type": "configuration", "mode": 3, "url": at, "auth": true, "username": user, "password": token,
		"tid": user[:2], "monitoring": 1, "ping": 10,
	})
	if err != nil {
		return Setup{}
	}
	link := "owntracks:///config?inline=" + url.QueryEscape(base64.StdEncoding.EncodeToString(config))
	return Setup{Link: link, Code: link, Fields: []Field{{"mode", "HTTP"}, {"url", at}, {"user", user}, {"password", token}}}
}

// userName is what OwnTracks calls the device: plain letters and digits, since
// it becomes part of a topic there.
func (d Device) userName() string {
	plain := strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, d.Name)
	if len(plain) < 2 {
		return "phone"
	}
	return plain[:min(len(plain), 20)]
}
