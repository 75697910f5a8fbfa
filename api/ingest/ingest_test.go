package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muster/call/device"
	"muster/fault"
)

// gate is the door with a room behind it that remembers.
type gate struct {
	t     *testing.T
	door  http.Handler
	now   time.Time
	taken []device.Request
	err   error
}

func newGate(t *testing.T) *gate {
	g := &gate{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	g.door = New(Deps{
		Now: func() time.Time { return g.now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Take: func(_ context.Context, r device.Request) error {
			g.taken = append(g.taken, r)
			return g.err
		},
	})
	return g
}

func (g *gate) send(method, target, body string, headers ...string) *http.Response {
	g.t.Helper()
	r := httptest.NewRequestWithContext(g.t.Context(), method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.door.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEachAppPutsItsTokenWhereItCanAndHearsWhatItWaitsFor(t *testing.T) {
	const jsonType = "application/json"
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		token, answer              string
	}{
		{"OwnTracks", "POST", "/in/owntracks", `{"_type":"location"}`, []string{"Authorization", "Basic cGhvbmU6bWR2X3g=", "Content-Type", jsonType}, "mdv_x", "[]"},
		{"Overland", "POST", "/in/overland", `{"locations":[]}`, []string{"Authorization", "Bearer mdv_x", "Content-Type", jsonType}, "mdv_x", `{"result":"ok"}`},
		{"Traccar Client 9", "POST", "/in/traccar", `{"location":{},"device_id":"mdv_x"}`, []string{"Content-Type", jsonType}, "mdv_x", "OK"},
		{"Traccar Client 8", "POST", "/in/traccar?id=mdv_x&lat=1&lon=2", "", nil, "mdv_x", "OK"},
		{"GPSLogger", "POST", "/in/gpslogger?id=mdv_x&lat=1&lon=2", "", []string{"Content-Type", "application/x-www-form-urlencoded"}, "mdv_x", "OK"},
		{"a form", "POST", "/in/osmand", "deviceid=mdv_x&lat=1&lon=2", []string{"Content-Type", "application/x-www-form-urlencoded"}, "mdv_x", "OK"},
		{"OsmAnd", "GET", "/in/osmand?id=mdv_x&lat=1&lon=2", "", nil, "mdv_x", "OK"},
	} {
		g := newGate(t)
		r := g.send(c.method, c.target, c.body, c.headers...)
		if got := text(t, r); r.StatusCode != http.StatusOK || got != c.answer {
			t.Errorf("%s: %d %q, want %q", c.name, r.StatusCode, got, c.answer)
		}
		if len(g.taken) != 1 || g.taken[0].Token != c.token {
			t.Errorf("%s: %+v", c.name, g.taken)
		}
	}
}

func TestOnlyTheQueryFormMayComeByGET(t *testing.T) {
	g := newGate(t)
	for path, want := range map[string]int{
		"/in/owntracks?id=mdv_x": 405, "/in/overland?id=mdv_x": 405, "/in/osmand?id=mdv_x": 200, "/in/nothing": 404, "/in/": 404,
	} {
		if r := g.send(http.MethodGet, path, ""); r.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, r.StatusCode, want)
		}
	}
	if r := g.send(http.MethodHead, "/in/osmand?id=mdv_x&lat=1&lon=2", ""); r.StatusCode != 405 {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
	if len(g.taken) != 1 {
		t.Errorf("%d requests passed", len(g.taken))
	}
}

func TestTroubleIsForLaterAndNonsenseForNever(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"our own":   {errors.New("the disk is full"), 503},
		"conflict":  {fault.New(fault.Conflict, "shift_ended"), 503},
		"no device": {fault.New(fault.Unauthenticated, "device_refused"), 401},
		"no role":   {fault.New(fault.Forbidden, "refused"), 403},
		"nonsense":  {fault.New(fault.Invalid, "device_report"), 400},
	} {
		g := newGate(t)
		g.err = c.err
		r := g.send("POST", "/in/owntracks", "{}")
		if body := text(t, r); r.StatusCode != c.want || strings.Contains(body, "disk") {
			t.Errorf("%s: %d %q, want %d", name, r.StatusCode, body, c.want)
		}
	}
	g := newGate(t)
	if r := g.send("POST", "/in/overland", strings.Repeat("x", maxBody+1)); r.StatusCode != 400 || len(g.taken) != 0 {
		t.Errorf("too large: %d", r.StatusCode)
	}
}

// Somebody who tries tokens is slowed down; a phone that is known and sits
// behind the same address is not.
func TestGuessersAreSlowedDownAndKnownPhonesPass(t *testing.T) {
	g := newGate(t)
	if r := g.send("GET", "/in/osmand?id=mdv_good&lat=1&lon=2", ""); r.StatusCode != 200 {
		t.Fatal(r.StatusCode)
	}
	g.err = fault.New(fault.Unauthenticated, "device_refused")
	statuses := map[int]int{}
	for range 200 {
		statuses[g.send("GET", "/in/osmand?id=mdv_bad&lat=1&lon=2", "").StatusCode]++
	}
	if statuses[401] != perWrong.burst || statuses[503] != 200-perWrong.burst {
		t.Errorf("%v", statuses)
	}
	g.err = nil
	if r := g.send("GET", "/in/osmand?id=mdv_good&lat=1&lon=2", ""); r.StatusCode != 200 {
		t.Errorf("a known phone in the same network: %d", r.StatusCode)
	}
	for range perDevice.burst + 10 {
		g.send("GET", "/in/osmand?id=mdv_good&lat=1&lon=2", "")
	}
	if r := g.send("GET", "/in/osmand?id=mdv_good&lat=1&lon=2", ""); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("a phone gone mad: %d", r.StatusCode)
	}
	g.now = g.now.Add(time.Minute)
	if r := g.send("GET", "/in/osmand?id=mdv_good&lat=1&lon=2", ""); r.StatusCode != 200 {
		t.Errorf("a minute later: %d", r.StatusCode)
	}
}

func TestPaceForgetsBeforeItGrows(t *testing.T) {
	p := newPace()
	for i := range mostPaced + 10 {
		p.wrongToken(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), time.Unix(0, 0))
	}
	if len(p.wrong) > mostPaced+1 {
		t.Errorf("%d networks are remembered", len(p.wrong))
	}
}

func FuzzTokenIsFoundOrNot(f *testing.F) {
	f.Add(`{"device_id":"x"}`)
	f.Add(`{"device_id":7}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/in/traccar", nil)
		got := token(r, device.Request{App: device.Traccar, Body: []byte(body)})
		var in map[string]any
		if json.Unmarshal([]byte(body), &in) != nil && got != "" {
			t.Errorf("%q in %q", got, body)
		}
	})
}
