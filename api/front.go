package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/lang"
)

// front is what every request passes before its route.
type front struct {
	deps Deps
	mux  *http.ServeMux
	open map[string][]byte // what anybody may read: the OpenAPI document
}

// call is what is known of one request beside its content.
type call struct {
	id      string // X-Request-Id
	method  string
	path    string
	tag     lang.Tag
	log     *slog.Logger
	who     actor.Actor
	refused string // code of the problem that was answered, if one was
}

type callKey struct{}

// callOf is the request that a context belongs to.
func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		panic("api: a context without a request")
	}
	return c
}

// headers go with every answer. Nothing that the API says is for a browser to
// show or for anybody to keep.
var headers = map[string][]string{
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Referrer-Policy":              {"no-referrer"},
	"Vary":                         {"Authorization, Accept-Language"},
	"X-Content-Type-Options":       {"nosniff"},
}

// Bounds of a request's body, in bytes.
const (
	maxBody  = 64 << 10
	maxSheet = 17 << 20 // a little more than a sheet may have, which then says so itself
)

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for k, v := range headers {
		h[k] = v
	}
	c := &call{id: requestID(r), method: r.Method, path: r.URL.Path, tag: languageOf(r), log: f.deps.Log}
	h["X-Request-Id"] = []string{c.id}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	defer func() {
		if p := recover(); p != nil {
			f.panicked(w, r, p)
		}
	}()
	if doc, ok := f.open[r.URL.Path]; ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		f.document(w, r, doc)
		return
	}
	who, err := f.authenticate(r)
	if err != nil {
		problem(r.Context(), err).write(w)
		return
	}
	c.who = who
	limit := int64(maxBody)
	if isUpload(r.URL.Path) {
		limit = maxSheet
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := tidyBody(r); err != nil {
		problem(r.Context(), err).write(w)
		return
	}
	if key := r.Header.Get(keyHeader); key != "" && r.Method == http.MethodPost && !unkeyed(r.URL.Path) {
		f.once(w, r, who, key)
		return
	}
	f.mux.ServeHTTP(w, r)
}

// authenticate says who asks. The token is looked at and nothing else: no
// cookie, no parameter of the address.
func (f *front) authenticate(r *http.Request) (actor.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return actor.Actor{}, fault.New(fault.Unauthenticated, "token_missing")
	}
	who, err := f.deps.Gate.Authenticate(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return actor.Actor{}, err
	}
	who.Door = actor.API
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		who.IP = from.Addr().Unmap()
	}
	return who, nil
}

// tidyBody reads small bodies before the library does, which answers a
// reader's mistakes with 500, and forgives those that say nothing: no body,
// spaces and null are the same. JSON is what is meant where a client leaves
// the media type to its own default.
func tidyBody(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if isUpload(r.URL.Path) {
		body, err := readAll(r)
		r.Body = reread{bytes.NewReader(body)}
		return err
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch strings.TrimSpace(strings.ToLower(kind)) {
	case "", "application/json", "application/merge-patch+json", "application/x-www-form-urlencoded", "text/plain":
		r.Header["Content-Type"] = jsonType
	default:
		return fault.New(fault.Invalid, "bad_media_type")
	}
	body, err := readAll(r)
	if err != nil {
		return err
	}
	if body, err = withoutNulls(body); err != nil {
		return err
	}
	r.Body = reread{bytes.NewReader(body)}
	return nil
}

// withoutNulls checks that a body is JSON and leaves out what is null, which
// says no more than leaving it out.
func withoutNulls(body []byte) ([]byte, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil
	}
	if !json.Valid(body) {
		return nil, fault.New(fault.Invalid, "bad_json")
	}
	if !bytes.Contains(body, []byte("null")) {
		return body, nil
	}
	in := json.NewDecoder(bytes.NewReader(body))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, fault.New(fault.Invalid, "bad_json").Wrap(err)
	}
	if v == nil {
		return nil, nil
	}
	return json.Marshal(pruned(v))
}

// pruned takes null members out of objects, however deep; in lists they stay.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
				continue
			}
			v[name] = pruned(member)
		}
	case []any:
		for i, item := range v {
			v[i] = pruned(item)
		}
	}
	return v
}

var jsonType = []string{"application/json"}

func readAll(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, fault.New(fault.Invalid, "body_too_large")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_json").Wrap(err)
	}
	return body, nil
}

func isUpload(path string) bool { return strings.HasSuffix(path, "/imports") }

// document serves what is the same for everybody.
func (f *front) document(w http.ResponseWriter, r *http.Request, doc []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/openapi+json")
	if strings.HasSuffix(r.URL.Path, ".yaml") {
		h.Set("Content-Type", "application/openapi+yaml")
	}
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept-Encoding")
	if r.Method == http.MethodGet {
		w.Write(doc) // a reader who has gone needs no answer
	}
}

// panicked answers for a handler that broke down. What it had begun to send
// cannot be taken back, so the connection ends.
func (f *front) panicked(w http.ResponseWriter, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	problem(r.Context(), fault.New(fault.Internal, "internal").Wrap(err)).write(w)
}

// nowhere answers what no route does, and says so where only the method is
// wrong.
func (f *front) nowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := f.mux.Handler(probe); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		problem(r.Context(), fault.New(fault.NotFound, "not_found")).write(w)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	problem(r.Context(), fault.New(fault.Invalid, "bad_method")).write(w)
}

// requestID takes the caller's if it is short and plain, else makes one.
func requestID(r *http.Request) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	if given := r.Header.Get("X-Request-Id"); given != "" && len(given) <= 64 && strings.Trim(given, plain) == "" {
		return given
	}
	var b [12]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func languageOf(r *http.Request) lang.Tag {
	if wanted := r.Header.Get("Accept-Language"); wanted != "" {
		return lang.Match(wanted)
	}
	return lang.English
}

func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("api: " + err.Error()) // a problem has nothing in it that could not be written
	}
	return b.Bytes()
}
