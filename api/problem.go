package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"muster/fault"
	"muster/lang"
)

// Problem is what every refusal looks like (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Names the code as a URI" example:"urn:muster:problem:out_of_range"`
	Title     string         `json:"title" doc:"What sort of refusal it is, in the reader's language"`
	Status    int            `json:"status" example:"422"`
	Detail    string         `json:"detail" doc:"What is wrong, in the reader's language (Accept-Language)"`
	Code      string         `json:"code" doc:"Stable; for programs. The x-problem-codes of this document lists all" example:"out_of_range"`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"One for each field that breaks a rule"`
	Rule      string         `json:"rule,omitempty" doc:"The policy rule that refused, or the nearest that would have allowed" example:"call-handle"`
	Why       string         `json:"why,omitempty" doc:"That rule in one sentence"`
	Reference string         `json:"reference,omitempty" doc:"Under this the log of the installation has what went wrong"`
	headers   http.Header
}

// FieldProblem is one field that breaks a rule.
type FieldProblem struct {
	Field  string `json:"field" example:"check_in_seconds"`
	Code   string `json:"code" example:"out_of_range"`
	Detail string `json:"detail"`
}

// statuses is the one table from kinds of fault to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Expired:         http.StatusGone,
	fault.Limited:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// framing are the codes of what is wrong with a request as such, before any
// room hears of it; HTTP has finer words for those.
var framing = map[string]int{
	"bad_json":       http.StatusBadRequest,
	"body_required":  http.StatusBadRequest,
	"bad_method":     http.StatusMethodNotAllowed,
	"bad_media_type": http.StatusUnsupportedMediaType,
	"body_too_large": http.StatusRequestEntityTooLarge,
	"body_too_slow":  http.StatusRequestTimeout,
}

// Error makes a problem an error that the HTTP library writes as it is.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are further headers of the answer.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem words an error for the reader. Internal ones are logged, and only
// their reference is told.
func problem(ctx context.Context, err error) *Problem {
	c := callOf(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.New(fault.Unavailable, "unavailable").Wrap(err)
	}
	all := fault.All(err)
	main := all[0]
	for _, f := range all {
		if f.Kind != fault.Invalid {
			main = f
			break
		}
	}
	fields := fieldsOf(c.tag, all)
	if main.Kind == fault.Invalid && len(fields) > 1 {
		main = fault.New(fault.Invalid, "invalid")
	}
	p := &Problem{
		Type: "urn:muster:problem:" + main.Code, Title: c.tag.Text("api.title."+main.Kind.String(), nil),
		Status: statuses[main.Kind], Code: main.Code, Errors: fields, headers: http.Header{},
	}
	if s, ok := framing[main.Code]; ok {
		p.Status = s
	}
	p.Detail = detail(c.tag, main)
	c.refused = main.Code
	p.furnish(c, main, err)
	return p
}

// furnish adds what only some kinds have.
func (p *Problem) furnish(c *call, f *fault.Fault, err error) {
	switch f.Kind {
	case fault.Internal:
		p.Reference = c.id
		c.log.Error("a request failed", "reference", c.id, "method", c.method, "path", c.path, "err", err)
	case fault.Unauthenticated:
		p.headers.Set("WWW-Authenticate", `Bearer realm="muster"`)
	case fault.Forbidden:
		p.Rule, _ = f.Args["rule"].(string)
		if key, ok := f.Args["why"].(string); ok {
			p.Why = c.tag.Text(key, nil)
		}
	case fault.Limited:
		p.headers.Set("Retry-After", retryAfter(f))
	case fault.Unavailable:
		p.headers.Set("Retry-After", "2")
		c.log.Warn("a request could not be served", "method", c.method, "path", c.path, "err", err)
	}
}

// retryAfter is how many seconds a limited caller has to wait, where the fault
// says so; otherwise a minute.
func retryAfter(f *fault.Fault) string {
	switch n := f.Args["Seconds"].(type) {
	case int:
		return strconv.Itoa(n)
	case int64:
		return strconv.FormatInt(n, 10)
	}
	return "60"
}

func fieldsOf(tag lang.Tag, all []*fault.Fault) []FieldProblem {
	var fields []FieldProblem
	for _, f := range all {
		if f.Field != "" {
			fields = append(fields, FieldProblem{Field: f.Field, Code: f.Code, Detail: detail(tag, f)})
		}
	}
	return fields
}

// detail is the fault's sentence. Rules come as keys of the catalogue, and
// times as instants: both are put into words here.
func detail(tag lang.Tag, f *fault.Fault) string {
	for name, v := range f.Args {
		switch v := v.(type) {
		case time.Time:
			f = f.With(name, tag.Time(v, time.UTC, lang.Exact))
		case string:
			if name == "why" {
				f = f.With(name, tag.Text(v, nil))
			}
		}
	}
	return lang.Fault(tag, f)
}

// write sends the problem where no handler of the library does.
func (p *Problem) write(w http.ResponseWriter) {
	h := w.Header()
	for k, v := range p.headers {
		h[k] = v
	}
	h.Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	w.Write(encode(p)) // a reader who has gone needs no answer
}
