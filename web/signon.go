package web

import (
	"net/http"
	"net/url"
	"slices"

	"muster/actor"
	"muster/fault"
	"muster/identity/sso"
)

// signOnCookie is what a browser brings back from the identity provider.
const signOnCookie = "muster-sign-on"

// SignOnHref leads to the identity provider and back to where the reader wanted
// to go.
func (v *signInView) SignOnHref() string { return signOnHref(v.Next) }

func signOnHref(next string) string {
	return "/sign-in/sso?" + url.Values{"next": {next}}.Encode()
}

// freshRules are the rules by which something takes a sign-in of just now:
// consent and approval, and erasing a person.
var freshRules = []any{"staff-fresh", "roster-erase-fresh"}

// signInFirst sends whoever is refused for want of a fresh sign-in through it,
// and from there back to the page: with what was typed, if anything was, since
// nothing is on its forms that was not on the page. It tells whether that is why.
func (s *site) signInFirst(w http.ResponseWriter, r *http.Request, v *visit, cause error, page string) bool {
	if f := fault.From(cause); f.Code != "refused" || !slices.Contains(freshRules, f.Args["rule"]) {
		return false
	}
	to := "/sign-in?" + url.Values{"next": {page}}.Encode()
	if v.who.Kind == actor.Staff {
		if s.Gate.SignOn() == nil {
			return false
		}
		to = signOnHref(page) + "&again=1"
	}
	s.say(w, said{Key: "staff.sign_on.first." + string(v.who.Kind)})
	http.Redirect(w, r, to, http.StatusSeeOther)
	return true
}

// lapsed tells whether what staff proved by signing in is over, so that signing
// in again is what they need.
func (s *site) lapsed(v *visit) bool {
	return v.who.Kind == actor.Staff && s.Gate.SignOn() != nil && s.Store.Now().Sub(v.session.Proved) >= sso.MaxAge
}

// goToSignOn sends a browser to the identity provider. It changes nothing
// here: what has to be remembered lies sealed in the browser's cookie.
func (s *site) goToSignOn(w http.ResponseWriter, r *http.Request, v *visit) error {
	door := s.Gate.SignOn()
	if door == nil {
		return fault.New(fault.NotFound, "not_found")
	}
	q := r.URL.Query()
	to, cookie, lasts, err := door.Begin(r.Context(), back(q.Get("next")), q.Has("again"))
	if err != nil {
		return s.notSignedIn(w, r, v, err)
	}
	s.setCookie(w, s.ownHost(signOnCookie), cookie, lasts)
	return see(w, r, to)
}

// signInAsStaff is where the identity provider sends browsers back to. It opens
// a session by GET, as OpenID Connect has it: an address by itself does nothing,
// since it counts only in the browser that asked, and once.
func (s *site) signInAsStaff(w http.ResponseWriter, r *http.Request, v *visit) error {
	kept := cookie(r, s.ownHost(signOnCookie))
	s.setCookie(w, s.ownHost(signOnCookie), "", 0)
	in, next, err := s.Gate.SignInAsStaff(r.Context(), kept, r.URL.Query(), v.from)
	if err != nil {
		return s.notSignedIn(w, r, v, err)
	}
	return s.enter(w, r, in, next)
}

// notSignedIn shows the sign-in page again and says why.
func (s *site) notSignedIn(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	f := fault.From(cause)
	if f.Kind == fault.Internal || f.Kind == fault.NotFound {
		return cause
	}
	text, _ := sentence(v.tag, f)
	view := s.signInView(w, r, v, "", "")
	view.Errors = []fieldError{{Text: text}}
	return s.showAs(w, r, statusOf[f.Kind], "sign-in", view)
}

// signedOutThere takes the identity provider's word that somebody's sign-in is
// over (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8).
func (s *site) signedOutThere(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch err := s.Gate.SignedOutThere(r.Context(), r.PostFormValue("logout_token")); {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable:
		s.Log.ErrorContext(r.Context(), "the end of a sign-in at the identity provider was not carried out", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
	default:
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	}
}
