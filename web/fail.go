package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/lang"
)

// errorView says what went wrong, what is still safe, and where to go.
type errorView struct {
	Frame
	Icon            string
	Text, Why, Safe string
	Reference       string
	BackHref        string
	BackText        string
}

// statusOf is the one table from kinds of faults to HTTP.
var statusOf = map[fault.Kind]int{
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

var iconOf = map[fault.Kind]string{
	fault.Forbidden: "shield-lock", fault.NotFound: "search", fault.Conflict: "refresh", fault.Expired: "clock-exclamation", fault.Limited: "clock-pause",
}

// sentence puts a fault into the reader's language, with the rule's own sentence
// where a rule refused.
func sentence(tag lang.Tag, f *fault.Fault) (text, why string) {
	if f.Code == "refused" {
		if key, ok := f.Args["why"].(string); ok && tag.Has(key) {
			return tag.Text("fault.forbidden", nil), tag.Text(key, nil)
		}
	}
	return lang.Fault(tag, f), ""
}

// fail answers a request that did not work: a word to scripts, the way in to
// whoever is not signed in, a page to everybody else.
func (s *site) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		err = fault.New(fault.Invalid, "upload_too_large").Wrap(err)
	}
	f := fault.From(err)
	if f.Kind == fault.Internal {
		s.Log.ErrorContext(r.Context(), "a page failed", "reference", v.ref, "method", r.Method, "path", pathForLog(r.URL.Path), "error", err)
	}
	s.noteRefusal(r, v, f)
	text, why := sentence(v.tag, f)
	if wantsJSON(r) {
		answerJSON(w, statusOf[f.Kind], map[string]string{"error": strings.TrimSpace(text + " " + why), "code": f.Code})
		return
	}
	if f.Kind == fault.Unauthenticated && v.who.Org == "" && r.URL.Path != "/feed" && r.URL.Path != providerFeed && r.URL.Query().Get("region") == "" {
		s.setCookie(w, s.sessionCookie(), "", 0)
		next := "/"
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		_ = see(w, r, "/sign-in?next="+url.QueryEscape(next))
		return
	}
	view := &errorView{
		Frame: s.bare(r, v, "door"), Icon: iconOf[f.Kind], Text: text, Why: why, Reference: v.ref, BackHref: "/", BackText: v.tag.Text("web.error.to_board", nil),
	}
	if v.who.Kind == actor.Staff && v.who.Org == "" { // who has no board
		view.BackText = v.tag.Text("web.error.to_start", nil)
	}
	view.Title = v.tag.Text("web.error.title."+f.Kind.String(), nil)
	if view.Icon == "" {
		view.Icon = "help"
	}
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		view.Safe = v.tag.Text("web.error.safe", nil)
	}
	if f.Kind == fault.Forbidden && s.lapsed(v) {
		view.Safe, view.BackHref, view.BackText = v.tag.Text("staff.sign_on.over", nil), signOnHref(v.providerHome()), v.tag.Text("staff.sign_on.again", nil)
		if r.Method == http.MethodGet {
			view.BackHref = signOnHref(r.URL.RequestURI())
		}
	}
	html, rerr := s.page("error", view)
	if rerr != nil {
		s.Log.ErrorContext(r.Context(), "the error page failed", "reference", v.ref, "error", rerr)
		http.Error(w, text, statusOf[f.Kind])
		return
	}
	send(w, statusOf[f.Kind], html)
}

// pathForLog leaves out what a path may hold that lets somebody in.
func pathForLog(path string) string {
	for _, secret := range []string{"/a/", "/director/", "/sign-in/link/", "/calendar/"} {
		if strings.HasPrefix(path, secret) {
			return secret + "…"
		}
	}
	return path
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a reader who has gone needs no answer
}

// wrongInput tells whether the error is about what was typed, so that the form
// is shown again with it, and puts the texts on the frame.
func (f *Frame) wrongInput(err error) bool {
	all := fault.All(err)
	for _, one := range all {
		if one.Kind != fault.Invalid && one.Kind != fault.Conflict && one.Kind != fault.Limited && (one.Kind != fault.Forbidden || one.Field == "") && one.Code != "sign_in_failed" {
			return false
		}
		text, why := sentence(f.Lang, one)
		f.Errors = append(f.Errors, fieldError{Field: one.Field, Text: strings.TrimSpace(text + " " + why)})
	}
	return len(all) > 0
}

func (s *site) nowhere(http.ResponseWriter, *http.Request, *visit) error {
	return fault.New(fault.NotFound, "not_found")
}
