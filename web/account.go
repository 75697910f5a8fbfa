package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
)

// accountView is what belongs to whoever is signed in.
type accountView struct {
	Frame
	Passkeys []passkeyRow
	Sessions []sessionRow
}

type passkeyRow struct {
	ID, Name   string
	Made, Used time.Time
}

type sessionRow struct {
	ID, Device, IP string
	Made, Seen     time.Time
	Current        bool
}

func (s *site) account(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.accountView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "account", view)
}

func (s *site) accountView(w http.ResponseWriter, r *http.Request, v *visit) (*accountView, error) {
	f, err := s.framed(w, r, v, "web.frame.account", "")
	if err != nil {
		return nil, err
	}
	if !watches(v.who) {
		f.Kind, f.Watching = "worker", false
	}
	f.Scripts = []string{"passkey.js"}
	view := &accountView{Frame: f}
	keys, err := s.Gate.Passkeys(r.Context(), v.cookie)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		view.Passkeys = append(view.Passkeys, passkeyRow{string(k.ID), k.Name, k.Created, k.Used})
	}
	sessions, err := s.Gate.Sessions(r.Context(), v.cookie)
	if err != nil {
		return nil, err
	}
	for _, x := range sessions {
		view.Sessions = append(view.Sessions, sessionRow{string(x.ID), device(x.Agent), x.IP, x.Created, x.Seen, x.Current})
	}
	return view, nil
}

// device makes "Firefox, Linux" out of what a browser calls itself. It is a
// help for the eye and decides nothing.
func device(agent string) string {
	pick := func(names ...string) string {
		for _, n := range names {
			mark, name, _ := strings.Cut(n, "=")
			if strings.Contains(agent, mark) {
				return name
			}
		}
		return ""
	}
	browser := pick("Edg/=Edge", "OPR/=Opera", "Firefox/=Firefox", "SamsungBrowser/=Samsung Internet", "Chrome/=Chrome", "Safari/=Safari")
	system := pick("Android=Android", "iPhone=iPhone", "iPad=iPad", "Windows=Windows", "Mac OS=macOS", "CrOS=ChromeOS", "Linux=Linux")
	switch {
	case browser == "" && system == "":
		return strings.TrimSpace(agent[:min(len(agent), 60)])
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}

// afterAccount goes back to the account, or shows it again with what was wrong.
func (s *site) afterAccount(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	if cause == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/account")
	}
	if f := fault.From(cause); f.Code == "sign_in_again" {
		cause = f.At("password") // shown beside the form, not as a wall
	}
	view, err := s.accountView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "account", view, cause)
}

func (s *site) setPassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.afterAccount(w, r, v, s.Gate.SetPassword(r.Context(), v.cookie, r.PostFormValue("password"), v.from))
}

func (s *site) revokeSession(w http.ResponseWriter, r *http.Request, v *visit) error {
	other, err := id.Parse[id.Session](r.PathValue("session"))
	if err != nil {
		return err
	}
	return s.afterAccount(w, r, v, s.Gate.RevokeSession(r.Context(), v.cookie, other, v.from))
}

func (s *site) revokeOthers(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.afterAccount(w, r, v, s.Gate.RevokeOthers(r.Context(), v.cookie, v.from))
}

func (s *site) removePasskey(w http.ResponseWriter, r *http.Request, v *visit) error {
	key, err := id.Parse[id.Passkey](r.PathValue("passkey"))
	if err != nil {
		return err
	}
	return s.afterAccount(w, r, v, s.Gate.RemovePasskey(r.Context(), v.cookie, key, v.from))
}

// begun is what a page's script needs to ask the browser for a passkey.
type begun struct {
	Options json.RawMessage `json:"options"`
}

// ceremony lasts as long as a person takes to find their key.
const ceremony = 10 * time.Minute

func (s *site) beginPasskey(w http.ResponseWriter, r *http.Request, v *visit) error {
	options, nonce, err := s.Gate.BeginPasskey(r.Context(), v.cookie)
	if err != nil {
		return err
	}
	s.setCookie(w, s.ownHost(nonceCookie), nonce, ceremony)
	answerJSON(w, http.StatusOK, begun{options})
	return nil
}

// presented is what the browser made of it.
type presented struct {
	Name       string          `json:"name"`
	Next       string          `json:"next"`
	Credential json.RawMessage `json:"credential"`
}

func presentedBy(r *http.Request) (p presented, err error) {
	if err = json.NewDecoder(r.Body).Decode(&p); err != nil {
		return p, fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	return p, nil
}

func (s *site) finishPasskey(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := presentedBy(r)
	if err != nil {
		return err
	}
	if _, err := s.Gate.AddPasskey(r.Context(), v.cookie, cookie(r, s.ownHost(nonceCookie)), p.Name, p.Credential, v.from); err != nil {
		return err
	}
	s.say(w, said{Key: "web.person.saved"})
	answerJSON(w, http.StatusOK, map[string]string{})
	return nil
}

func (s *site) switchOrganisation(w http.ResponseWriter, r *http.Request, v *visit) error {
	org, err := id.Parse[id.Org](r.PostFormValue("org"))
	if err != nil {
		return err
	}
	if err := s.Gate.SwitchOrganisation(r.Context(), v.cookie, org, v.from); err != nil {
		return err
	}
	return see(w, r, "/")
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.leaveVisit(w, r); err != nil {
		return err
	}
	if err := s.Gate.SignOut(r.Context(), v.cookie, v.from); err != nil {
		return err
	}
	s.setCookie(w, s.sessionCookie(), "", 0)
	s.say(w, said{Key: "web.signin.out"})
	return see(w, r, "/sign-in")
}
