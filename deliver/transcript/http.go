package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// mostBody is how much of a body is written down, in bytes.
const mostBody = 8 << 10

// Tap makes requests of a transport show in the log of their context.
func Tap(t http.RoundTripper) http.RoundTripper { return &tap{t} }

type tap struct{ next http.RoundTripper }

// RoundTrip makes one request.
func (t *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	l := From(req.Context())
	if l == nil {
		return t.next.RoundTrip(req)
	}
	l.request(req)
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		l.Note("no answer: " + err.Error())
		return nil, err
	}
	l.answer(resp)
	return resp, nil
}

// CloseIdleConnections ends what the transport keeps open.
func (t *tap) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (l *Log) request(req *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\nHost: %s\n", req.Method, req.URL.RequestURI(), req.URL.Host)
	fields(&b, req.Header)
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			raw, err := io.ReadAll(io.LimitReader(body, mostBody+1))
			_ = body.Close()
			if err == nil {
				b.WriteString("\n" + show(raw, req.Header.Get("Content-Type"), req.ContentLength))
			}
		}
	}
	l.Said(b.String())
}

// answer writes a response down, and leaves its body to be read.
func (l *Log) answer(resp *http.Response) {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), resp.Body), resp.Body}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", resp.Proto, resp.Status)
	fields(&b, resp.Header)
	b.WriteString("\n" + show(raw, resp.Header.Get("Content-Type"), resp.ContentLength))
	if err != nil {
		b.WriteString("\n(the answer breaks off: " + err.Error() + ")")
	}
	l.Heard(b.String())
}

// fields writes header fields in the order of their names.
func fields(b *strings.Builder, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fmt.Fprintf(b, "%s: %s\n", name, value)
		}
	}
}

// show is a body as one reads it: a form with a line for each field, JSON with
// its structure, and of what is no text only how much it is.
func show(raw []byte, kind string, size int64) string {
	kind, _, _ = strings.Cut(kind, ";")
	switch {
	case len(raw) == 0:
		return ""
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return string(raw)
		}
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				fmt.Fprintf(&b, "%s=%s\n", name, value)
			}
		}
		return b.String()
	case strings.HasSuffix(kind, "json"):
		var b bytes.Buffer
		if json.Indent(&b, raw, "", "  ") == nil {
			return b.String()
		}
	case kind == "application/octet-stream":
		return fmt.Sprintf("(%d bytes that only the recipient can read)", max(int64(len(raw)), size))
	}
	if len(raw) > mostBody {
		raw = append(raw[:mostBody:mostBody], "…"...)
	}
	return string(raw)
}
