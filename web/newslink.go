package web

import (
	"net/http"
	"strconv"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/store"
	"muster/tell/told"
)

// newsLinkView is the page behind the link in a word: what its reader was told
// of that notice, and one button that says that they have read it.
type newsLinkView struct {
	Frame
	Action, Name, Home, Problem string
	Rows                        []newsRow
	Last                        int       // the newest word shown
	Read                        time.Time // when they said so; zero: they did not
	Challenge                   *challenge
	Asks                        bool // who it is: several people may read the message
	By                          string
	NewsHref                    string
}

func (s *site) newsLinkView(r *http.Request, v *visit, l linked) (*newsLinkView, error) {
	token := r.PathValue("token")
	view := &newsLinkView{Frame: s.bare(r, v, "public"), Action: "/a/" + token, Name: l.person.Name, Home: l.home.Name, By: r.PostFormValue("by"), NewsHref: told.Address(id.Notice(l.message.About))}
	forward, _ := l.message.Facts["Forward"].(string)
	view.Asks = l.shared || forward != ""
	err := s.Store.View(r.Context(), l.org, func(tx *store.Tx) error {
		words, read, err := told.Behind(tx, l.message, l.person)
		for _, t := range words {
			view.Rows, view.Last = append(view.Rows, newsRowOf(v.tag, t)), max(view.Last, t.N)
		}
		view.Read = read
		return err
	})
	if err != nil {
		return nil, err
	}
	view.Title = view.Rows[0].Parts
	if view.Read.IsZero() {
		view.Challenge = s.exam.ask(token, s.Store.Now())
	}
	return view, nil
}

// newsBehind shows what the link in a word stands for. It changes nothing.
func (s *site) newsBehind(w http.ResponseWriter, r *http.Request, v *visit, l linked) error {
	view, err := s.newsLinkView(r, v, l)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	return s.send(w, http.StatusOK, "newslink", view)
}

// newsRead is the deliberate act behind it (notices rows 16 and 25).
func (s *site) newsRead(w http.ResponseWriter, r *http.Request, v *visit, l linked) error {
	view, err := s.newsLinkView(r, v, l)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	upto, cause := strconv.Atoi(r.PostFormValue("word"))
	if cause != nil {
		cause = fault.New(fault.Invalid, "challenge_wrong")
	} else {
		cause = s.exam.mark(r.PathValue("token"), r.PostFormValue("challenge"), r.PostForm["n"], s.Store.Now())
	}
	if cause == nil && view.Asks {
		cause = v.named(view.By)
	}
	if cause == nil {
		cause = told.Read(r.Context(), s.Store, v.who, id.Notice(l.message.About), upto)
	}
	if cause == nil {
		return s.newsBehind(w, r, v, l)
	}
	f := fault.From(cause)
	if f.Kind == fault.Internal {
		return s.outside(w, r, v, cause)
	}
	view.Problem = lang.Fault(v.tag, f)
	return s.send(w, statusOf[f.Kind], "newslink", view)
}
