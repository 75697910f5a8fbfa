package web

import (
	"net/http"
	"net/url"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/identity"
	"muster/lang"
	"muster/roster/contact"
)

// signInView asks who it is.
type signInView struct {
	Frame
	Email, Next  string
	WithPassword bool   // the password part was used and stays open
	Passkeys     bool   // they work at this address
	SignOn       string // where staff sign in; empty: here, as everybody
}

// codeView asks for the code that was mailed.
type codeView struct {
	Frame
	Email, Next string
}

// linkView stands between a sign-in link and signing in, since opening a link
// must change nothing.
type linkView struct {
	Frame
	Action, Place string
}

// chooseView asks somebody who is on several rosters for which one.
type chooseView struct {
	Frame
	Choices  []choice
	Provider string // the provider's own page; empty: the reader is not staff
}

func (s *site) door(w http.ResponseWriter, r *http.Request, v *visit, title string) Frame {
	f := s.bare(r, v, "door")
	f.Title, f.Flash = v.tag.Text(title, nil), s.takeFlash(w, r, v.tag)
	f.Scripts = []string{"passkey.js"}
	if r.Method != http.MethodGet {
		f.Path = "/sign-in"
	}
	return f
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.show(w, r, "sign-in", s.signInView(w, r, v, "", r.URL.Query().Get("next")))
}

func (s *site) signInView(w http.ResponseWriter, r *http.Request, v *visit, email, next string) *signInView {
	view := &signInView{Frame: s.door(w, r, v, "web.signin.title"), Email: email, Next: next, Passkeys: s.Gate.HasPasskeys()}
	if door := s.Gate.SignOn(); door != nil {
		view.SignOn = door.Name
	}
	return view
}

// requestCode answers the same for an address that is known and one that is
// not.
func (s *site) requestCode(w http.ResponseWriter, r *http.Request, v *visit) error {
	email, next := r.PostFormValue("email"), r.PostFormValue("next")
	nonce, err := s.Gate.RequestCode(r.Context(), email, v.from)
	if err != nil {
		return s.again(w, r, "sign-in", s.signInView(w, r, v, email, next), err)
	}
	s.setCookie(w, s.ownHost(nonceCookie), nonce, identity.CodeValid)
	return see(w, r, "/sign-in/code?"+url.Values{"email": {email}, "next": {next}}.Encode())
}

func (s *site) code(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	return s.show(w, r, "code", &codeView{Frame: s.door(w, r, v, "web.signin.code_title"), Email: q.Get("email"), Next: q.Get("next")})
}

func (s *site) signInWithCode(w http.ResponseWriter, r *http.Request, v *visit) error {
	in, err := s.Gate.SignInWithCode(r.Context(), cookie(r, s.ownHost(nonceCookie)), r.PostFormValue("code"), v.from)
	if err != nil {
		if f := fault.From(err); f.Kind == fault.Expired {
			err = fault.New(fault.Invalid, f.Code).At("code")
		}
		view := &codeView{Frame: s.door(w, r, v, "web.signin.code_title"), Email: r.PostFormValue("email"), Next: r.PostFormValue("next")}
		return s.again(w, r, "code", view, err)
	}
	s.setCookie(w, s.ownHost(nonceCookie), "", 0)
	if err := s.proved(r, v, in); err != nil {
		s.Log.WarnContext(r.Context(), "who signed in by a code has proved an address, which was not noted", "reference", v.ref, "err", err)
	}
	return s.enter(w, r, in, r.PostFormValue("next"))
}

// proved notes that whoever signed in with a code has read it at their address.
func (s *site) proved(r *http.Request, v *visit, in identity.SignedIn) error {
	if in.Session.Org == "" {
		return nil
	}
	who, _, err := s.Gate.SessionActor(r.Context(), in.Cookie)
	if err != nil {
		return err
	}
	who.IP, who.Door = v.from.IP, actor.Board
	return contact.Proved(r.Context(), s.Store, who, in.Read)
}

func (s *site) signInWithPassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	in, err := s.Gate.SignInWithPassword(r.Context(), r.PostFormValue("email"), r.PostFormValue("password"), v.from)
	if err != nil {
		view := s.signInView(w, r, v, r.PostFormValue("email"), r.PostFormValue("next"))
		view.WithPassword = true
		return s.again(w, r, "sign-in", view, err)
	}
	return s.enter(w, r, in, r.PostFormValue("next"))
}

// enter hands the session to the browser and goes on.
func (s *site) enter(w http.ResponseWriter, r *http.Request, in identity.SignedIn, next string) error {
	s.setCookie(w, s.sessionCookie(), in.Cookie, in.Until.Sub(s.Store.Now()))
	return see(w, r, back(next))
}

func (s *site) link(w http.ResponseWriter, r *http.Request, v *visit) error {
	token := r.PathValue("token")
	place, err := s.Gate.LookAtLink(r.Context(), token)
	if err != nil {
		return err
	}
	return s.show(w, r, "link", &linkView{Frame: s.door(w, r, v, "web.signin.link_title"), Action: "/sign-in/link/" + token, Place: place.Name})
}

func (s *site) signInWithLink(w http.ResponseWriter, r *http.Request, v *visit) error {
	in, err := s.Gate.SignInWithLink(r.Context(), r.PathValue("token"), v.from)
	if err != nil {
		return err
	}
	return s.enter(w, r, in, "/")
}

func (s *site) beginPasskeySignIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	options, nonce, err := s.Gate.BeginPasskeySignIn(r.Context(), v.from)
	if err != nil {
		return err
	}
	s.setCookie(w, s.ownHost(nonceCookie), nonce, ceremony)
	answerJSON(w, http.StatusOK, begun{options})
	return nil
}

func (s *site) finishPasskeySignIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := presentedBy(r)
	if err != nil {
		return err
	}
	in, err := s.Gate.SignInWithPasskey(r.Context(), cookie(r, s.ownHost(nonceCookie)), p.Credential, v.from)
	if err != nil {
		return err
	}
	s.setCookie(w, s.ownHost(nonceCookie), "", 0)
	s.setCookie(w, s.sessionCookie(), in.Cookie, in.Until.Sub(s.Store.Now()))
	answerJSON(w, http.StatusOK, map[string]string{"location": back(p.Next)})
	return nil
}

// choose asks whoever is signed in, but in no organisation, for one of theirs.
func (s *site) choose(w http.ResponseWriter, r *http.Request, v *visit) error {
	if r.Method == http.MethodPost && r.URL.Path == "/organisation" {
		return s.switchOrganisation(w, r, v)
	}
	if r.Method == http.MethodPost && r.URL.Path == "/sign-out" {
		return s.signOut(w, r, v)
	}
	places, err := s.Gate.Places(r.Context(), v.cookie)
	if err != nil {
		return err
	}
	view := &chooseView{Frame: s.door(w, r, v, "web.signin.choose")}
	for _, p := range places {
		if p.Org != "" {
			view.Choices = append(view.Choices, choice{Value: string(p.Org), Text: p.Name})
		}
	}
	if v.who.Kind == actor.Staff {
		if view.Provider = v.providerHome(); len(view.Choices) == 0 {
			return see(w, r, view.Provider)
		}
	}
	return s.show(w, r, "choose", view)
}

// remembered is how long a browser keeps what somebody chose to look at.
const remembered = 365 * 24 * time.Hour

func (s *site) chooseTheme(w http.ResponseWriter, r *http.Request, _ *visit) error {
	switch theme := r.PostFormValue("theme"); theme {
	case "light", "dark", "dim":
		s.setCookie(w, themeCookie, theme, remembered)
	default:
		s.setCookie(w, themeCookie, "", 0)
	}
	return see(w, r, back(r.PostFormValue("back")))
}

func (s *site) chooseLanguage(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if tag, err := lang.Parse(r.PostFormValue("language")); err == nil {
		s.setCookie(w, languageCookie, string(tag), remembered)
	}
	return see(w, r, back(r.PostFormValue("back")))
}
