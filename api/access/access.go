// Package access is the door for the provider's other products: decisions in
// the shape of the OpenID Authorization API 1.0 (AuthZEN), passes and whether
// they still hold (RFC 7662), the keys that sign them (RFC 7517), what ended,
// and what support did there.
//
// A product is known by its token and by nothing else: no cookie, no parameter
// of the address. What is refused looks as it does in the API (RFC 9457).
package access

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"muster/fault"
	"muster/lang"
	"muster/letin/pass"
)

// Prefix is where the door stands; Configured is where a product finds out.
const (
	Prefix     = "/access/v1/"
	Configured = "/.well-known/authzen-configuration"
)

// maxBody bounds a request, in bytes.
const maxBody = 256 << 10

// Deps is what the door stands on.
type Deps struct {
	Office *pass.Office
	URL    string // public address of the installation
	Log    *slog.Logger
}

type door struct{ Deps }

// New makes the door. It answers everything under Prefix, and Configured.
func New(deps Deps) http.Handler {
	deps.URL = strings.TrimRight(deps.URL, "/")
	d := &door{deps}
	m := http.NewServeMux()
	m.HandleFunc("GET "+Configured, d.configuration)
	m.HandleFunc("GET "+Prefix+"jwks.json", d.keys)
	m.HandleFunc("GET "+Prefix+"revocations", d.revocations)
	m.HandleFunc("POST "+Prefix+"evaluation", d.evaluation)
	m.HandleFunc("POST "+Prefix+"evaluations", d.evaluations)
	m.HandleFunc("POST "+Prefix+"token", d.token)
	m.HandleFunc("POST "+Prefix+"introspect", d.introspect)
	m.HandleFunc("POST "+Prefix+"events", d.events)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		d.refuse(w, r, fault.New(fault.NotFound, "not_found"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		if reference := r.Header.Get("X-Request-Id"); reference != "" && len(reference) <= 100 && printable(reference) {
			h.Set("X-Request-Id", reference)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		m.ServeHTTP(w, r)
	})
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

// configuration tells where everything is.
func (d *door) configuration(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	at := d.URL + strings.TrimSuffix(Prefix, "/")
	answer(w, map[string]any{
		"policy_decision_point":       d.URL,
		"access_evaluation_endpoint":  at + "/evaluation",
		"access_evaluations_endpoint": at + "/evaluations",
		"capabilities":                []string{},
		"muster_jwks_uri":             at + "/jwks.json",
		"muster_token_endpoint":       at + "/token",
		"muster_introspection":        at + "/introspect",
		"muster_revocations":          at + "/revocations",
		"muster_events":               at + "/events",
	})
}

func (d *door) keys(w http.ResponseWriter, r *http.Request) {
	all, err := d.Office.Published(r.Context())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	if all == nil {
		all = []pass.JWK{}
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	answer(w, map[string]any{"keys": all})
}

// bearer is the product's token.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// token makes a pass of a code, or a longer one of a pass.
func (d *door) token(w http.ResponseWriter, r *http.Request) {
	var in struct{ Code, Pass string }
	if err := read(r, &in); err != nil {
		d.refuse(w, r, err)
		return
	}
	var text string
	var c pass.Claims
	var err error
	if in.Code != "" {
		text, c, err = d.Office.Exchange(r.Context(), bearer(r), in.Code)
	} else {
		text, c, err = d.Office.Renew(r.Context(), bearer(r), in.Pass)
	}
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	answer(w, map[string]any{"pass": text, "expires": c.ExpiresAt.Unix()})
}

// introspect answers as RFC 7662 has it, to a form with a token.
func (d *door) introspect(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		d.refuse(w, r, fault.New(fault.Invalid, "bad_media_type"))
		return
	}
	body, err := readAll(r)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("token") == "" {
		d.refuse(w, r, fault.New(fault.Invalid, "required").At("token"))
		return
	}
	c, active, err := d.Office.Introspect(r.Context(), bearer(r), form.Get("token"))
	switch {
	case err != nil:
		d.refuse(w, r, err)
	case !active:
		answer(w, map[string]any{"active": false})
	default:
		answer(w, struct {
			Active bool   `json:"active"`
			Kind   string `json:"token_type"`
			pass.Claims
		}{true, "pass+jwt", c})
	}
}

// refuse says no as the API does.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	tag := language(r, "")
	f := fault.From(err)
	status, known := statuses[f.Kind]
	if s, framed := framing[f.Code]; framed {
		status, known = s, true
	}
	if !known {
		status = http.StatusInternalServerError
	}
	switch {
	case status >= http.StatusInternalServerError:
		d.Log.Error("access: a request failed", "path", r.URL.Path, "err", err)
	case f.Kind == fault.Unauthenticated:
		w.Header().Set("WWW-Authenticate", `Bearer realm="muster"`)
	}
	body := map[string]any{
		"type": "urn:muster:problem:" + f.Code, "title": tag.Text("api.title."+f.Kind.String(), nil), "status": status,
		"code": f.Code, "detail": lang.Fault(tag, f),
	}
	if f.Field != "" {
		body["field"] = f.Field
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a reader who has gone needs no answer
}

// statuses is the table from kinds of fault to HTTP. What cannot be decided on
// is a server's failure in AuthZEN, and never a no that looks like a decision.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Expired:         http.StatusGone,
	fault.Limited:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

var framing = map[string]int{
	"bad_media_type": http.StatusUnsupportedMediaType,
	"body_too_large": http.StatusRequestEntityTooLarge,
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a reader who has gone needs no answer
}

// language is that of the request, or the one asked for by name.
func language(r *http.Request, wanted string) lang.Tag {
	return lang.Match(wanted, r.Header.Get("Accept-Language"))
}

func readAll(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, fault.New(fault.Invalid, "body_too_large")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_json").Wrap(err)
	}
	return body, nil
}

// read takes a body of JSON apart. Members that are not known are let be, as
// AuthZEN asks.
func read(r *http.Request, into any) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" {
		return fault.New(fault.Invalid, "bad_media_type")
	}
	body, err := readAll(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fault.New(fault.Invalid, "bad_json").Wrap(err)
	}
	return nil
}
