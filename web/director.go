package web

import (
	"net/http"
	"time"

	"muster/fault"
	"muster/lang"
	"muster/letin/desk/erase"
	"muster/store"
)

// directorView is the tiny page behind a link that only the director has: it
// confirms the address, or agrees to the list of what is deleted.
type directorView struct {
	Frame
	Action, Customer, Address string
	Reference, Subject        string
	List                      []string
	Digest, Problem           string
	Done                      string
	Challenge                 *challenge
}

// directorForm is what an administrator sees of the director's address.
type directorForm struct {
	Address, Named, Typed string
	At, Verified          time.Time
}

const directorPage = "/director/"

func (s *site) directorRoutes(anyone, in func(string, handler)) {
	anyone("GET "+directorPage+"{token}", s.director)
	anyone("POST "+directorPage+"{token}", s.directorSays)
	in("POST "+letinPage+"/director", s.nameDirector)
	in("POST "+letinPage+"/director/forget", s.forgetDirector)
}

func (s *site) director(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.directorView(r, v)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	return s.send(w, http.StatusOK, "director", view)
}

func (s *site) directorView(r *http.Request, v *visit) (*directorView, error) {
	token := r.PathValue("token")
	p, err := s.erasing().Open(r.Context(), token)
	if err != nil {
		return nil, err
	}
	v.tag, v.zone, v.org = lang.Match(cookie(r, languageCookie), string(p.Org.Tag())), p.Org.TimeZone, p.Org
	view := &directorView{
		Frame: s.bare(r, v, "public"), Action: directorPage + token, Customer: p.Org.Name, Address: p.Address,
		Challenge: s.exam.ask(token, s.Store.Now()),
	}
	view.Title = v.tag.Text("request.director.confirm_title", nil)
	if p.Request.ID != "" {
		view.Title, view.Reference, view.Subject = v.tag.Text("request.director.agree_title", nil), p.Request.Reference(), p.Request.Subject
		view.List, view.Digest = p.List.List, p.List.Digest()
	}
	return view, nil
}

// directorSays is the deliberate act: whoever reads the page chose what was
// asked for.
func (s *site) directorSays(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.directorView(r, v)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	token := r.PathValue("token")
	cause := s.exam.mark(token, r.PostFormValue("challenge"), r.PostForm["n"], s.Store.Now())
	if cause == nil {
		cause = s.erasing().Confirm(r.Context(), token, r.PostFormValue("digest"), v.from.IP)
	}
	if cause == nil {
		view.Challenge, view.Done = nil, v.tag.Text("request.director.confirmed", nil)
		if view.Reference != "" {
			view.Done = v.tag.Text("request.director.agreed", nil)
		}
		return s.send(w, http.StatusOK, "director", view)
	}
	f := fault.From(cause)
	if f.Kind == fault.Internal {
		return s.outside(w, r, v, cause)
	}
	view.Problem = lang.Fault(v.tag, f)
	return s.send(w, statusOf[f.Kind], "director", view)
}

// directorForm reads what is on file for an administrator.
func (s *site) directorForm(r *http.Request, v *visit) (*directorForm, error) {
	form := &directorForm{Typed: r.PostFormValue("director")}
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		on, err := erase.Director(tx)
		form.Address, form.Named, form.At, form.Verified = on.Mail, on.Named, on.At, on.Verified
		return err
	})
	return form, err
}

func (s *site) nameDirector(w http.ResponseWriter, r *http.Request, v *visit) error {
	err := s.erasing().Name(r.Context(), v.who, r.PostFormValue("director"))
	if err == nil {
		s.say(w, said{Key: "request.said.director", Args: map[string]any{"Address": r.PostFormValue("director")}})
		return see(w, r, asksPage)
	}
	view, verr := s.asksView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "asks", view, err)
}

func (s *site) forgetDirector(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.erasing().Forget(r.Context(), v.who); err != nil {
		return err
	}
	s.say(w, said{Key: "request.said.director_gone"})
	return see(w, r, asksPage)
}
