// Package ingest is the door for the apps that workers' phones run already:
// their reports come to /in/ and the app's name, with the device's token.
//
// It answers as each app wants to be answered, or else the app would send the
// same for ever. Trouble on our side is always 503, which every one of them
// takes for "try again later": several throw a report away at any 4xx.
//
// The query form of OsmAnd is sent by GET, and changes something here, as that
// protocol has it (docs/adr/0012-positions-by-get.md).
package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"muster/call/device"
	"muster/fault"
)

// Path is where the door stands; an app's name follows.
const Path = "/in/"

// maxBody is room for a night's batch.
const maxBody = 2 << 20

// Deps is what the door stands on.
type Deps struct {
	Take func(context.Context, device.Request) error
	Now  func() time.Time
	Log  *slog.Logger
}

// New makes the door. It answers everything under Path.
func New(deps Deps) http.Handler {
	return &door{deps: deps, pace: newPace()}
}

type door struct {
	deps Deps
	pace *pace
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	app := device.App(strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, Path), "/"))
	if app.Name() == "" {
		http.Error(w, "no such app", http.StatusNotFound)
		return
	}
	if !allowed(app, r) {
		h.Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	in, err := read(w, r, app)
	if err != nil {
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	now := d.deps.Now()
	if wait := d.pace.wait(in.Token, in.From, now); wait > 0 {
		h.Set("Retry-After", "30")
		http.Error(w, "too often", http.StatusServiceUnavailable)
		return
	}
	err = d.deps.Take(r.Context(), in)
	switch kind := fault.KindOf(err); {
	case kind == fault.Unauthenticated:
		d.pace.wrongToken(in.From, now)
	case err == nil || kind == fault.Invalid:
		d.pace.came(in.Token, now)
	}
	d.answer(w, r, app, err)
}

// allowed tells whether a method is the app's own. GET is for the query form
// alone, and a page that is fetched ahead never has the coordinates in it.
func allowed(app device.App, r *http.Request) bool {
	switch app {
	case device.Traccar, device.GPSLogger, device.Other:
		return r.Method == http.MethodPost || r.Method == http.MethodGet
	}
	return r.Method == http.MethodPost
}

// read takes a request apart. The token is looked for where the app can put
// it: a header if it can, else the query or, from Traccar Client, the body.
func read(w http.ResponseWriter, r *http.Request, app device.App) (device.Request, error) {
	in := device.Request{App: app, Query: r.URL.Query(), From: address(r)}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return in, err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/x-www-form-urlencoded" && app != device.OwnTracks && app != device.Overland {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return in, err
		}
		for name, v := range values {
			in.Query[name] = append(in.Query[name], v...)
		}
		body = nil
	}
	in.Body = body
	in.Token = token(r, in)
	return in, nil
}

func token(r *http.Request, in device.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	if scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
		return value
	}
	for _, name := range []string{"id", "deviceid", "device_id"} {
		if v := in.Query.Get(name); v != "" {
			return v
		}
	}
	var named struct {
		ID string `json:"device_id"`
	}
	if in.App == device.Traccar && json.Unmarshal(in.Body, &named) == nil {
		return named.ID
	}
	return ""
}

// answer says what the app waits for.
func (d *door) answer(w http.ResponseWriter, r *http.Request, app device.App, err error) {
	if err != nil {
		f := fault.From(err)
		switch f.Kind {
		case fault.Unauthenticated:
			w.Header().Set("WWW-Authenticate", `Basic realm="Muster"`)
			http.Error(w, "this device is not connected", http.StatusUnauthorized)
		case fault.Forbidden:
			http.Error(w, "not allowed", http.StatusForbidden)
		case fault.Invalid:
			http.Error(w, "cannot be read: "+f.Code, http.StatusBadRequest)
		default:
			if !errors.Is(err, context.Canceled) {
				d.deps.Log.ErrorContext(r.Context(), "a device's report was not taken", "app", string(app), "err", err)
			}
			w.Header().Set("Retry-After", "30")
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
		return
	}
	switch app {
	case device.OwnTracks:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "[]")
	case device.Overland:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":"ok"}`)
	default:
		_, _ = io.WriteString(w, "OK")
	}
}

// address is where the request came from; a proxy on this machine is believed
// about whom it speaks for.
func address(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := at.Addr().Unmap()
	if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" && ip.IsLoopback() {
		last := forwarded[strings.LastIndex(forwarded, ",")+1:]
		if behind, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil {
			return behind.Unmap()
		}
	}
	return ip
}
