package web

import (
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/letin/account"
	"muster/store"
)

// rulesView is the policy for support access as a customer reads it.
type rulesView struct {
	Frame
	Tabs         []choice // to administrators
	Sections     []account.Section
	Version      string
	Phase        string // in words
	Published    time.Time
	Due          time.Time // from then on nobody new is let in; zero: nothing threatens
	CanRead      bool      // may acknowledge it
	Mine, Nobody bool      // the reader has acknowledged it; nobody has
	Readings     []account.Reading
}

func (s *site) rulesRoutes(in func(string, handler)) {
	in("GET "+account.PolicyPage, s.rules)
	in("POST "+account.PolicyPage, s.acknowledgeRules)
}

// unread tells whether an administrator has to be asked to read the policy. A
// customer without a contract on record lets nobody in, and is not asked.
func (s *site) unread(tx *store.Tx, who actor.Actor) (bool, error) {
	if !who.Has(actor.Administrator, "") {
		return false, nil
	}
	a, err := account.Find(tx)
	return err == nil && a.Unread && a.Complete() && a.Phase != account.Ended, err
}

func (s *site) rules(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.rulesView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "rules", view)
}

func (s *site) rulesView(w http.ResponseWriter, r *http.Request, v *visit) (*rulesView, error) {
	f, err := s.framed(w, r, v, "account.rules.title", letinPage)
	if err != nil {
		return nil, err
	}
	f.Unread = false // this is the page that the bar leads to
	view := &rulesView{Frame: f, Sections: account.Policy(v.tag), Version: account.Version(), CanRead: v.who.Has(actor.Administrator, "")}
	if view.CanRead {
		view.Tabs = letinTabs(v.tag, account.PolicyPage)
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		if err := account.MayRead(tx, v.who); err != nil {
			return err
		}
		a, err := account.Find(tx)
		if err != nil {
			return err
		}
		view.Nobody, view.Phase, view.Published, view.Due = a.Unread, phaseText(v.tag, a.Phase), a.PublishedAt, a.Overdue()
		all, err := account.Readings(tx)
		for _, one := range all {
			view.Mine = view.Mine || one.Person == v.who.Person && one.Version == view.Version
		}
		if v.who.Has(actor.Administrator, "") {
			view.Readings = all
		}
		return err
	})
	return view, err
}

func (s *site) acknowledgeRules(w http.ResponseWriter, r *http.Request, v *visit) error {
	var err error = fault.New(fault.Invalid, "policy_tick").At("read")
	if r.PostFormValue("read") != "" {
		err = account.Acknowledge(r.Context(), s.Store, v.who, strings.TrimSpace(r.PostFormValue("version")))
	}
	if err == nil {
		s.say(w, said{Key: "account.rules.done"})
		return see(w, r, account.PolicyPage)
	}
	view, verr := s.rulesView(w, r, v)
	if verr != nil {
		return verr
	}
	if !view.wrongInput(err) {
		return err
	}
	return s.showAs(w, r, http.StatusUnprocessableEntity, "rules", view)
}
